import Clinical
import Store
import Vocabulary
import Wire

/// One reading as a payload carries it, before the registry and plausibility are asked.
///
/// A plain value without references: a backlog of a thousand is one array.
struct DecodedReading {
    /// Values, validity and nothing else; device, patient and times are filled in later.
    var values = Reading(
        device: 0,
        patient: 0,
        boot: 0,
        sequence: 0,
        at: .distantPast,
        receivedAt: .distantPast
    )
    /// Signs whose number is larger than any magnitude can be.
    var oversized: SignSet = []
    /// Signs that the payload told, well or badly, in forms that could tell one twice.
    var told: SignSet = []
    /// The first sign that was left out because its value or unit cannot be believed.
    var doubt: UnitDoubt?
    /// Whether a blood pressure came in another unit than it said, so that none is believed.
    var arePressuresMisread = false
    var sequence: Int64?
    var at: Instant?
    /// Whether `at` was counted from the time of receipt, because the device has no clock.
    var isRelative = false
    /// What is left in the battery, in thousandths of a percent, if the payload says so.
    var battery: Int32?
    /// The reading's own boot; nil when the backlog's holds.
    var boot: JSONText?
    /// Where the reading's object lies in the payload.
    var source = 0..<0
}

/// One element of a backlog that could not be decoded.
struct RefusedReading {
    var refusal: Refusal
    var sequence: Int64?
    var boot: JSONText?
    var source: Range<Int>
}

/// What a payload carries; one value is used for every payload, so that its memory is kept.
struct DecodedPayload {
    /// How the payload was read.
    var form = PayloadForm.native
    var readings: [DecodedReading] = []
    var refused: [RefusedReading] = []
    var boot: JSONText?
    var sent: Instant?
    var isBacklog = false
    /// Fields that the protocol does not know.
    var unknownFields = 0
    /// Within how many milliseconds the device says that its next reading comes, if it says so.
    var updateMilliseconds: Int64?

    /// Whether a part of the payload can be kept and replayed by itself.
    var isDivisible: Bool { isBacklog && form == .native }

    mutating func reset() {
        form = .native
        readings.removeAll(keepingCapacity: true)
        refused.removeAll(keepingCapacity: true)
        boot = nil
        sent = nil
        isBacklog = false
        unknownFields = 0
        updateMilliseconds = nil
    }
}

/// Why a payload, or one reading of it, is refused.
struct Refusal: Error, Equatable {
    var code: QuarantineCode
    /// One sentence without patient data: what is wrong and where.
    var detail: String

    init(_ code: QuarantineCode, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    init(_ error: JSONError) {
        self.init(.undecodable, error.description)
    }

    init(_ error: CBORError) {
        self.init(.undecodable, error.description)
    }
}
