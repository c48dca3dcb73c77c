import Glibc

/// The folder that holds the database, locked for one process at a time.
///
/// Two processes must not write one file: each is sure to do all checkpoints itself.
struct DataDirectory: ~Copyable {
    private let lock: Int32
    /// The folder.
    let path: String
    /// The database inside it.
    let database: String

    /// Makes the folder when it is missing and locks it.
    init(_ path: String) throws(StoreError) {
        try DataDirectory.make(path)
        let lock = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw .ofSystem("cannot open the data directory") }
        guard DataDirectory.lock(lock) else {
            let error =
                errno == EWOULDBLOCK
                ? StoreError.inUse : StoreError.ofSystem("cannot lock the data directory")
            Glibc.close(lock)
            throw error
        }
        self.lock = lock
        self.path = path
        database = path + "/telehealth.db"
    }

    deinit { Glibc.close(lock) }

    /// Locks, and is patient for a second: a child that this process is just starting holds a copy
    /// of every descriptor until it runs its own program, and with it the lock that was let go.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
            usleep(10_000)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// An empty file for a database in the making.
    ///
    /// The finished file takes its final name at once (`publish`), so that an empty database file
    /// is never one of ours but always damage.
    borrowing func makePartial() throws(StoreError) -> String {
        let partial = database + ".partial"
        try DataDirectory.makeEmptyFile(partial)
        return partial
    }

    /// How many bytes the database's file has; nil when it is missing.
    borrowing func fileSize() -> Int64? {
        var status = stat()
        return unsafe stat(database, &status) == 0 ? Int64(status.st_size) : nil
    }

    /// Makes a folder for its owner alone; one that exists is left as it is.
    static func make(_ path: String) throws(StoreError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .ofSystem("cannot create the directory")
        }
    }

    /// An empty file for a copy, unless the folder's database has a log: the copy would take the
    /// place of the file that the log belongs to.
    static func makeFileForCopy(in directory: String) throws(StoreError) -> String {
        guard unsafe access(directory + "/telehealth.db-wal", F_OK) != 0 else {
            throw .input(code: EEXIST, message: "the folder holds a database in use")
        }
        let partial = directory + "/telehealth.db.partial"
        try makeEmptyFile(partial)
        return partial
    }

    /// Makes an empty file that nobody else may read; an older one of the name goes.
    static func makeEmptyFile(_ path: String) throws(StoreError) {
        unsafe unlink(path)
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .ofSystem("cannot create the database") }
        Glibc.close(file)
    }

    /// Gives a finished file its final name and returns when both are durable.
    static func publish(_ partial: String, as final: String, in path: String) throws(StoreError) {
        guard unsafe rename(partial, final) == 0 else { throw .ofSystem("cannot rename the copy") }
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .ofSystem("cannot open the directory") }
        defer { Glibc.close(folder) }
        guard fsync(folder) == 0 else { throw .ofSystem("cannot write the directory") }
    }
}

extension StoreError {
    /// The operating system's last error.
    static func ofSystem(_ what: String) -> StoreError {
        let code = errno
        if code == ENOSPC { return .diskFull }
        return .input(code: code, message: "\(what): \(unsafe String(cString: strerror(code)))")
    }
}
