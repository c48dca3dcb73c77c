import Clinical
import SQLite
import Vocabulary

/// Readings as schema 1 kept them, a row each: read once, when such a database is brought up to
/// date.
enum LegacyReadings {
    /// Readings in one row of the journal.
    private static let rowSize = 2_000

    /// Moves every reading into the journal, in the transaction of the migration.
    ///
    /// The next compaction takes them on from there. Sequence numbers stand in their table already.
    static func move(_ connection: borrowing Connection) throws(SQLiteError) {
        var number: Int64 = 0
        var latest = Int64.min
        var row = JournalRow()
        let insert = try connection.prepare(Journal.insert)
        func flush() throws(SQLiteError) {
            guard row.count > 0 else { return }
            number += 1
            latest = max(latest, row.latestReceipt)
            try Journal.write(row, number: number, latest: latest, insert)
            row.removeAll()
        }
        try connection.with("SELECT \(columns) FROM readings ORDER BY span, patient, at") {
            (reading) throws(SQLiteError) in
            while try reading.step() {
                row.append(try Self.reading(reading))
                if row.count == rowSize { try flush() }
            }
        }
        try flush()
        try connection.execute("DROP TABLE readings")
    }

    private static let columns = """
        patient, at, device, boot, sequence, received_at, signs, questionable, invalid, flags, \
        magnitudes
        """

    /// The reading in a row of `columns`.
    private static func reading(_ row: borrowing Statement) throws(SQLiteError) -> Reading {
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
