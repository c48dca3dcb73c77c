import CSQLite

/// What SQLite answered instead of doing what it was asked.
public struct SQLiteError: Error, Sendable, Equatable {
    /// What an answer means for the caller.
    public enum Kind: Sendable {
        /// A rule of the schema was broken; the message names it.
        case constraint
        /// The disk, or the largest allowed file, is full.
        case full
        /// The operating system failed to read, write, synchronise or open.
        case input
        /// The file is damaged or no database at all.
        case corrupt
        /// Another connection holds the lock.
        case busy
        /// `Interrupter.interrupt` was called.
        case interrupted
        /// Anything else: the statement itself is wrong, or memory is out.
        case other
    }

    /// SQLite's extended result code.
    public let code: Int32
    /// SQLite's message.
    public let message: String

    /// An error with SQLite's code and message.
    public init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// What was read is not what this program writes.
    public static func corrupt(_ message: String) -> SQLiteError {
        SQLiteError(code: SQLITE_CORRUPT, message: message)
    }

    /// What the code means for the caller.
    public var kind: Kind {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_FULL: .full
        case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .input
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_INTERRUPT: .interrupted
        default: .other
        }
    }
}

extension SQLiteError: CustomStringConvertible {
    /// Code and message.
    public var description: String { "SQLite error \(code): \(message)" }
}

extension SQLiteError {
    /// The error of the connection's last call.
    init(_ status: Int32, on connection: OpaquePointer?) {
        if let connection = unsafe connection, let text = unsafe sqlite3_errmsg(connection) {
            self.init(
                code: unsafe sqlite3_extended_errcode(connection),
                message: unsafe String(cString: text)
            )
        } else {
            self.init(code: status, message: unsafe String(cString: sqlite3_errstr(status)))
        }
    }
}
