import Signalling
import Testing
import Vocabulary

@Suite struct ExchangeRelayTests {
    @Test func `each side learns of the other with its own view of the link`() throws {
        var board = Switchboard()
        let clinic = board.enter(Switchboard.place(.clinic, "p-clinic"))
        let alone = try #require(board.taken(clinic).first { $0.type == "snapshot" })
        let session = alone.body["session"] as? [String: Any]
        #expect(session?["state"] as? String == "waiting")
        let doctor = board.enter(Switchboard.place(.doctor, "p-doctor"))
        let up = try #require(board.taken(clinic).last)
        #expect(up.type == "peer.up")
        #expect(up["participant"] == "p-doctor")
        #expect(up["role"] == "doctor")
        #expect(up.bool("polite") == false)
        let snapshot = try #require(board.taken(doctor).last)
        let participants = snapshot.body["participants"] as? [[String: Any]] ?? []
        #expect(participants.count == 2)
        #expect(participants[0]["participant"] as? String == "p-clinic")
        #expect(participants[0]["polite"] as? Bool == true)
        #expect(participants[0]["link"] as? Int == up.int("link"))
        #expect(participants[1]["self"] as? Bool == true)
        let states = board.takenEvents().compactMap { event -> SessionState? in
            if case .sessionChanged(let record) = event { record.state } else { nil }
        }
        #expect(states == [.waiting, .live])
    }

    @Test func `both ends being there is told once a session`() {
        var board = Switchboard()
        _ = board.enter(Switchboard.place(.doctor, "p-doctor"))
        #expect(!board.takenEvents().contains(.bothPresent(Switchboard.record.id, at: board.now)))
        let clinic = board.enter(Switchboard.place(.clinic, "p-clinic"))
        #expect(board.takenEvents().contains(.bothPresent(Switchboard.record.id, at: board.now)))
        board.say(clinic, #"{"t":"leave"}"#)
        _ = board.enter(Switchboard.place(.clinic, "p-clinic"))
        #expect(!board.takenEvents().contains(.bothPresent(Switchboard.record.id, at: board.now)))
    }

    @Test func `a description is handed on byte for byte, with from in the place of to`() {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        let sdp = #""v=0\r\no=- 1 \u00e9 \"x\" ☃""#
        board.say(
            clinic,
            #"{"t":"desc","id":"r1","q":1,"a":2,"b":{ "sdp":\#(sdp), "kind":"offer","#
                + #" "to" : "p-doctor" ,"n":1,"link":\#(link)}}"#
        )
        let seen = board.taken(doctor)
        #expect(
            seen.map(\.text) == [
                #"{"t":"desc","q":2,"b":{ "sdp":\#(sdp), "kind":"offer", "from":"p-clinic" ,"#
                    + #""n":1,"link":\#(link)}}"#
            ]
        )
        let answer = board.taken(clinic)
        #expect(answer.map(\.type) == ["ok"])
        #expect(answer.first?.re == "r1")
    }

