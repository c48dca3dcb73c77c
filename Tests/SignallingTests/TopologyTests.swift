import Signalling
import Testing
import Vocabulary

/// How media flow, from the first two ends to thirty, with and without a conference server.
@Suite struct TopologyTests {
    private let session = Switchboard.record.id
    private let room = ConferenceRoom(name: "th-s-1-2", url: "wss://media.example/janus")

    /// Somebody enters; the first is the doctor, the second the clinic, the rest listen in.
    private func enter(_ board: inout Switchboard, _ number: Int) -> SocketID {
        let role: ParticipantRole =
            number == 1 ? .doctor : number == 2 ? .clinic : .observer
        return board.enter(Switchboard.place(role, "p-\(number)"))
    }

    private func fill(_ board: inout Switchboard, _ count: Int) -> [SocketID] {
        let sockets = (1...count).map { enter(&board, $0) }
        for socket in sockets { _ = board.taken(socket) }
        return sockets
    }

    /// Makes the room that the exchange asks for, with a token for everybody.
    private func makeRoom(_ board: inout Switchboard, _ room: ConferenceRoom) {
        guard let wish = board.exchange.conferences.first else { return }
        let tokens = tokens(wish.participants)
        board.perform { exchange, now, effects in
            exchange.conferenceReady(room, for: session, tokens: tokens, at: now, into: &effects)
        }
    }

    private func tokens(_ participants: [ParticipantID]) -> [ParticipantID: String] {
        Dictionary(uniqueKeysWithValues: participants.map { ($0, "token of \($0)") })
    }

    private func modes(_ frames: [ReadFrame]) -> [String] {
        frames.filter { $0.type == "topology" }.map {
            "\($0["mode"] ?? "") \($0.int("generation") ?? 0)"
        }
    }

    private func server(_ frame: ReadFrame?) -> [String: Any] {
        frame?.body["server"] as? [String: Any] ?? [:]
    }

    // MARK: Without a conference server

