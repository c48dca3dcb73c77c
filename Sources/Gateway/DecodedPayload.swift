import Clinical
import Store
import Vocabulary
import Wire

/// One reading as a payload carries it, before the registry and plausibility are asked.
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
    var sequence: Int64?
    var at: Instant?
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
    var readings: [DecodedReading] = []
    var refused: [RefusedReading] = []
    var boot: JSONText?
    var sent: Instant?
    var isBacklog = false
    /// Fields that the protocol does not know.
    var unknownFields = 0

    mutating func reset() {
        readings.removeAll(keepingCapacity: true)
        refused.removeAll(keepingCapacity: true)
        boot = nil
        sent = nil
        isBacklog = false
        unknownFields = 0
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
}
