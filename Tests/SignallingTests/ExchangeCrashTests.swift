import Signalling
import Testing
import Vocabulary

/// A server that is killed, and the next one, which knows what was stored.
@Suite struct ExchangeCrashTests {
    @Test func `places are stored when they are taken, resumed, left and given up`() throws {
        var board = Switchboard()
        var shelf = PlaceShelf()
        let (clinic, doctor, link) = board.consult()
        #expect(board.exchange.hasPlaceChanges)
        #expect(try shelf.write(&board) == ["p-clinic", "p-doctor"])
        board.say(clinic, Switchboard.offer(link, q: 1))
        board.say(clinic, #"{"t":"heartbeat","a":2}"#)
        #expect(!board.exchange.hasPlaceChanges)
        board.drop(doctor)
        #expect(try shelf.write(&board) == ["p-doctor"])
        let back = board.resume("p-doctor", last: 1, sent: 0)
        #expect(try shelf.write(&board) == ["p-doctor"])
        // The old token is no good from now on.
        board.say(back, #"{"t":"heartbeat","a":2}"#)
        #expect(try shelf.write(&board) == ["p-doctor"])
        board.say(back, #"{"t":"leave","q":1}"#)
        #expect(try shelf.write(&board) == ["-p-doctor"])
        #expect(shelf.records.count == 1)
    }

    @Test func `what could not be stored comes again`() throws {
        var board = Switchboard()
        _ = board.enter(Switchboard.desk("dk-1", .nation))
        let changes = board.exchange.takePlaceChanges()
        #expect(changes.count == 1 && !board.exchange.hasPlaceChanges)
        board.exchange.placesNotStored(changes)
        #expect(board.exchange.takePlaceChanges().count == 1)
    }

    @Test func `both are back in the room as who they were, with a gap and fresh links`() throws {
        var (board, shelf, link) = try consult()
        for number in 1...5 { board.say(SocketID(1), Switchboard.candidate(link, q: number)) }
        var next = try board.nextAfterCrash(shelf)
        #expect(next.exchange.rooms.first?.roles == [.clinic, .doctor])
        let clinic = next.resume("p-clinic", last: 2, sent: 5)
        let first = next.taken(clinic)
        #expect(first.map(\.type) == ["resumed", "snapshot"])
        #expect(first[0].bool("gap") == true)
        #expect(first[0].int("last") == 0)
        #expect(first[1].q == 3)
        let doctor = next.resume("p-doctor", last: 9, sent: 0)
        let news = next.taken(clinic)
        #expect(news.map(\.type) == ["peer.state", "peer.down", "peer.up"])
        #expect(news.allSatisfy { $0["participant"] == "p-doctor" })
        #expect(news[1]["why"] == "gap")
        let fresh = try #require(news[2].int("link"))
        #expect(fresh > link && fresh < 1 << 53)
        #expect(next.taken(doctor).last?.q == 10)
        // What is repeated for the old link reaches nobody.
        next.say(clinic, Switchboard.candidate(link, q: 6))
        #expect(next.taken(doctor).isEmpty)
        #expect(next.taken(clinic).last?.code == "no_peer")
        next.say(clinic, Switchboard.offer(fresh, q: 7))
        #expect(next.taken(doctor).map(\.type) == ["desc"])
    }

    @Test(arguments: [(sent: 5, first: 1, isGood: true), (5, 4, true), (5, 6, true), (5, 7, false)])
    func `the first number that comes says where the lane stands`(
        sent: Int,
        first: Int,
        isGood: Bool
    ) throws {
        let (board, shelf, _) = try consult()
        var next = try board.nextAfterCrash(shelf)
        let clinic = next.resume("p-clinic", last: 2, sent: sent)
        next.say(clinic, #"{"t":"alarm.ack","id":"x","q":\#(first),"b":{"alarm":"a-1"}}"#)
        let isAsked = next.takenEvents().contains {
            if case .alarmAcknowledged = $0 { true } else { false }
        }
        #expect(isAsked == isGood)
        #expect(next.closes[clinic] == (isGood ? nil : .badMessage))
        guard isGood else { return }
        // From then on it counts as ever.
        next.say(clinic, #"{"t":"join","q":\#(first + 2)}"#)
        #expect(next.closes[clinic] == .badMessage)
    }

    @Test func `who resumes again before it has said anything has no second gap`() throws {
        let (board, shelf, _) = try consult()
        var next = try board.nextAfterCrash(shelf)
        let clinic = next.resume("p-clinic", last: 2, sent: 3)
        _ = next.taken(clinic)
        next.drop(clinic)
        let again = next.resume("p-clinic", last: 3, sent: 4)
        #expect(next.taken(again).first?.bool("gap") == false)
        next.say(again, #"{"t":"join","q":5}"#)
        #expect(next.taken(again).map(\.type) == ["snapshot"])
    }

    @Test(arguments: [(Duration.milliseconds(119_999), true), (.seconds(120), false)])
    func `a place lives for 120 seconds over a crash`(pause: Duration, isThere: Bool) throws {
        let (board, shelf, _) = try consult()
        var next = try board.nextAfterCrash(shelf, pause: pause)
        let clinic = next.resume("p-clinic", last: 2, sent: 0)
        #expect(next.taken(clinic).first?.type == (isThere ? "resumed" : "err"))
        #expect(next.closes[clinic] == (isThere ? nil : .resumeFailed))
        // Who is not taken up is not stored any longer either.
        var kept = shelf
        try kept.write(&next)
        #expect(kept.records.count == (isThere ? 2 : 0))
    }

    @Test func `whose account is not good any more cannot resume, the other can`() throws {
        let (board, shelf, _) = try consult()
        var next = try board.nextAfterCrash(
            shelf,
            grants: Switchboard.grants.filter { $0.participant.rawValue != "p-doctor" }
        )
        let doctor = next.resume("p-doctor", last: 1, sent: 0)
        #expect(next.taken(doctor).first?.code == "resume_unknown")
        #expect(next.closes[doctor] == .resumeFailed)
        let clinic = next.resume("p-clinic", last: 2, sent: 0)
        #expect(next.taken(clinic).first?.type == "resumed")
    }

    @Test func `a consult that ended meanwhile is not entered again`() throws {
        let (board, shelf, _) = try consult()
        var next = try board.nextAfterCrash(shelf, isOpen: false)
        let clinic = next.resume("p-clinic", last: 2, sent: 0)
        #expect(next.closes[clinic] == .resumeFailed)
    }

    @Test func `a desk gets its whole state, and asks for the vital signs anew`() throws {
        var board = Switchboard()
        var shelf = PlaceShelf()
        let desk = board.enter(Switchboard.desk("dk-1", .nation))
        let patient = PatientID(trusted: "pt-1")
        board.say(desk, #"{"t":"vitals.subscribe","q":1,"b":{"patient":"pt-1"}}"#)
        for case .vitalsRequested(let reply, _, _) in board.takenEvents() {
            board.perform {
                $0.subscriptionDecided(
                    reply,
                    patient: patient,
                    allowed: true,
                    latest: [],
                    at: $1,
                    into: &$2
                )
            }
        }
        try shelf.write(&board)
        var next = try board.nextAfterCrash(shelf)
        #expect(!next.exchange.hasSubscribers(patient))
        let back = next.resume("dk-1", last: 1, sent: 1)
        #expect(next.taken(back).first?.bool("gap") == true)
        let events = next.takenEvents()
        #expect(events.contains { if case .deskOpened = $0 { true } else { false } })
        #expect(
            events.contains {
                if case .vitalsRequested(_, patient, _) = $0 { true } else { false }
            }
        )
    }

    @Test func `a disabled account is put out at once, and its ticket is no good`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        let ticket = board.ticket(Switchboard.place(.doctor, "p-doctor"))
        let user = UserID(trusted: "user-p-doctor")
        #expect(board.exchange.principals.contains(user))
        board.perform { $0.dismiss([user], at: $1, into: &$2) }
        #expect(board.closes == [doctor: .forbidden])
        #expect(board.taken(clinic).last?.type == "peer.down")
        let back = board.resume("p-doctor", last: 1, sent: 0)
        #expect(board.closes[back] == .resumeFailed)
        let anew = board.open()
        board.say(anew, #"{"t":"hello","b":{"ticket":"\#(ticket)"}}"#)
        #expect(board.closes[anew] == .authFailed)
    }

    /// A clinic (socket 1) and a doctor in a room whose places are stored.
    private func consult() throws -> (Switchboard, PlaceShelf, link: Int) {
        var board = Switchboard()
        var shelf = PlaceShelf()
        let (_, _, link) = board.consult()
        try shelf.write(&board)
        return (board, shelf, link)
    }
}
