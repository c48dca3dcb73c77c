import Store
import TestKit

/// The stores that must keep the protocol's promises; another one is another case.
enum StoreKind: String, CaseIterable, Sendable {
    case memory
    case sqlite

    /// Lends an empty store with the sample registry, then closes it and removes its files.
    func withStore(
        quarantineRows: Int = 100_000,
        retention: Retention = Retention(),
        _ body: (any Store, StoreRoom) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let room = StoreRoom(
                kind: self,
                folder: folder,
                quarantineRows: quarantineRows,
                retention: retention
            )
            let store = try room.open()
            try await store.apply(Sample.registry)
            do {
                try await body(store, room)
            } catch {
                await room.close()
                throw error
            }
            await room.close()
        }
    }
}

/// Where a store lives, so that it can be opened again.
final class StoreRoom {
    private let kind: StoreKind
    private let folder: String
    private let quarantineRows: Int
    private let retention: Retention
    private var store: (any Store)?

    init(
        kind: StoreKind,
        folder: String,
        quarantineRows: Int,
        retention: Retention = Retention()
    ) {
        self.kind = kind
        self.folder = folder
        self.quarantineRows = quarantineRows
        self.retention = retention
    }

    func open() throws -> any Store {
        let store: any Store =
            switch kind {
            case .memory:
                MemoryStore(quarantineRows: quarantineRows, retention: retention)
            case .sqlite:
                try SQLiteStore(
                    directory: folder,
                    settings: SQLiteSettings(
                        quarantineRows: quarantineRows,
                        retention: retention
                    )
                )
            }
        self.store = store
        return store
    }

    /// The store as a restarted process finds it.
    func reopen() async throws -> any Store {
        if let memory = store as? MemoryStore {
            let next = memory.crash()
            store = next
            return next
        }
        await close()
        return try open()
    }

    /// Makes the store do now what it otherwise does in the background.
    func tidy() async throws {
        try await (store as? SQLiteStore)?.compact()
    }

    func close() async {
        await store?.close()
        store = nil
    }
}
