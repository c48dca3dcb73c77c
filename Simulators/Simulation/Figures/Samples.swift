/// Times that were measured, for their percentiles; a bounded random sample once there are many.
public struct Samples: Sendable {
    /// The most values that are kept; past it each new value replaces a random one (reservoir).
    public static let capacity = 100_000

    /// How many were added.
    public private(set) var count = 0
    /// The largest.
    public private(set) var largest = 0
    private var kept: [Int] = []

    /// Nothing yet.
    public init() {}

    /// Adds one value.
    public mutating func add(_ value: Int) {
        count += 1
        largest = count == 1 ? value : max(largest, value)
        if kept.count < Samples.capacity {
            kept.append(value)
        } else {
            let index = Int.random(in: 0..<count)
            if index < kept.count { kept[index] = value }
        }
    }

    /// Count, maximum, and the smallest values that half and 99 % of the values do not exceed.
    public var summary: Summary {
        let sorted = kept.sorted()
        func percentile(_ share: Double) -> Int? {
            guard !sorted.isEmpty else { return nil }
            let rank = Int((share * Double(sorted.count)).rounded(.up))
            return sorted[min(sorted.count, max(1, rank)) - 1]
        }
        return Summary(
            count: count,
            p50: percentile(0.5),
            p99: percentile(0.99),
            max: count == 0 ? nil : largest
        )
    }
}

/// What a report says about measured times.
public struct Summary: Sendable, Equatable, Codable {
    /// How many.
    public var count: Int
    /// The median.
    public var p50: Int?
    /// The 99th percentile.
    public var p99: Int?
    /// The largest.
    public var max: Int?

    /// A summary.
    public init(count: Int, p50: Int?, p99: Int?, max: Int?) {
        self.count = count
        self.p50 = p50
        self.p99 = p99
        self.max = max
    }
}
