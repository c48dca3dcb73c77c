import Clinical
import SQLite
import Vocabulary

/// The writer's part of a compaction, in slices short enough for the commits that wait.
extension WritingDatabase {
    /// Ranges of sequence numbers that are written in one slice.
    private static let rangesInSlice = 1_000
    /// Rows of the journal that are taken away in one slice.
    private static let rowsInSlice = 1_000

    /// Writes fresh sequence numbers of some boots to the table; false once all are written.
    func keepLedger() throws(StoreError) -> Bool {
        let limit = WritingDatabase.rangesInSlice
        try slice { (connection) throws(SQLiteError) in try sequences.write(limit, connection) }
        return try translated { () throws(SQLiteError) in
            try sequences.settle(limit, connection)
        }
    }

    /// Takes rows up to the given one out of the journal; false once none is left.
    ///
    /// To be called when the partitions and the ledger's table are durable with what they held.
    func trimJournal(upTo last: Int64) throws(StoreError) -> Bool {
        var gone = Journal.Size()
        try slice { (connection) throws(SQLiteError) in
            gone = try connection.trimJournal(upTo: last, rows: WritingDatabase.rowsInSlice)
            try connection.setCounter("journal", last)
            try connection.setCounter("latestReceipt", journal.latestReceipt)
            try connection.add(Int64(gone.readings), toCounter: "readings")
        }
        journal.trimmed(gone)
        return gone.rows == WritingDatabase.rowsInSlice
    }

    /// The boot's durable sequence numbers, refused ones included.
    func durableSequences(
        device: DeviceNumber,
        boot: Int32
    ) throws(StoreError) -> [ClosedRange<Int64>] {
        try translated { () throws(SQLiteError) in
            try connection.durableSequences(
                device: device,
                boot: boot,
                fresh: sequences.fresh(device: device, boot: boot)
            )
        }
    }

    /// One transaction of housekeeping.
    ///
    /// Nobody is told of it, so it need not wait for the disk: the next commit takes it along, and
    /// the log keeps the order.
    private func slice(
        _ body: (borrowing Connection) throws(SQLiteError) -> Void
    ) throws(StoreError) {
        try translated { () throws(SQLiteError) in
            try connection.execute("PRAGMA synchronous = NORMAL")
            defer { try? connection.execute("PRAGMA synchronous = FULL") }
            try connection.transaction(body)
        }
    }
}

extension Connection {
    /// Takes up to `rows` rows from the journal's front and says what they were.
    fileprivate borrowing func trimJournal(
        upTo last: Int64,
        rows: Int
    ) throws(SQLiteError) -> Journal.Size {
        try with(
            """
            DELETE FROM journal WHERE id IN (
                SELECT id FROM journal WHERE id <= ? ORDER BY id LIMIT ?)
            RETURNING readings, length(body)
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(last, at: 1)
            try row.bind(Int64(rows), at: 2)
            var gone = Journal.Size()
            while try row.step() {
                gone.rows += 1
                gone.readings += Int(row.integer(0))
                gone.bytes += Int(row.integer(1))
            }
            return gone
        }
    }

    /// Sets what is counted under a name.
    borrowing func setCounter(_ name: String, _ value: Int64) throws(SQLiteError) {
        try run(
            """
            INSERT INTO counters (name, value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """,
            .text(name),
            .integer(value)
        )
    }

    /// Adds to what is counted under a name.
    borrowing func add(_ value: Int64, toCounter name: String) throws(SQLiteError) {
        try run(
            """
            INSERT INTO counters (name, value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = value + excluded.value
            """,
            .text(name),
            .integer(value)
        )
    }
}
