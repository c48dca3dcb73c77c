import Vocabulary

/// How far a device's clock is ahead of ours, as the interval of what was seen lately.
///
/// Each message that carries `sent` gives `sent − receipt`, which is the offset less the time on
/// the way; the greatest of them is therefore the best lower bound of the offset.
struct ClockOffset: Sendable {
    /// Two intervals of this length are kept, the one that grows and the one before it: a clock
    /// that was set is believed again within an hour, and one late message tells nothing wrong.
    static let windowMilliseconds: Int64 = 1_800_000

    private var current: ClosedRange<Int64>?
    private var before: ClosedRange<Int64>?
    private var since: Int64 = 0

    /// The least and the most that was seen, in milliseconds; nil while nothing was.
    var interval: ClosedRange<Int64>? {
        guard let current else { return nil }
        return before.map { ClockOffset.joined($0, current) } ?? current
    }

    mutating func note(sent: Instant, receivedAt now: Instant) {
        let difference = sent.milliseconds - now.milliseconds
        let elapsed = now.milliseconds - since
        if current != nil, elapsed >= ClockOffset.windowMilliseconds {
            before = elapsed < 2 * ClockOffset.windowMilliseconds ? current : nil
            current = nil
        }
        if let current {
            self.current = ClockOffset.joined(current, difference...difference)
        } else {
            current = difference...difference
            since = now.milliseconds
        }
    }

    private static func joined(
        _ one: ClosedRange<Int64>,
        _ other: ClosedRange<Int64>
    ) -> ClosedRange<Int64> {
        min(one.lowerBound, other.lowerBound)...max(one.upperBound, other.upperBound)
    }

    /// The event time of a reading, and whether its own time could not be believed.
    ///
    /// A time in the future that the clock's offset explains is set back by that offset; one that
    /// it does not explain is replaced by the time of receipt (`isFuture`).
    func eventTime(
        _ at: Instant,
        receivedAt now: Instant,
        futureSeconds: Int
    ) -> (at: Instant, isFuture: Bool) {
        let ahead = at.milliseconds - now.milliseconds
        guard ahead > Int64(futureSeconds) * 1_000 else { return (at, false) }
        let offset = max(0, interval?.upperBound ?? 0)
        guard offset > 0, ahead - offset <= Int64(futureSeconds) * 1_000 else { return (now, true) }
        return (Instant(milliseconds: min(at.milliseconds - offset, now.milliseconds)), false)
    }
}
