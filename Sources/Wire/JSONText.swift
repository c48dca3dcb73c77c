/// Where a string's content lies in a JSON text.
public struct JSONText: Sendable, Hashable {
    /// The bytes between the quotes.
    public let range: Range<Int>
    /// Whether there is an escape among them.
    public let isEscaped: Bool

    /// Content at `range` of the bytes, such as a text of CBOR, which has no escapes.
    public init(range: Range<Int>, isEscaped: Bool = false) {
        self.range = range
        self.isEscaped = isEscaped
    }

    /// Whether the content is exactly the given ASCII text; escaped content never is.
    public func equals(_ text: StaticString, _ bytes: Span<UInt8>) -> Bool {
        guard !isEscaped, text.utf8CodeUnitCount == range.count else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<range.count
            where unsafe expected[index] != bytes[range.lowerBound + index] {
                return false
            }
            return true
        }
    }

    /// Whether the content is exactly the given text; escaped content never is.
    public func equals(_ text: String, _ bytes: Span<UInt8>) -> Bool {
        !isEscaped && bytes.extracting(range).equals(text)
    }

    /// The content with its escapes resolved; a lone surrogate becomes U+FFFD.
    public func string(_ bytes: Span<UInt8>) -> String {
        let content = bytes.extracting(range)
        guard isEscaped else { return String(copying: content) }
        var units: [UInt8] = []
        units.reserveCapacity(range.count)
        var index = 0
        while index < content.count {
            let byte = content[index]
            guard byte == UInt8(ascii: "\\") else {
                units.append(byte)
                index += 1
                continue
            }
            let mark = content[index + 1]
            index += 2
            switch mark {
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "u"):
                var scalar = content.hexadecimal(at: index) ?? 0xFFFD
                index += 4
                if scalar & 0xFC00 == 0xD800, index + 6 <= content.count,
                    content[index] == UInt8(ascii: "\\"), content[index + 1] == UInt8(ascii: "u"),
                    let low = content.hexadecimal(at: index + 2), low & 0xFC00 == 0xDC00
                {
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
                    index += 6
                }
                let character = Unicode.Scalar(scalar) ?? "\u{FFFD}"
                units.append(contentsOf: String(Character(character)).utf8)
            default: units.append(mark)
            }
        }
        return String(decoding: units, as: UTF8.self)
    }
}

/// Where a number lies in a JSON text.
public struct JSONNumber: Sendable, Hashable {
    /// Its bytes.
    public let range: Range<Int>
    /// Whether it is written without fraction and exponent.
    public let isInteger: Bool

    /// The number when it is written as an integer and fits, else nil.
    public func integer(_ bytes: Span<UInt8>) -> Int64? {
        guard isInteger else { return nil }
        var index = range.lowerBound
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value: Int64 = 0
        while index < range.upperBound {
            let digit = Int64(bytes[index] - UInt8(ascii: "0"))
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.subtractingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            value = sum
            index += 1
        }
        guard !isNegative else { return value }
        return value == .min ? nil : -value
    }

    /// The number in whole thousandths, cut towards negative infinity; nil outside ±2 000 000.
    ///
    /// Exact for every number that JSON can write: 36.05 and 3.605e1 give 36 050, where the
    /// nearest `Double` lies below.
    public func thousandths(_ bytes: Span<UInt8>) -> Int32? {
        var index = range.lowerBound
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value: Int64 = 0
        var power = 3
        var isFraction = false
        var isCut = false
        while index < range.upperBound {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else if byte | 0x20 == UInt8(ascii: "e") {
                power += exponent(bytes, at: index)
                break
            } else if value < 100_000_000_000_000_000 {
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
                if isFraction { power -= 1 }
            } else {
                // Beyond 18 digits only whether something is cut off still counts.
                isCut = isCut || byte != UInt8(ascii: "0")
                if !isFraction { power += 1 }
            }
        }
        while power < 0, value > 0 {
            isCut = isCut || value % 10 != 0
            value /= 10
            power += 1
        }
        while power > 0, value > 0 {
            guard value <= 2_000_000_000 else { return nil }
            value *= 10
            power -= 1
        }
        guard value <= 2_000_000_000 else { return nil }
        return Int32(isNegative ? -value - (isCut ? 1 : 0) : value)
    }

    /// The number as it is written, for exact sums and conversions of units.
    public func decimal(_ bytes: Span<UInt8>) -> ExactDecimal? {
        ExactDecimal(bytes.extracting(range))
    }

    /// The nearest floating-point number; nil when it overflows.
    public func double(_ bytes: Span<UInt8>) -> Double? {
        guard let value = Double(String(copying: bytes.extracting(range))), value.isFinite
        else { return nil }
        return value
    }

    /// The exponent whose sign or first digit stands at `start`; one beyond ±10 000 is cut to it.
    private func exponent(_ bytes: Span<UInt8>, at start: Int) -> Int {
        var index = start
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative || bytes[index] == UInt8(ascii: "+") { index += 1 }
        var value = 0
        while index < range.upperBound {
            value = min(10_000, value * 10 + Int(bytes[index] - UInt8(ascii: "0")))
            index += 1
        }
        return isNegative ? -value : value
    }
}

extension String {
    /// A copy of the bytes, which are UTF-8.
    package init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension Span<UInt8> {
    /// Whether the bytes are exactly the text.
    package func equals(_ text: String) -> Bool {
        guard text.utf8.count == count else { return false }
        var index = 0
        for byte in text.utf8 {
            guard byte == self[index] else { return false }
            index += 1
        }
        return true
    }

    /// The four hexadecimal digits at `start` as a number, or nil.
    func hexadecimal(at start: Int) -> UInt32? {
        guard start + 4 <= count else { return nil }
        var value: UInt32 = 0
        for index in start..<start + 4 {
            let byte = self[index]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
