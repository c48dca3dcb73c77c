import Foundation
import Glibc
import Testing
import WebServer

/// Conferences through a real Janus: rooms made, entered, moved to and closed by the coordinator.
@Suite(.serialized) struct ConferenceTests {
    private static let people: [Scene.Person] = [.clinic, .otherClinic, .doctor, .otherDoctor]

    @Test func `four browsers see each other move through the conference server`() async throws {
        try await ConferenceServer.with { scene, server in
            let (session, rooms) = try await meet(scene)
            try await failLink(of: rooms[0])
            let places = try await enterConference(rooms, generation: 2)
            #expect(try await server.rooms() == [places[0].room])
            #expect(Set(places.map(\.token)).count == 4)
            try await BrowserDriver.with(scene) { driver in
                var browsers: [Browser] = []
                for place in places {
                    let browser = try await driver.open()
                    try await browser.go(scene.address)
                    _ = try await browser.script(enter(place))
                    browsers.append(browser)
                }
                try await expectMovingPictures(browsers, of: 3)
                try await expectNobodyElseMakesRooms(browsers[0], server)
                // Who leaves is put out, and the others see it go; the consult goes on.
                rooms[1].send("leave", [:])
                try await browsers[1].waits(for: "it is put out", "window.failure")
                for browser in [browsers[0], browsers[2], browsers[3]] {
                    try await browser.waits(for: "two are left", "window.room.streams.size === 2")
                }
                let outcome = ["disposition": "transfer", "note": "x"]
                _ = try await scene[.otherDoctor]
                    .object(.post, "/sessions/\(session)/outcome", outcome)
                try await eventually("the room is closed") { try await server.rooms() == [] }
                try await browsers[0].waits(for: "its end is seen", "window.failure")
                for browser in browsers { try await browser.close() }
            }
            for room in rooms { room.close() }
        }
    }

