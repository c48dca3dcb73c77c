import SQLite

/// How the embedded database is made, opened, checked and brought up to date.
enum SQLiteOpening {
    /// The connection that does every write and every checkpoint.
    static func writer(
        in directory: borrowing DataDirectory,
        _ settings: SQLiteSettings
    ) throws(StoreError) -> Connection {
        if let size = directory.fileSize() {
            guard size > 0 else { throw .corrupt("the file is empty") }
        } else {
            let partial = try directory.makePartial()
            try translated { () throws(SQLiteError) in try create(at: partial) }
            try DataDirectory.publish(partial, as: directory.database, in: directory.path)
        }
        do {
            let connection = try Connection(
                path: directory.database,
                access: .writing,
                vfs: settings.vfs
            )
            try prepareForWriting(connection, settings)
            try bringUpToDate(connection, directory.fileSize() ?? 0, settings)
            if let pages = settings.pageLimit {
                try connection.execute("PRAGMA max_page_count = \(pages)")
            }
            return connection
        } catch let error as SQLiteError {
            throw StoreError(error)
        } catch let error as StoreError {
            throw error
        } catch {
            preconditionFailure("opening throws only these two errors")
        }
    }

    /// A connection that reads what the writer has committed.
    static func reader(path: String, _ settings: SQLiteSettings) throws(StoreError) -> Connection {
        try translated { () throws(SQLiteError) in
            let connection = try Connection(path: path, access: .reading, vfs: settings.vfs)
            connection.setBusyTimeout(milliseconds: 5_000)
            try connection.execute(
                """
                PRAGMA query_only = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -16384;
                PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
                """
            )
            return connection
        }
    }

    /// Throws unless the file is a database of this version, which another process may be writing.
    static func checkVersion(_ connection: borrowing Connection) throws(StoreError) {
        let (application, version) = try translated { () throws(SQLiteError) in
            (
                try connection.integer("PRAGMA application_id"),
                Int(try connection.integer("PRAGMA user_version") ?? 0)
            )
        }
        guard application == SQLiteSchema.applicationID else {
            throw .corrupt("the file is not a database of telehealth")
        }
        guard version <= SQLiteSchema.version else {
            throw .newerSchema(found: version, supported: SQLiteSchema.version)
        }
    }

    /// A new database in a file that nobody has opened yet: whole or not at all.
    private static func create(at path: String) throws(SQLiteError) {
        let connection = try Connection(path: path, access: .writing)
        try connection.execute("PRAGMA synchronous = FULL; BEGIN IMMEDIATE;")
        for step in SQLiteSchema.migrations { try connection.execute(step) }
        try connection.execute("DROP TABLE readings")
        try connection.execute(
            """
            PRAGMA application_id = \(SQLiteSchema.applicationID);
            PRAGMA user_version = \(SQLiteSchema.version);
            COMMIT;
            """
        )
    }

    /// FULL and not NORMAL: a commit is in the disk's hands before anybody is told of it.
    private static func prepareForWriting(
        _ connection: borrowing Connection,
        _ settings: SQLiteSettings
    ) throws(SQLiteError) {
        connection.setBusyTimeout(milliseconds: 5_000)
        guard try connection.text("PRAGMA journal_mode = WAL") == "wal" else {
            throw SQLiteError(code: 14, message: "the file system cannot carry a write-ahead log")
        }
        try connection.execute(
            """
            PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA mmap_size = 0;
            PRAGMA cache_size = \(-1_024 * settings.cacheMegabytes);
            PRAGMA wal_autocheckpoint = \(settings.checkpointPages);
            PRAGMA journal_size_limit = \(2 * 4_096 * settings.checkpointPages);
            PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
            """
        )
    }

    private static func bringUpToDate(
        _ connection: borrowing Connection,
        _ fileSize: Int64,
        _ settings: SQLiteSettings
    ) throws {
        guard try connection.integer("PRAGMA application_id") == SQLiteSchema.applicationID else {
            throw StoreError.corrupt("the file is not a database of telehealth")
        }
        let found = Int(try connection.integer("PRAGMA user_version") ?? 0)
        guard found <= SQLiteSchema.version else {
            throw StoreError.newerSchema(found: found, supported: SQLiteSchema.version)
        }
        if fileSize <= Int64(settings.checkedMegabytes) << 20 {
            let problem = try connection.text("PRAGMA quick_check(1)")
            guard problem == "ok" else { throw StoreError.corrupt(problem ?? "no answer") }
        }
        guard found < SQLiteSchema.version else { return }
        try connection.execute("BEGIN IMMEDIATE")
        for (version, step) in SQLiteSchema.migrations.enumerated().dropFirst(found) {
            try connection.execute(step)
            // From schema 2 on readings are in the journal and in partitions.
            if version == 1 { try LegacyReadings.move(connection) }
        }
        try connection.execute("PRAGMA user_version = \(SQLiteSchema.version); COMMIT")
    }
}
