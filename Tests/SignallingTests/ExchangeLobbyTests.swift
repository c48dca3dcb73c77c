import Signalling
import Testing
import Vocabulary

/// Who waits, who is let in, who goes back.
@Suite struct ExchangeLobbyTests {
    private let patient = Switchboard.place(.patient, "p-patient", entry: .lobby)

    @Test func `a patient waits until the doctor lets them in`() throws {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let guest = board.enter(patient)
        let frames = board.taken(guest)
        #expect(frames.map(\.type) == ["welcome", "lobby"])
        #expect(frames[1].int("position") == 1)
        #expect(frames[1].int("expectedWaitSeconds") == 0)
        #expect(board.taken(clinic).isEmpty)
        let queue = try #require(board.taken(doctor).first)
        #expect(queue.type == "queue")
        #expect(queue.people == ["p-patient"])
        board.say(guest, #"{"t":"join","id":"j"}"#)
        #expect(board.taken(guest).map(\.code) == ["not_admitted"])
        board.ask(guest, "chat", #"{"message":"1","text":"hello?"}"#)
        #expect(board.taken(guest).map(\.code) == ["not_admitted"])
        board.ask(doctor, "admit", #"{"participant":"p-patient"}"#)
        #expect(board.taken(guest).map(\.type) == ["snapshot", "topology"])
        #expect(board.taken(clinic).first?["participant"] == "p-patient")
        #expect(board.taken(doctor).map(\.type) == ["peer.up", "topology", "queue", "ok"])
    }

    @Test func `who was let in comes back without asking, who was put back asks again`() {
        var board = Switchboard()
        let (_, doctor, _) = board.consult()
        _ = board.enter(patient)
        board.ask(doctor, "admit", #"{"participant":"p-patient"}"#)
        let again = board.enter(patient)
        #expect(board.taken(again).map(\.type) == ["welcome", "snapshot", "topology"])
        board.ask(doctor, "hold", #"{"participant":"p-patient","reason":"talk"}"#)
        #expect(board.taken(again).map(\.type) == ["notice", "lobby"])
        let third = board.enter(patient)
        #expect(board.taken(third).map(\.type) == ["welcome", "lobby"])
        board.ask(doctor, "recall", #"{"participant":"p-patient"}"#)
        #expect(board.taken(third).map(\.type) == ["snapshot", "topology"])
    }

    @Test func `a denied guest is told so and closed out`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let guest = board.enter(patient)
        _ = board.taken(guest)
        board.ask(clinic, "deny", #"{"participant":"p-patient"}"#)
        #expect(board.closes[guest] == nil)
        board.ask(doctor, "deny", #"{"participant":"p-patient","reason":"later"}"#)
        #expect(board.taken(guest).map { $0["what"] } == ["denied"])
        #expect(board.closes[guest] == .forbidden)
        board.ask(doctor, "admit", #"{"participant":"p-patient"}"#)
        #expect(board.taken(doctor).last?.code == "no_peer")
    }

    @Test func `knocking repeats the place in the lobby`() {
        var board = Switchboard()
        _ = board.consult()
        let guest = board.enter(patient)
        _ = board.taken(guest)
        board.ask(guest, "knock")
        #expect(board.taken(guest).map(\.type) == ["lobby", "ok"])
    }

    @Test func `a guest who is away is let in when the socket is back`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let guest = board.enter(patient)
        board.drop(guest)
        _ = board.taken(clinic)
        board.ask(doctor, "admit", #"{"participant":"p-patient"}"#)
        #expect(board.taken(clinic).isEmpty)
        let token = board.tokens["p-patient"] ?? ""
        let back = board.open()
        board.say(back, #"{"t":"resume","b":{"token":"\#(token)","last":1,"sent":0}}"#)
        #expect(board.taken(back).map(\.type).prefix(2) == ["resumed", "snapshot"])
        #expect(board.taken(clinic).first?.type == "peer.up")
    }

    @Test func `holding the session puts everybody but doctors and secretary into the lobby`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let secretary = board.enter(Switchboard.place(.secretary, "p-sec"))
        board.ask(secretary, "hold", #"{"reason":"another emergency"}"#)
        #expect(board.record?.state == .held)
        #expect(board.taken(clinic).map(\.type).suffix(2) == ["notice", "lobby"])
        #expect(board.exchange.rooms.first?.roles == [.doctor, .secretary])
        board.say(clinic, #"{"t":"desc","id":"d","b":{}}"#)
        #expect(board.taken(clinic).map(\.code) == ["not_admitted"])
        // Who comes now waits, too, but no doctor does.
        let again = board.enter(Switchboard.place(.clinic, "p-clinic"))
        #expect(board.taken(again).map(\.type) == ["welcome", "lobby"])
        let other = board.enter(
            Switchboard.place(.doctor, "p-other", doctor: DoctorID(trusted: "dr-2"))
        )
        #expect(board.taken(other).map(\.type).prefix(2) == ["welcome", "snapshot"])
        board.ask(doctor, "hold")
        #expect(board.taken(doctor).last?.code == "not_ready")
        board.ask(doctor, "recall")
        #expect(board.record?.state == .live)
        #expect(board.taken(again).map(\.type) == ["snapshot"])
        board.ask(doctor, "recall")
        #expect(board.taken(doctor).last?.code == "not_ready")
    }

    @Test func `a doctor is never held back, and the clinic holds nobody`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let secretary = board.enter(Switchboard.place(.secretary, "p-sec"))
        board.ask(secretary, "hold", #"{"participant":"p-doctor"}"#)
        #expect(board.taken(secretary).last?.code == "forbidden")
        board.ask(clinic, "hold", #"{"participant":"p-sec"}"#)
        #expect(board.taken(clinic).last?.code == "forbidden")
        board.ask(doctor, "hold", #"{"participant":"p-doctor"}"#)
        #expect(board.taken(doctor).last?.code == "forbidden")
    }

    @Test func `whoever leaves the lobby or stays away is off the list`() {
        var board = Switchboard()
        let (_, doctor, _) = board.consult()
        let guest = board.enter(patient)
        _ = board.taken(doctor)
        board.ask(guest, "leave")
        #expect(board.taken(doctor).map(\.people) == [[]])
        let second = board.enter(patient)
        board.drop(second)
        _ = board.taken(doctor)
        for _ in 1...5 {
            board.wait(.seconds(20))
            board.say(doctor, #"{"t":"heartbeat"}"#)
        }
        board.wait(.milliseconds(19_999))
        #expect(board.taken(doctor).filter { $0.type == "queue" }.isEmpty)
        board.wait(.milliseconds(1))
        #expect(board.taken(doctor).last { $0.type == "queue" }?.people == [])
    }

    @Test func `an observer in training needs the patient's consent to be let in, and to stay`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let guest = board.enter(Switchboard.place(.observer, "p-watch", entry: .trainee))
        board.ask(doctor, "admit", #"{"participant":"p-watch"}"#)
        #expect(board.taken(doctor).last?.code == "consent_required")
        board.ask(clinic, "consent", #"{"purpose":"trainee","grant":true}"#)
        board.ask(doctor, "admit", #"{"participant":"p-watch"}"#)
        #expect(board.taken(guest).contains { $0.type == "snapshot" })
        board.ask(clinic, "consent", #"{"purpose":"trainee","grant":false}"#)
        #expect(board.taken(guest).last?.type == "lobby")
        #expect(board.taken(clinic).last { $0.type == "peer.down" }?["why"] == "held")
    }

    @Test func `those in the lobby hear that the session is over`() {
        var board = Switchboard()
        _ = board.consult()
        let guest = board.enter(patient)
        let id = Switchboard.record.id
        board.perform { _ = $0.close(id, as: .cancelled, at: $1, into: &$2) }
        #expect(board.taken(guest).last?["what"] == "cancelled")
        #expect(board.closes[guest] == .ended)
    }

    // MARK: The queue of a doctor

    @Test func `a doctor's queue goes by urgency, then by who came first`() throws {
        var board = Switchboard()
        let desk = board.enter(
            Switchboard.desk("p-desk", .doctor(Switchboard.record.doctor), user: "doctor")
        )
        let records = [("s-a", Urgency.routine), ("s-b", .urgent), ("s-c", .routine)]
        var sockets: [SocketID] = []
        for (id, urgency) in records {
            let place = Switchboard.place(.clinic, "p-\(id)", in: record(id, urgency))
            sockets.append(board.enter(place))
            board.wait(.seconds(1))
        }
        #expect(board.taken(desk).last?.sessions == ["s-b", "s-a", "s-c"])
        let shown = sockets.map { board.taken($0).last { $0.type == "lobby" } }
        #expect(shown.map { $0?.int("position") } == [2, 1, 3])
        #expect(shown.map { $0?.int("expectedWaitSeconds") } == [900, 0, 1_800])
        // The doctor begins with the second: whoever waits behind it learns of that.
        _ = board.enter(Switchboard.place(.doctor, "p-doctor", in: record("s-b", .urgent)))
        #expect(board.taken(desk).last?.sessions == ["s-a", "s-c"])
        let next = board.taken(sockets[0]).last { $0.type == "lobby" }
        #expect(next?.int("position") == 1)
        #expect(next?.int("expectedWaitSeconds") == 900)
    }

    @Test func `a clinic sees what waits of its own, nothing of others`() {
        var board = Switchboard()
        let own = board.enter(Switchboard.desk("p-d1", .site(SiteID(trusted: "site-1"))))
        let far = board.enter(Switchboard.desk("p-d2", .site(SiteID(trusted: "site-2"))))
        _ = board.enter(Switchboard.place(.clinic, "p-a", in: record("s-a", .soon)))
        #expect(board.taken(own).last?.sessions == ["s-a"])
        #expect(board.taken(far).filter { $0.type == "queue" }.isEmpty)
        let late = board.enter(
            Switchboard.desk("p-d3", .site(SiteID(trusted: "site-1")), user: "late")
        )
        board.perform {
            $0.deskSnapshot(
                ParticipantID(trusted: "p-d3"),
                body: Array("{}".utf8),
                at: $1,
                into: &$2
            )
        }
        #expect(board.taken(late).last?.sessions == ["s-a"])
    }

    private func record(_ id: String, _ urgency: Urgency) -> SessionRecord {
        SessionRecord(
            id: SessionID(trusted: id),
            booking: BookingID(trusted: "b-\(id)"),
            request: RequestID(trusted: "r-\(id)"),
            patient: PatientID(trusted: "pt-\(id)"),
            site: SiteID(trusted: "site-1"),
            doctor: Switchboard.record.doctor,
            urgency: urgency,
            at: Instant(seconds: 999_000)
        )
    }
}

extension ReadFrame {
    fileprivate var waiting: [[String: Any]] { body["waiting"] as? [[String: Any]] ?? [] }

    fileprivate var sessions: [String] { waiting.compactMap { $0["session"] as? String } }

    fileprivate var people: [String] {
        waiting.flatMap { $0["participants"] as? [[String: Any]] ?? [] }
            .compactMap { $0["participant"] as? String }
    }
}
