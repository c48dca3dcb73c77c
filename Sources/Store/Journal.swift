import Clinical
import SQLite
import Vocabulary

/// Where readings are durable first: a row a commit, in the transaction of the commit.
///
/// Rows are written at the end and taken away from the front once a compaction has brought them
/// into the partitions, so the table stays small. This is the writing end, and what it knows of
/// the table's size.
struct Journal {
    /// What rows are waiting to be brought into partitions.
    struct Size: Equatable {
        var rows = 0
        var readings = 0
        var bytes = 0
    }

    /// Why no more may be written.
    static let isFull = StoreError.input(
        code: 28,
        message: "the journal of readings is full because compaction fails; run verify"
    )

    private let byteLimit: Int
    private(set) var size = Size()
    /// The last row's number; numbers are never used again.
    private(set) var lastRow: Int64
    /// The latest receipt time of any reading ever: the store's idea of the present.
    private(set) var latestReceipt: Int64

    /// Reads where the journal stands.
    init(_ connection: borrowing Connection, byteLimit: Int) throws(SQLiteError) {
        self.byteLimit = byteLimit
        let trimmed = try connection.counter("journal")
        let newest = try connection.integer("SELECT max(id) FROM journal")
        lastRow = max(trimmed, newest ?? 0)
        latestReceipt = try connection.latestReceipt()
        let counts = "SELECT count(*), sum(readings), sum(length(body)) FROM journal"
        size = try connection.with(counts) { (row) throws(SQLiteError) in
            _ = try row.step()
            return Size(
                rows: Int(row.integer(0)),
                readings: Int(row.integer(1)),
                bytes: Int(row.integer(2))
            )
        }
    }

    /// Writes a row into the open transaction.
    mutating func append(_ row: JournalRow, _ statement: borrowing Statement) throws(StoreError) {
        guard size.bytes + row.body.count <= byteLimit else { throw Journal.isFull }
        lastRow += 1
        latestReceipt = max(latestReceipt, row.latestReceipt)
        try translated { () throws(SQLiteError) in
            try Journal.write(row, number: lastRow, latest: latestReceipt, statement)
        }
        size.rows += 1
        size.readings += row.count
        size.bytes += row.body.count
    }

    /// Writes a row through the statement `insert`.
    static func write(
        _ row: JournalRow,
        number: Int64,
        latest: Int64,
        _ statement: borrowing Statement
    ) throws(SQLiteError) {
        try statement.bind(number, at: 1)
        try statement.bind(Int64(row.count), at: 2)
        try statement.bind(row.firstAt, at: 3)
        try statement.bind(row.lastAt, at: 4)
        try statement.bind(latest, at: 5)
        try statement.bind(checksum(row.patients.span), at: 6)
        try statement.bind(row.patients.span, at: 7)
        try statement.bind(checksum(row.body.span), at: 8)
        try statement.bind(row.body.span, at: 9)
        try statement.run()
    }

    /// Notes that rows were taken away.
    mutating func trimmed(_ gone: Size) {
        size.rows -= gone.rows
        size.readings -= gone.readings
        size.bytes -= gone.bytes
    }

    static let insert = """
        INSERT INTO journal (id, readings, first_at, last_at, latest_receipt, patients_sum, \
        patients, body_sum, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
}

extension Connection {
    /// What is counted under a name, 0 when nothing was.
    borrowing func counter(_ name: String) throws(SQLiteError) -> Int64 {
        try with("SELECT value FROM counters WHERE name = ?") { (row) throws(SQLiteError) in
            try row.bind(name, at: 1)
            return try row.step() ? row.integer(0) : 0
        }
    }

    /// The latest receipt time of any reading ever, in milliseconds; the distant past without any.
    borrowing func latestReceipt() throws(SQLiteError) -> Int64 {
        let newest = try integer("SELECT latest_receipt FROM journal ORDER BY id DESC LIMIT 1")
        if let newest { return newest }
        return try integer("SELECT value FROM counters WHERE name = 'latestReceipt'")
            ?? Instant.distantPast.milliseconds
    }

    /// How many readings have been stored, those that have expired since included.
    borrowing func readingCount() throws(SQLiteError) -> Int {
        // One statement, so that a row that moves from one place to the other is counted once.
        Int(
            try integer(
                """
                SELECT coalesce((SELECT value FROM counters WHERE name = 'readings'), 0)
                    + coalesce((SELECT sum(readings) FROM journal), 0)
                """
            ) ?? 0
        )
    }

    /// Hands readings of the journal with their row's number to `take`, in the order of arrival:
    /// those in the range, of one patient or of all, in rows after `row`.
    ///
    /// What the call has seen is one state of the database. Stops after the row in which `take`
    /// has had `limit` readings and answers the last row's number; nil when there was none.
    @discardableResult
    borrowing func journal(
        after row: Int64 = .min,
        of patient: PatientNumber? = nil,
        in range: Range<Int64> = .min..<Int64.max,
        limit: Int = .max,
        _ take: (Int64, Reading) -> Void
    ) throws(SQLiteError) -> Int64? {
        try with(
            """
            SELECT id, readings, patients_sum, patients, body_sum, body FROM journal
            WHERE id > ? AND last_at >= ? AND first_at < ? ORDER BY id
            """
        ) { (statement) throws(SQLiteError) in
            try statement.bind(row, at: 1)
            try statement.bind(range.lowerBound, at: 2)
            try statement.bind(range.upperBound, at: 3)
            var last: Int64?
            var taken = 0
            while taken < limit, try statement.step() {
                let id = statement.integer(0)
                try readJournalRow(statement, of: patient) { reading in
                    taken += 1
                    if range.contains(reading.at.milliseconds) { take(id, reading) }
                }
                last = id
            }
            return last
        }
    }

    private borrowing func readJournalRow(
        _ statement: borrowing Statement,
        of patient: PatientNumber?,
        _ take: (Reading) -> Void
    ) throws(SQLiteError) {
        let count = Int(statement.integer(1))
        try statement.withBytes(3) { (patients) throws(SQLiteError) in
            guard checksum(patients) == statement.integer(2) else { throw changedRow }
            // Only the body of a row that is wanted is fetched from its pages.
            if let patient, !JournalRow.mentions(patients, patient, count) { return }
            try statement.withBytes(5) { (body) throws(SQLiteError) in
                guard checksum(body) == statement.integer(4) else { throw changedRow }
                try JournalRow.read(patients: patients, body: body, count: count) { reading in
                    if patient == nil || reading.patient == patient { take(reading) }
                }
            }
        }
    }
}

private let changedRow = SQLiteError.corrupt(
    "a row of the journal was changed after it was written"
)
