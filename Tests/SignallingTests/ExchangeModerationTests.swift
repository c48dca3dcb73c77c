import Signalling
import Testing
import Vocabulary

/// Hand-over, moderation and the chat.
@Suite struct ExchangeModerationTests {
    private let colleague = Switchboard.place(
        .observer,
        "p-other",
        doctor: DoctorID(trusted: "dr-2"),
        entry: .lobby
    )
    private let outcome = #"{"note":"n","disposition":"transfer"}"#

    /// A consult with another doctor looking in.
    private func consult() -> (Switchboard, clinic: SocketID, doctor: SocketID, other: SocketID) {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let other = board.enter(colleague)
        board.ask(doctor, "admit", #"{"participant":"p-other"}"#)
        for socket in [clinic, doctor, other] { _ = board.taken(socket) }
        return (board, clinic, doctor, other)
    }

    // MARK: Hand-over

    @Test func `a consult handed over is the other doctor's, with the right to its outcome`() {
        var (board, clinic, doctor, other) = consult()
        board.ask(doctor, "handover", #"{"to":"p-other"}"#)
        #expect(board.taken(clinic).map { $0["what"] } == ["handover"])
        #expect(board.record?.doctor == Switchboard.record.doctor)
        board.say(other, #"{"t":"handover","id":"a","b":{"accept":true}}"#)
        #expect(board.taken(other).filter { $0.type == "ok" }.isEmpty)
        board.settle()
        #expect(board.taken(other).last?.type == "ok")
        #expect(board.record?.doctor == DoctorID(trusted: "dr-2"))
        #expect(board.taken(clinic).compactMap { $0["what"] } == ["handedOver"])
        board.ask(doctor, "outcome", outcome)
        #expect(board.taken(doctor).last?.code == "forbidden")
        board.say(other, #"{"t":"outcome","id":"o","b":\#(outcome)}"#)
        guard case .outcomeOffered(_, let offered) = board.takenEvents().last else {
            Issue.record("no outcome was offered")
            return
        }
        #expect(offered.by == DoctorID(trusted: "dr-2"))
        // A new ticket, made before or after, gives the doctor's role.
        let again = board.enter(colleague)
        #expect(board.taken(again).first?["role"] == "doctor")
    }

    @Test func `a hand-over may be refused, and is answered by its doctor only`() {
        var (board, clinic, doctor, other) = consult()
        board.ask(other, "handover", #"{"accept":true}"#)
        #expect(board.taken(other).last?.code == "forbidden")
        board.ask(doctor, "handover", #"{"to":"p-clinic"}"#)
        #expect(board.taken(doctor).last?.code == "forbidden")
        board.ask(doctor, "handover", #"{"to":"p-nobody"}"#)
        #expect(board.taken(doctor).last?.code == "no_peer")
        board.ask(doctor, "handover", #"{"to":"p-other"}"#)
        _ = board.taken(clinic)
        board.ask(clinic, "handover", #"{"accept":true}"#)
        #expect(board.taken(clinic).last?.code == "forbidden")
        board.ask(other, "handover", #"{"accept":false}"#)
        #expect(board.taken(clinic).last?["what"] == "handoverRefused")
        #expect(board.record?.doctor == Switchboard.record.doctor)
    }

    @Test func `the queue goes with the consult`() {
        var (board, _, doctor, other) = consult()
        _ = board.enter(Switchboard.place(.patient, "p-patient", entry: .lobby))
        board.ask(doctor, "handover", #"{"to":"p-other"}"#)
        board.ask(other, "handover", #"{"accept":true}"#)
        let desk = board.enter(
            Switchboard.desk("p-desk", .doctor(DoctorID(trusted: "dr-2")), user: "doctor2")
        )
        board.perform {
            $0.deskSnapshot(
                ParticipantID(trusted: "p-desk"),
                body: Array("{}".utf8),
                at: $1,
                into: &$2
            )
        }
        #expect(board.taken(desk).last?.type == "queue")
    }

    // MARK: Moderation

    @Test func `muting is told to everybody and seen by those who come later`() {
        var (board, clinic, doctor, _) = consult()
        board.ask(doctor, "mod", #"{"participant":"p-clinic","act":"mute"}"#)
        #expect(board.taken(clinic).map { $0["what"] } == ["mute"])
        let late = board.enter(Switchboard.place(.interpreter, "p-late"))
        let people = board.taken(late)[1].body["participants"] as? [[String: Any]] ?? []
        let muted = people.filter { $0["muted"] as? Bool == true }
        #expect(muted.map { $0["participant"] as? String } == ["p-clinic"])
        board.ask(clinic, "mod", #"{"participant":"p-doctor","act":"mute"}"#)
        #expect(board.taken(clinic).last?.code == "forbidden")
    }

    @Test func `who presents is named to everybody until nobody does`() {
        var (board, clinic, doctor, _) = consult()
        board.ask(doctor, "mod", #"{"act":"present","participant":"p-clinic"}"#)
        #expect(board.taken(clinic).last?["presenter"] == "p-clinic")
        board.ask(clinic, "mod", #"{"act":"present"}"#)
        #expect(board.taken(clinic).last?.code == "forbidden")
        board.ask(doctor, "mod", #"{"act":"present","participant":"p-nobody"}"#)
        #expect(board.taken(doctor).last?.code == "no_peer")
        board.ask(doctor, "mod", #"{"act":"present"}"#)
        let last = board.taken(clinic).last
        #expect(last?.type == "topology" && last?["presenter"] == nil)
    }

    @Test func `who is put out is closed out, and new tickets are refused until recalled`() {
        var (board, clinic, doctor, other) = consult()
        board.ask(doctor, "mod", #"{"participant":"p-other","act":"remove"}"#)
        #expect(board.closes[other] == .ended)
        #expect(
            board.taken(clinic).filter { $0.type == "peer.down" }.map { $0["why"] } == ["removed"]
        )
        let again = board.enter(colleague)
        #expect(board.taken(again).map(\.code) == ["forbidden"])
        #expect(board.closes[again] == .forbidden)
        board.ask(doctor, "recall", #"{"participant":"p-other"}"#)
        let third = board.enter(colleague)
        #expect(board.taken(third).map(\.type) == ["welcome", "lobby"])
    }

    @Test(arguments: [true, false])
    func `who takes the consult over while being put out may come, and is not put out again`(
        _ isAcceptedFirst: Bool
    ) {
        var (board, clinic, doctor, other) = consult()
        let secretary = board.enter(Switchboard.place(.secretary, "p-sec"))
        board.ask(doctor, "handover", #"{"to":"p-other"}"#)
        let acts: [(SocketID, String)] = [
            (other, #"{"t":"handover","id":"a","b":{"accept":true}}"#),
            (secretary, #"{"t":"mod","id":"m","b":{"participant":"p-other","act":"remove"}}"#),
        ]
        // Both are asked for before either is stored.
        for (socket, text) in isAcceptedFirst ? acts : acts.reversed() { board.say(socket, text) }
        board.settle()
        #expect(board.record?.doctor == DoctorID(trusted: "dr-2"))
        #expect(board.record?.removed ?? [] == [])
        #expect(board.closes[other] == (isAcceptedFirst ? nil : .ended))
        #expect(board.taken(clinic).contains { $0["what"] == "handedOver" } == isAcceptedFirst)
        let answer = board.taken(secretary).last { $0.re == "m" }
        #expect(answer?.code == (isAcceptedFirst ? "forbidden" : nil))
        let again = board.enter(colleague)
        #expect(board.taken(again).first?["role"] == "doctor")
    }

    @Test func `a doctor is never put out, nor locked out`() {
        var (board, _, doctor, _) = consult()
        let secretary = board.enter(Switchboard.place(.secretary, "p-sec"))
        board.ask(secretary, "mod", #"{"participant":"p-doctor","act":"remove"}"#)
        #expect(board.taken(secretary).last?.code == "forbidden")
        board.ask(secretary, "mod", #"{"act":"lock"}"#)
        #expect(board.record?.isLocked == true)
        board.ask(doctor, "leave")
        let back = board.enter(Switchboard.place(.doctor, "p-doctor"))
        #expect(board.taken(back).map(\.type).prefix(2) == ["welcome", "snapshot"])
    }

    @Test func `a locked room keeps newcomers in the lobby, not those who were in it`() {
        var (board, clinic, doctor, _) = consult()
        board.ask(doctor, "mod", #"{"act":"lock"}"#)
        #expect(board.taken(clinic).map { $0["what"] } == ["lock"])
        let late = board.enter(Switchboard.place(.interpreter, "p-late"))
        #expect(board.taken(late).map(\.type) == ["welcome", "lobby"])
        let back = board.enter(colleague)
        #expect(board.taken(back).map(\.type).prefix(2) == ["welcome", "snapshot"])
        board.ask(doctor, "mod", #"{"act":"unlock"}"#)
        let next = board.enter(Switchboard.place(.secretary, "p-sec"))
        #expect(board.taken(next).map(\.type).prefix(2) == ["welcome", "snapshot"])
    }

    @Test func `another role takes its rights at once, and lasts`() {
        var (board, _, doctor, _) = consult()
        let secretary = board.enter(Switchboard.place(.secretary, "p-sec"))
        board.ask(secretary, "vitals.subscribe", #"{"patient":"pt-1"}"#)
        #expect(board.exchange.hasSubscribers(Switchboard.record.patient))
        board.ask(doctor, "mod", #"{"participant":"p-sec","act":"role","role":"observer"}"#)
        #expect(!board.exchange.hasSubscribers(Switchboard.record.patient))
        board.ask(secretary, "mod", #"{"act":"lock"}"#)
        #expect(board.taken(secretary).last?.code == "forbidden")
        let again = board.enter(Switchboard.place(.secretary, "p-sec"))
        #expect(board.taken(again).first?["role"] == "observer")
        board.ask(
            doctor,
            "mod",
            #"{"participant":"p-clinic","act":"role","role":"observer"}"#
        )
        #expect(board.taken(doctor).last?.code == "forbidden")
        board.ask(
            doctor,
            "mod",
            #"{"participant":"p-sec","act":"role","role":"doctor"}"#
        )
        #expect(board.taken(doctor).last?.code == "forbidden")
    }

    // MARK: Chat

    @Test func `a line reaches the others once it is stored, and stands in the snapshot`() throws {
        var (board, clinic, doctor, other) = consult()
        board.say(clinic, #"{"t":"chat","id":"c","b":{"message":"m1","text":"xin chào"}}"#)
        #expect(board.taken(doctor).isEmpty)
        board.settle()
        #expect(board.taken(doctor).map { $0["text"] } == ["xin chào"])
        #expect(board.taken(other).map { $0["from"] } == ["p-clinic"])
        #expect(board.taken(clinic).map(\.type) == ["ok"])
        board.ask(clinic, "join")
        let snapshot = try #require(board.taken(clinic).first)
        let chat = snapshot.body["chat"] as? [[String: Any]] ?? []
        #expect(chat.map { $0["message"] as? String } == ["m1"])
    }

    @Test func `a line sent again is answered and not handed on again`() {
        var (board, clinic, doctor, _) = consult()
        board.ask(clinic, "chat", #"{"message":"m1","text":"a"}"#)
        _ = board.taken(doctor)
        board.ask(clinic, "chat", #"{"message":"m1","text":"a"}"#)
        #expect(board.taken(doctor).isEmpty)
        #expect(board.taken(clinic).map(\.type) == ["ok", "ok"])
    }

    @Test func `a line to one is read by that one alone`() throws {
        var (board, clinic, doctor, other) = consult()
        board.ask(doctor, "chat", #"{"message":"m1","to":"p-other","text":"psst"}"#)
        #expect(board.taken(clinic).isEmpty)
        #expect(board.taken(other).map { $0["text"] } == ["psst"])
        board.ask(clinic, "join")
        #expect((board.taken(clinic).first?.body["chat"] as? [Any])?.isEmpty == true)
    }

    @Test(arguments: [
        (64, 4_000, true), (65, 1, false), (1, 4_001, false), (0, 1, false), (1, 0, false),
    ])
    func `ids have 64 characters and texts 4,000 at most`(
        _ id: Int,
        _ text: Int,
        _ fits: Bool
    ) {
        var (board, clinic, _, _) = consult()
        let body =
            #"{"message":"\#(String(repeating: "m", count: id))","#
            + #""text":"\#(String(repeating: "ề", count: text))"}"#
        board.ask(clinic, "chat", body)
        #expect((board.taken(clinic).last?.code != "bad_message") == fits)
    }

    @Test func `a snapshot has the last fifty lines, also those of before a restart`() {
        var board = Switchboard()
        let lines = (1...60).map {
            ChatLine(
                from: ParticipantID(trusted: "p-clinic"),
                name: "",
                to: nil,
                message: "m\($0)",
                text: "t",
                at: board.now
            )
        }
        board.perform { exchange, now, _ in
            exchange.open(Switchboard.record, at: now)
            exchange.restoreChat(lines, of: Switchboard.record.id)
        }
        let clinic = board.enter(Switchboard.place(.clinic, "p-clinic"))
        let chat = board.taken(clinic)[1].body["chat"] as? [[String: Any]] ?? []
        #expect(chat.count == 50)
        #expect(chat.first?["message"] as? String == "m11")
    }
}
