/// How long things took, in buckets of a quarter of a power of two of microseconds.
public struct LatencyHistogram: Sendable, Equatable {
    private var buckets = [Int](repeating: 0, count: 160)
    /// How many values were noted.
    public private(set) var count = 0

    /// An empty histogram.
    public init() {}

    /// Notes that `count` things took `duration`.
    public mutating func note(_ duration: Duration, count: Int) {
        let (seconds, attoseconds) = duration.components
        let microseconds = max(1, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        let power = 63 - microseconds.leadingZeroBitCount
        let quarter = power >= 2 ? Int(microseconds >> (power - 2)) & 3 : 0
        buckets[min(power * 4 + quarter, buckets.count - 1)] += count
        self.count += count
    }

    /// The upper edge of the bucket that the given share of the values does not exceed.
    ///
    /// `share` is 0…1; nil while nothing was noted.
    public func quantile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        let rank = Int((Double(count) * share).rounded(.up))
        var passed = 0
        for (index, number) in buckets.enumerated() {
            passed += number
            guard passed >= max(1, rank) else { continue }
            let power = index / 4
            let edge = (1 << power) + (index % 4 + 1) * (1 << power) / 4
            return .microseconds(edge)
        }
        return nil
    }
}

/// What the gateway has done since it started.
public struct GatewayStatistics: Sendable, Equatable {
    /// What became of messages and readings.
    public var ingest = IngestCounters()
    /// Commits that succeeded.
    public var batches = 0
    /// Commits that failed.
    public var commitFailures = 0
    /// What the broker tells of itself, and what was lost at it.
    public var broker = BrokerFigures()
    /// Connections made to the broker for ingest.
    public var connections = 0
    /// Time spent in decoding, registry and scoring.
    public var decoding = Duration.zero
    /// Time spent waiting for the store.
    public var committing = Duration.zero
    /// Time spent after the commit: acknowledgements, receipts, alarms.
    public var announcing = Duration.zero
    /// From the receipt of a batch to its commit, once for each message.
    public var receiptToDurable = LatencyHistogram()
    /// Readings that nobody took from the feed in time.
    public var droppedEvents = 0

    /// Nothing done yet.
    public init() {}
}
