import Coordinator
import Crypto
import Foundation
import Signalling
import TestKit
import Testing
import Vocabulary

/// The rooms that a server leaves to the next one.
@Suite struct HandedRoomsTests {
    @Test func `the next server reads them once, and nobody else can`() async throws {
        try await withTemporaryFolder { try read(in: $0) }
    }

    private func read(in folder: String) throws {
        let key = try SealingKey([UInt8](repeating: 7, count: 32))
        let rooms = HandedRooms(dataDirectory: folder, sealing: key)
        #expect(try rooms.take()?.count == nil)
        var exchange = Exchange(secrets: FixedSecrets())
        let record = deskRecord(of: &exchange)
        #expect(record.count == 1)
        try rooms.keep(record)
        let file = folder + "/rooms.sealed"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(!text.contains("nurse"))
        let facts = try FileManager.default.attributesOfItem(atPath: file)
        #expect(facts[.posixPermissions] as? Int == 0o600)
        #expect(try rooms.take()?.count == 1)
        #expect(try rooms.take()?.count == nil)
    }

    @Test func `a file of another key is refused and gone`() async throws {
        try await withTemporaryFolder { try refuse(in: $0) }
    }

    private func refuse(in folder: String) throws {
        let key = try SealingKey([UInt8](repeating: 7, count: 32))
        let other = try SealingKey([UInt8](repeating: 8, count: 32))
        var exchange = Exchange(secrets: FixedSecrets())
        try HandedRooms(dataDirectory: folder, sealing: other)
            .keep(deskRecord(of: &exchange))
        let rooms = HandedRooms(dataDirectory: folder, sealing: key)
        #expect(throws: CryptoError.self) { try rooms.take() }
        #expect(try rooms.take()?.count == nil)
    }

    private func deskRecord(of exchange: inout Exchange) -> ExchangeRecord {
        let now = Instant(seconds: 1_000_000)
        let grant = DeskGrant(
            participant: ParticipantID(trusted: "dk-1"),
            principal: UserID(trusted: "nurse"),
            hears: [.nation]
        )
        var effects: [ExchangeEffect] = []
        _ = exchange.issue(.desk(grant), at: now)
        exchange.opened(SocketID(1), address: "10.0.0.1", at: now, into: &effects)
        let hello = Array(#"{"t":"hello","b":{"ticket":"token"}}"#.utf8)
        exchange.received(SocketID(1), text: hello.span, at: now, into: &effects)
        exchange.drain(at: now, into: &effects)
        return exchange.takeRecord(at: now)
    }
}

/// One token for everything.
private struct FixedSecrets: SecretSource {
    mutating func token() -> String { "token" }

    func digest(of token: Span<UInt8>) -> TokenDigest {
        var bytes = [UInt8](repeating: 0, count: 32)
        for index in token.indices { bytes[index] = token[index] }
        guard let digest = TokenDigest(bytes.span) else { preconditionFailure("32 bytes") }
        return digest
    }
}
