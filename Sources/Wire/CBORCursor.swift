/// A strict RFC 8949 reader that walks over bytes and allocates nothing, `JSONCursor`'s sibling.
///
/// The caller asks for what it expects and gets ranges of the bytes back. The bytes are passed to
/// each call and not stored, so the cursor is a plain value.
public struct CBORCursor: Sendable {
    /// Where the next item starts.
    public private(set) var offset: Int
    private var depth = 0

    /// The deepest nesting that is read; deeper items are refused.
    public static let depthLimit = 64

    /// A cursor at the start of the bytes, or at `offset` within them.
    public init(offset: Int = 0) {
        self.offset = offset
    }

    /// What the next item is, without consuming it.
    public func peek(_ bytes: Span<UInt8>) throws(CBORError) -> CBORKind {
        guard offset < bytes.count else { throw error(.unexpectedEnd) }
        let first = bytes[offset]
        switch first >> 5 {
        case 0, 1: return .integer
        case 2: return .bytes
        case 3: return .text
        case 4: return .array
        case 5: return .map
        case 6: return .tag
        default: break
        }
        switch first & 31 {
        case 20, 21: return .boolean
        case 25, 26, 27: return .float
        case 31: return .end
        default: return .simple
        }
    }

    /// Consumes the head of an array.
    public mutating func enterArray(_ bytes: Span<UInt8>) throws(CBORError) -> CBORItems {
        try enter(4, bytes)
    }

    /// Consumes the head of a map, whose keys and values follow in turn.
    public mutating func enterMap(_ bytes: Span<UInt8>) throws(CBORError) -> CBORItems {
        try enter(5, bytes)
    }

    /// Whether another item (of a map: another key) follows; consumes the end when none does.
    public mutating func next(
        _ items: inout CBORItems,
        _ bytes: Span<UInt8>
    ) throws(CBORError) -> Bool {
        if let left = items.left {
            guard left > 0 else {
                depth -= 1
                return false
            }
            items.left = left - 1
            return true
        }
        guard try peek(bytes) == .end else { return true }
        offset += 1
        depth -= 1
        return false
    }

    /// Consumes an integer of up to 64 bits with its sign.
    public mutating func integer(_ bytes: Span<UInt8>) throws(CBORError) -> Int64 {
        let start = offset
        let (major, argument) = try head(bytes)
        guard major <= 1, let value = Int64(exactly: argument) else {
            offset = start
            throw error(major <= 1 ? .tooLarge : .unexpectedItem)
        }
        return major == 0 ? value : -1 - value
    }

    /// Consumes a text in one piece and returns where its UTF-8 lies.
    public mutating func text(_ bytes: Span<UInt8>) throws(CBORError) -> JSONText {
        let range = try string(3, bytes)
        guard isUTF8(bytes.extracting(range)) else { throw error(.notUTF8) }
        return JSONText(range: range)
    }

    /// Consumes a byte string in one piece and returns where it lies.
    public mutating func byteString(_ bytes: Span<UInt8>) throws(CBORError) -> JSONText {
        JSONText(range: try string(2, bytes))
    }

    /// Consumes `true` or `false`.
    public mutating func boolean(_ bytes: Span<UInt8>) throws(CBORError) -> Bool {
        guard try peek(bytes) == .boolean else { throw error(.unexpectedItem) }
        offset += 1
        return bytes[offset - 1] == 0xF5
    }

    /// Consumes a number: an integer, a finite float, or a decimal fraction (tag 4).
    public mutating func number(_ bytes: Span<UInt8>) throws(CBORError) -> ExactDecimal {
        switch try peek(bytes) {
        case .integer: return ExactDecimal(try integer(bytes))
        case .float: return try float(bytes)
        case .tag: return try decimalFraction(bytes)
        case .bytes, .text, .array, .map, .boolean, .simple, .end: throw error(.unexpectedItem)
        }
    }

