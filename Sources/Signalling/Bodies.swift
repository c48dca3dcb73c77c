import Vocabulary
import Wire

/// The fields that clients send in the bodies of messages which the server itself reads.
///
/// One reader for all of them: each type then asks for the fields it needs. A key that the
/// server reads may stand once; other keys are skipped, so that newer clients are understood.
struct BodyFields {
    private(set) var ticket: Range<Int>?
    private(set) var token: Range<Int>?
    private(set) var last: Int64?
    private(set) var sent: Int64?
    private(set) var acknowledged: Int64?
    private(set) var link: Int64?
    private(set) var rttMs: Int?
    private(set) var lossPercent: Int?
    private var levelText: JSONText?
    private var patientText: JSONText?
    private var alarmText: JSONText?
    private var noteText: JSONText?
    private var dispositionText: JSONText?
    private var reasonText: JSONText?
    private var whyText: JSONText?

    /// No fields: a message without body.
    init() {}

    /// Reads the object that lies at `body`.
    init(_ bytes: Span<UInt8>, at body: Range<Int>?) throws(MessageError) {
        guard let body else { return }
        do {
            var cursor = JSONCursor(offset: body.lowerBound)
            try cursor.enterObject(bytes)
            while let key = try cursor.nextKey(bytes) { try read(key, &cursor, bytes) }
        } catch let error as JSONError {
            throw .notJSON(error)
        } catch let error as MessageError {
            throw error
        } catch {
            throw .key
        }
    }

    /// The patient's id, when it is one.
    func patient(_ bytes: Span<UInt8>) -> PatientID? {
        patientText.flatMap { PatientID(rawValue: $0.string(bytes)) }
    }

    /// How much of its media somebody wants; nil when that is not said.
    func level(_ bytes: Span<UInt8>) throws(MessageError) -> MediaLevel? {
        guard let levelText else { return nil }
        guard let level = MediaLevel(rawValue: levelText.string(bytes)) else {
            throw .field("level")
        }
        return level
    }

    /// The alarm's id, when it is one.
    func alarm(_ bytes: Span<UInt8>) -> AlarmID? {
        alarmText.flatMap { AlarmID(rawValue: $0.string(bytes)) }
    }

    /// The disposition, when it is one.
    func disposition(_ bytes: Span<UInt8>) -> Disposition? {
        dispositionText.flatMap { Disposition(rawValue: $0.string(bytes)) }
    }

    /// The note.
    func note(_ bytes: Span<UInt8>) -> String? { noteText?.string(bytes) }

    /// Why somebody leaves, ends or gives a link up: at most 200 characters of it.
    func reason(_ bytes: Span<UInt8>) -> String? {
        (whyText ?? reasonText).map { String($0.string(bytes).prefix(200)) }
    }

    private mutating func read(
        _ key: JSONText,
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws {
        if key.equals("ticket", bytes) {
            try once(&ticket, try plain(&cursor, bytes))
        } else if key.equals("token", bytes) {
            try once(&token, try plain(&cursor, bytes))
        } else if key.equals("last", bytes) {
            try once(&last, try count(&cursor, "last", bytes))
        } else if key.equals("sent", bytes) {
            try once(&sent, try count(&cursor, "sent", bytes))
        } else if key.equals("a", bytes) {
            try once(&acknowledged, try count(&cursor, "a", bytes))
        } else if key.equals("link", bytes) {
            try once(&link, try count(&cursor, "link", bytes))
        } else if key.equals("rttMs", bytes) {
            try once(&rttMs, Int(clamping: try count(&cursor, "rttMs", bytes)))
        } else if key.equals("lossPercent", bytes) {
            try once(&lossPercent, Int(clamping: try count(&cursor, "lossPercent", bytes)))
        } else if key.equals("level", bytes) {
            try once(&levelText, try cursor.string(bytes))
        } else if key.equals("patient", bytes) {
            try once(&patientText, try cursor.string(bytes))
        } else if key.equals("alarm", bytes) {
            try once(&alarmText, try cursor.string(bytes))
        } else if key.equals("note", bytes) {
            try once(&noteText, try cursor.string(bytes))
        } else if key.equals("disposition", bytes) {
            try once(&dispositionText, try cursor.string(bytes))
        } else if key.equals("reason", bytes) {
            try once(&reasonText, try cursor.string(bytes))
        } else if key.equals("why", bytes) {
            try once(&whyText, try cursor.string(bytes))
        } else {
            try cursor.skipValue(bytes)
        }
    }

    /// A token: tokens never need an escape.
    private func plain(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws -> Range<Int> {
        let text = try cursor.string(bytes)
        guard !text.isEscaped else { throw MessageError.field("token") }
        return text.range
    }

    private func count(
        _ cursor: inout JSONCursor,
        _ name: StaticString,
        _ bytes: Span<UInt8>
    ) throws -> Int64 {
        guard let number = try cursor.number(bytes).integer(bytes), number >= 0
        else { throw MessageError.field(name) }
        return number
    }
}

/// Takes a member's value; a key that the server reads may stand once.
func once<Value>(_ field: inout Value?, _ value: Value) throws {
    guard field == nil else { throw MessageError.key }
    field = value
}