    @Test func `two are linked directly, and whoever joins makes a mesh without new links`() {
        var board = Switchboard()
        let sockets = fill(&board, 2)
        let third = enter(&board, 3)
        let told = board.taken(sockets[0])
        #expect(modes(told) == ["mesh 1"])
        #expect(told.map(\.type) == ["peer.up", "topology"])
        #expect(modes(board.taken(third)) == ["mesh 1"])
        board.say(third, #"{"t":"leave"}"#)
        #expect(modes(board.taken(sockets[1])) == ["mesh 1", "p2p 1"])
    }

    @Test func `thirty talk in one session, and each hears of each other once`() {
        var board = Switchboard()
        let sockets = (1...30).map { enter(&board, $0) }
        for (place, socket) in sockets.enumerated() {
            let frames = board.taken(socket)
            #expect(frames.count { $0.type == "peer.up" } == 29 - place)
            let there = frames.first { $0.type == "snapshot" }?.body["participants"] as? [Any]
            #expect(there?.count == place + 1)
            #expect(modes(frames).allSatisfy { $0 == "mesh 1" })
        }
        #expect(board.exchange.conferences.isEmpty)
        board.say(sockets[29], #"{"t":"join","id":"j","q":1}"#)
        let snapshot = board.taken(sockets[29]).first
        let people = snapshot?.body["participants"] as? [[String: Any]] ?? []
        let links = Set(people.compactMap { $0["link"] as? Int })
        #expect(links.count == 29)
        // An offer to each of the others reaches that one and nobody else.
        board.now = board.now + .seconds(60)
        for (place, person) in people.dropLast().enumerated() {
            let (to, link) = (person["participant"] as? String ?? "", person["link"] as? Int ?? 0)
            let body = #"{"to":"\#(to)","link":\#(link),"n":1,"kind":"offer","sdp":"x"}"#
            board.say(sockets[29], #"{"t":"desc","q":\#(place + 2),"b":\#(body)}"#)
            #expect(board.taken(sockets[place]).map(\.type) == ["desc"])
        }
        #expect(sockets.allSatisfy { board.closes[$0] == nil })
    }

    // MARK: With one

    @Test func `the fifth end moves everybody, once the room stands`() {
        var board = Switchboard(hasConference: true)
        let four = fill(&board, 4)
        #expect(board.exchange.conferences.isEmpty)
        let fifth = enter(&board, 5)
        #expect(board.takenEvents().contains(.conferenceChanged))
        let wish = board.exchange.conferences.first
        #expect(wish?.participants.count == 5 && wish?.lacking.count == 5)
        #expect(wish?.room == nil && wish?.generation == 1)
        _ = board.taken(four[0])
        makeRoom(&board, room)
        let frame = board.taken(four[0]).last
        #expect(frame.map { modes([$0]) } == ["sfu 2"])
        #expect(server(frame)["url"] as? String == "wss://media.example/janus")
        #expect(server(frame)["room"] as? String == "th-s-1-2")
        #expect(server(frame)["token"] as? String == "token of p-1")
        #expect(server(frame)["feed"] as? String == "p-1")
        #expect(server(board.taken(fifth).last)["token"] as? String == "token of p-5")
        // Nobody has a direct link any more, and an offer over an old one goes nowhere.
        board.say(four[0], #"{"t":"join","q":1}"#)
        let snapshot = board.taken(four[0]).last
        let people = snapshot?.body["participants"] as? [[String: Any]] ?? []
        #expect(people.count == 5 && people.allSatisfy { $0["link"] == nil })
        let shown = snapshot?.body["topology"] as? [String: Any]
        #expect((shown?["server"] as? [String: Any])?["token"] as? String == "token of p-1")
        board.say(
            four[0],
            #"{"t":"desc","b":{"to":"p-2","link":1,"n":1,"kind":"offer","sdp":"x"}}"#
        )
        #expect(board.taken(four[0]).last?.code == "no_peer")
    }

    @Test func `who comes later gets its own way into the room`() {
        var board = Switchboard(hasConference: true)
        _ = fill(&board, 5)
        makeRoom(&board, room)
        let sixth = enter(&board, 6)
        let snapshot = board.taken(sixth).last { $0.type == "snapshot" }
        let shown = snapshot?.body["topology"] as? [String: Any]
        #expect(shown?["mode"] as? String == "sfu")
        #expect(shown?["server"] == nil)
        let wish = board.exchange.conferences.first
        #expect(wish?.room == room)
        #expect(wish?.lacking == [ParticipantID(trusted: "p-6")])
        let tokens = tokens(wish?.lacking ?? [])
        board.perform { exchange, now, effects in
            exchange.conferenceAdmits(
                tokens,
                to: room,
                of: session,
                at: now,
                into: &effects
            )
        }
        let frame = board.taken(sixth).last
        #expect(server(frame)["token"] as? String == "token of p-6")
        #expect(board.exchange.conferences.first?.lacking.isEmpty == true)
    }

    @Test func `at four everybody stays at the server, at three all are linked directly again`() {
        var board = Switchboard(hasConference: true)
        let sockets = fill(&board, 5)
        makeRoom(&board, room)
        for socket in sockets { _ = board.taken(socket) }
        board.say(sockets[4], #"{"t":"leave"}"#)
        #expect(modes(board.taken(sockets[0])) == [])
        #expect(board.exchange.conferences.first?.participants.count == 4)
        board.say(sockets[3], #"{"t":"leave"}"#)
        let told = board.taken(sockets[0])
        #expect(told.map(\.type) == ["peer.down", "peer.down", "topology", "snapshot"].suffix(3))
        #expect(modes(told) == ["mesh 3"])
        let people = told.last?.body["participants"] as? [[String: Any]] ?? []
        #expect(people.count == 3 && people.count { $0["link"] != nil } == 2)
        #expect(board.exchange.conferences.isEmpty)
        #expect(board.exchange.session(session)?.state == .live)
    }

    @Test func `when the server is lost media flow directly, and a new room is a new generation`() {
        var board = Switchboard(hasConference: true)
        let sockets = fill(&board, 5)
        makeRoom(&board, room)
        for socket in sockets { _ = board.taken(socket) }
        board.perform { exchange, now, effects in
            exchange.conferenceLost(room, of: session, at: now, into: &effects)
        }
        let told = board.taken(sockets[0])
        #expect(modes(told) == ["mesh 3"])
        #expect(told.map(\.type) == ["topology", "snapshot"])
        #expect(board.exchange.conferences.first?.room == nil)
        makeRoom(&board, ConferenceRoom(name: "th-s-1-4", url: room.url))
        #expect(modes(board.taken(sockets[0])) == ["sfu 4"])
        // A server that forgot its rooms and answers again: straight into another room.
        makeRoom(&board, ConferenceRoom(name: "th-s-1-5", url: room.url))
        #expect(modes(board.taken(sockets[0])) == ["sfu 5"])
        // What is said of a room that is no longer the session's changes nothing.
        board.perform { exchange, now, effects in
            exchange.conferenceLost(room, of: session, at: now, into: &effects)
        }
        #expect(board.taken(sockets[0]).isEmpty)
    }

    @Test func `a room that stands too late is not entered`() {
        var board = Switchboard(hasConference: true)
        let sockets = fill(&board, 5)
        board.say(sockets[4], #"{"t":"leave"}"#)
        board.say(sockets[3], #"{"t":"leave"}"#)
        _ = board.taken(sockets[0])
        board.perform { exchange, now, effects in
            exchange.conferenceReady(room, for: session, tokens: [:], at: now, into: &effects)
        }
        #expect(board.taken(sockets[0]).isEmpty)
    }

    @Test func `a link that fails three times in a minute moves two ends to the server`() {
        var board = Switchboard(hasConference: true)
        let (clinic, doctor, link) = board.consult()
        func fail(_ q: Int) {
            board.say(clinic, #"{"t":"link.fail","q":\#(q),"b":{"link":\#(link),"why":"ice"}}"#)
        }
        for q in 1...2 { fail(q) }
        keepAlive(&board, [clinic, doctor], .seconds(60))
        fail(3)
        #expect(board.exchange.conferences.isEmpty)
        for q in 4...5 { fail(q) }
        #expect(board.exchange.conferences.first?.participants.count == 2)
        makeRoom(&board, room)
        #expect(modes(board.taken(doctor)) == ["sfu 2"])
        // Ten minutes later they are linked directly again.
        keepAlive(&board, [clinic, doctor], .seconds(599))
        #expect(modes(board.taken(doctor)) == [])
        keepAlive(&board, [clinic, doctor], .seconds(1))
        #expect(modes(board.taken(doctor)) == ["p2p 3"])
    }

    @Test func `a failure of one's link to the server asks the server, not another end`() {
        var board = Switchboard(hasConference: true)
        let sockets = fill(&board, 5)
        makeRoom(&board, room)
        let link = server(board.taken(sockets[0]).last)["link"] as? Int ?? 0
        for socket in sockets { _ = board.taken(socket) }
        _ = board.takenEvents()
        for q in 1...3 {
            board.say(
                sockets[0],
                #"{"t":"link.fail","q":\#(q),"b":{"link":\#(link),"why":"ice"}}"#
            )
        }
        #expect(board.takenEvents().contains(.conferenceChanged))
        let notice = board.taken(sockets[1])
        #expect(notice.map(\.type) == ["notice"])
        #expect(notice.first?["what"] == "degrade" && notice.first?["level"] == "audio")
        #expect(notice.first?["participant"] == "p-1" && notice.first?["why"] == "link")
    }

    @Test func `a restart goes on in the generation, and a crash in a later one`() throws {
        var board = Switchboard()
        _ = board.consult()
        board.perform { $0.setVideo(false, of: session, at: $1, into: &$2) }
        var shelf = PlaceShelf()
        try shelf.write(&board)
        var crashed = try board.nextAfterCrash(shelf)
        var handed = try board.nextAfterDrain()
        func topology(_ board: inout Switchboard) -> [String: Any] {
            let back = board.resume("p-clinic", last: 3, sent: 0)
            board.say(back, #"{"t":"join","q":1}"#)
            let snapshot = board.taken(back).last { $0.type == "snapshot" }
            return snapshot?.body["topology"] as? [String: Any] ?? [:]
        }
        let next = topology(&handed)
        #expect(next["generation"] as? Int == 2 && next["video"] as? Bool == false)
        let later = try #require(topology(&crashed)["generation"] as? Int)
        #expect(later > 2)
    }

    // MARK: Video, presenting, quality

    @Test func `without consent to video all links begin anew, and again with it`() {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        for (isOn, generation) in [(false, 2), (true, 3)] {
            board.perform { exchange, now, effects in
                for _ in 1...2 { exchange.setVideo(isOn, of: session, at: now, into: &effects) }
            }
            let told = board.taken(clinic)
            #expect(told.map(\.type) == ["topology", "snapshot"])
            #expect(told.first?.int("generation") == generation)
            #expect(told.first?.bool("video") == isOn)
            let people = told.last?.body["participants"] as? [[String: Any]] ?? []
            #expect(people.compactMap { $0["link"] as? Int } != [link])
            #expect(board.taken(doctor).count == 2)
        }
    }

    @Test func `who presents is told to all, until it leaves`() {
        var board = Switchboard()
        let sockets = fill(&board, 3)
        var isDone: [Bool] = []
        board.perform { exchange, now, effects in
            for id in ["p-3", "nobody"] {
                let id = ParticipantID(trusted: id)
                isDone.append(exchange.present(id, in: session, at: now, into: &effects))
            }
        }
        #expect(isDone == [true, false])
        #expect(board.taken(sockets[0]).compactMap { $0["presenter"] } == ["p-3"])
        board.say(sockets[2], #"{"t":"leave"}"#)
        let last = board.taken(sockets[0]).last
        #expect(last?.type == "topology" && last?["presenter"] == nil)
    }

    @Test func `a poor path is told to all, and stands in the snapshot until it is good`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        func report(_ body: String) { board.say(clinic, #"{"t":"quality","b":\#(body)}"#) }
        report(#"{"rttMs":100,"lossPercent":20}"#)
        #expect(board.taken(doctor).isEmpty)
        report(#"{"rttMs":100,"lossPercent":20}"#)
        let notice = board.taken(doctor).last
        #expect(notice?["what"] == "degrade" && notice?["level"] == "audio")
        #expect(notice?["participant"] == "p-clinic" && notice?["why"] == "quality")
        #expect(board.taken(clinic).map(\.type) == ["notice"])
        board.say(doctor, #"{"t":"join","q":1}"#)
        let people =
            board.taken(doctor).last?.body["participants"] as? [[String: Any]] ?? []
        #expect(people.map { $0["level"] as? String } == ["audio", nil])
        report(#"{"level":"text"}"#)
        #expect(board.taken(doctor).last?["why"] == "asked")
        report(#"{"level":"everything"}"#)
        #expect(board.taken(clinic).last?.code == "bad_message")
    }

    @Test func `a consult by sound begins so at the clinic's end, and a step up is tried seldom`() {
        let record = Switchboard.record(beginningWith: .audio)
        var board = Switchboard()
        let clinic = board.enter(Switchboard.place(.clinic, "p-clinic", in: record))
        let doctor = board.enter(Switchboard.place(.doctor, "p-doctor", in: record))
        for socket in [clinic, doctor] {
            board.say(socket, #"{"t":"join","q":1}"#)
            let snapshot = board.taken(socket).last { $0.type == "snapshot" }
            let people = snapshot?.body["participants"] as? [[String: Any]] ?? []
            let level = people.first { $0["participant"] as? String == "p-clinic" }?["level"]
            #expect(level as? String == "audio")
            #expect(people.count { $0["level"] != nil } == 1, "the doctor's end is not limited")
        }
        // A person's wish for video does not change what the link carries.
        board.say(clinic, #"{"t":"quality","b":{"level":"video","rttMs":50,"lossPercent":0}}"#)
        #expect(board.taken(doctor).allSatisfy { $0["what"] != "degrade" })
        // A thin line has its own first reports in order; four minutes of them are a reason to try.
        keepAlive(&board, [clinic, doctor], .seconds(239))
        _ = board.taken(doctor)
        board.say(clinic, #"{"t":"quality","b":{"rttMs":50,"lossPercent":0}}"#)
        #expect(board.taken(doctor).allSatisfy { $0["what"] != "degrade" })
        keepAlive(&board, [clinic, doctor], .seconds(1))
        board.say(clinic, #"{"t":"quality","b":{"rttMs":50,"lossPercent":0}}"#)
        let notice = board.taken(doctor).last
        #expect(notice?["level"] == "video" && notice?["why"] == "recovered")
    }

    private func keepAlive(
        _ board: inout Switchboard,
        _ sockets: [SocketID],
        _ span: Duration
    ) {
        let end = board.now + span
        while board.now < end {
            board.wait(min(.seconds(20), end - board.now))
            for socket in sockets {
                let last = board.frames[socket]?.compactMap(\.q).max()
                let body = last.map { #","a":\#($0)"# } ?? ""
                board.say(socket, #"{"t":"heartbeat"\#(body)}"#)
            }
        }
    }
}
