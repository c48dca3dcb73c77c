public import Scheduler
import Vocabulary

/// Counts of rings since the machine was made, and how long doctors took to answer.
public struct RingFigures: Sendable, Equatable {
    /// Upper bounds in seconds of the classes of `answers`; one more class is open.
    public static let bounds = [5, 10, 20, 30, 60, 120]

    /// Rings that began.
    public internal(set) var rung = 0
    /// Rings that were handed to an open console.
    public internal(set) var delivered = 0
    /// Rings by how they ended.
    public internal(set) var ends: [RingEnd: Int] = [:]
    /// Answers, yes or no, by how long they took: at most each bound, then all longer ones.
    public internal(set) var answers = [Int](repeating: 0, count: bounds.count + 1)
    /// How long all answers took together.
    public internal(set) var answering: Duration = .zero

    /// No rings.
    public init() {}

    mutating func note(_ ring: Booking, _ end: RingEnd, at now: Instant) {
        ends[end, default: 0] += 1
        guard end == .accepted || end == .declined else { return }
        let taken = max(now - ring.madeAt, .zero)
        let place = RingFigures.bounds.firstIndex { taken <= .seconds($0) }
        answers[place ?? RingFigures.bounds.count] += 1
        answering += taken
    }
}
