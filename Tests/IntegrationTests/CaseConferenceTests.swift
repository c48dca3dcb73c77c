import Foundation
import Testing
import WebServer

/// A case conference as it is held every day: one hospital, many sites.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CaseConferenceTests {
    private static let siteCount = 26

    @Test func `thirty people meet, hear who presents and what is written, and go again`()
        async throws
    {
        try await ConferenceServer.with { scene, server in
            let sites = (1...Self.siteCount).map { "qn-\(1_000 + $0)" }
            try await register(sites, scene)
            let (booking, session) = try await book(sites, scene)
            var rooms = try await enter(booking, sites, scene)
            let doctor = rooms[0]
            let everybody = Set(try rooms.map { try #require($0.participant) })
            #expect(everybody.count == 30)

            // Who came last saw all at once, who came first saw them come one by one.
            try await rooms[29].message("snapshot") { $0.list("participants").count == 30 }
            try await eventually("the doctor has seen 29 come") {
                Set(doctor.bodies("peer.up").compactMap { $0["participant"] }).count == 29
            }
            try await expectConference(rooms, server)

            let hospital = try #require(rooms[5].participant)
            doctor.send("mod", ["act": "present", "participant": hospital])
            for room in rooms {
                try await room.message("topology") { $0["presenter"] == hospital }
            }
            doctor.send("chat", ["message": "m-1", "text": "Xin mời hội chẩn"])
            for room in rooms.dropFirst() {
                try await room.message("chat") { $0["text"] == "Xin mời hội chẩn" }
            }

            for room in rooms.suffix(10) { room.send("leave", ["reason": "left"]) }
            let gone = Set(rooms.suffix(10).compactMap(\.participant))
            rooms.removeLast(10)
            for room in rooms {
                try await eventually("ten are seen to go") {
                    Set(room.bodies("peer.down").compactMap { $0["participant"] }) == gone
                }
                #expect(room.bodies("chat").count == (room === doctor ? 0 : 1))
            }
            try await eventually("their tokens are void") { try await server.tokens() == 20 }
            doctor.send("outcome", ["disposition": "treatLocally", "note": "x"])
            for room in rooms { try await room.message("notice") { $0["what"] == "ended" } }
            try await eventually("the room is closed, and nothing opens the server") {
                let (rooms, tokens) = try await (server.rooms(), server.tokens())
                return rooms == [] && tokens == 0
            }
            let record = try await scene[.clinic].object(.get, "/sessions/\(session)")
            #expect(record["state"] == "ended")
        }
    }

    // MARK: Steps

    /// Sites with an account each.
    private func register(_ sites: [String], _ scene: Scene) async throws {
        let header = "id,name,province,provinceName,ward,latitude,longitude,tier,stations,chain"
        let lines = sites.map {
            "\($0),Trạm y tế \($0),22,Quảng Ninh,Bãi Cháy,20.95,107.03,commune,1,hn-0002"
        }
        let text = ([header] + lines).joined(separator: "\n")
        let answer = try await scene[.administrator].send(
            .post,
            "/imports/sites",
            text,
            as: "text/csv"
        )
        try #require(answer.status == 200, "\(answer.text)")
        for site in sites {
            let account: [String: any Sendable] = [
                "user": site, "password": Deployment.password, "roles": ["clinic"], "site": site,
            ]
            _ = try await scene[.administrator].object(.post, "/users", account, expecting: 201)
        }
    }

    /// A consult to which all of them are asked.
    private func book(
        _ sites: [String],
        _ scene: Scene
    ) async throws -> (booking: String, session: String) {
        try await scene.setOnCall()
        let further = sites.map { ["site": $0] as [String: any Sendable] }
        let (_, booking) = try await scene.offered(further: ["furtherSites": further])
        let accepted = try await scene[.doctor].object(.post, "/bookings/\(booking)/accept")
        return (booking, try #require(accepted["session"]))
    }

    /// The doctor, the clinic, two secretaries and the sites come in, in this order.
    private func enter(
        _ booking: String,
        _ sites: [String],
        _ scene: Scene
    ) async throws -> [SocketClient] {
        var rooms = [
            try await scene.room(booking, of: .doctor),
            try await scene.room(booking, of: .clinic),
            try await scene.room(booking, of: .doctor, as: "secretary"),
            try await scene.room(booking, of: .clinic, as: "secretary"),
        ]
        for site in sites {
            let caller = try await scene.deployment.signIn(site, at: scene.address)
            rooms.append(try await scene.room(booking, by: caller))
        }
        return rooms
    }

    /// One room stands, with a way in of one's own for each of the thirty.
    private func expectConference(
        _ rooms: [SocketClient],
        _ server: ConferenceServer
    ) async throws {
        var tokens: Set<String> = []
        var names: Set<String> = []
        for room in rooms {
            let told = try await room.message("topology") { $0.object("server") != nil }
            #expect(told["mode"] == "sfu")
            let way = try #require(told.object("server"))
            #expect(way["feed"] == room.participant)
            tokens.insert(try #require(way["token"]))
            names.insert(try #require(way["room"]))
        }
        #expect(tokens.count == 30 && names.count == 1)
        #expect(try await Set(server.rooms() ?? []) == names)
        #expect(try await server.tokens() == 30)
    }
}

extension SocketClient {
    /// Whom the server made of whoever sits here.
    fileprivate var participant: String? { bodies("welcome").first?["participant"] }
}
