import Wire

/// A JSON text as a tree: for a client that meets many message types and cares for few members.
public enum JSONValue: Sendable, Equatable {
    /// An object; of two members with one name the last counts.
    case object([String: JSONValue])
    /// An array.
    case array([JSONValue])
    /// A string.
    case text(String)
    /// A number.
    case number(Double)
    /// A truth value.
    case truth(Bool)
    /// `null`.
    case null

    /// Reads exactly one JSON text; nil when the bytes are none.
    public init?(_ bytes: [UInt8]) {
        let span = bytes.span
        guard isUTF8(span) else { return nil }
        do throws(JSONError) {
            var cursor = JSONCursor()
            let value = try JSONValue.read(&cursor, span)
            try cursor.finish(span)
            self = value
        } catch {
            return nil
        }
    }

    /// The member of an object, nil when it is absent, null, or this is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self, let member = members[name], member != .null
        else { return nil }
        return member
    }

    /// The text, nil when this is none.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The number as a whole one, nil when this is none.
    public var integer: Int? {
        if case .number(let number) = self { Int(exactly: number) } else { nil }
    }

    /// The truth value, nil when this is none.
    public var truth: Bool? {
        if case .truth(let truth) = self { truth } else { nil }
    }

    /// The elements, none when this is no array.
    public var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    private static func read(
        _ cursor: inout JSONCursor,
        _ bytes: Span<UInt8>
    ) throws(JSONError) -> JSONValue {
        switch try cursor.peek(bytes) {
        case .object:
            var members: [String: JSONValue] = [:]
            try cursor.enterObject(bytes)
            while let key = try cursor.nextKey(bytes) {
                members[key.string(bytes)] = try read(&cursor, bytes)
            }
            return .object(members)
        case .array:
            var elements: [JSONValue] = []
            try cursor.enterArray(bytes)
            while try cursor.nextElement(bytes) { elements.append(try read(&cursor, bytes)) }
            return .array(elements)
        case .string: return .text(try cursor.string(bytes).string(bytes))
        case .number: return .number(try cursor.number(bytes).double(bytes) ?? .infinity)
        case .boolean: return .truth(try cursor.boolean(bytes))
        case .null:
            try cursor.null(bytes)
            return .null
        }
    }
}