    @Test(arguments: [
        #"{"to":"p-doctor","link":L,"n":1,"kind":"offer","sdp":"x","from":"p-doctor"}"#,
        #"{"to":"p-doctor","link":L,"n":1,"kind":"offer","sdp":"x","fr\u006fm":"p-doctor"}"#,
        #"{"to":"p-doctor","to":"p-doctor","link":L,"n":1,"kind":"offer","sdp":"x"}"#,
        #"{"t\u006f":"p-doctor","link":L,"n":1,"kind":"offer","sdp":"x"}"#,
        #"{"to":"p-doctor","link":L,"n":1,"kind":"rollback","sdp":"x"}"#,
        #"{"to":"p-doctor","link":L,"n":0,"kind":"offer","sdp":"x"}"#,
        #"{"to":"p-doctor","link":L,"n":2,"kind":"offer","sdp":"x"}"#,
        #"{"to":"p-doctor","link":L,"n":1,"kind":"offer"}"#,
        #"{"to":"p-doctor","link":L,"n":1,"kind":"offer","sdp":{}}"#,
        #"{"to":"p-doctor","link":"L","n":1,"kind":"offer","sdp":"x"}"#,
        #"{"link":L,"n":1,"kind":"offer","sdp":"x"}"#,
        #"{"to":"p-doctor","link":L,"n":1.5,"kind":"offer","sdp":"x"}"#,
    ])
    func `a description that is not exactly one is refused and goes nowhere`(body: String) {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        let text = body.replacing("L", with: "\(link)")
        board.say(clinic, #"{"t":"desc","q":1,"b":\#(text)}"#)
        #expect(board.taken(clinic).first?.code == "bad_message")
        #expect(board.taken(doctor).isEmpty)
        #expect(board.closes[clinic] == nil)
        // The number was used: the lane goes on.
        board.say(clinic, #"{"t":"join","id":"j","q":2}"#)
        #expect(board.taken(clinic).map(\.type) == ["snapshot", "ok"])
    }

    @Test func `twenty candidates go in one message and twenty-one do not`() {
        for (count, code) in [(20, nil), (21, "bad_message")] {
            var board = Switchboard()
            let (clinic, doctor, link) = board.consult()
            offer(&board, clinic, to: "p-doctor", link, 1)
            _ = board.taken(doctor)
            let one = #"{"candidate":"a","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":null}"#
            let all = Array(repeating: one, count: count).joined(separator: ",")
            board.say(
                clinic,
                #"{"t":"cand","b":{"to":"p-doctor","link":\#(link),"n":1,"candidates":[\#(all)]}}"#
            )
            #expect(board.taken(clinic).first?.code == code)
            #expect(board.taken(doctor).count == (code == nil ? 1 : 0))
        }
    }

    @Test func `what belongs to an earlier round is stale, for its sender only`() {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        offer(&board, clinic, to: "p-doctor", link, 1)
        offer(&board, clinic, to: "p-doctor", link, 2)
        _ = board.taken(doctor)
        let answer = #"{"to":"p-clinic","link":\#(link),"n":1,"kind":"answer","sdp":"x"}"#
        board.say(doctor, #"{"t":"desc","id":"1","b":\#(answer)}"#)
        #expect(board.taken(doctor).first?.code == "stale_negotiation")
        let candidates = #"{"to":"p-clinic","link":\#(link),"n":1,"candidates":[],"end":true}"#
        board.say(doctor, #"{"t":"cand","id":"2","b":\#(candidates)}"#)
        #expect(board.taken(doctor).first?.code == "stale_negotiation")
        #expect(board.taken(clinic).isEmpty)
    }

    @Test func `nobody reaches into another consult`() {
        var board = Switchboard()
        let (clinic, _, link) = board.consult()
        let other = SessionRecord(
            id: SessionID(trusted: "s-2"),
            booking: BookingID(trusted: "b-2"),
            request: RequestID(trusted: "r-2"),
            patient: PatientID(trusted: "pt-2"),
            site: SiteID(trusted: "site-2"),
            doctor: DoctorID(trusted: "dr-2"),
            at: board.now
        )
        let stranger = board.enter(Switchboard.place(.doctor, "p-stranger", in: other))
        _ = board.taken(stranger)
        for receiver in ["p-clinic", "p-doctor", "p-stranger", "nobody"] {
            offer(&board, stranger, to: receiver, link, 1)
            #expect(board.taken(stranger).first?.code == "no_peer")
        }
        #expect(board.taken(clinic).isEmpty)
        let desk = board.enter(Switchboard.desk("d-1", .nation))
        _ = board.taken(desk)
        offer(&board, desk, to: "p-clinic", link, 1)
        #expect(board.taken(desk).first?.code == "no_session")
        #expect(board.taken(clinic).isEmpty)
    }

    @Test func `a failed link is told to the other end`() throws {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        board.say(clinic, #"{"t":"link.fail","id":"f","b":{"link":\#(link),"why":"ice"}}"#)
        #expect(board.taken(clinic).first?.type == "ok")
        let seen = try #require(board.taken(doctor).first)
        #expect(seen.type == "peer.state")
        #expect(seen["linkState"] == "failing")
        #expect(seen["why"] == "ice")
        board.say(clinic, #"{"t":"link.fail","id":"g","b":{"link":99}}"#)
        #expect(board.taken(clinic).first?.code == "no_peer")
    }

    private func offer(
        _ board: inout Switchboard,
        _ socket: SocketID,
        to receiver: String,
        _ link: Int,
        _ round: Int
    ) {
        board.say(
            socket,
            #"{"t":"desc","b":{"to":"\#(receiver)","link":\#(link),"n":\#(round),"#
                + #""kind":"offer","sdp":"x"}}"#
        )
    }
}
