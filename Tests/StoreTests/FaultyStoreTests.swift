import Store
import TestKit
import Testing
import Vocabulary

@Suite struct FaultyStoreTests {
    @Test func `the next writes fail as told, and the one after succeeds`() async throws {
        let store = FaultyStore(MemoryStore())
        store.failNext(2, .refused(.diskFull))
        let site = Change.site(Sample.site(1))
        #expect(await refusal { try await store.apply([site]) } == .diskFull)
        #expect(await refusal { try await store.audit(Sample.auditEntry()) } == .diskFull)
        #expect(try await store.sites().isEmpty)
        #expect(store.faultsLeft == 0)
        try await store.apply([site])
        #expect(try await store.sites().count == 1)
    }

    @Test func `a lost answer has been written, and the retry changes nothing`() async throws {
        let store = FaultyStore(MemoryStore())
        let lost = StoreError.input(code: 0, message: "connection lost")
        store.failNext(.answerLost(lost))
        let ingest = batch([Sample.reading(sequence: 1)])
        #expect(await refusal { _ = try await store.commit(ingest) } == lost)
        #expect(try await store.readingCount() == 1)
        let again = try await store.commit(ingest)
        #expect(again == IngestOutcome(stored: 0, duplicates: 1))
    }

    @Test func `what was committed survives a crash, and the old store is closed`() async throws {
        let old = MemoryStore()
        try await old.apply(Sample.registry)
        let new = old.crash()
        #expect(try await new.sites().count == 2)
        #expect(await refusal { _ = try await old.sites() } == .closed)
        try await new.apply([.site(Sample.site(3))])
        #expect(try await new.sites().count == 3)
    }

    @Test func `a manual clock moves when it is told and never back`() {
        let clock = ManualClock()
        #expect(clock.now() == Sample.start)
        #expect(clock.now().rfc3339 == "2026-11-20T00:00:00.000Z")
        #expect(clock.advance(by: .seconds(1)) == Sample.start + .seconds(1))
        clock.advance(to: Sample.start)
        #expect(clock.now() == Sample.start + .seconds(1))
        clock.advance(to: Sample.start + .hours(1))
        #expect(clock.now() == Sample.start + .hours(1))
    }
}