    @Test func `when the conference server dies media flow directly, and back when it lives`()
        async throws
    {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let server = try ConferenceServer(deployment)
            let first = try await server.start()
            try await Scene.with(in: deployment, settings: server.settings) { scene in
                try await eventually("the server is seen") { try await health(scene) == true }
                let (_, rooms) = try await meet(scene)
                try await failLink(of: rooms[0])
                let places = try await enterConference(rooms, generation: 2)
                try await first.end(SIGKILL)
                for room in rooms {
                    try await room.message("topology") {
                        $0.integer("generation") == 3 && $0["mode"] == "mesh"
                    }
                    try await room.message("snapshot") {
                        $0.object("topology")?.integer("generation") == 3
                            && $0.list("participants").count { $0.integer("link") != nil } == 3
                    }
                }
                #expect(try await health(scene) == false)
                try await server.running {
                    let next = try await enterConference(rooms, generation: 4)
                    #expect(next[0].room != places[0].room)
                    #expect(try await server.rooms() == [next[0].room])
                    for room in rooms { room.close() }
                }
            }
        }
    }

    @Test func `rooms of a coordinator that was killed are closed by the next`() async throws {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let server = try ConferenceServer(deployment)
            try await server.running {
                let broker = try await deployment.startBroker()
                let (killed, address) = try await deployment.startCoordinator(server.settings)
                let scene = try await Scene(deployment, killed, address)
                let (_, rooms) = try await meet(scene)
                try await failLink(of: rooms[0])
                let places = try await enterConference(rooms, generation: 2)
                try await killed.end(SIGKILL)
                for room in rooms { room.close() }
                #expect(try await server.rooms() == [places[0].room])
                let (next, _) = try await deployment.startCoordinator(server.settings)
                try await eventually("the room is closed", within: .seconds(60)) {
                    try await server.rooms()?.contains(places[0].room) == false
                }
                #expect(try await next.end() == 0)
                #expect(try await server.rooms() == [])
                try await broker.end()
            }
        }
    }

    // MARK: Steps

    /// A group of two sites and two doctors meets; its session, and everybody's socket.
    private func meet(_ scene: Scene) async throws -> (session: String, [SocketClient]) {
        let (booking, session) = try await scene.groupOfFour()
        var rooms: [SocketClient] = []
        for person in ConferenceTests.people {
            rooms.append(try await scene.room(booking, of: person))
        }
        try await rooms[0].message("topology") { $0["mode"] == "mesh" }
        return (session, rooms)
    }

    /// Three failures of a link within a minute.
    private func failLink(of room: SocketClient) async throws {
        let up = try await room.message("peer.up")
        let link = try #require(up.integer("link"))
        for _ in 1...3 { room.send("link.fail", ["link": link, "why": "ice"]) }
    }

    /// One's way into the conference.
    private struct Place {
        let json: String
        let room: String
        let token: String
        let participant: String
    }

    private func enterConference(
        _ rooms: [SocketClient],
        generation: Int
    ) async throws -> [Place] {
        var places: [Place] = []
        for room in rooms {
            let told = try await room.message("topology") {
                $0["mode"] == "sfu" && $0.integer("generation") == generation
            }
            let server = try #require(told.object("server"))
            let (url, token) = (try #require(server["url"]), try #require(server["token"]))
            let (name, feed) = (try #require(server["room"]), try #require(server["feed"]))
            let json =
                #"{"url":"\#(url)","token":"\#(token)","room":"\#(name)","feed":"\#(feed)"}"#
            places.append(Place(json: json, room: name, token: token, participant: feed))
        }
        return places
    }

    /// Whether the coordinator says that the conference server answers.
    private func health(_ scene: Scene) async throws -> Bool? {
        let answer = try await scene[.anonymous].call(.get, "/health/ready")
        return try JSON(answer.body)["conference"]?.boolean
    }

    // MARK: Browsers

    /// Enters the conference with a small moving picture, and shows every picture that comes.
    private func enter(_ place: Place) -> String {
        """
        window.failure = null;
        (async () => {
          const { Conference } = await import("/app/conference.js");
          const stream = await navigator.mediaDevices.getUserMedia({
            audio: true, video: { width: 160, height: 120, frameRate: 10 },
          });
          const shown = new Map();
          window.room = new Conference({
            server: \(place.json), stream,
            failed: (reason) => { window.failure = reason; },
            changed: () => {
              for (const [feed, remote] of window.room.streams) {
                if (shown.has(feed)) continue;
                const video = document.createElement("video");
                video.className = "conference";
                Object.assign(video, { muted: true, autoplay: true, srcObject: remote });
                document.body.append(video);
                shown.set(feed, video);
              }
            },
          });
        })().catch((error) => { window.failure = error.message; });
        """
    }

    private func expectMovingPictures(_ browsers: [Browser], of count: Int) async throws {
        let frames =
            "[...document.querySelectorAll('video.conference')]"
            + ".map((one) => one.getVideoPlaybackQuality().totalVideoFrames)"
        for browser in browsers {
            try await browser.waits(
                for: "\(count) pictures come",
                "window.failure || (\(frames).length === \(count) && \(frames).every((n) => n > 5))"
            )
            #expect(try await browser.script("return window.failure ?? ''").text == "")
            let before = try await browser.script("return \(frames)")
            let counts = before.items.compactMap(\.integer)
            try #require(counts.count == count)
            try await browser.waits(
                for: "all of them move",
                "\(frames).every((n, at) => n > \(counts)[at] + 3)"
            )
        }
    }

    /// Neither a participant nor anybody without a token gets a room or a session of Janus.
    private func expectNobodyElseMakesRooms(
        _ browser: Browser,
        _ server: ConferenceServer
    ) async throws {
        let attempt = """
            window.refusal = null;
            window.room.publisher.ask({ request: "create", room: "mine" })
              .then(() => { window.refusal = "made"; }, (error) => { window.refusal = error.message; });
            """
        _ = try await browser.script(attempt)
        try await browser.waits(for: "an answer", "window.refusal")
        #expect(
            try await browser.script("return window.refusal").text?.contains("admin_key") == true
        )
        let stranger = """
            window.refusal = null;
            import("/app/conference.js").then(({ Conference }) => new Conference({
              server: { ...window.room.server, token: "guess" }, stream: null,
              failed: (reason) => { window.refusal = reason; },
            }));
            """
        _ = try await browser.script(stranger)
        try await browser.waits(for: "it is refused", "window.refusal?.includes('Unauthorized')")
        let wrong = try await server.ask(["janus": "list_sessions", "admin_secret": "guess"])
        #expect(wrong["error"]?["code"]?.integer == 403)
    }
}