    /// Consumes any item, with all that lies in it.
    public mutating func skipItem(_ bytes: Span<UInt8>) throws(CBORError) {
        switch try peek(bytes) {
        case .integer: _ = try head(bytes)
        case .bytes, .text: try skipString(bytes)
        case .array:
            var items = try enterArray(bytes)
            while try next(&items, bytes) { try skipItem(bytes) }
        case .map:
            var items = try enterMap(bytes)
            while try next(&items, bytes) {
                try skipItem(bytes)
                try skipItem(bytes)
            }
        case .tag:
            _ = try head(bytes)
            depth += 1
            guard depth <= CBORCursor.depthLimit else { throw error(.tooDeep) }
            try skipItem(bytes)
            depth -= 1
        case .float, .boolean, .simple: try skipSimple(bytes)
        case .end: throw error(.unexpectedItem)
        }
    }

    /// Steps over the tag of self-described CBOR (55799), if it stands here.
    public mutating func skipMark(_ bytes: Span<UInt8>) {
        if offset + 3 <= bytes.count, bytes[offset] == 0xD9, bytes[offset + 1] == 0xD9,
            bytes[offset + 2] == 0xF7
        {
            offset += 3
        }
    }

    /// Throws unless nothing is left.
    public func finish(_ bytes: Span<UInt8>) throws(CBORError) {
        guard offset == bytes.count else { throw error(.trailingBytes) }
    }

    // MARK: Parts

    private mutating func enter(
        _ major: UInt8,
        _ bytes: Span<UInt8>
    ) throws(CBORError) -> CBORItems {
        guard offset < bytes.count else { throw error(.unexpectedEnd) }
        let first = bytes[offset]
        guard first >> 5 == major else { throw error(.unexpectedItem) }
        depth += 1
        guard depth <= CBORCursor.depthLimit else { throw error(.tooDeep) }
        if first & 31 == 31 {
            offset += 1
            return CBORItems(left: nil)
        }
        return CBORItems(left: try head(bytes).argument)
    }

    /// Consumes an item's head: its major type and the number that comes with it.
    private mutating func head(
        _ bytes: Span<UInt8>
    ) throws(CBORError) -> (major: UInt8, argument: UInt64) {
        guard offset < bytes.count else { throw error(.unexpectedEnd) }
        let first = bytes[offset]
        let detail = first & 31
        guard detail >= 24 else {
            offset += 1
            return (first >> 5, UInt64(detail))
        }
        guard detail <= 27 else { throw error(.unexpectedItem) }
        let size = 1 << Int(detail - 24)
        guard bytes.count - offset > size else { throw error(.unexpectedEnd) }
        var argument: UInt64 = 0
        for index in offset + 1...offset + size { argument = argument << 8 | UInt64(bytes[index]) }
        offset += 1 + size
        return (first >> 5, argument)
    }

    private mutating func string(
        _ wanted: UInt8,
        _ bytes: Span<UInt8>
    ) throws(CBORError) -> Range<Int> {
        let start = offset
        guard offset < bytes.count else { throw error(.unexpectedEnd) }
        guard bytes[offset] >> 5 == wanted else { throw error(.unexpectedItem) }
        guard bytes[offset] & 31 != 31 else { throw error(.inPieces) }
        let (_, length) = try head(bytes)
        guard length <= UInt64(bytes.count - offset) else {
            offset = start
            throw error(.unexpectedEnd)
        }
        defer { offset += Int(length) }
        return offset..<offset + Int(length)
    }

    private mutating func skipString(_ bytes: Span<UInt8>) throws(CBORError) {
        let major = bytes[offset] >> 5
        guard bytes[offset] & 31 == 31 else {
            let range = try string(major, bytes)
            guard major == 2 || isUTF8(bytes.extracting(range)) else { throw error(.notUTF8) }
            return
        }
        offset += 1
        while try peek(bytes) != .end {
            let range = try string(major, bytes)
            guard major == 2 || isUTF8(bytes.extracting(range)) else { throw error(.notUTF8) }
        }
        offset += 1
    }

