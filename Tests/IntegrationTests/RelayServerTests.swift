import Crypto
import Foundation
import Testing
import WebServer

/// The relay's credentials against a real coturn.
@Suite(.serialized) struct RelayServerTests {
    @Test func `the join call's credential opens the relay; a wrong or an old one does not`()
        async throws
    {
        try await withRelay { scene, relay in
            let server = try await server(of: scene)
            #expect(server.urls == ["turn:127.0.0.1:\(relay.port)"])
            let name = server.user.split(separator: ":")
            let end = try #require(name.first.flatMap { Int($0) })
            let place = try #require(name.last)
            let now = Int(Date().timeIntervalSince1970)
            #expect((now + 500...now + 601).contains(end), "ten minutes from now")
            #expect(try relay.lostPackets(user: server.user, password: server.password) == 0)
            #expect(try relay.lostPackets(user: server.user, password: "wrong") == nil)
            let secret = try String(
                contentsOfFile: relay.secretFile(scene.deployment),
                encoding: .utf8
            ).filter { !$0.isWhitespace }
            for (age, mayEnter) in [(-60, true), (1, false)] {
                let user = "\(now - age):\(place)"
                let code = HMAC.sha1(key: Array(secret.utf8), Array(user.utf8))
                let lost = try relay.lostPackets(user: user, password: Base64.encode(code))
                #expect((lost == 0) == mayEnter, "ended \(age) s ago")
            }
        }
    }

    private func withRelay(_ body: (Scene, RelayServer) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let relay = try RelayServer(deployment)
            try await Scene.with(in: deployment, settings: relay.settings(deployment)) { scene in
                try await relay.running { try await body(scene, relay) }
            }
        }
    }

    /// The relay as the clinic is told it when it joins.
    private func server(of scene: Scene) async throws -> Server {
        try await scene.setOnCall()
        let (_, booking, _) = try await scene.confirmed()
        let entry = try await scene[.clinic].call(.post, "/bookings/\(booking)/join")
        let servers = try JSON(entry.body)["iceServers"]?.items ?? []
        try #require(servers.count == 1)
        return Server(
            urls: servers[0]["urls"]?.items.compactMap(\.text) ?? [],
            user: try #require(servers[0]["username"]?.text),
            password: try #require(servers[0]["credential"]?.text)
        )
    }

    private struct Server {
        let urls: [String]
        let user: String
        let password: String
    }
}
