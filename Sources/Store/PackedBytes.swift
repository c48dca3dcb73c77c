/// Appends numbers in as few bytes as they need, for blobs of the readings' files.
///
/// A varint has seven bits a byte, lowest first; a signed number is folded first, so that numbers
/// near zero on both sides are short (0, -1, 1, -2 … become 0, 1, 2, 3 …).
extension [UInt8] {
    /// Appends a number as a varint.
    mutating func append(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a signed number as a folded varint.
    mutating func append(signed number: Int64) {
        append(varint: UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    /// Appends a number of thousandths without the zeros that most have.
    ///
    /// The two lowest bits say which were left out: 0 whole units, 1 tenths, 2 thousandths.
    mutating func append(thousandths number: Int64) {
        if number % 1_000 == 0 {
            append(scaled: number / 1_000, 0)
        } else if number % 100 == 0 {
            append(scaled: number / 100, 1)
        } else {
            append(scaled: number, 2)
        }
    }

    private mutating func append(scaled number: Int64, _ scale: UInt64) {
        append(varint: UInt64(bitPattern: (number << 1) ^ (number >> 63)) << 2 | scale)
    }
}

/// A place in packed bytes that moves on as numbers are taken.
///
/// What lies beyond the end reads as zero and makes the cursor invalid, so that one look at the
/// end is enough.
struct PackedCursor {
    /// Where the next number begins.
    private(set) var offset = 0
    /// False once something was read that is not there or not a number.
    private(set) var isValid = true

    /// The next byte.
    mutating func byte(_ bytes: Span<UInt8>) -> UInt8 {
        guard offset < bytes.count else {
            isValid = false
            return 0
        }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// The next varint.
    mutating func varint(_ bytes: Span<UInt8>) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let next = byte(bytes)
            number |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return number }
            shift += 7
        }
        isValid = false
        return 0
    }

    /// The next signed number.
    mutating func signed(_ bytes: Span<UInt8>) -> Int64 {
        PackedCursor.unfold(varint(bytes))
    }

    /// The next signed number that must fit 32 bits.
    mutating func signed32(_ bytes: Span<UInt8>) -> Int32 {
        let number = signed(bytes)
        guard let narrow = Int32(exactly: number) else {
            isValid = false
            return 0
        }
        return narrow
    }

    /// The next number of thousandths.
    mutating func thousandths(_ bytes: Span<UInt8>) -> Int64 {
        let number = varint(bytes)
        let scaled = PackedCursor.unfold(number >> 2)
        switch number & 3 {
        case 0: return scaled &* 1_000
        case 1: return scaled &* 100
        case 2: return scaled
        default:
            isValid = false
            return 0
        }
    }

    /// Says that what was read cannot be.
    mutating func refuse() {
        isValid = false
    }

    private static func unfold(_ number: UInt64) -> Int64 {
        Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }
}

/// A number that changes with any change of the bytes; not a secret's guard.
func checksum(_ bytes: Span<UInt8>) -> Int64 {
    unsafe bytes.withUnsafeBytes { raw in
        var sum: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(raw.count)
        var offset = 0
        while offset + 8 <= raw.count {
            let word = unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            sum = mix(sum ^ UInt64(littleEndian: word))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < raw.count {
            rest = unsafe rest << 8 | UInt64(raw[offset])
            offset += 1
        }
        return Int64(bitPattern: mix(sum ^ rest))
    }
}

/// Each step can be undone, so two sums that differ once stay different.
private func mix(_ number: UInt64) -> UInt64 {
    let product = number &* 0xD6E8_FEB8_6659_FD93
    return product ^ (product >> 32)
}