    private mutating func skipSimple(_ bytes: Span<UInt8>) throws(CBORError) {
        let start = offset
        let isLong = bytes[offset] & 31 == 24
        let (_, argument) = try head(bytes)
        // RFC 8949, 3.3: two-byte simple values below 32 are not well-formed.
        guard !isLong || argument >= 32 else {
            offset = start
            throw error(.unexpectedItem)
        }
    }

    private mutating func float(_ bytes: Span<UInt8>) throws(CBORError) -> ExactDecimal {
        let start = offset
        let detail = bytes[offset] & 31
        let (_, bits) = try head(bytes)
        let decimal: ExactDecimal? =
            switch detail {
            case 25: ExactDecimal(shortest: CBORCursor.half(UInt16(truncatingIfNeeded: bits)))
            case 26: ExactDecimal(shortest: Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            default: ExactDecimal(shortest: Double(bitPattern: bits))
            }
        guard let decimal else {
            offset = start
            throw error(.notFinite)
        }
        return decimal
    }

    /// The value of a half-precision float (RFC 8949, appendix D).
    private static func half(_ bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction / 16_777_216
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default:
            let significand = sign * (1 + fraction / 1_024)
            return Double(sign: .plus, exponent: exponent - 15, significand: significand)
        }
    }

    /// Tag 4 over an array of exponent and significand (RFC 8949, 3.4.4).
    private mutating func decimalFraction(_ bytes: Span<UInt8>) throws(CBORError) -> ExactDecimal {
        let start = offset
        guard try head(bytes).argument == 4 else {
            offset = start
            throw error(.unexpectedItem)
        }
        var items = try enterArray(bytes)
        guard try next(&items, bytes) else { throw error(.unexpectedItem) }
        let power = try integer(bytes)
        guard try next(&items, bytes) else { throw error(.unexpectedItem) }
        let significand = try integer(bytes)
        guard try !next(&items, bytes) else { throw error(.unexpectedItem) }
        guard let decimal = ExactDecimal(significand: significand, power: power) else {
            offset = start
            throw error(.tooLarge)
        }
        return decimal
    }

    private func error(_ reason: CBORError.Reason) -> CBORError {
        CBORError(reason: reason, offset: offset)
    }
}

/// What a CBOR item is.
public enum CBORKind: Sendable {
    /// A whole number.
    case integer
    /// A string of bytes.
    case bytes
    /// A string of UTF-8.
    case text
    /// An array.
    case array
    /// A map.
    case map
    /// A tag, and the item that it is put on.
    case tag
    /// `true` or `false`.
    case boolean
    /// A floating-point number.
    case float
    /// `null`, `undefined` or another simple value.
    case simple
    /// The end of an array, a map or a string of open length.
    case end
}

/// How many items an array or map has left.
public struct CBORItems: Sendable {
    /// Nil when the end is marked by itself.
    fileprivate var left: UInt64?
}

/// Why bytes are not the CBOR that was expected, and where.
public struct CBORError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: String, Sendable {
        /// The bytes end within an item.
        case unexpectedEnd = "the bytes end too early"
        /// Another item than expected.
        case unexpectedItem = "another kind of item was expected"
        /// More nesting than is read.
        case tooDeep = "nested more than 64 deep"
        /// Something after the item.
        case trailingBytes = "more bytes after the item"
        /// A text that is not UTF-8.
        case notUTF8 = "a text is not UTF-8"
        /// A key that stands twice in one map.
        case duplicateKey = "the same key twice in one map"
        /// A string of open length where one in one piece is needed.
        case inPieces = "a string in pieces; send it in one"
        /// NaN or infinity.
        case notFinite = "a number that is not finite"
        /// A number beyond what is read.
        case tooLarge = "a number is too large"
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

    /// The byte and the reason: `not CBOR at byte 17: …`.
    public var description: String { "not CBOR at byte \(offset): \(reason.rawValue)" }
}
