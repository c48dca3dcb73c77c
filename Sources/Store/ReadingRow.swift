import Clinical
import SQLite
import Vocabulary

/// A reading as a row: columns for what is searched, the magnitudes packed.
enum ReadingRow {
    static let columns = """
        patient, at, device, boot, sequence, received_at, signs, questionable, invalid, flags, \
        magnitudes
        """

    static let insert = """
        INSERT INTO readings (\(columns), span) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// The number of the five minutes that an instant lies in.
    static func span(of milliseconds: Int64) -> Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 300_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Binds the reading to `insert`'s parameters; allocates nothing.
    static func bind(_ reading: Reading, to row: borrowing Statement) throws(SQLiteError) {
        try row.bind(Int64(reading.patient), at: 1)
        try row.bind(reading.at.milliseconds, at: 2)
        try row.bind(Int64(reading.device), at: 3)
        try row.bind(Int64(reading.boot), at: 4)
        try row.bind(reading.sequence, at: 5)
        try row.bind(reading.receivedAt.milliseconds, at: 6)
        try row.bind(Int64(reading.signs.rawValue), at: 7)
        try row.bind(Int64(reading.questionable.rawValue), at: 8)
        try row.bind(Int64(reading.invalid.rawValue), at: 9)
        try row.bind(Int64(reading.flags.rawValue), at: 10)
        var packed = InlineArray<64, UInt8>(repeating: 0)
        var count = 0
        var rest = reading.signs.rawValue
        while rest != 0 {
            if let sign = Sign(rawValue: UInt8(rest.trailingZeroBitCount)) {
                let bits = UInt32(bitPattern: reading[sign]?.thousandths ?? 0)
                for byte in 0..<4 {
                    packed[count + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte))
                }
                count += 4
            }
            rest &= rest - 1
        }
        try row.bind(packed.span.extracting(0..<count), at: 11)
        try row.bind(span(of: reading.at.milliseconds), at: 12)
    }

    /// The reading in a row of `columns`.
    static func reading(_ row: borrowing Statement) throws(SQLiteError) -> Reading {
        guard let patient = Int32(exactly: row.integer(0)),
            let device = Int32(exactly: row.integer(2)), let boot = Int32(exactly: row.integer(3)),
            let signs = UInt16(exactly: row.integer(6)),
            let questionable = UInt16(exactly: row.integer(7)),
            let invalid = UInt16(exactly: row.integer(8)),
            let flags = UInt8(exactly: row.integer(9))
        else { throw .corrupt("a reading out of range") }
        var reading = Reading(
            device: device,
            patient: patient,
            boot: boot,
            sequence: row.integer(4),
            at: Instant(milliseconds: row.integer(1)),
            receivedAt: Instant(milliseconds: row.integer(5))
        )
        reading.questionable = SignSet(rawValue: questionable)
        reading.invalid = SignSet(rawValue: invalid)
        reading.flags = ReadingFlags(rawValue: flags)
        let isWhole = row.withBytes(10) { packed in
            unpack(packed, SignSet(rawValue: signs), into: &reading)
        }
        guard isWhole else { throw .corrupt("a reading with too few or too many values") }
        return reading
    }

    private static func unpack(
        _ packed: Span<UInt8>,
        _ signs: SignSet,
        into reading: inout Reading
    ) -> Bool {
        guard packed.count == 4 * signs.rawValue.nonzeroBitCount else { return false }
        var offset = 0
        for sign in Sign.allCases where signs.contains(sign) {
            var bits: UInt32 = 0
            for byte in 0..<4 { bits |= UInt32(packed[offset + byte]) << (8 * byte) }
            reading[sign] = Magnitude(thousandths: Int32(bitPattern: bits))
            offset += 4
        }
        return true
    }
}
