import Foundation
import SQLite
import Signalling
import Store
import TestKit
import Testing
import Vocabulary

@Suite struct PlaceConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func `places and rooms are kept until somebody takes them up`(kind: StoreKind) async throws {
        try await kind.withStore { first, room in
            #expect(try await first.places() == StoredPlaces())
            let (records, links) = try Self.handed()
            #expect(records.count == 3 && links.count == 1)
            try await first.apply(
                records.map { .place(.kept(StoredPlace($0, ring: "sealed"))) }
                    + [.place(.room(links[0])), .place(.alive(Sample.start))]
            )
            var store = try await room.reopen()
            let stored = try await store.places()
            #expect(
                stored.places.map(\.record) == records.sorted { $0.participant < $1.participant }
            )
            #expect(stored.places.allSatisfy { $0.ring == "sealed" })
            #expect(stored.rooms == links)
            #expect(stored.aliveAt == Sample.start)
            // Another write of the place takes the ring away; one that is given up goes.
            try await store.apply([
                .place(.kept(StoredPlace(records[0]))), .place(.gone(records[1].participant)),
                .place(.alive(Sample.start + .seconds(20))),
            ])
            store = try await room.reopen()
            let later = try await store.places()
            #expect(later.places.count == 2)
            #expect(later.places.first { $0.record == records[0] }?.ring == nil)
            #expect(later.aliveAt == Sample.start + .seconds(20))
            try await store.apply([.place(.cleared), .place(.kept(StoredPlace(records[2])))])
            store = try await room.reopen()
            let last = try await store.places()
            #expect(last.places == [StoredPlace(records[2])])
            #expect(last.rooms.isEmpty)
            #expect(try await store.verify().isSound)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a transaction that is refused keeps the places as they were`(kind: StoreKind) async throws
    {
        try await kind.withStore { store, _ in
            let (records, _) = try Self.handed()
            try await store.apply([.place(.kept(StoredPlace(records[0])))])
            try await store.apply([.booking(Sample.booking(1))])
            _ = await refusal {
                try await store.apply([.place(.cleared), .booking(Sample.booking(2, site: 2))])
            }
            #expect(try await store.places().places.count == 1)
        }
    }

    @Test func `a place that cannot be read is left out, and the others are there`() async throws {
        try await withTemporaryFolder { folder in
            let first = try SQLiteStore(directory: folder)
            let (records, _) = try Self.handed()
            try await first.apply(records.map { .place(.kept(StoredPlace($0))) })
            await first.close()
            try spoil(folder + "/telehealth.db", records[0].participant)
            let store = try SQLiteStore(directory: folder)
            #expect(try await store.places().places.count == records.count - 1)
            await store.close()
        }
    }

    private func spoil(_ path: String, _ participant: ParticipantID) throws {
        let connection = try Connection(path: path, access: .writing)
        let sql = "UPDATE places SET body = '{}' WHERE participant = '\(participant)'"
        try connection.execute(sql)
    }

    /// The places of a desk and of two in a room, as a server that goes down hands them on.
    private static func handed() throws -> (places: [PlaceRecord], rooms: [RoomRecord]) {
        var exchange = Exchange(secrets: NumberedSecrets())
        let session = Sample.session(1)
        var effects: [ExchangeEffect] = []
        let grants: [Grant] = [
            .desk(
                DeskGrant(
                    participant: ParticipantID(trusted: "dk-1"),
                    principal: UserID(trusted: "nurse"),
                    hears: [.nation, .site(SiteID(trusted: "site-1"))]
                )
            ),
            .session(place("p-2", .clinic, session)), .session(place("p-3", .doctor, session)),
        ]
        for (number, grant) in grants.enumerated() {
            let socket = SocketID(UInt64(number))
            let ticket = exchange.issue(grant, at: Sample.start)
            let hello = #"{"t":"hello","b":{"ticket":"\#(ticket?.token ?? "")"}}"#
            exchange.opened(socket, address: "10.0.0.1", at: Sample.start, into: &effects)
            let text = Array(hello.utf8)
            exchange.received(socket, text: text.span, at: Sample.start, into: &effects)
        }
        let (places, rooms) = exchange.handOn(byteLimit: 1_000_000, at: Sample.start)
        return (places.map(\.0), rooms)
    }

    private static func place(
        _ name: String,
        _ role: ParticipantRole,
        _ session: SessionRecord
    ) -> SessionGrant {
        SessionGrant(
            session: session,
            participant: ParticipantID(trusted: name),
            role: role,
            name: name,
            principal: UserID(trusted: "user-" + name)
        )
    }
}

/// Tokens from a counter; their digests are their letters.
private struct NumberedSecrets: SecretSource {
    private var count = 0

    mutating func token() -> String {
        count += 1
        return "token-\(count)"
    }

    func digest(of token: Span<UInt8>) -> TokenDigest {
        var bytes = [UInt8](repeating: 0, count: 32)
        for index in token.indices { bytes[index] = token[index] }
        guard let digest = TokenDigest(bytes.span) else { preconditionFailure("32 bytes") }
        return digest
    }
}
