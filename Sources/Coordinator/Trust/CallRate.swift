public import Vocabulary

/// A token bucket for each principal or address: so many calls a minute, a burst of a quarter.
public struct CallRate: Sendable {
    private struct Bucket {
        var level: Double
        var at: Instant
    }

    private let perMinute: Double
    private var buckets: [String: Bucket] = [:]

    /// Most callers remembered; a full bucket is the same as none, so those go first.
    public static let capacity = 20_000

    /// A rate of so many calls a minute for each caller.
    public init(perMinute: Int) {
        self.perMinute = Double(perMinute)
    }

    private var burst: Double { max(perMinute / 4, 1) }

    /// Takes one call off the caller's bucket; false when it is empty.
    public mutating func admit(_ caller: String, at now: Instant) -> Bool {
        if buckets.count >= CallRate.capacity, buckets[caller] == nil { dropFull(at: now) }
        var bucket = buckets[caller] ?? Bucket(level: burst, at: now)
        bucket.level = level(of: bucket, at: now)
        bucket.at = now
        defer { buckets[caller] = bucket }
        guard bucket.level >= 1 else { return false }
        bucket.level -= 1
        return true
    }

    private func level(of bucket: Bucket, at now: Instant) -> Double {
        let minutes = Double((now - bucket.at).wholeMilliseconds) / 60_000
        return min(burst, bucket.level + minutes * perMinute)
    }

    private mutating func dropFull(at now: Instant) {
        buckets = buckets.filter { level(of: $0.value, at: now) < burst }
        if buckets.count >= CallRate.capacity { buckets.removeAll() }
    }
}
