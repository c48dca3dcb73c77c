public import Vocabulary

/// The number under which the registry and the database know a device; dense from 1.
public typealias DeviceNumber = Int32
/// The number under which the registry and the database know a patient; dense from 1.
public typealias PatientNumber = Int32

/// What one device measured at one time: one element of a payload, ready to be stored and scored.
///
/// A plain value without references, so that a batch of thousands costs one allocation.
public struct Reading: Sendable {
    /// The device that measured.
    public var device: DeviceNumber
    /// The patient the device was bound to at `at`.
    public var patient: PatientNumber
    /// The device's boot, interned by the registry for that device; 0 for a device without seq.
    public var boot: Int32
    /// The device's sequence number in that boot; for a device without seq, time × 32 + sign.
    public var sequence: Int64
    /// Event time: when it was measured.
    public var at: Instant
    /// When the gateway received it.
    public var receivedAt: Instant
    /// The signs that the payload carried.
    public var signs: SignSet = []
    /// Signs whose value the device or the gateway doubts; they feed alarms with double dwell.
    public var questionable: SignSet = []
    /// Signs that must never be scored: invalid, calibrating, implausible, probe off.
    public var invalid: SignSet = []
    /// What else is known about it.
    public var flags: ReadingFlags = []
    private var magnitudes = InlineArray<16, Int32>(repeating: 0)

    /// An empty reading of one device at one time.
    public init(
        device: DeviceNumber,
        patient: PatientNumber,
        boot: Int32,
        sequence: Int64,
        at: Instant,
        receivedAt: Instant
    ) {
        self.device = device
        self.patient = patient
        self.boot = boot
        self.sequence = sequence
        self.at = at
        self.receivedAt = receivedAt
    }

    /// The sign's magnitude, nil when the payload did not carry it.
    public subscript(sign: Sign) -> Magnitude? {
        get {
            signs.contains(sign)
                ? Magnitude(thousandths: magnitudes[Int(sign.rawValue)]) : nil
        }
        set {
            if let newValue {
                signs.insert(SignSet(sign))
                magnitudes[Int(sign.rawValue)] = newValue.thousandths
            } else {
                signs.remove(SignSet(sign))
                magnitudes[Int(sign.rawValue)] = 0
            }
        }
    }

    /// The sign's magnitude when it may be scored, nil when it is absent or invalid.
    public func scorable(_ sign: Sign) -> Magnitude? {
        invalid.contains(sign) ? nil : self[sign]
    }
}

/// What is known about a reading besides its values.
public struct ReadingFlags: OptionSet, Sendable, Hashable {
    /// The bits, as stored.
    public let rawValue: UInt8

    /// The flags with these bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The device gave no time; `at` is the receipt time.
    public static let receiptTime = ReadingFlags(rawValue: 1)
    /// The device's time lay in the future; `at` is the receipt time.
    public static let futureTime = ReadingFlags(rawValue: 2)
    /// A value of zero where a living patient has none: the probe is off.
    public static let probeOff = ReadingFlags(rawValue: 4)
    /// A value outside what is plausible: typing or transducer error.
    public static let implausible = ReadingFlags(rawValue: 8)
    /// Came in a store-and-forward backlog.
    public static let backlog = ReadingFlags(rawValue: 16)
    /// Older than 15 min at receipt: never pages anybody.
    public static let backfill = ReadingFlags(rawValue: 32)
    /// The device has no seq; only the broker's guarantee holds.
    public static let unsequenced = ReadingFlags(rawValue: 64)
}
