import Signalling
import Testing
import Vocabulary

@Suite struct ExchangeOpeningTests {
    @Test func `a ticket opens the session once`() throws {
        var board = Switchboard()
        let ticket = board.ticket(Switchboard.place(.clinic, "p-1"))
        let first = board.open()
        board.say(first, #"{"t":"hello","b":{"ticket":"\#(ticket)","device":"x","features":[]}}"#)
        let frames = board.taken(first)
        #expect(frames.map(\.type) == ["welcome", "snapshot", "lobby"])
        #expect(frames[0].q == nil)
        #expect(frames[0]["participant"] == "p-1")
        #expect(frames[0]["scope"] == "session")
        #expect(frames[0].int("heartbeatSeconds") == 20)
        #expect(frames[1].q == 1)
        let second = board.open()
        board.say(second, #"{"t":"hello","b":{"ticket":"\#(ticket)"}}"#)
        #expect(board.taken(second).first?.code == "auth_failed")
        #expect(board.closes[second] == .authFailed)
        #expect(board.closes[first] == nil)
    }

    @Test func `a ticket lives sixty seconds and no longer`() {
        for (seconds, isGood) in [(59.999, true), (60, false)] {
            var board = Switchboard()
            let ticket = board.ticket(Switchboard.place(.clinic, "p-1"))
            board.wait(.seconds(seconds))
            let socket = board.open()
            board.say(socket, #"{"t":"hello","b":{"ticket":"\#(ticket)"}}"#)
            let first = board.taken(socket).first
            #expect(first?.type == (isGood ? "welcome" : "err"))
            #expect(first?.code == (isGood ? nil : "ticket_expired"))
            #expect(board.closes[socket] == (isGood ? nil : .authFailed))
        }
    }

    @Test func `a socket with a good ticket or token is no stranger, and no other is`() throws {
        var board = Switchboard()
        let bad = board.open()
        board.say(bad, #"{"t":"hello","b":{"ticket":"wrong"}}"#)
        #expect(board.authenticated.isEmpty)
        let first = board.enter(Switchboard.place(.clinic, "p-1"))
        #expect(board.authenticated == [first])
        let token = try #require(board.tokens["p-1"])
        board.drop(first)
        let second = board.open()
        board.say(second, #"{"t":"resume","b":{"token":"\#(token)","last":1,"sent":0}}"#)
        #expect(board.authenticated == [first, second])
    }

    @Test func `a socket that says nothing for five seconds is closed`() {
        var board = Switchboard()
        let socket = board.open()
        board.wait(.milliseconds(4_999))
        #expect(board.closes[socket] == nil)
        board.wait(.milliseconds(1))
        #expect(board.closes[socket] == .timeOut)
        #expect(board.exchange.statistics.sockets == 0)
    }

    @Test func `nothing but hello or resume opens`() {
        for text in [
            #"{"t":"join"}"#, #"{"t":"hello"}"#, #"{"t":"hello","b":{"ticket":7}}"#,
            #"{"t":"resume","b":{"token":"x"}}"#, #"{"t":"welcome"}"#, #"{"t":"nonsense"}"#,
            "[]", "", "{", "{\"t\":\"hello\"} x",
        ] {
            var board = Switchboard()
            let socket = board.open()
            board.say(socket, text)
            #expect(board.taken(socket).map(\.type) == ["err"], "\(text)")
            #expect(board.closes[socket] != nil, "\(text)")
            #expect(board.exchange.statistics.sockets == 0)
        }
    }

    @Test func `ten failed tickets slow an address down, and only that one`() {
        var board = Switchboard()
        for _ in 1...10 {
            let socket = board.open()
            board.say(socket, #"{"t":"hello","b":{"ticket":"guess"}}"#)
            #expect(board.closes[socket] == .authFailed)
        }
        let good = board.ticket(Switchboard.place(.clinic, "p-1"))
        let blocked = board.open()
        board.say(blocked, #"{"t":"hello","b":{"ticket":"\#(good)"}}"#)
        #expect(board.taken(blocked).first?.int("afterMs") == 1_000)
        #expect(board.closes[blocked] == .rateLimited)
        let elsewhere = board.open(address: "10.0.0.2")
        board.say(elsewhere, #"{"t":"hello","b":{"ticket":"\#(good)"}}"#)
        #expect(board.taken(elsewhere).first?.type == "welcome")
    }

    @Test func `an address holds at most fifty sockets that have not said hello`() {
        var board = Switchboard()
        let sockets = (1...50).map { _ in board.open() }
        #expect(sockets.allSatisfy { board.closes[$0] == nil })
        let oneMore = board.open()
        #expect(board.closes[oneMore] == .overload)
        let elsewhere = board.open(address: "10.0.0.2")
        #expect(board.closes[elsewhere] == nil)
        board.drop(sockets[0])
        let again = board.open()
        #expect(board.closes[again] == nil)
    }

    @Test func `an account holds at most five sockets`() {
        var board = Switchboard()
        for number in 1...6 {
            let socket = board.enter(Switchboard.desk("d-\(number)", .nation))
            #expect(board.closes[socket] == (number == 6 ? .overload : nil))
        }
    }

    @Test func `who comes again takes the place over, and peers link anew`() throws {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        let again = board.enter(Switchboard.place(.doctor, "p-doctor"))
        #expect(board.closes[doctor] == .superseded)
        let seen = board.taken(clinic)
        #expect(seen.map(\.type) == ["peer.down", "peer.up"])
        #expect(seen[0]["why"] == "rejoined")
        let fresh = try #require(seen[1].int("link"))
        #expect(fresh != link)
        #expect(seen[1].bool("polite") == false)
        #expect(board.taken(again).map(\.type) == ["welcome", "snapshot"])
    }

    @Test func `another account cannot take a place over`() {
        var board = Switchboard()
        let clinic = board.enter(Switchboard.place(.clinic, "p-1"))
        let intruder = board.enter(Switchboard.desk("p-1", .nation, user: "intruder"))
        #expect(board.closes[intruder] == .forbidden)
        #expect(board.closes[clinic] == nil)
    }

    @Test func `tickets of a session that ended open nothing`() {
        var board = Switchboard()
        let (_, _, _) = board.consult()
        let late = board.ticket(Switchboard.place(.observer, "p-late"))
        let outcome = Outcome(
            disposition: .followUp,
            sealedNote: "x",
            by: Switchboard.record.doctor,
            at: board.now
        )
        board.perform { _ = $0.conclude(Switchboard.record.id, with: outcome, at: $1, into: &$2) }
        let socket = board.open()
        board.say(socket, #"{"t":"hello","b":{"ticket":"\#(late)"}}"#)
        #expect(board.taken(socket).first?.code == "session_ended")
        #expect(board.closes[socket] == .ended)
        #expect(board.exchange.statistics.sessions == 0)
    }
}
