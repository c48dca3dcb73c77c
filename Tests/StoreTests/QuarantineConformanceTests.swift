import Store
import TestKit
import Testing
import Vocabulary

@Suite struct QuarantineConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func `a refused payload is kept whole and listed newest first`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            try await refuse([Sample.refused(size: 0), Sample.refused(size: 5)], store)
            try await refuse([Sample.refused(sequence: 3)], store)
            let all = try await store.quarantine(limit: 10, before: nil)
            #expect(all.map(\.payload.count) == [3, 5, 0])
            #expect(all.map(\.sequence) == [3, nil, nil])
            let newest = try #require(all.first)
            #expect(try await store.quarantined(id: newest.id) == newest)
            let older = try await store.quarantine(limit: 1, before: newest.id)
            #expect(older == [all[1]])
            #expect(try await store.quarantined(id: 9_999) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a copy of a refused payload is dropped when its sequence number is known`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            try await refuse([Sample.refused(sequence: 3), Sample.refused(sequence: 3)], store)
            try await refuse([Sample.refused(sequence: 3), Sample.refused(sequence: 4)], store)
            #expect(try await store.quarantine(limit: 10, before: nil).count == 2)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a payload is resolved once`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            try await refuse([Sample.refused()], store)
            let id = try #require(try await store.quarantine(limit: 1, before: nil).first).id
            let at = Sample.start + .hours(1)
            try await store.apply([.quarantineResolved(id: id, at: at)])
            try await store.apply([.quarantineResolved(id: id, at: at + .hours(1))])
            #expect(try await store.quarantined(id: id)?.resolvedAt == at)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `without room the oldest resolved goes first, then the oldest, and each is counted`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore(quarantineRows: 3) { first, room in
            try await refuse((1...3).map { Sample.refused(sequence: $0) }, first)
            let second = try #require(
                try await first.quarantine(limit: 3, before: nil).first { $0.sequence == 2 }
            )
            try await first.apply([.quarantineResolved(id: second.id, at: Sample.start)])
            #expect(try await first.quarantineDropped() == 0)
            try await refuse([Sample.refused(sequence: 4)], first)
            #expect(
                try await first.quarantine(limit: 9, before: nil).map(\.sequence) == [4, 3, 1]
            )
            let store = try await room.reopen()
            try await refuse([Sample.refused(sequence: 5)], store)
            #expect(
                try await store.quarantine(limit: 9, before: nil).map(\.sequence) == [5, 4, 3]
            )
            #expect(try await store.quarantineDropped() == 2)
            // A receipt that was given stays true.
            #expect(try await store.durableSequences(device: 1, boot: 1) == [1...5])
        }
    }

    private func refuse(_ payloads: [QuarantinedPayload], _ store: any Store) async throws {
        var batch = IngestBatch()
        batch.quarantined = payloads
        _ = try await store.commit(batch)
    }
}
