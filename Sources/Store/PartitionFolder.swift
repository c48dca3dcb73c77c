import Glibc
import SQLite

/// The folder `readings` beside the database, with a file for each partition.
struct PartitionFolder: Sendable {
    /// The folder's path.
    let path: String

    /// The folder of a data directory; it may not exist yet.
    init(in directory: String) {
        path = directory + "/readings"
    }

    /// A folder elsewhere, for copies.
    init(at path: String) {
        self.path = path
    }

    /// Where a partition's file is, or would be.
    func path(of partition: Partition) -> String { path + "/" + partition.fileName }

    /// Whether the partition has a file.
    func holds(_ partition: Partition) -> Bool { unsafe access(path(of: partition), F_OK) == 0 }

    /// What tells the partition's file from another of its name; nil when there is none.
    func identity(of partition: Partition) -> UInt64? {
        var status = stat()
        return unsafe stat(path(of: partition), &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// The partitions of a kind that have files and overlap the range, oldest first.
    func partitions(
        _ kind: PartitionKind,
        in range: Range<Int64> = .min..<Int64.max
    ) -> [Partition] {
        files().compactMap(Partition.init(fileName:))
            .filter { $0.kind == kind && $0.range.overlaps(range) }
            .sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// Names of files that were set aside because they are damaged.
    func damaged() -> [String] {
        files().filter { $0.contains(".db.damaged") && !$0.hasSuffix("-wal") }
            .filter { !$0.hasSuffix("-shm") }.sorted()
    }

    /// Makes an empty partition's file: whole or not at all.
    ///
    /// It has a write-ahead log from the start: a change of that kind could be cut off later.
    func make(_ partition: Partition) throws(StoreError) {
        try DataDirectory.make(path)
        let partial = path(of: partition) + ".partial"
        try DataDirectory.makeEmptyFile(partial)
        try translated { () throws(SQLiteError) in
            let connection = try Connection(path: partial, access: .writing)
            try connection.execute(
                """
                PRAGMA synchronous = FULL; BEGIN IMMEDIATE; \(PartitionSchema.version1)
                PRAGMA application_id = \(PartitionSchema.applicationID);
                PRAGMA user_version = \(PartitionSchema.version);
                COMMIT; PRAGMA journal_mode = WAL;
                """
            )
        }
        try DataDirectory.publish(partial, as: path(of: partition), in: path)
    }

    /// Deletes a partition's file; readers that have it open may finish.
    func remove(_ partition: Partition) throws(StoreError) {
        for end in ["", "-wal", "-shm"] {
            guard unsafe unlink(path(of: partition) + end) == 0 || errno == ENOENT else {
                throw .ofSystem("cannot delete an expired partition")
            }
        }
    }

    /// Renames a damaged file, so that the partition can begin anew and somebody can look at it.
    func setAside(_ partition: Partition) throws(StoreError) {
        var number = 1
        let old = path(of: partition)
        while unsafe access(old + ".damaged-\(number)", F_OK) == 0 { number += 1 }
        for end in ["-wal", "-shm", ""] {
            guard unsafe rename(old + end, old + ".damaged-\(number)" + end) == 0 || errno == ENOENT
            else { throw .ofSystem("cannot set a damaged partition aside") }
        }
    }

    /// Keeps compactions away while the files are copied, or copies while they are compacted.
    ///
    /// Nil when somebody else has the lock and `wait` is false, or when there is no folder.
    func lock(wait: Bool) throws(StoreError) -> PartitionLock? {
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            if errno == ENOENT { return nil }
            throw .ofSystem("cannot open the folder of readings")
        }
        while flock(folder, LOCK_EX | (wait ? 0 : LOCK_NB)) != 0 {
            if errno == EINTR { continue }
            let error = StoreError.ofSystem("cannot lock the folder of readings")
            let isTaken = errno == EWOULDBLOCK
            Glibc.close(folder)
            if isTaken { return nil }
            throw error
        }
        return PartitionLock(descriptor: folder)
    }

    /// Deletes the folder with every file in it.
    func removeAll() throws(StoreError) {
        for name in files() where name != "." && name != ".." { unsafe unlink(path + "/" + name) }
        guard unsafe rmdir(path) == 0 || errno == ENOENT else {
            throw .ofSystem("cannot delete an older copy of the readings")
        }
    }

    private func files() -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            names.append(name)
        }
        return names
    }
}

/// The lock of a partition folder, until it is let go.
final class PartitionLock: Sendable {
    private let descriptor: Int32

    fileprivate init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }
}
