/// Base 64 (RFC 4648), strict: nothing but what `encode` gives is decoded.
public enum Base64 {
    /// With padding, alphabet of section 4.
    public static func encode(_ bytes: [UInt8]) -> String {
        text(bytes, standardAlphabet, isPadded: true)
    }

    /// Without padding, alphabet for URLs and file names of section 5.
    public static func encodeURL(_ bytes: [UInt8]) -> String {
        text(bytes, urlAlphabet, isPadded: false)
    }

    /// The bytes of a padded text, or nil.
    public static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 4 == 0 else { return nil }
        let padding = digits.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        return bytes(digits.dropLast(padding), standardAlphabet)
    }

    /// The bytes of an unpadded URL-safe text, or nil.
    public static func decodeURL(_ text: String) -> [UInt8]? {
        bytes(Array(text.utf8)[...], urlAlphabet)
    }

    private static func text(_ bytes: [UInt8], _ alphabet: [UInt8], isPadded: Bool) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits: UInt32 = 0
        var width = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            width += 8
            while width >= 6 {
                width -= 6
                digits.append(alphabet[Int(bits >> UInt32(width)) & 63])
            }
        }
        if width > 0 { digits.append(alphabet[Int(bits << UInt32(6 - width)) & 63]) }
        while isPadded, digits.count % 4 != 0 { digits.append(UInt8(ascii: "=")) }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func bytes(_ digits: ArraySlice<UInt8>, _ alphabet: [UInt8]) -> [UInt8]? {
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var width = 0
        for digit in digits {
            guard let value = value(digit, alphabet) else { return nil }
            bits = bits << 6 | value
            width += 6
            if width >= 8 {
                width -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(width)))
            }
        }
        // Bits beyond the last byte must be zero, else two texts would spell the same bytes.
        guard bits & ((1 << UInt32(width)) - 1) == 0 else { return nil }
        return bytes
    }

    private static func value(_ digit: UInt8, _ alphabet: [UInt8]) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case alphabet[62]: 62
        case alphabet[63]: 63
        default: nil
        }
    }
}

private let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
private let standardAlphabet = Array("\(letters)+/".utf8)
private let urlAlphabet = Array("\(letters)-_".utf8)
