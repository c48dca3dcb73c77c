import Clinical
import SQLite
import Vocabulary

/// One caller's wish, to be granted whole or not at all.
enum Write: Sendable {
    /// A batch of the gateway.
    case ingest(IngestBatch)
    /// Changes of the care loop or the registry, in their order.
    case changes([Change])
    /// Revoked tokens that have expired may go.
    case expireTokens(Instant)
}

/// The writing connection with what it keeps between transactions; belongs to one thread.
final class WritingDatabase {
    let connection: Connection
    private let directory: DataDirectory
    private let insertRow: Statement
    var sequences = SequenceLedger()
    var journal: Journal
    private var row = JournalRow()
    private var quarantine: QuarantineRoom

    init(directory path: String, _ settings: SQLiteSettings) throws(StoreError) {
        let directory = try DataDirectory(path)
        let connection = try SQLiteOpening.writer(in: directory, settings)
        insertRow = try translated { () throws(SQLiteError) in
            try connection.prepare(Journal.insert)
        }
        journal = try translated { () throws(SQLiteError) in
            try Journal(connection, byteLimit: settings.journalMegabytes << 20)
        }
        quarantine = QuarantineRoom(settings)
        self.connection = connection
        self.directory = directory
        try translated { () throws(SQLiteError) in try rebuildLedger() }
    }

    /// The journal's sequence numbers are in no table yet, or in part after an interruption.
    private func rebuildLedger() throws(SQLiteError) {
        var error: SQLiteError?
        try connection.journal { _, reading in
            do throws(SQLiteError) {
                if error == nil { _ = try sequences.admit(reading, connection) }
            } catch let failure {
                error = failure
            }
        }
        if let error { throw error }
        sequences.remember()
    }

    /// How much the journal holds.
    var journalSize: Journal.Size { journal.size }

    /// How many boots the ledger remembers.
    var rememberedBoots: Int { sequences.count }

    /// The database's path.
    var path: String { directory.database }

    /// Carries out the writes in one durable transaction and says what became of each.
    ///
    /// A write that breaks a rule is undone alone; an error of the engine undoes all of them.
    func carryOut(_ writes: [Write]) -> [Result<IngestOutcome, StoreError>] {
        var results: [Result<IngestOutcome, StoreError>] = []
        results.reserveCapacity(writes.count)
        let before = (sequences.mark, journal)
        do throws(StoreError) {
            try execute("BEGIN IMMEDIATE")
            for write in writes {
                results.append(try carryOut(write, isAlone: writes.count == 1))
            }
            try execute("COMMIT")
            sequences.remember()
            return results
        } catch {
            // The engine may have ended the transaction by itself.
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            undo(to: before)
            return writes.indices.map { index in
                // Whoever broke a rule before is told of that, and not of the others' bad luck.
                if index < results.count, case .failure(let own) = results[index] {
                    return .failure(own)
                }
                return .failure(error)
            }
        }
    }

    /// Moves the limit of `SQLiteSettings.pageLimit`: the disk has room again.
    func setPageLimit(_ pages: Int) {
        try? connection.execute("PRAGMA max_page_count = \(pages)")
    }

    /// Copies the log into the file and empties it, so that a copy of the file is whole.
    func finish() {
        try? connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    private func carryOut(
        _ write: Write,
        isAlone: Bool
    ) throws(StoreError) -> Result<IngestOutcome, StoreError> {
        // Alone, the transaction itself is undone and no savepoint is needed.
        if isAlone { return .success(try perform(write)) }
        try execute("SAVEPOINT caller")
        let before = (sequences.mark, journal)
        do throws(StoreError) {
            let outcome = try perform(write)
            try execute("RELEASE caller")
            return .success(outcome)
        } catch {
            if error.concernsEverybody { throw error }
            undo(to: before)
            try execute("ROLLBACK TO caller")
            try execute("RELEASE caller")
            return .failure(error)
        }
    }

    private func perform(_ write: Write) throws(StoreError) -> IngestOutcome {
        switch write {
        case .ingest(let batch):
            return try ingest(batch)
        case .changes(let changes):
            for change in changes { try connection.apply(change) }
        case .expireTokens(let now):
            try translated { () throws(SQLiteError) in
                try connection.with("DELETE FROM revoked_tokens WHERE expires_at <= ?") {
                    (statement) throws(SQLiteError) in
                    try statement.bind(now.milliseconds, at: 1)
                    try statement.run()
                }
            }
        }
        return IngestOutcome(stored: 0, duplicates: 0)
    }

    private func ingest(_ batch: IngestBatch) throws(StoreError) -> IngestOutcome {
        for boot in batch.boots { try connection.apply(boot) }
        row.removeAll()
        try translated { () throws(SQLiteError) in
            for reading in batch.readings where try sequences.admit(reading, connection) {
                row.append(reading)
            }
            for payload in batch.quarantined {
                try quarantine.admit(payload, connection)
            }
        }
        let stored = row.count
        if stored > 0 { try journal.append(row, insertRow) }
        for alarm in batch.alarms { try connection.apply(.alarm(alarm)) }
        for command in batch.commands { try connection.apply(.command(command)) }
        return IngestOutcome(stored: stored, duplicates: batch.readings.count - stored)
    }

    /// What was remembered of a transaction that was undone is not so.
    private func undo(to before: (mark: Int, journal: Journal)) {
        sequences.undo(to: before.mark)
        journal = before.journal
        quarantine.forget()
    }

    private func execute(_ sql: String) throws(StoreError) {
        try translated { () throws(SQLiteError) in
            try connection.with(sql) { (statement) throws(SQLiteError) in try statement.run() }
        }
    }
}
