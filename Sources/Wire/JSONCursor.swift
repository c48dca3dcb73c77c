/// A strict RFC 8259 reader that walks over bytes and allocates nothing.
///
/// The caller asks for what it expects (`enterObject`, `nextKey`, `number` …) and gets ranges of
/// the bytes back. The bytes are passed to each call and not stored, so the cursor is a plain
/// value. Check the whole text with `isUTF8` first; the cursor looks at structure only.
public struct JSONCursor: Sendable {
    /// Where the next token starts.
    public private(set) var offset: Int
    /// How deep the cursor stands.
    public private(set) var depth = 0
    /// Whether the object or array entered last has given no member yet.
    private var isFresh = false

    /// The deepest nesting that is read; deeper text is refused.
    public static let depthLimit = 64

    /// A cursor at the start of the text, or at `offset` within it.
    public init(offset: Int = 0) {
        self.offset = offset
    }

    /// What the next value is, without consuming it.
    public mutating func peek(_ bytes: Span<UInt8>) throws(JSONError) -> JSONKind {
        skipSpace(bytes)
        guard offset < bytes.count else { throw error(.unexpectedEnd) }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error(.unexpectedByte)
        }
    }

    /// Consumes `{`.
    public mutating func enterObject(_ bytes: Span<UInt8>) throws(JSONError) {
        try enter(UInt8(ascii: "{"), bytes)
    }

    /// Consumes `[`.
    public mutating func enterArray(_ bytes: Span<UInt8>) throws(JSONError) {
        try enter(UInt8(ascii: "["), bytes)
    }

    /// Consumes the next key and its colon, or the closing brace and returns nil.
    public mutating func nextKey(_ bytes: Span<UInt8>) throws(JSONError) -> JSONText? {
        guard try advance(closing: UInt8(ascii: "}"), bytes) else { return nil }
        let key = try string(bytes)
        skipSpace(bytes)
        try consume(UInt8(ascii: ":"), bytes)
        return key
    }

    /// Steps to the next element and returns true, or consumes the closing bracket: false.
    public mutating func nextElement(_ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        try advance(closing: UInt8(ascii: "]"), bytes)
    }

    /// Consumes a string and returns where its content lies.
    public mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> JSONText {
        skipSpace(bytes)
        try consume(UInt8(ascii: "\""), bytes)
        let start = offset
        var isEscaped = false
        while true {
            offset = bytes.endOfPlainText(from: offset)
            guard offset < bytes.count else { throw error(.unexpectedEnd) }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                defer { offset += 1 }
                return JSONText(range: start..<offset, isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                try skipEscape(bytes)
            default: throw error(.controlCharacter)
            }
        }
    }

    /// Consumes a number and returns where it lies.
    public mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSONNumber {
        skipSpace(bytes)
        let start = offset
        if byte(bytes) == UInt8(ascii: "-") { offset += 1 }
        if byte(bytes) == UInt8(ascii: "0") {
            offset += 1
        } else {
            try skipDigits(bytes)
        }
        var isInteger = true
        if byte(bytes) == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try skipDigits(bytes)
        }
        if let mark = byte(bytes), mark | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            if let sign = byte(bytes), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                offset += 1
            }
            try skipDigits(bytes)
        }
        return JSONNumber(range: start..<offset, isInteger: isInteger)
    }

    /// Consumes `true` or `false`.
    public mutating func boolean(_ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        skipSpace(bytes)
        if byte(bytes) == UInt8(ascii: "t") {
            try consume("true", bytes)
            return true
        }
        try consume("false", bytes)
        return false
    }

    /// Consumes `null`.
    public mutating func null(_ bytes: Span<UInt8>) throws(JSONError) {
        skipSpace(bytes)
        try consume("null", bytes)
    }

    /// Consumes any value and returns where it lies.
    @discardableResult
    public mutating func skipValue(_ bytes: Span<UInt8>) throws(JSONError) -> Range<Int> {
        let kind = try peek(bytes)
        let start = offset
        switch kind {
        case .object:
            try enterObject(bytes)
            while try nextKey(bytes) != nil { try skipValue(bytes) }
        case .array:
            try enterArray(bytes)
            while try nextElement(bytes) { try skipValue(bytes) }
        case .string: _ = try string(bytes)
        case .number: _ = try number(bytes)
        case .boolean: _ = try boolean(bytes)
        case .null: try null(bytes)
        }
        return start..<offset
    }

    /// Throws unless nothing but white space is left.
    public mutating func finish(_ bytes: Span<UInt8>) throws(JSONError) {
        skipSpace(bytes)
        guard offset == bytes.count else { throw error(.trailingBytes) }
    }

    private mutating func enter(_ mark: UInt8, _ bytes: Span<UInt8>) throws(JSONError) {
        skipSpace(bytes)
        try consume(mark, bytes)
        depth += 1
        guard depth <= JSONCursor.depthLimit else { throw error(.tooDeep) }
        isFresh = true
    }

    private mutating func advance(
        closing mark: UInt8,
        _ bytes: Span<UInt8>
    ) throws(JSONError) -> Bool {
        skipSpace(bytes)
        guard let next = byte(bytes) else { throw error(.unexpectedEnd) }
        if next == mark {
            offset += 1
            depth -= 1
            isFresh = false
            return false
        }
        if !isFresh {
            try consume(UInt8(ascii: ","), bytes)
        }
        isFresh = false
        return true
    }

    private func byte(_ bytes: Span<UInt8>) -> UInt8? {
        offset < bytes.count ? bytes[offset] : nil
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    private mutating func skipDigits(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = offset
        while let digit = byte(bytes), digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") {
            offset += 1
        }
        guard offset > start else {
            throw error(offset < bytes.count ? .unexpectedByte : .unexpectedEnd)
        }
    }

    private mutating func skipEscape(_ bytes: Span<UInt8>) throws(JSONError) {
        offset += 1
        guard let mark = byte(bytes) else { throw error(.unexpectedEnd) }
        switch mark {
        case UInt8(ascii: "u"):
            guard bytes.hexadecimal(at: offset + 1) != nil else { throw error(.badEscape) }
            offset += 5
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 1
        default: throw error(.badEscape)
        }
    }

    private mutating func consume(_ mark: UInt8, _ bytes: Span<UInt8>) throws(JSONError) {
        guard let next = byte(bytes) else { throw error(.unexpectedEnd) }
        guard next == mark else { throw error(.unexpectedByte) }
        offset += 1
    }

    private mutating func consume(_ word: String, _ bytes: Span<UInt8>) throws(JSONError) {
        for letter in word.utf8 { try consume(letter, bytes) }
    }

    private func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason: reason, offset: offset)
    }
}

