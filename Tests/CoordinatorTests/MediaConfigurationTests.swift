import Coordinator
import Foundation
import Signalling
import TestKit
import Testing
import Vocabulary

@Suite struct MediaConfigurationTests {
    private func failure(_ settings: [String]) throws -> String {
        let error = #expect(throws: ConfigurationError.self) {
            try Configuration(file: nil, environment: [:], settings: settings)
        }
        return try #require(error).description
    }

    @Test func `a credential is what coturn makes of the name and the secret`() {
        let relay = TurnRelay(
            urls: ["stun:relay.example", "turn:relay.example:3478", "turns:relay.example:5349"],
            secret: Array("0123456789abcdef".utf8),
            life: .seconds(600)
        )
        let servers = relay.servers(
            for: ParticipantID(trusted: "p-clinic"),
            in: SessionID(trusted: "s-1"),
            until: relay.end(issuedAt: Instant(milliseconds: 1_000_000_999))
        )
        #expect(
            servers == [
                RelayServer(urls: ["stun:relay.example"]),
                RelayServer(
                    urls: ["turn:relay.example:3478", "turns:relay.example:5349"],
                    username: "1000600:s-1.p-clinic",
                    // openssl dgst -sha1 -hmac 0123456789abcdef -binary | base64
                    credential: "CD62HcRmyfuwaJ7COxQ2nHKXbcE="
                ),
            ]
        )
    }

    /// Lends a file that holds the text.
    private func withFile(_ text: String, _ body: (String) throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/secret"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            try body(file)
        }
    }

    @Test func `relays are read with their secret, and there is none by default`() async throws {
        #expect(try Configuration(file: nil, environment: [:]).media.turn == nil)
        try await withFile("0123456789abcdef\n") { try expectTurn(secretFile: $0) }
    }

    private func expectTurn(secretFile file: String) throws {
        let turn = try Configuration(
            file: nil,
            environment: [:],
            settings: [
                "media.turn.urls=turn:r.example:3478,turns:r.example:5349?transport=tcp",
                "media.turn.secretFile=\(file)", "media.turn.lifetimeSeconds=120",
            ]
        ).media.turn
        #expect(turn?.urls.count == 2)
        #expect(turn?.secret == "0123456789abcdef")
        #expect(turn?.life == .seconds(120))
    }

    @Test func `what could not relay anything is an error that says so`() async throws {
        #expect(
            try failure(["media.turn.urls=http://r.example"])
                .hasPrefix("media.turn.urls: expected stun:HOST")
        )
        #expect(
            try failure(["media.turn.urls=turn:r.example"]) == "media.turn.secretFile is missing"
        )
        #expect(
            try failure(["media.turn.urls=turn:r.example", "media.turn.secretFile=/nowhere"])
                .hasPrefix("cannot read media.turn.secretFile /nowhere")
        )
        #expect(try failure(["media.turn.lifetimeSeconds=119"]).contains("120"))
        try await withFile("fifteen letters") { (file: String) throws in
            #expect(
                try failure(["media.turn.urls=turn:r.example", "media.turn.secretFile=\(file)"])
                    .contains("less than 16 characters")
            )
        }
        #expect(try failure(["media.turn.url=turn:r.example"]).contains("unknown key"))
    }

    @Test func `the relay's file relays to no private address but those that are named`() {
        var relay = TurnConfiguration(
            directory: "/etc/turn",
            realm: "relay.example",
            secret: "0123456789abcdef"
        )
        var lines = relay.text().split(separator: "\n").map(String.init)
        for line in [
            "use-auth-secret", "static-auth-secret=0123456789abcdef", "no-multicast-peers",
            "denied-peer-ip=10.0.0.0-10.255.255.255", "denied-peer-ip=::1", "no-tls", "no-cli",
            "userdb=:memory:",
        ] { #expect(lines.contains(line), "\(line)") }
        #expect(!lines.contains { $0.hasPrefix("allow") })
        relay.allowedPeers = ["10.1.2.3"]
        relay.certificate = ("/c.pem", "/k.pem")
        relay.tlsPort = 5_349
        lines = relay.text().split(separator: "\n").map(String.init)
        #expect(lines.contains("allowed-peer-ip=10.1.2.3"))
        #expect(lines.contains("tls-listening-port=5349"))
        #expect(!lines.contains("no-tls"))
    }
}
