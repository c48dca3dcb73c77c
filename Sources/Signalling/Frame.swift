import Vocabulary
import Wire

/// Lays out one frame in one allocation: the envelope's head, then the body.
///
/// The body is appended by whoever has it, so that relayed bytes are copied exactly once.
/// `request` is the content of a JSON string without escapes, as `Envelope` lets it through.
struct Frame {
    private(set) var bytes: [UInt8] = []

    /// The head of the envelope; `bodyCapacity` bytes are kept for a body.
    init(
        _ type: MessageType,
        re request: String? = nil,
        sequence: Int64? = nil,
        acknowledged: Int64? = nil,
        bodyCapacity: Int = 0
    ) {
        bytes.reserveCapacity(64 + (request?.utf8.count ?? 0) + bodyCapacity)
        bytes.append("{\"t\":\"")
        bytes.append(type.name)
        bytes.append(UInt8(ascii: "\""))
        if let request {
            bytes.append(",\"re\":\"")
            bytes.append(contentsOf: request.utf8)
            bytes.append(UInt8(ascii: "\""))
        }
        if let sequence {
            bytes.append(",\"q\":")
            bytes.append(decimal: sequence)
        }
        if let acknowledged {
            bytes.append(",\"a\":")
            bytes.append(decimal: acknowledged)
        }
    }

    /// The whole frame with this body.
    consuming func closed(body: [UInt8]?) -> [UInt8] {
        if let body {
            bytes.append(",\"b\":")
            bytes.append(contentsOf: body)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The whole frame with a body that is handed on from its sender.
    consuming func closed(
        body: RelayedBody,
        from sender: String,
        in text: Span<UInt8>
    ) -> [UInt8] {
        bytes.append(",\"b\":")
        body.append(from: sender, in: text, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

/// The body of an `err`.
func errorBody(_ code: ErrorCode, _ message: String, after: Duration? = nil) -> [UInt8] {
    var writer = JSONWriter(capacity: 96 + message.utf8.count)
    writer.object { writer in
        writer.key("code")
        writer.value(code.rawValue)
        writer.key("message")
        writer.value(message)
        writer.key("retry")
        writer.value(code.isRetryable)
        if let after {
            writer.key("afterMs")
            writer.value(after.wholeMilliseconds)
        }
    }
    return writer.bytes
}

extension [UInt8] {
    /// Appends the text.
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }

    /// Appends a number that is not negative.
    mutating func append(decimal number: Int64) {
        guard number >= 10 else { return append(UInt8(ascii: "0") + UInt8(number)) }
        append(decimal: number / 10)
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
