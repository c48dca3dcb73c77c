public import Clinical
public import Vocabulary

/// What the gateway commits at once.
public struct IngestBatch: Sendable {
    /// Readings in the order of their arrival; duplicates are allowed.
    public var readings: [Reading] = []
    /// Payloads that were refused.
    public var quarantined: [QuarantinedPayload] = []
    /// Boots first seen in this batch.
    public var boots: [DeviceBoot] = []
    /// Alarms that these readings raised or changed.
    public var alarms: [Alarm] = []
    /// Commands that devices answered, or that are too late.
    public var commands: [DeviceCommand] = []

    /// An empty batch.
    public init() {}

    /// Whether there is nothing to commit.
    public var isEmpty: Bool {
        readings.isEmpty && quarantined.isEmpty && boots.isEmpty && alarms.isEmpty
            && commands.isEmpty
    }
}

/// What became of a batch.
public struct IngestOutcome: Sendable, Equatable {
    /// Readings newly stored.
    public var stored: Int
    /// Readings that were stored before.
    public var duplicates: Int

    /// The two counts.
    public init(stored: Int, duplicates: Int) {
        self.stored = stored
        self.duplicates = duplicates
    }
}

/// The boot text of a device and the number that readings carry for it.
public struct DeviceBoot: Sendable, Hashable {
    /// The device.
    public let device: DeviceNumber
    /// The number, unique for the device, from 1.
    public let number: Int32
    /// The text the device sends, 1–64 bytes.
    public let boot: String

    /// A boot of a device.
    public init(device: DeviceNumber, number: Int32, boot: String) {
        self.device = device
        self.number = number
        self.boot = boot
    }
}

/// One page of the readings since some instant.
public struct ReadingPage: Sendable {
    /// The most readings on a page.
    package static let size = 5_000

    /// Where the next page starts: the last reading of the page before, in the order of pages.
    public struct Cursor: Sendable {
        let at: Int64
        let patient: PatientNumber
        private let device: DeviceNumber
        private let boot: Int32
        private let sequence: Int64

        /// The place after this reading.
        package init(_ reading: Reading) {
            at = reading.at.milliseconds
            patient = reading.patient
            device = reading.device
            boot = reading.boot
            sequence = reading.sequence
        }

        /// Whether this place lies before the reading, in the order of pages: by day (UTC), within
        /// a day by patient, of one patient by time.
        package func precedes(_ reading: Reading) -> Bool {
            let day = Int(at).floorDivided(by: 86_400_000)
            let otherDay = Int(reading.at.milliseconds).floorDivided(by: 86_400_000)
            if day != otherDay { return day < otherDay }
            if patient != reading.patient {
                return UInt32(bitPattern: patient) < UInt32(bitPattern: reading.patient)
            }
            if at != reading.at.milliseconds { return at < reading.at.milliseconds }
            return (device, boot, sequence) < (reading.device, reading.boot, reading.sequence)
        }
    }

    /// The readings: of each patient the oldest first.
    public let readings: [Reading]
    /// Pass this for the next page; nil after the last.
    public let next: Cursor?

    package init(readings: [Reading], next: Cursor?) {
        self.readings = readings
        self.next = next
    }
}

/// Why a payload was refused (`Docs/protocol.md`).
public enum QuarantineCode: String, Sendable, Codable, CaseIterable {
    /// The bytes could not be read as what they claim to be.
    case undecodable
    /// The device is not in the registry, or was removed.
    case unknownDevice
    /// The device was bound to nobody at the reading's time.
    case unbound
    /// A value outside what is plausible.
    case implausible
    /// A magnitude that fits another unit.
    case ambiguousUnit
    /// Topic, identity and registry disagree.
    case identityMismatch
    /// A limit was exceeded.
    case limit
}

/// A refused payload, kept whole.
public struct QuarantinedPayload: Sendable, Equatable {
    /// The row's number; 0 before it is stored.
    public var id: Int64
    /// When it was received.
    public var receivedAt: Instant
    /// The topic.
    public var topic: String
    /// The bytes as received, at most 256 KiB.
    public var payload: [UInt8]
    /// The content type that came with it, at most 256 bytes; empty without one.
    public var contentType: String
    /// Why.
    public var code: QuarantineCode
    /// One sentence: what and what to do; no patient data.
    public var detail: String
    /// The device's number when it is known.
    public var device: DeviceNumber?
    /// The boot's number when it is known, so that a receipt can cover the sequence number.
    public var boot: Int32?
    /// The sequence number when it could be read.
    public var sequence: Int64?
    /// When it was replayed or given up; nil while it waits.
    public var resolvedAt: Instant?

    /// A refused payload, not stored yet.
    public init(
        receivedAt: Instant,
        topic: String,
        payload: [UInt8],
        contentType: String = "",
        code: QuarantineCode,
        detail: String,
        device: DeviceNumber? = nil,
        boot: Int32? = nil,
        sequence: Int64? = nil
    ) {
        self.id = 0
        self.receivedAt = receivedAt
        self.topic = topic
        self.payload = payload
        self.contentType = contentType
        self.code = code
        self.detail = detail
        self.device = device
        self.boot = boot
        self.sequence = sequence
        self.resolvedAt = nil
    }
}
