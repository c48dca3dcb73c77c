import Arguments
import Coordinator
import Store
import Vocabulary

import struct Foundation.Date

/// Opens the configured store for one command and closes it again.
func withStore<Result: Sendable>(
    _ arguments: ParsedArguments,
    _ body: (any Store, Configuration) async throws -> Result
) async throws -> Result {
    let configuration = try arguments.configuration()
    let store = try SQLiteStore(directory: configuration.dataDirectory)
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
