import Clinical
import SQLite
import Vocabulary

/// Readings as rows of SQLite, laid out as schema 1 of the store laid them out: the peer that the
/// store's partitions are measured beside.
final class PlainRows {
    private let connection: Connection

    /// Makes the file, which must not exist.
    init(_ path: String) throws {
        connection = try Connection(path: path, access: .creating)
        try connection.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
            PRAGMA wal_autocheckpoint = 8000;
            CREATE TABLE readings (
                span INTEGER NOT NULL, patient INTEGER NOT NULL, at INTEGER NOT NULL,
                device INTEGER NOT NULL, boot INTEGER NOT NULL, sequence INTEGER NOT NULL,
                received_at INTEGER NOT NULL, signs INTEGER NOT NULL,
                questionable INTEGER NOT NULL, invalid INTEGER NOT NULL, flags INTEGER NOT NULL,
                magnitudes BLOB NOT NULL,
                PRIMARY KEY (span, patient, at, device, boot, sequence)
            ) STRICT, WITHOUT ROWID;
            """
        )
    }

    /// Appends a batch in one transaction.
    func append(_ readings: [Reading]) throws {
        try connection.execute("BEGIN IMMEDIATE")
        try connection.with("INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {
            (row) throws(SQLiteError) in
            for reading in readings {
                let numbers: [Int64] = [
                    reading.at.milliseconds / 300_000, Int64(reading.patient),
                    reading.at.milliseconds, Int64(reading.device), Int64(reading.boot),
                    reading.sequence, reading.receivedAt.milliseconds,
                    Int64(reading.signs.rawValue), Int64(reading.questionable.rawValue),
                    Int64(reading.invalid.rawValue), Int64(reading.flags.rawValue),
                ]
                for (index, number) in numbers.enumerated() {
                    try row.bind(number, at: Int32(index + 1))
                }
                var packed: [UInt8] = []
                for sign in Sign.allCases {
                    guard let magnitude = reading[sign] else { continue }
                    let bits = UInt32(bitPattern: magnitude.thousandths)
                    for byte in 0..<4 {
                        packed.append(UInt8(truncatingIfNeeded: bits >> (8 * byte)))
                    }
                }
                try row.bind(packed.span, at: 12)
                try row.run()
            }
        }
        try connection.execute("COMMIT")
    }

    /// Fetches the patient's readings in [from, until), span by span, and says how many they are.
    func readings(of patient: PatientNumber, from: Instant, until: Instant) throws -> Int {
        var count = 0
        for span in from.milliseconds / 300_000...until.milliseconds / 300_000 {
            count += try connection.with(
                """
                SELECT * FROM readings WHERE span = ? AND patient = ? AND at >= ? AND at < ?
                ORDER BY at, device, boot, sequence
                """
            ) { (row) throws(SQLiteError) in
                try row.bind(span, at: 1)
                try row.bind(Int64(patient), at: 2)
                try row.bind(from.milliseconds, at: 3)
                try row.bind(until.milliseconds, at: 4)
                var found = 0
                while try row.step() {
                    found += row.integer(2) > 0 && !row.bytes(11).isEmpty ? 1 : 0
                }
                return found
            }
        }
        return count
    }

    /// The hours of one sign, from single rows, as an answer without aggregates must.
    func hours(of patient: PatientNumber, from: Instant, until: Instant) throws -> Int {
        var hours: Set<Int64> = []
        for span in from.milliseconds / 300_000...until.milliseconds / 300_000 {
            try connection.with(
                "SELECT at, magnitudes FROM readings WHERE span = ? AND patient = ?"
            ) { (row) throws(SQLiteError) in
                try row.bind(span, at: 1)
                try row.bind(Int64(patient), at: 2)
                while try row.step() {
                    if !row.bytes(1).isEmpty { hours.insert(row.integer(0) / 3_600_000) }
                }
            }
        }
        return hours.count
    }
}
