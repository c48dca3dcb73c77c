public import Vocabulary

/// A turn on call that comes back every so many days: one in five nights, every second weekend.
///
/// Days are local ones, and UTC+7 has no summer time, so that every turn begins at the same time
/// of day.
public struct OnCallRota: Codable, Sendable, Equatable {
    /// The first turn, at most `everyDays` days long.
    public var first: DatedWindow
    /// Days from one turn's beginning to the next, 1…366.
    public var everyDays: Int
    /// No turn begins at or after this; nil for no end.
    public var ends: Instant?

    /// A rota.
    public init(first: DatedWindow, everyDays: Int, ends: Instant? = nil) {
        self.first = first
        self.everyDays = everyDays
        self.ends = ends
    }

    /// The turn that holds the instant, or nil; turns do not overlap.
    func turn(at instant: Instant) -> DatedWindow? {
        turn(number: number(at: instant)).flatMap { $0.contains(instant) ? $0 : nil }
    }

    /// The beginning of the first turn after the instant, or nil when there is none.
    func nextTurn(after instant: Instant) -> Instant? {
        turn(number: max(number(at: instant) + 1, 0))?.from
    }

    private var period: Int64 { Int64(everyDays) * LocalTime.day }

    /// How many periods after the first turn's beginning the instant lies.
    private func number(at instant: Instant) -> Int {
        let past = Int(instant.milliseconds - first.from.milliseconds)
        return past.floorDivided(by: Int(period))
    }

    private func turn(number: Int) -> DatedWindow? {
        guard number >= 0 else { return nil }
        let shift = Duration.milliseconds(Int64(number) * period)
        let turn = DatedWindow(from: first.from + shift, until: first.until + shift)
        return ends.map { turn.from >= $0 } ?? false ? nil : turn
    }
}
