import EventLoop
import SQLite

/// A connection that reads and the partitions beside it, with a class around them so that an actor
/// can let go of them.
final class ReadingDatabase {
    let connection: Connection
    let partitions: PartitionReaders
    let retention: Retention

    init(
        _ connection: consuming Connection,
        _ partitions: PartitionReaders,
        _ retention: Retention
    ) {
        self.connection = connection
        self.partitions = partitions
        self.retention = retention
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

    /// Runs what looks into partitions as well, on the reader's thread.
    func search<Result: Sendable>(
        _ query: @Sendable (ReadingDatabase) throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        guard let database else { throw .closed }
        return try query(database)
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
