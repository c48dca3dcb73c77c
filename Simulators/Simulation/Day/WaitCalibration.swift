public import Scheduler
public import Vocabulary

/// What one request was told of its wait when it was asked, and how long it waited.
public struct ForetoldWait: Sendable, Equatable, Codable {
    /// How urgent.
    public var urgency: Urgency
    /// Of which specialty.
    public var specialty: Specialty
    /// When it was asked.
    public var askedAt: Instant
    /// Seconds that the forecast said.
    public var saidSeconds: Int
    /// The part of them that stands for what no plan knows.
    public var slipSeconds: Int
    /// Seconds until the first time that was planned for it.
    public var plannedSeconds: Int
    /// Seconds until both were in the room, or until it was too late.
    public var seenSeconds: Int

    /// What was told and what came.
    public init(
        urgency: Urgency,
        specialty: Specialty,
        askedAt: Instant,
        saidSeconds: Int,
        slipSeconds: Int,
        plannedSeconds: Int,
        seenSeconds: Int
    ) {
        self.urgency = urgency
        self.specialty = specialty
        self.askedAt = askedAt
        self.saidSeconds = saidSeconds
        self.slipSeconds = slipSeconds
        self.plannedSeconds = plannedSeconds
        self.seenSeconds = seenSeconds
    }
}

/// How near the forecasts of the wait came to what was seen, for one urgency.
public struct WaitCalibration: Sendable, Equatable, Codable {
    /// A forecast is near within this factor, or within so many minutes.
    public static let nearFactor = 2.0
    /// The minutes within which a forecast is near whatever the factor.
    public static let nearMinutes = 5.0

    /// The urgency.
    public var urgency: Urgency
    /// Requests that were told a wait, and were served or not in time.
    public var count: Int
    /// The mean wait that was said, in minutes.
    public var saidMinutes: Double
    /// The mean wait that was seen, in minutes.
    public var seenMinutes: Double
    /// The median of what was said, in minutes.
    public var saidMedian: Double
    /// The median of what was seen, in minutes.
    public var seenMedian: Double
    /// The mean of how far each was off, in minutes.
    public var meanErrorMinutes: Double
    /// The part of the forecasts that were near: within a factor of two, or five minutes; 0…1.
    public var near: Double

    /// What was seen for each minute that was said; 1 is right in the mean, more is too hopeful.
    public var ratio: Double { saidMinutes > 0 ? seenMinutes / saidMinutes : 1 }

    /// The calibration of the waits of one urgency; nil when there are none.
    public init?(_ urgency: Urgency, of waits: [ForetoldWait]) {
        let pairs = waits.filter { $0.urgency == urgency }.map {
            (said: Double($0.saidSeconds) / 60, seen: Double($0.seenSeconds) / 60)
        }
        guard !pairs.isEmpty else { return nil }
        let count = Double(pairs.count)
        self.urgency = urgency
        self.count = pairs.count
        saidMinutes = pairs.reduce(0) { $0 + $1.said } / count
        seenMinutes = pairs.reduce(0) { $0 + $1.seen } / count
        saidMedian = WaitCalibration.median(pairs.map(\.said))
        seenMedian = WaitCalibration.median(pairs.map(\.seen))
        meanErrorMinutes = pairs.reduce(0) { $0 + abs($1.said - $1.seen) } / count
        near = Double(pairs.count { WaitCalibration.isNear($0.said, $0.seen) }) / count
    }

    private static func isNear(_ said: Double, _ seen: Double) -> Bool {
        abs(said - seen) <= nearMinutes
            || max(said, seen) <= nearFactor * min(said, seen)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
