import SQLite

/// Partitions open for reading, the last few kept open; belongs to one reader's thread.
final class PartitionReaders {
    /// Connections kept open: a few handles each.
    private static let limit = 8

    private final class Open {
        let partition: Partition
        let identity: UInt64
        let connection: Connection

        init(_ partition: Partition, _ identity: UInt64, _ connection: consuming Connection) {
            self.partition = partition
            self.identity = identity
            self.connection = connection
        }
    }

    let folder: PartitionFolder
    private let vfs: String?
    /// The one used last comes last.
    private var open: [Open] = []

    init(in directory: String, _ settings: SQLiteSettings) {
        folder = PartitionFolder(in: directory)
        vfs = settings.vfs
    }

    /// Lends one state of the partition; errors name its file.
    ///
    /// A file that has expired meanwhile, or is not made yet, is nothing: `body` is not called.
    func with(
        _ partition: Partition,
        _ body: (borrowing Connection) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        guard let identity = folder.identity(of: partition) else { return }
        do throws(SQLiteError) {
            let file = try opened(partition, identity)
            try file.connection.execute("BEGIN")
            do throws(SQLiteError) {
                try body(file.connection)
                try file.connection.execute("COMMIT")
            } catch {
                try? file.connection.execute("ROLLBACK")
                throw error
            }
        } catch {
            open.removeAll { $0.partition == partition }
            throw error.naming(partition)
        }
    }

    /// Lets go of every file.
    func close() {
        open.removeAll()
    }

    private func opened(
        _ partition: Partition,
        _ identity: UInt64
    ) throws(SQLiteError) -> Open {
        // A damaged file is set aside and begun anew under the same name.
        open.removeAll { $0.partition == partition && $0.identity != identity }
        if let index = open.firstIndex(where: { $0.partition == partition }) {
            open.append(open.remove(at: index))
            return open[open.count - 1]
        }
        let connection = try Connection(
            path: folder.path(of: partition),
            access: .reading,
            vfs: vfs
        )
        connection.setBusyTimeout(milliseconds: 5_000)
        try connection.execute(
            """
            PRAGMA query_only = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -2048;
            PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
            """
        )
        try connection.checkPartition()
        let file = Open(partition, identity, connection)
        open.append(file)
        if open.count > PartitionReaders.limit { open.removeFirst() }
        return file
    }
}
