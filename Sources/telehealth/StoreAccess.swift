import Arguments
import Coordinator
import Store
import Vocabulary

import struct Foundation.Date
import class Foundation.FileManager

/// Opens the configured store for one command and closes it again.
func withStore<Result: Sendable>(
    _ arguments: ParsedArguments,
    _ body: (any Store, Configuration) async throws -> Result
) async throws -> Result {
    let configuration = try arguments.configuration()
    let store = try SQLiteStore(
        directory: configuration.dataDirectory,
        settings: configuration.storeSettings
    )
    do {
        let result = try await body(store, configuration)
        await store.close()
        return result
    } catch {
        await store.close()
        throw error
    }
}

/// Opens the configured store for a command that only reads, and closes it again.
///
/// Beside a server that is running it reads what the server has committed. Otherwise the store is
/// opened as usual, which leaves no log file behind.
func withStoreForReading<Result: Sendable>(
    _ arguments: ParsedArguments,
    _ body: (any Store, Configuration) async throws -> Result
) async throws -> Result {
    let configuration = try arguments.configuration()
    let directory = configuration.dataDirectory
    guard FileManager.default.fileExists(atPath: directory + "/telehealth.db") else {
        throw CommandFailure("\(directory) holds no database; check data.directory")
    }
    let store: SQLiteStore
    do {
        store = try SQLiteStore(directory: directory, settings: configuration.storeSettings)
    } catch .inUse {
        store = try SQLiteStore(readingFrom: directory, settings: configuration.storeSettings)
    }
    do {
        let result = try await body(store, configuration)
        await store.close()
        return result
    } catch {
        await store.close()
        throw error
    }
}

/// The system's time, for records that a command writes.
func systemTime() -> Instant {
    Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
}