extension Span<UInt8> {
    /// Where the first quote, backslash or control character stands from `start` on, else the end.
    ///
    /// Looks at eight bytes at a time.
    fileprivate func endOfPlainText(from start: Int) -> Int {
        var index = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        while index + 8 <= count {
            let loaded = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let word = UInt64(littleEndian: loaded)
            let quotes = word ^ ones &* 0x22
            let slashes = word ^ ones &* 0x5C
            // A byte's top bit is set where it is below the bound; above the first such byte it may
            // be wrong, but only the first counts.
            let found =
                ((word &- ones &* 0x20) & ~word | (quotes &- ones) & ~quotes
                    | (slashes &- ones) & ~slashes) & (ones &* 0x80)
            guard found == 0 else { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count, self[index] >= 0x20, self[index] != UInt8(ascii: "\""),
            self[index] != UInt8(ascii: "\\")
        {
            index += 1
        }
        return index
    }
}

/// What a JSON value is.
public enum JSONKind: Sendable {
    /// An object, `{…}`.
    case object
    /// An array, `[…]`.
    case array
    /// A string, `"…"`.
    case string
    /// A number.
    case number
    /// `true` or `false`.
    case boolean
    /// `null`.
    case null
}

/// Why a text is not JSON, and at which byte.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: String, Sendable {
        /// The text ends too early.
        case unexpectedEnd = "the text ends in the middle of a value"
        /// A byte that cannot stand there.
        case unexpectedByte = "a byte that cannot stand here"
        /// An unescaped control character in a string.
        case controlCharacter = "an unescaped control character in a string"
        /// A backslash before something that cannot be escaped.
        case badEscape = "a bad escape in a string"
        /// More nesting than is read.
        case tooDeep = "nested more than 64 deep"
        /// Something after the value.
        case trailingBytes = "more bytes after the value"
        /// Not UTF-8.
        case notUTF8 = "not UTF-8"
        /// A key that stands twice in one object.
        case duplicateKey = "the same key twice in one object"
    }

    /// What is wrong.
    public let reason: Reason
    /// At which byte.
    public let offset: Int

    /// An error at a byte.
    public init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// The byte and the reason: `not JSON at byte 17: …`.
    public var description: String { "not JSON at byte \(offset): \(reason.rawValue)" }
}

/// Whether the bytes are well-formed UTF-8.
public func isUTF8(_ bytes: Span<UInt8>) -> Bool {
    (try? UTF8Span(validating: bytes)) != nil
}
