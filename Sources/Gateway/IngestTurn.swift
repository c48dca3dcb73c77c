public import Clinical
public import Store
import Vocabulary

/// What the machine collected for one commit; nothing of it is announced before it is durable.
public struct IngestTurn: Sendable {
    /// A boot whose durable numbers the machine must be given before the commit.
    public struct MissingBoot: Sendable, Hashable {
        /// The device.
        public let device: DeviceNumber
        /// The boot.
        public let boot: Int32
    }

    struct Sequence: Sendable {
        var slot: Int
        var boot: Int32
        var number: Int64
    }

    /// What goes into the store.
    public internal(set) var batch = IngestBatch()
    /// Ask the store for these and call `IngestMachine.restore` before `committed`.
    public internal(set) var missing: [MissingBoot] = []
    /// Scored readings as they came, for the live view.
    public internal(set) var live: [Reading] = []
    /// How many messages were collected.
    public internal(set) var messages = 0
    var sequences: [Sequence] = []
    /// Devices that a receipt is owed to although nothing new came: they sent again.
    var repeated: [(slot: Int, boot: Int32)] = []
    /// Devices whose backlog ended in this turn: their receipt is sent at once.
    var backlogged: Set<Int> = []
    var rejections: [Announcement] = []
    var presence: [Int] = []

    /// Whether there is nothing to commit and nothing to announce.
    public var isEmpty: Bool {
        batch.isEmpty && messages == 0 && presence.isEmpty && rejections.isEmpty
    }

    /// Keeps the newest record of each alarm, in the order of their first change.
    mutating func coalesceAlarms() {
        guard batch.alarms.count > 1 else { return }
        var newest = NewestRecords<AlarmID, Alarm> { $0.id }
        for alarm in batch.alarms { newest.note(alarm) }
        batch.alarms = newest.records
    }
}

/// A message of the gateway to a device.
public struct Announcement: Sendable, Equatable {
    /// The topic.
    public let topic: String
    /// JSON.
    public let payload: [UInt8]
    /// The boot that a receipt is for; nil for a rejection.
    public var boot: String?

    /// What a newer announcement of the same replaces while both wait for a connection.
    var subject: Subject { Subject(topic: topic, boot: boot) }

    struct Subject: Hashable, Sendable {
        let topic: String
        let boot: String?
    }
}

/// What the machine has counted since it was made.
public struct IngestCounters: Sendable, Equatable {
    /// Messages received.
    public var messages = 0
    /// Readings in them.
    public var readings = 0
    /// Readings that were known to be durable already, or that the store found to be.
    public var duplicates = 0
    /// Readings newly stored.
    public var stored = 0
    /// Payloads or readings quarantined, by code.
    public var quarantined: [QuarantineCode: Int] = [:]
    /// Refused payloads that were not even kept: their device sent too many.
    public var shed = 0
    /// Fields that the protocol does not know.
    public var unknownFields = 0
    /// Readings whose time lay in the future.
    public var futureTimes = 0
    /// Readings from 2 to 15 min old at receipt.
    public var late = 0
    /// Readings older than 15 min at receipt.
    public var backfilled = 0
    /// Receipts made.
    public var receipts = 0
}
