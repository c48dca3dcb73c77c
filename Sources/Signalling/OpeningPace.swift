import Vocabulary

/// Lets so many sockets a second say hello or resume, and tells the others when to come again.
///
/// Half of what may come at once is kept for those whose consult waits for them. Who is sent away
/// gets a moment of its own, one after the other at the same pace, so that a storm becomes a queue.
struct OpeningPace: Sendable {
    /// The shortest wait that anybody is told.
    static let soonest = Duration.seconds(1)
    /// The longest; a resume token lives for 120 s.
    static let latest = Duration.seconds(60)

    private let perSecond: Int
    /// What is left, in thousandths of an opening.
    private var thousandths: Int64
    private var filledAt = Instant.distantPast
    private var lastSlot = Instant.distantPast

    /// A pace of so many a second, as many of them at once.
    init(perSecond: Int) {
        self.perSecond = perSecond
        thousandths = Int64(perSecond) * 1_000
    }

    /// Takes an opening; the wait until its next try when there is none left for it.
    mutating func open(isUrgent: Bool, at now: Instant) -> Duration? {
        fill(at: now)
        let kept = isUrgent ? 0 : Int64(perSecond) * 500
        guard thousandths - kept >= 1_000 else { return wait(at: now) }
        thousandths -= 1_000
        return nil
    }

    /// When somebody who is sent away should come again.
    mutating func wait(at now: Instant) -> Duration {
        let step = Duration.seconds(1) / perSecond
        lastSlot = min(max(lastSlot + step, now + OpeningPace.soonest), now + OpeningPace.latest)
        return lastSlot - now
    }

    private mutating func fill(at now: Instant) {
        let full = Int64(perSecond) * 1_000
        guard now > filledAt else { return }
        let elapsed = min((now - max(filledAt, now - .seconds(2))).wholeMilliseconds, 2_000)
        thousandths = min(full, thousandths + Int64(elapsed) * Int64(perSecond))
        filledAt = now
    }
}
