import Store
import Wire

/// Checks a whole JSON text once: UTF-8, RFC 8259, and no key twice in any object of it.
///
/// Decoders that walk a text several times check it first, and then only look for what they know.
/// The memory for keys is kept from text to text.
struct StrictJSON {
    /// More keys than this in one object are refused; comparing them all would take too long.
    static let keyLimit = 1_000

    private var keys: [Key] = []

    private struct Key {
        var hash: UInt64
        var text: JSONText
    }

    /// Checks the text that starts at `start` and ends with the bytes.
    mutating func check(_ bytes: Span<UInt8>, from start: Int) throws(Refusal) {
        guard isUTF8(bytes) else { throw Refusal(JSONError(reason: .notUTF8, offset: 0)) }
        keys.removeAll(keepingCapacity: true)
        var cursor = RefusingCursor(offset: start)
        try value(bytes, &cursor)
        try cursor.finish(bytes)
    }

    private mutating func value(
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor
    ) throws(Refusal) {
        switch try cursor.peek(bytes) {
        case .object:
            let first = keys.count
            try cursor.enterObject(bytes)
            while let key = try cursor.nextKey(bytes) {
                try note(key, since: first, bytes, cursor)
                try value(bytes, &cursor)
            }
            keys.removeSubrange(first...)
        case .array:
            try cursor.enterArray(bytes)
            while try cursor.nextElement(bytes) { try value(bytes, &cursor) }
        case .string, .number, .boolean, .null: try cursor.skipValue(bytes)
        }
    }

    private mutating func note(
        _ key: JSONText,
        since first: Int,
        _ bytes: Span<UInt8>,
        _ cursor: RefusingCursor
    ) throws(Refusal) {
        guard keys.count - first < StrictJSON.keyLimit else {
            throw Refusal(.limit, "more than \(StrictJSON.keyLimit) members in one object")
        }
        let hash =
            key.isEscaped
            ? Array(key.string(bytes).utf8).span.hashed() : bytes.extracting(key.range).hashed()
        for index in first..<keys.count where keys[index].hash == hash {
            guard !keys[index].text.isSame(as: key, bytes) else { throw cursor.duplicateKey }
        }
        keys.append(Key(hash: hash, text: key))
    }
}

extension JSONText {
    /// Whether both stand for the same text of the same bytes.
    func isSame(as other: JSONText, _ bytes: Span<UInt8>) -> Bool {
        isEscaped || other.isEscaped
            ? string(bytes).utf8.elementsEqual(other.string(bytes).utf8)
            : bytes.extracting(range).equals(bytes.extracting(other.range))
    }

    /// Whether the content, its escapes resolved, is the text.
    func isText(_ text: [UInt8], _ bytes: Span<UInt8>) -> Bool {
        isEscaped
            ? Array(string(bytes).utf8) == text : bytes.extracting(range).equals(text)
    }
}
