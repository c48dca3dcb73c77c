import Signalling
import Testing
import Vocabulary

/// Servers whose credential says for whom and until when it is.
private struct NamedRelay: RelaySource {
    var life = Duration.seconds(600)

    func servers(
        for participant: ParticipantID,
        in session: SessionID,
        until end: Instant
    ) -> [RelayServer] {
        let user = "\(end.milliseconds / 1_000):\(session).\(participant)"
        return [
            RelayServer(urls: ["stun:relay.example"]),
            RelayServer(urls: ["turn:relay.example"], username: user, credential: "c"),
        ]
    }
}

@Suite struct RelayServerTests {
    private let place = Switchboard.place(.clinic, "p-clinic")

    private func board() -> Switchboard { Switchboard(relay: NamedRelay()) }

    private func user(_ frame: ReadFrame, _ member: String) -> String? {
        let servers = frame.body[member] as? [[String: Any]] ?? []
        return servers.last?["username"] as? String
    }

    @Test func `who enters gets servers with a credential of its own for ten minutes`() throws {
        var board = board()
        let frames = board.taken(board.enter(place))
        let snapshot = try #require(frames.first { $0.type == "snapshot" })
        #expect(user(snapshot, "iceServers") == "1000600:s-1.p-clinic")
        let first = (snapshot.body["iceServers"] as? [[String: Any]])?.first
        #expect(first?["urls"] as? [String] == ["stun:relay.example"])
        #expect(first?["username"] == nil)
    }

    @Test func `a minute before the end the next credential comes, and again ten minutes on`() {
        var board = board()
        let clinic = board.enter(place)
        _ = board.taken(clinic)
        func ice() -> [ReadFrame] { board.taken(clinic).filter { $0.type == "ice" } }
        keepAlive(&board, clinic, .milliseconds(539_999))
        #expect(ice().isEmpty)
        keepAlive(&board, clinic, .milliseconds(1))
        let next = ice()
        #expect(next.map { user($0, "servers") } == ["1001140:s-1.p-clinic"])
        #expect(next.first?["expiresAt"] == Instant(seconds: 1_001_140).rfc3339)
        keepAlive(&board, clinic, .milliseconds(539_999))
        #expect(ice().isEmpty)
        keepAlive(&board, clinic, .milliseconds(1))
        #expect(ice().map { user($0, "servers") } == ["1001680:s-1.p-clinic"])
    }

    @Test func `a snapshot in between repeats the credential and does not put off the next`() {
        var board = board()
        let clinic = board.enter(place)
        _ = board.taken(clinic)
        keepAlive(&board, clinic, .seconds(300))
        board.say(clinic, #"{"t":"join","q":1}"#)
        let again = board.taken(clinic).last { $0.type == "snapshot" }
        #expect(again.flatMap { user($0, "iceServers") } == "1000600:s-1.p-clinic")
        keepAlive(&board, clinic, .seconds(240))
        #expect(board.taken(clinic).contains { $0.type == "ice" })
    }

    @Test func `who was away when the credential ended finds the next in its ring`() throws {
        var board = board()
        let clinic = board.enter(place)
        keepAlive(&board, clinic, .seconds(500))
        let last = board.taken(clinic).compactMap(\.q).max() ?? 0
        board.drop(clinic)
        board.wait(.seconds(60))
        let again = board.open()
        let token = try #require(board.tokens["p-clinic"])
        board.say(again, #"{"t":"resume","b":{"token":"\#(token)","last":\#(last),"sent":0}}"#)
        #expect(board.taken(again).map(\.type) == ["resumed", "ice"])
    }

    @Test func `a desk has no session and gets no servers`() {
        var board = board()
        let desk = board.enter(Switchboard.desk("d-1", .site(SiteID(trusted: "site-1"))))
        keepAlive(&board, desk, .seconds(1_200))
        #expect(!board.taken(desk).contains { $0.type == "ice" })
    }

    @Test func `without a relay there are no servers and none are pushed`() {
        var board = Switchboard()
        let clinic = board.enter(place)
        let snapshot = board.taken(clinic).first { $0.type == "snapshot" }
        #expect((snapshot?.body["iceServers"] as? [Any])?.isEmpty == true)
        keepAlive(&board, clinic, .seconds(1_200))
        #expect(!board.taken(clinic).contains { $0.type == "ice" })
    }

    /// Lets time pass while the client shows every 20 s that it is there.
    private func keepAlive(_ board: inout Switchboard, _ socket: SocketID, _ span: Duration) {
        let end = board.now + span
        while board.now < end {
            board.wait(min(.seconds(20), end - board.now))
            board.say(socket, #"{"t":"heartbeat"}"#)
        }
    }
}
