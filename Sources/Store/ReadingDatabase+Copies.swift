import Clinical
import Glibc
import SQLite
import Vocabulary

/// Looking at every byte, and copying every file.
extension ReadingDatabase {
    /// Checks the database, the journal, every partition and the audit chain.
    func verify() throws(StoreError) -> VerificationReport {
        try translated { () throws(SQLiteError) in
            var problems: [String] = []
            problems += try damage { () throws(SQLiteError) in
                try connection.journal { _, _ in }
                return []
            }
            for kind in PartitionKind.allCases {
                for partition in partitions.folder.partitions(kind) {
                    problems += try damage { () throws(SQLiteError) in
                        try self.problems(of: partition)
                    }
                }
            }
            problems += partitions.folder.damaged().map {
                "readings/\($0): was damaged and set aside; restore it from a backup or delete it"
            }
            return try connection.verify(problems)
        }
    }

    /// The problems found, that the file cannot be read among them; other errors end the check.
    private func damage(
        _ body: () throws(SQLiteError) -> [String]
    ) throws(SQLiteError) -> [String] {
        do throws(SQLiteError) {
            return try body()
        } catch {
            guard error.kind == .corrupt else { throw error }
            return [error.message]
        }
    }

    private func problems(of partition: Partition) throws(SQLiteError) -> [String] {
        var problems: [String] = []
        try partitions.with(partition) { (connection) throws(SQLiteError) in
            problems = try connection.integrityProblems()
            for run in try connection.runs(in: .min..<Int64.max) {
                let stray =
                    partition.kind == .raw
                    ? try connection.stray(run, Reading.self, partition.range)
                    : try connection.stray(run, Aggregate.self, partition.range)
                if stray { problems.append("run \(run) does not hold what it says") }
            }
        }
        return problems.map { "readings/\(partition.fileName): \($0)" }
    }

    /// Writes a consistent copy of the database and of all partitions into the folder.
    ///
    /// Compactions, also another process's, wait meanwhile; commits do not. So what the copy of the
    /// database does not have in its journal is in the copies of the partitions.
    func backup(to directory: String) throws(StoreError) {
        try DataDirectory.make(directory)
        let partial = try DataDirectory.makeFileForCopy(in: directory)
        let copies = PartitionFolder(at: directory + "/readings.partial")
        try copies.removeAll()
        try DataDirectory.make(copies.path)
        let lock = try partitions.folder.lock(wait: true)
        defer { withExtendedLifetime(lock) {} }
        try translated { () throws(SQLiteError) in try connection.backup(toFile: partial) }
        for kind in PartitionKind.allCases {
            for partition in partitions.folder.partitions(kind) {
                try copy(partition, to: copies.path(of: partition))
            }
        }
        let final = directory + "/telehealth.db"
        // A folder without the database is no backup, so an older one cannot be mixed with this.
        unsafe unlink(final)
        let readings = PartitionFolder(in: directory)
        try readings.removeAll()
        try DataDirectory.publish(copies.path, as: readings.path, in: directory)
        try DataDirectory.publish(partial, as: final, in: directory)
    }

    private func copy(_ partition: Partition, to path: String) throws(StoreError) {
        try DataDirectory.makeEmptyFile(path)
        try translated { () throws(SQLiteError) in
            do throws(SQLiteError) {
                let source = try Connection(
                    path: partitions.folder.path(of: partition),
                    access: .reading
                )
                try source.backup(toFile: path)
            } catch {
                throw error.naming(partition)
            }
        }
    }
}

extension Connection {
    /// Whether the run holds other items than it says, or some that do not belong to the range.
    fileprivate borrowing func stray<Item: BlockItem>(
        _ run: Int64,
        _ type: Item.Type,
        _ range: Range<Int64>
    ) throws(SQLiteError) -> Bool {
        let cursor = try RunCursor<Item>(run: run, from: 0, self)
        var items: [Item] = []
        var count: Int64 = 0
        while let key = cursor.key {
            items.removeAll(keepingCapacity: true)
            try cursor.take(key, into: &items)
            count += Int64(items.count)
            guard items.allSatisfy({ range.contains($0.time) }) else { return true }
        }
        return try with("SELECT items FROM runs WHERE id = ?") { (row) throws(SQLiteError) in
            try row.bind(run, at: 1)
            return try !row.step() || row.integer(0) != count
        }
    }
}
