public import Vocabulary

/// A token bucket: so many messages a second on average, so many at once.
public struct RateLimit: Sendable {
    /// Messages a second.
    public let perSecond: Int
    /// Messages at once.
    public let burst: Int
    /// What is left, in thousandths of a message, so that whole milliseconds refill exactly.
    private var thousandths: Int64
    private var filledAt: Instant

    /// A full bucket.
    public init(perSecond: Int, burst: Int, at now: Instant) {
        self.perSecond = perSecond
        self.burst = burst
        self.thousandths = Int64(burst) * 1_000
        self.filledAt = now
    }

    /// Takes one message; false when there is none left.
    public mutating func take(at now: Instant) -> Bool {
        if now > filledAt {
            let elapsed = min(now.milliseconds - filledAt.milliseconds, 3_600_000)
            let full = Int64(burst) * 1_000
            if thousandths < full {
                thousandths = min(full, thousandths + elapsed * Int64(perSecond))
            }
            filledAt = now
        }
        guard thousandths >= 1_000 else { return false }
        thousandths -= 1_000
        return true
    }

    /// Allows `count` messages beyond the burst, once: what a client repeats after a resume.
    public mutating func allow(_ count: Int) {
        thousandths += Int64(count) * 1_000
    }
}
