public import Vocabulary

/// What the machine remembers of one device between its messages.
struct Lane: Sendable {
    /// The sequence numbers of one boot.
    struct BootTracker: Sendable {
        var boot: Int32
        var tracker: SequenceTracker
    }

    /// The boots whose numbers are kept at hand; the store knows the others.
    static let trackerLimit = 4

    var readings: TokenBucket
    var refusals: TokenBucket
    var offset = ClockOffset()
    var trackers: [BootTracker] = []
    /// Boots that a receipt is owed for.
    var owed: [Int32] = []
    var lastReceiptAt = Instant.distantPast
    /// How the device's payloads are read.
    var profile = ProfileReference.native
    /// Within how many milliseconds it says that its next reading comes; 0 when it does not.
    var updateMilliseconds: Int64 = 0
    /// Whether the battery was low when it was last told of; nil until it is.
    var isBatteryLow: Bool?
    /// When what is known of the battery was measured.
    var batteryAt = Instant.distantPast
    /// Whether the lane stands in the queue of receipts that have to wait.
    var isReceiptQueued = false
    var lastSeenAt: Instant?
    var isOnline = false
    var ages = ReadingAges()

    init(_ limits: IngestLimits) {
        readings = TokenBucket(burst: limits.burst)
        refusals = TokenBucket(burst: limits.refusalBurst)
    }

    func tracker(of boot: Int32) -> Int? {
        trackers.lastIndex { $0.boot == boot }
    }

    mutating func keep(_ tracker: SequenceTracker, of boot: Int32) {
        trackers.append(BootTracker(boot: boot, tracker: tracker))
    }

    /// Lets go of the oldest boots beyond the limit, but of none that a receipt is owed for.
    ///
    /// Not before a turn is over: a backlog may be of more boots than are kept, and each of them
    /// gets its receipt.
    mutating func trim() {
        while trackers.count > Lane.trackerLimit,
            let index = trackers.firstIndex(where: { !owed.contains($0.boot) })
        {
            trackers.remove(at: index)
        }
    }

    mutating func owe(_ boot: Int32) {
        if !owed.contains(boot) { owed.append(boot) }
    }
}

/// How old a device's readings were when they came, since the gateway started.
public struct ReadingAges: Sendable, Equatable {
    /// At most 2 min.
    public internal(set) var live = 0
    /// Up to 15 min.
    public internal(set) var late = 0
    /// Older: they page nobody.
    public internal(set) var backfill = 0
}

/// How a device and the gateway stand with each other, since the gateway started.
public struct DeviceLink: Sendable, Equatable {
    /// How far the device's clock is ahead of ours, in milliseconds, from the least to the most
    /// that was seen within the last hour; nil while it has not sent `sent`.
    public let clockOffset: ClosedRange<Int64>?
    /// When the last receipt was made; nil if none was.
    public let lastReceiptAt: Instant?
    /// How many gaps the numbers of its newest boot have.
    public let gaps: Int
    /// How old its readings were.
    public let ages: ReadingAges
}

/// Whether a device is connected, and when it was last heard from.
public struct DevicePresence: Sendable, Equatable {
    /// The device.
    public let device: DeviceID
    /// Its site.
    public let site: SiteID
    /// Whether it is online, by its status and its readings.
    public let isOnline: Bool
    /// When it was last heard from since the gateway started; nil if not at all.
    public let lastSeenAt: Instant?
}
