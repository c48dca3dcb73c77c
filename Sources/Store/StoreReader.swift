import EventLoop
import SQLite

/// A connection that reads, with a class around it so that an actor can let go of it.
final class ReadingDatabase {
    let connection: Connection

    init(_ connection: consuming Connection) {
        self.connection = connection
    }
}

/// Owns a reading connection on a thread of its own, so that no query waits for ingest.
actor StoreReader {
    private let loop: EventLoop
    /// Nil once closed.
    private var database: ReadingDatabase?
    private let interrupter: Interrupter

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    /// A reader on a loop that the caller starts, and stops after `close`.
    init(_ database: sending ReadingDatabase, on loop: EventLoop) {
        interrupter = database.connection.interrupter
        self.database = database
        self.loop = loop
    }

    /// Runs the query on the reader's thread.
    func read<Result: Sendable>(
        _ query: @Sendable (borrowing Connection) throws(SQLiteError) -> Result
    ) async throws(StoreError) -> Result {
        guard let database else { throw .closed }
        do throws(SQLiteError) {
            return try query(database.connection)
        } catch {
            throw StoreError(error)
        }
    }

    /// Ends a query that is under way; any thread.
    nonisolated func interrupt() {
        interrupter.interrupt()
    }

    /// Closes the connection.
    func close() {
        database = nil
    }
}
