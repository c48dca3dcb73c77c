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

    @Test func `two ends that may only use the relay meet through it`() async throws {
        try await withRelay { scene, relay in
            let server = try await server(of: scene)
            try await BrowserDriver.with(scene) { driver in
                let browser = try await driver.open()
                try await browser.go(scene.address)
                _ = try await browser.script(meeting(server.json))
                try await browser.waits(for: "the message came", "window.heard || window.fault")
                #expect(try await browser.script("return window.heard").text == "xin chào")
                let kinds = try await browser.script("return window.kinds")
                #expect(kinds.items.compactMap(\.text) == ["relay", "relay"])
                _ = try await browser.script(meeting(server.json(password: "wrong")))
                try await browser.waits(for: "the relay refuses", "window.refusal === 401")
                #expect(try await browser.script("return window.heard ?? ''").text == "")
                try await browser.close()
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

        var json: String { json(password: password) }

        func json(password: String) -> String {
            #"[{"urls":["\#(urls[0])"],"username":"\#(user)","credential":"\#(password)"}]"#
        }
    }

    /// Two connections of one page that say a word to each other through the servers alone.
    private func meeting(_ servers: String) -> String {
        """
        window.heard = window.kinds = window.refusal = window.fault = null;
        for (const old of window.ends ?? []) old.close();
        const settings = { iceServers: \(servers), iceTransportPolicy: "relay" };
        const [one, other] = window.ends = [0, 1].map(() => new RTCPeerConnection(settings));
        one.onicecandidateerror = ({ errorCode }) => { window.refusal = errorCode; };
        // Each description goes over when it holds every candidate.
        const describe = (end) => new Promise((done, failed) => {
          end.onicecandidate = ({ candidate }) => candidate || done(end.localDescription);
          end.setLocalDescription().catch(failed);
        });
        const channel = one.createDataChannel("word");
        channel.onopen = () => channel.send("xin chào");
        other.ondatachannel = ({ channel }) => {
          channel.onmessage = async ({ data }) => {
            const stats = [...(await other.getStats()).values()];
            const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated);
            const type = (id) => stats.find((one) => one.id === id)?.candidateType;
            window.kinds = [type(pair?.localCandidateId), type(pair?.remoteCandidateId)];
            window.heard = data;
          };
        };
        (async () => {
          await other.setRemoteDescription(await describe(one));
          await one.setRemoteDescription(await describe(other));
        })().catch((error) => { window.fault = error.message; });
        """
    }
}
