import Vocabulary

/// The grid on which the board keeps the next days: ticks of five minutes from a local midnight on.
struct DayGrid: Sendable, Equatable {
    /// Local days: as many as a duty is worked out for.
    static let days = Duty.length
    static let ticksOfDay = Int(LocalTime.day / tickMilliseconds)
    /// Ticks of all the days.
    static let ticks = days * ticksOfDay

    private static let tickMilliseconds: Int64 = 300_000

    /// The first local day.
    let day: Int
    private let midnight: Int64

    init(from day: Int) {
        self.day = day
        midnight = LocalTime.midnight(ofDay: day).milliseconds
    }

    /// The first instant after the last tick.
    var end: Instant { start(of: DayGrid.ticks) }

    func start(of tick: Int) -> Instant {
        Instant(milliseconds: midnight + Int64(tick) * DayGrid.tickMilliseconds)
    }

    /// The tick that holds the instant; negative, or beyond the last, for one outside the days.
    func tick(of instant: Instant) -> Int {
        Int(instant.milliseconds - midnight).floorDivided(by: Int(DayGrid.tickMilliseconds))
    }

    /// The ticks that lie in the half-open range with all their instants.
    func whole(_ from: Instant, _ until: Instant) -> Range<Int> {
        let first = tick(of: Instant(milliseconds: from.milliseconds - 1)) + 1
        return DayGrid.clamped(first, tick(of: until))
    }

    /// The ticks of which the half-open range holds any instant.
    func touched(_ from: Instant, _ until: Instant) -> Range<Int> {
        guard from < until else { return 0..<0 }
        let last = tick(of: Instant(milliseconds: until.milliseconds - 1))
        return DayGrid.clamped(tick(of: from), last + 1)
    }

    /// How many ticks something of this length touches at least, wherever it begins.
    static func least(touchedBy milliseconds: Int64) -> Int {
        Int((milliseconds + tickMilliseconds - 1) / tickMilliseconds)
    }

    private static func clamped(_ first: Int, _ end: Int) -> Range<Int> {
        let first = min(max(first, 0), ticks)
        return first..<max(first, min(end, ticks))
    }
}
