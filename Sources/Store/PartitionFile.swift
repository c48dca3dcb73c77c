import SQLite
import Vocabulary

/// A partition's file, open for writing; belongs to the compaction's thread.
final class PartitionFile {
    let partition: Partition
    let connection: Connection

    /// Opens the file; makes it when it is missing.
    ///
    /// Throws `corrupt` when it is not a partition of this version.
    init(
        _ partition: Partition,
        in folder: PartitionFolder,
        _ settings: SQLiteSettings
    ) throws(StoreError) {
        if !folder.holds(partition) { try folder.make(partition) }
        self.partition = partition
        connection = try translated { () throws(SQLiteError) in
            let connection = try Connection(
                path: folder.path(of: partition),
                access: .writing,
                vfs: settings.vfs
            )
            connection.setBusyTimeout(milliseconds: 5_000)
            try connection.checkPartition()
            try connection.execute(
                """
                PRAGMA synchronous = FULL; PRAGMA mmap_size = 0; PRAGMA cache_size = -4096;
                PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432;
                PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
                """
            )
            if let pages = settings.partitionPageLimit {
                try connection.execute("PRAGMA max_page_count = \(pages)")
            }
            return connection
        }
    }

    /// Adds a run in one durable transaction, with the number of the journal's last row that is in.
    ///
    /// `fill` appends the items in the order of patients and times.
    func add<Item: BlockItem>(
        upTo row: Int64,
        _ fill: (inout BlockWriter<Item>, borrowing Connection) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        try connection.transaction { (connection) throws(SQLiteError) in
            var writer = BlockWriter<Item>(run: try nextRun())
            try fill(&writer, connection)
            try writer.finish(level: 0, connection)
            try connection.run("UPDATE applied SET journal = ?", .integer(row))
        }
    }

    /// Joins the runs of one level into one of the next when there are enough; false when not.
    ///
    /// Blocks are written in transactions of their own, so that the log stays short; the run is
    /// put in the place of the old ones in the last. `goOn` is asked between them.
    func join<Item: BlockItem>(
        _ type: Item.Type,
        _ goOn: () -> Bool
    ) throws(SQLiteError) -> Bool {
        guard let (level, runs) = try fullLevel() else { return false }
        var writer = BlockWriter<Item>(run: try nextRun())
        var key: UInt32? = 0
        while let next = key {
            guard goOn() else { return false }
            try connection.transaction { (connection) throws(SQLiteError) in
                key = try copy(runs, from: next, to: &writer)
                guard key == nil else { return }
                try writer.finish(level: level + 1, connection)
                for old in runs {
                    try connection.run("DELETE FROM runs WHERE id = ?", .integer(old))
                }
            }
        }
        return true
    }

    /// Writes joined items of the runs, from a patient on, until there is enough for a transaction;
    /// the patient to go on with, nil at the end.
    ///
    /// The cursors end with the transaction, because the log cannot begin anew while they read.
    private func copy<Item: BlockItem>(
        _ runs: [Int64],
        from key: UInt32,
        to writer: inout BlockWriter<Item>
    ) throws(SQLiteError) -> UInt32? {
        var cursors: [RunCursor<Item>] = []
        for run in runs { cursors.append(try RunCursor(run: run, from: key, connection)) }
        let joined = RunJoin(cursors)
        var items: [Item] = []
        let target = writer.written + PartitionFile.sliceBytes
        while try joined.next(&items) {
            for item in items { try writer.append(item, connection) }
            guard writer.written >= target, let last = items.last?.key else { continue }
            return last == .max ? nil : last + 1
        }
        return nil
    }

    /// Deletes blocks whose run was replaced, or was never finished.
    func sweep() throws(SQLiteError) {
        let runs = Set(try connection.runs(in: .min..<Int64.max))
        var run: Int64 = 0
        while let block = try firstBlock(from: run << 32) {
            run = block >> 32
            if !runs.contains(run) { try deleteBlocks(of: run) }
            run += 1
        }
    }

    private func firstBlock(from id: Int64) throws(SQLiteError) -> Int64? {
        try connection.with("SELECT min(id) FROM blocks WHERE id >= ?") {
            (row) throws(SQLiteError) in
            try row.bind(id, at: 1)
            return try row.step() ? row.optionalInteger(0) : nil
        }
    }

    private static let sliceBytes = 4 << 20
    /// So many runs of a level are joined.
    private static let fullLevelRuns = 16

    /// The lowest level that is full, and its runs.
    private func fullLevel() throws(SQLiteError) -> (Int64, [Int64])? {
        let level = try connection.integer(
            """
            SELECT level FROM runs GROUP BY level HAVING count(*) >= \(PartitionFile.fullLevelRuns)
            ORDER BY level LIMIT 1
            """
        )
        guard let level else { return nil }
        return try connection.with("SELECT id FROM runs WHERE level = ? ORDER BY id") {
            (row) throws(SQLiteError) in
            try row.bind(level, at: 1)
            var runs: [Int64] = []
            while try row.step() { runs.append(row.integer(0)) }
            return (level, runs)
        }
    }

    /// A number greater than that of every run and stray block.
    private func nextRun() throws(SQLiteError) -> Int64 {
        let run = try connection.integer("SELECT max(id) FROM runs") ?? 0
        let block = try connection.integer("SELECT max(id) FROM blocks") ?? 0
        return max(run, block >> 32) + 1
    }

    private func deleteBlocks(of run: Int64) throws(SQLiteError) {
        try connection.transaction { (connection) throws(SQLiteError) in
            try connection.run(
                "DELETE FROM blocks WHERE id >= ? AND id < ?",
                .integer(run << 32),
                .integer((run + 1) << 32)
            )
        }
    }
}

extension Connection {
    /// Throws unless the file is a partition of this version.
    borrowing func checkPartition() throws(SQLiteError) {
        guard try integer("PRAGMA application_id") == PartitionSchema.applicationID else {
            throw .corrupt("the file is not a partition of telehealth")
        }
        let version = Int(try integer("PRAGMA user_version") ?? 0)
        guard version == PartitionSchema.version else {
            throw .corrupt("the partition has schema \(version), not \(PartitionSchema.version)")
        }
    }
}
