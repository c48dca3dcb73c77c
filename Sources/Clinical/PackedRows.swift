import Vocabulary

/// Rows as bytes, each for itself: numbers of variable length, small ones short.
///
/// A row is its time, device and number as differences from the first row's, its lag, its signs,
/// which of them are questionable, and its values: in tenths where that is exact, as nearly every
/// monitor gives them, in thousandths otherwise.
struct PackedRows: Sendable {
    /// More than the longest row takes.
    static let rowLimit = 128

    var bytes: [UInt8] = []
    private var base: (at: Int64, device: DeviceNumber, number: Int32)?

    private static let tenth: Int32 = 100

    mutating func append(_ row: SampleRow) {
        let first = base ?? (row.at.milliseconds, row.device, row.number)
        base = first
        put(signed: row.at.milliseconds &- first.at)
        put(signed: Int64(row.device) - Int64(first.device))
        put(signed: Int64(row.number) - Int64(first.number))
        put(signed: Int64(row.lag))
        let hasDoubt = !row.questionable.isEmpty
        put(UInt64(row.signs.rawValue) << 2 | (hasDoubt ? 2 : 0) | (row.isSpotCheck ? 1 : 0))
        if hasDoubt { put(UInt64(row.questionable.rawValue)) }
        var bits = row.signs.rawValue
        while bits != 0 {
            let number = UInt8(bits.trailingZeroBitCount)
            bits &= bits - 1
            guard let sign = Sign(rawValue: number) else { continue }
            let thousandths = row.value(sign).thousandths
            let (tenths, rest) = thousandths.quotientAndRemainder(dividingBy: PackedRows.tenth)
            put(
                rest == 0
                    ? zigzag(Int64(tenths)) << 1 : zigzag(Int64(thousandths)) << 1 | 1
            )
        }
    }

    /// Puts a row in the place of those bytes.
    mutating func replace(_ range: Range<Int>, with row: SampleRow) {
        let rest = Array(bytes[range.upperBound...])
        bytes.removeSubrange(range.lowerBound...)
        append(row)
        bytes.append(contentsOf: rest)
    }

    /// The row whose bytes start at an index, and the index after them.
    func row(at index: Int) -> (row: SampleRow, next: Int) {
        guard let base else { preconditionFailure("a window without a first row has no rows") }
        var place = index
        let at = base.at &+ signed(&place)
        let device = Int32(truncatingIfNeeded: Int64(base.device) + signed(&place))
        let number = Int32(truncatingIfNeeded: Int64(base.number) + signed(&place))
        let lag = Int32(truncatingIfNeeded: signed(&place))
        let head = unsigned(&place)
        let questionable = head & 2 != 0 ? unsigned(&place) : 0
        var row = SampleRow(
            at: Instant(milliseconds: at),
            device: device,
            number: number,
            lag: lag,
            signs: SignSet(rawValue: UInt16(truncatingIfNeeded: head >> 2)),
            questionable: SignSet(rawValue: UInt16(truncatingIfNeeded: questionable)),
            isSpotCheck: head & 1 != 0
        )
        row.signs.forEachNumber { sign in
            let word = unsigned(&place)
            let value = Int32(truncatingIfNeeded: unzigzag(word >> 1))
            let thousandths = word & 1 == 0 ? value &* PackedRows.tenth : value
            row.set(sign, Magnitude(thousandths: thousandths))
        }
        return (row, place)
    }

    // MARK: Numbers

    private mutating func put(_ number: UInt64) {
        var number = number
        while number >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: number) | 0x80)
            number >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: number))
    }

    private mutating func put(signed number: Int64) { put(zigzag(number)) }

    private func unsigned(_ place: inout Int) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = bytes[place]
            place += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    private func signed(_ place: inout Int) -> Int64 { unzigzag(unsigned(&place)) }
}

/// Small magnitudes of either sign as small numbers.
private func zigzag(_ number: Int64) -> UInt64 {
    UInt64(bitPattern: number << 1 ^ number >> 63)
}

private func unzigzag(_ number: UInt64) -> Int64 {
    Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
}
