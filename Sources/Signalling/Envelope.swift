public import Wire

/// What surrounds every message: `{"t": type, "id": request, "q": n, "a": m, "b": {…}}`.
///
/// It is read in one pass over the bytes; nothing is copied, the parts are ranges of the text.
public struct Envelope: Sendable {
    /// The type, nil when this server does not know it.
    public let type: MessageType?
    /// The content of the request's id, 1–64 bytes without escapes.
    public let id: Range<Int>?
    /// The sender's number in the reliable lane, from 1.
    public let sequence: Int64?
    /// The highest number that the sender has received without a hole.
    public let acknowledged: Int64?
    /// The body with its braces, nil when there is none.
    public let body: Range<Int>?

    /// The largest text that is read, in bytes.
    public static let sizeLimit = 65_536
    /// The longest request id, in bytes.
    public static let idLimit = 64

    /// Reads the text; throws when it is not exactly one envelope.
    ///
    /// Unknown and repeated keys are refused: two readers that disagree on which one counts
    /// would disagree on what was said.
    public init(_ bytes: Span<UInt8>) throws(MessageError) {
        guard bytes.count <= Envelope.sizeLimit else { throw .tooLarge }
        guard isUTF8(bytes) else { throw MessageError(.notUTF8, 0) }
        do {
            self = try Envelope(checked: bytes)
        } catch let error as JSONError {
            throw .notJSON(error)
        } catch let error as MessageError {
            throw error
        } catch {
            throw .field("t")
        }
    }

    private init(checked bytes: Span<UInt8>) throws {
        var cursor = JSONCursor()
        var type: JSONText?
        var id: Range<Int>?
        var sequence: Int64?
        var acknowledged: Int64?
        var body: Range<Int>?
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            if key.equals("t", bytes), type == nil {
                type = try cursor.string(bytes)
            } else if key.equals("id", bytes), id == nil {
                let text = try cursor.string(bytes)
                guard !text.isEscaped, (1...Envelope.idLimit).contains(text.range.count)
                else { throw MessageError.field("id") }
                id = text.range
            } else if key.equals("q", bytes), sequence == nil {
                let number = try cursor.number(bytes).integer(bytes)
                guard let number, number >= 1 else { throw MessageError.field("q") }
                sequence = number
            } else if key.equals("a", bytes), acknowledged == nil {
                let number = try cursor.number(bytes).integer(bytes)
                guard let number, number >= 0 else { throw MessageError.field("a") }
                acknowledged = number
            } else if key.equals("b", bytes), body == nil {
                guard try cursor.peek(bytes) == .object else { throw MessageError.field("b") }
                body = try cursor.skipValue(bytes)
            } else {
                throw MessageError.key
            }
        }
        try cursor.finish(bytes)
        guard let type else { throw MessageError.field("t") }
        self.type = knownTypes.first { type.equals($0.name, bytes) }
        self.id = id
        self.sequence = sequence
        self.acknowledged = acknowledged
        self.body = body
    }
}

/// Made once: `allCases` makes an array each time.
private let knownTypes = MessageType.allCases

/// Why a text is no message.
public enum MessageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Above the size limit.
    case tooLarge
    /// Not one JSON text.
    case notJSON(JSONError)
    /// A field is missing or not of its kind.
    case field(StaticString)
    /// A key that is unknown here or stands twice.
    case key

    init(_ reason: JSONError.Reason, _ offset: Int) {
        self = .notJSON(JSONError(reason: reason, offset: offset))
    }

    /// What is wrong, without a word of the message itself.
    public var description: String {
        switch self {
        case .tooLarge: "a message has at most \(Envelope.sizeLimit) bytes"
        case .notJSON(let error): error.description
        case .field(let name): "the field '\(name)' is missing or not of its kind"
        case .key: "a key that is unknown here or stands twice"
        }
    }

    /// Whether both say the same.
    public static func == (left: MessageError, right: MessageError) -> Bool {
        left.description == right.description
    }
}
