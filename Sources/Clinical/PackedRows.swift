import Vocabulary

/// Rows as bytes, each for itself: numbers of variable length, small ones short.
///
/// A row is written as its differences from the first row, whose signs nearly every other repeats.
/// A monitor's values stay close together and in its own steps, so most take one byte.
struct PackedRows: Sendable {
    /// More than the longest row takes.
    static let rowLimit = 128

    var bytes: [UInt8] = []
    /// What the rows are written against; it stays when that row leaves.
    private var first: SampleRow?

    mutating func append(_ row: SampleRow) {
        let first = first ?? row
        self.first = first
        put(signed: row.at.milliseconds &- first.at.milliseconds)
        put(signed: Int64(row.device) - Int64(first.device))
        put(signed: Int64(row.number) - Int64(first.number))
        put(signed: Int64(row.lag) - Int64(first.lag))
        put(head: row, first)
        row.signs.forEachNumber { sign in
            let difference =
                Int64(row.value(sign).thousandths) - Int64(first.value(sign).thousandths)
            let (steps, rest) = difference.quotientAndRemainder(dividingBy: sign.step)
            put(rest == 0 ? zigzag(steps) << 1 : zigzag(difference) << 1 | 1)
        }
    }

    /// The signs, which of them are questionable and whether it is a spot check: one byte where
    /// they are the first row's and nothing is questionable.
    private mutating func put(head row: SampleRow, _ first: SampleRow) {
        let hasDoubt = !row.questionable.isEmpty
        if !hasDoubt, row.signs == first.signs, row.isSpotCheck == first.isSpotCheck {
            return put(0)
        }
        put(UInt64(row.signs.rawValue) << 3 | (hasDoubt ? 4 : 0) | (row.isSpotCheck ? 2 : 0) | 1)
        if hasDoubt { put(UInt64(row.questionable.rawValue)) }
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
        guard let first else { preconditionFailure("a window without a first row has no rows") }
        var place = index
        let at = first.at.milliseconds &+ signed(&place)
        let device = Int32(truncatingIfNeeded: Int64(first.device) + signed(&place))
        let number = Int32(truncatingIfNeeded: Int64(first.number) + signed(&place))
        let lag = Int32(truncatingIfNeeded: Int64(first.lag) + signed(&place))
        let head = unsigned(&place)
        let isAsFirst = head & 1 == 0
        let questionable = head & 4 != 0 ? unsigned(&place) : 0
        var row = SampleRow(
            at: Instant(milliseconds: at),
            device: device,
            number: number,
            lag: lag,
            signs: isAsFirst
                ? first.signs : SignSet(rawValue: UInt16(truncatingIfNeeded: head >> 3)),
            questionable: SignSet(rawValue: UInt16(truncatingIfNeeded: questionable)),
            isSpotCheck: isAsFirst ? first.isSpotCheck : head & 2 != 0
        )
        row.signs.forEachNumber { sign in
            let word = unsigned(&place)
            let difference = unzigzag(word >> 1) &* (word & 1 == 0 ? sign.step : 1)
            let thousandths = Int64(first.value(sign).thousandths) &+ difference
            row.set(sign, Magnitude(thousandths: Int32(truncatingIfNeeded: thousandths)))
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

extension Sign {
    /// The steps in which monitors give the sign, in thousandths: any other value takes more bytes.
    fileprivate var step: Int64 {
        switch self {
        case .heartRate, .pulseRate, .oxygenSaturation, .respiratoryRate, .systolicPressure,
            .diastolicPressure, .meanPressure, .endTidalCO2, .consciousness, .supplementalOxygen,
            .pain:
            1_000
        case .temperature, .glucose, .weight, .oxygenFlow, .height: 100
        }
    }
}
