/// What one device may send; beyond it a payload is quarantined with code `limit`.
public struct IngestLimits: Sendable, Equatable {
    /// The largest payload, bytes.
    public var payloadBytes = 256 * 1_024
    /// The most readings in one message.
    public var readingsPerMessage = 1_000
    /// Readings a second that a device may send for ever.
    public var readingsPerSecond = 50
    /// Readings that a device may send at once after a silence.
    public var burst = 2_000
    /// Refused payloads a second of one device that are kept for ever.
    public var refusalsPerSecond = 10
    /// Refused payloads of one device that are kept at once.
    public var refusalBurst = 1_000
    /// How far a time may lie in the future, beyond the device's known clock offset, in seconds.
    public var futureSeconds = 5
    /// Not older than this at receipt, a reading is live; older ones are late, in seconds.
    public var liveSeconds = 120
    /// Older than this at receipt, a reading is backfill and pages nobody, in seconds.
    public var lateSeconds = 900
    /// The shortest time between two receipts to one device, in milliseconds.
    public var receiptMilliseconds = 1_000

    /// The protocol's limits.
    public init() {}
}

/// A token bucket: `rate` tokens a second up to `burst`, with debt for what came at once.
struct TokenBucket: Sendable {
    /// Thousandths of a token.
    private var thousandths: Int64
    private var filledAt: Int64

    init(burst: Int) {
        thousandths = Int64(burst) * 1_000
        filledAt = .min
    }

    /// Takes `count` tokens; false when there is none left.
    ///
    /// A message is taken whole as long as one token is left, so that a backlog is never cut.
    mutating func take(_ count: Int, rate: Int, burst: Int, at now: Int64) -> Bool {
        if filledAt != .min, now > filledAt {
            // A millisecond brings `rate` thousandths.
            let elapsed = min(now - filledAt, 1_000_000_000)
            thousandths = min(thousandths + elapsed * Int64(rate), Int64(burst) * 1_000)
        }
        filledAt = max(filledAt, now)
        guard thousandths >= 1_000 || count == 0 else { return false }
        thousandths -= Int64(count) * 1_000
        return true
    }

    /// Puts back `count` of the tokens that were taken.
    mutating func giveBack(_ count: Int, burst: Int) {
        thousandths = min(thousandths + Int64(count) * 1_000, Int64(burst) * 1_000)
    }
}
