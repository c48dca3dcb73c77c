import Vocabulary

/// How far a device's clock is ahead of ours, as the interval of what was seen lately.
///
/// Each message that carries `sent` gives `sent − receipt`, which is the offset less the time on
/// the way; the greatest of them is therefore the best lower bound of the offset.
struct ClockOffset: Sendable {
    /// The interval starts anew after this time, so that a clock that was set is believed again.
    static let windowMilliseconds: Int64 = 3_600_000

    private(set) var interval: ClosedRange<Int64>?
    private var since: Int64 = 0

    mutating func note(sent: Instant, receivedAt now: Instant) {
        let difference = sent.milliseconds - now.milliseconds
        guard let interval, now.milliseconds - since < ClockOffset.windowMilliseconds else {
            self.interval = difference...difference
            since = now.milliseconds
            return
        }
        self.interval =
            min(interval.lowerBound, difference)...max(interval.upperBound, difference)
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
