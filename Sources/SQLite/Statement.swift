import CSQLite

/// One prepared statement; parameters and columns count from 1 and from 0, as in SQLite.
///
/// Life: bind → step until it answers false → reset → bind again. It keeps its connection's
/// memory alive by itself (`sqlite3_close_v2`), so the order of release does not matter.
@safe
public struct Statement: ~Copyable {
    private let handle: OpaquePointer

    /// Compiles the first statement of `sql`.
    init(_ sql: String, on connection: OpaquePointer) throws(SQLiteError) {
        var handle: OpaquePointer?
        // Persistent: kept for long and used often, so SQLite takes its memory from the heap.
        let status = unsafe sqlite3_prepare_v3(
            connection,
            sql,
            -1,
            UInt32(SQLITE_PREPARE_PERSISTENT),
            &handle,
            nil
        )
        guard status == SQLITE_OK else { throw unsafe SQLiteError(status, on: connection) }
        guard let handle = unsafe handle else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "no statement in the text")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe sqlite3_finalize(handle) }

    // MARK: Parameters

    /// Binds an integer.
    public borrowing func bind(_ value: Int64, at index: Int32) throws(SQLiteError) {
        try check(unsafe sqlite3_bind_int64(handle, index, value))
    }

    /// Binds an integer, or NULL.
    public borrowing func bind(_ value: Int64?, at index: Int32) throws(SQLiteError) {
        if let value {
            try bind(value, at: index)
        } else {
            try bindNull(at: index)
        }
    }

    /// Binds a text; SQLite copies it into memory that it keeps for the next one.
    public borrowing func bind(_ text: String, at index: Int32) throws(SQLiteError) {
        var text = text
        let status = text.withUTF8 { utf8 in
            // An empty text may come without an address, which would bind NULL.
            guard let start = utf8.baseAddress else {
                return unsafe sqlite3_bind_text(handle, index, "", 0, copying)
            }
            return unsafe start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                unsafe sqlite3_bind_text(handle, index, $0, Int32(utf8.count), copying)
            }
        }
        try check(status)
    }

    /// Binds a text, or NULL.
    public borrowing func bind(_ text: String?, at index: Int32) throws(SQLiteError) {
        if let text {
            try bind(text, at: index)
        } else {
            try bindNull(at: index)
        }
    }

    /// Binds bytes; SQLite copies them into memory that it keeps for the next ones.
    public borrowing func bind(_ bytes: Span<UInt8>, at index: Int32) throws(SQLiteError) {
        let status = unsafe bytes.withUnsafeBufferPointer { bytes in
            // A NULL pointer would bind NULL and not an empty blob.
            unsafe bytes.isEmpty
                ? sqlite3_bind_zeroblob(handle, index, 0)
                : sqlite3_bind_blob64(
                    handle,
                    index,
                    bytes.baseAddress,
                    UInt64(bytes.count),
                    copying
                )
        }
        try check(status)
    }

    /// Binds NULL.
    public borrowing func bindNull(at index: Int32) throws(SQLiteError) {
        try check(unsafe sqlite3_bind_null(handle, index))
    }

    // MARK: Running

    /// Runs up to the next row; false when there is none, which also ends the statement.
    public borrowing func step() throws(SQLiteError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let status:
            let error = unsafe SQLiteError(status, on: sqlite3_db_handle(handle))
            reset()
            throw error
        }
    }

    /// Runs a statement without rows and makes it ready for the next parameters.
    public borrowing func run() throws(SQLiteError) {
        while try step() {}
        reset()
    }

    /// Makes it ready to run again; parameters stay bound.
    ///
    /// The status is the last step's, which has been thrown already.
    public borrowing func reset() {
        unsafe sqlite3_reset(handle)
    }

    /// Binds NULL to every parameter and frees what they held.
    public borrowing func clear() {
        unsafe sqlite3_clear_bindings(handle)
    }

    // MARK: Columns

    /// Whether the column is NULL.
    public borrowing func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    /// The column as an integer, 0 for NULL.
    public borrowing func integer(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(handle, column)
    }

    /// The column as an integer, nil for NULL.
    public borrowing func optionalInteger(_ column: Int32) -> Int64? {
        isNull(column) ? nil : integer(column)
    }

    /// The column as a text, empty for NULL.
    public borrowing func text(_ column: Int32) -> String {
        guard let text = unsafe sqlite3_column_text(handle, column) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(
            decoding: UnsafeBufferPointer(start: text, count: count),
            as: UTF8.self
        )
    }

    /// The column's bytes, empty for NULL.
    public borrowing func bytes(_ column: Int32) -> [UInt8] {
        withBytes(column) { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
        }
    }

    /// Lends the column's bytes, which the next step, reset or conversion takes away.
    public borrowing func withBytes<Result, Failure: Error>(
        _ column: Int32,
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = unsafe sqlite3_column_blob(handle, column)
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        let buffer = unsafe UnsafeBufferPointer(
            start: start?.assumingMemoryBound(to: UInt8.self),
            count: start == nil ? 0 : count
        )
        return try unsafe body(buffer.span)
    }

    private borrowing func check(_ status: Int32) throws(SQLiteError) {
        if status != SQLITE_OK {
            throw unsafe SQLiteError(status, on: sqlite3_db_handle(handle))
        }
    }
}

/// `SQLITE_TRANSIENT`, a cast that the importer does not see: SQLite makes its own copy.
private var copying: sqlite3_destructor_type {
    unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
