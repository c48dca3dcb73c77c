import CSQLite

/// One connection to one database file, for one thread at a time.
@safe
public struct Connection: ~Copyable {
    /// What a connection may do.
    public enum Access: Sendable {
        /// Read only; the file must exist.
        case reading
        /// Read and write; the file must exist.
        case writing
        /// Read and write; a missing file is made.
        case creating
    }

    private let handle: OpaquePointer
    private let cache = StatementCache()
    private let stopper: Interrupter

    /// Opens the file, through the system's file layer unless another is named.
    public init(path: String, access: Access, vfs: String? = nil) throws(SQLiteError) {
        let mode =
            switch access {
            case .reading: SQLITE_OPEN_READONLY
            case .writing: SQLITE_OPEN_READWRITE
            case .creating: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        var handle: OpaquePointer?
        // No mutex: the owner keeps the connection on one thread.
        let flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let status =
            if let vfs {
                unsafe sqlite3_open_v2(path, &handle, flags, vfs)
            } else {
                unsafe sqlite3_open_v2(path, &handle, flags, nil)
            }
        guard let handle = unsafe handle, status == SQLITE_OK else {
            // A failed open still gives a handle that carries the message and must be closed.
            let error = unsafe SQLiteError(status, on: handle)
            unsafe sqlite3_close_v2(handle)
            throw error
        }
        unsafe self.handle = handle
        unsafe stopper = Interrupter(handle)
    }

    deinit {
        stopper.disarm()
        cache.removeAll()
        unsafe sqlite3_close_v2(handle)
    }

    /// Stops what this connection is doing, from any thread.
    public var interrupter: Interrupter { stopper }

    /// Runs every statement of the text; rows are dropped.
    public borrowing func execute(_ sql: String) throws(SQLiteError) {
        let status = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard status == SQLITE_OK else { throw unsafe SQLiteError(status, on: handle) }
    }

    /// Runs `body` in one transaction that takes the write lock at once; what it throws takes
    /// everything back.
    public borrowing func transaction(
        _ body: (borrowing Connection) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        try execute("BEGIN IMMEDIATE")
        do throws(SQLiteError) {
            try body(self)
            try execute("COMMIT")
        } catch {
            if isInTransaction { try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Compiles one statement, to be kept by the caller.
    public borrowing func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        try unsafe Statement(sql, on: handle)
    }

    /// Lends a statement that is compiled once and kept; it is reset and cleared afterwards.
    public borrowing func with<Result>(
        _ sql: String,
        _ body: (borrowing Statement) throws(SQLiteError) -> Result
    ) throws(SQLiteError) -> Result {
        let kept =
            if let kept = cache.take(sql) {
                kept
            } else {
                KeptStatement(try prepare(sql))
            }
        defer {
            kept.statement.reset()
            kept.statement.clear()
            cache.giveBack(kept, sql)
        }
        return try body(kept.statement)
    }

    /// The first column of the first row as an integer; nil without a row or for NULL.
    public borrowing func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        try with(sql) { (statement) throws(SQLiteError) in
            try statement.step() ? statement.optionalInteger(0) : nil
        }
    }

    /// The first column of the first row as a text; nil without a row or for NULL.
    public borrowing func text(_ sql: String) throws(SQLiteError) -> String? {
        try with(sql) { (statement) throws(SQLiteError) in
            try statement.step() && !statement.isNull(0) ? statement.text(0) : nil
        }
    }

    /// Rows that the last INSERT, UPDATE or DELETE itself changed, those of triggers left out.
    public var changes: Int64 {
        unsafe sqlite3_changes64(handle)
    }

    /// The rowid of the last INSERT.
    public var lastRowID: Int64 {
        unsafe sqlite3_last_insert_rowid(handle)
    }

    /// Whether a transaction is open; some errors (full, input) end one by themselves.
    public var isInTransaction: Bool {
        unsafe sqlite3_get_autocommit(handle) == 0
    }

    /// Waits this long for another connection's lock before `busy` is thrown.
    public borrowing func setBusyTimeout(milliseconds: Int32) {
        unsafe sqlite3_busy_timeout(handle, milliseconds)
    }

    /// Copies the whole database into the file at `path`, as it is at this moment.
    ///
    /// One read transaction is held throughout, so that writers on other connections neither
    /// wait nor make the copy start again (`sqlite3_backup_step`).
    public borrowing func backup(toFile path: String) throws(SQLiteError) {
        let target = try Connection(path: path, access: .creating)
        try execute("BEGIN")
        do {
            // The transaction takes its snapshot at its first read.
            _ = try integer("SELECT count(*) FROM sqlite_schema")
            try unsafe target.receive(from: handle)
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
        try execute("COMMIT")
    }

    private borrowing func receive(from source: OpaquePointer) throws(SQLiteError) {
        guard let backup = unsafe sqlite3_backup_init(handle, "main", source, "main") else {
            throw unsafe SQLiteError(SQLITE_ERROR, on: handle)
        }
        var status: Int32
        repeat { status = unsafe sqlite3_backup_step(backup, 1_024) } while status == SQLITE_OK
        let end = unsafe sqlite3_backup_finish(backup)
        guard status == SQLITE_DONE, end == SQLITE_OK else {
            throw unsafe SQLiteError(end == SQLITE_OK ? status : end, on: handle)
        }
    }
}
