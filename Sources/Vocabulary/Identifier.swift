/// The name of one thing: 1–40 characters of `[a-z0-9-]`, as in a topic, a path or a table.
///
/// `Subject` keeps the identifiers of different things apart at compile time. An identifier that
/// exists is valid, so nothing downstream checks it again.
public struct Identifier<Subject>: Hashable, Sendable, RawRepresentable {
    /// The text of the identifier.
    public let rawValue: String

    /// The identifier, or nil when the text is not 1–40 characters of `[a-z0-9-]`.
    public init?(rawValue: String) {
        guard (1...40).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(isIdentifierByte)
        else { return nil }
        self.rawValue = rawValue
    }

    /// The identifier `text`, which the program itself wrote; traps when it is not one.
    public init(trusted text: String) {
        guard let identifier = Identifier(rawValue: text) else {
            preconditionFailure("'\(text)' is no identifier: 1-40 characters of [a-z0-9-]")
        }
        self = identifier
    }

    /// A fresh identifier, `prefix-` and 16 characters (80 random bits).
    public static func fresh(
        _ prefix: String,
        using random: inout some RandomNumberGenerator
    ) -> Identifier {
        var bytes = Array(prefix.utf8)
        bytes.append(UInt8(ascii: "-"))
        var bits = random.next()
        for position in 0..<16 {
            if position == 8 { bits = random.next() }
            bytes.append(alphabet[Int(bits & 31)])
            bits >>= 5
        }
        return Identifier(trusted: String(decoding: bytes, as: UTF8.self))
    }
}

extension Identifier: Comparable {
    /// The order of the texts.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension Identifier: CustomStringConvertible {
    /// The text.
    public var description: String { rawValue }
}

extension Identifier: Codable {
    /// Decodes a string; throws `DecodingError` when it is not an identifier.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let identifier = Identifier(rawValue: text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "an identifier is 1-40 characters of [a-z0-9-]"
            )
        }
        self = identifier
    }

    /// Encodes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension Identifier: CodingKeyRepresentable {
    /// The text, so that dictionaries keyed by an identifier encode as objects.
    public var codingKey: any CodingKey { TextKey(stringValue: rawValue) }

    /// The identifier a key spells, or nil.
    public init?(codingKey: some CodingKey) {
        self.init(rawValue: codingKey.stringValue)
    }
}

private struct TextKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Crockford's base 32 in lower case: no letter that reads as another.
private let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

private func isIdentifierByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"):
        true
    default: false
    }
}
