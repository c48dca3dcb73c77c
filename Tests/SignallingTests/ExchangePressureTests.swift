import Signalling
import Testing
import Vocabulary

/// What a participant keeps when much is asked, and what comes first when its socket is slow.
@Suite struct ExchangePressureTests {
    @Test func `ten minutes at the permitted rate keep every answer`() {
        var board = Switchboard()
        let socket = board.enter(Switchboard.desk("dk-1", .nation))
        let other = board.enter(Switchboard.place(.clinic, "p-clinic"))
        board.say(other, #"{"t":"join","id":"first"}"#)
        _ = board.taken(socket)
        _ = board.taken(other)
        // The burst, then twenty a second until the first is ten minutes old.
        for number in 0..<59 { board.say(socket, ask(number)) }
        for number in 59..<12_050 {
            board.now = board.now + .milliseconds(50)
            board.say(socket, ask(number))
        }
        #expect(board.closes[socket] == nil)
        #expect(board.exchange.statistics.answers == 12_051)
        board.frames = [:]
        // The whole of the answers is there: the first request is still answered as it was.
        board.say(other, #"{"t":"join","id":"first"}"#)
        #expect(board.taken(other).map(\.type) == ["ok"])
        board.now = board.now + .seconds(1)
        board.say(other, #"{"t":"join","id":"first"}"#)
        #expect(board.taken(other).map(\.type) == ["snapshot", "ok"])
    }

    @Test func `when all logs are full, a busy one gives up its own answers and no other's`() {
        var limits = ExchangeLimits()
        limits.answers = 300
        limits.messagesPerSecond = 1_000
        limits.burst = 2_000
        var board = Switchboard(limits)
        let quiet = board.enter(Switchboard.place(.clinic, "p-clinic"))
        board.say(quiet, #"{"t":"join","id":"first"}"#)
        let busy = board.enter(Switchboard.desk("dk-1", .nation))
        for number in 0..<1_000 { board.say(busy, ask(number)) }
        #expect(board.exchange.statistics.answers <= 600)
        #expect(board.exchange.statistics.answers >= 300)
        board.frames = [:]
        board.say(quiet, #"{"t":"join","id":"first"}"#)
        #expect(board.taken(quiet).map(\.type) == ["ok"])
        board.say(busy, #"{"t":"leave","id":"bye"}"#)
        #expect(board.exchange.statistics.answers == 1)
    }

    @Test func `to a slow socket an alarm goes before what was told earlier, without a hole`() {
        var board = Switchboard()
        let desk = board.enter(Switchboard.desk("dk-1", .nation))
        board.perform { $0.queued(desk, bytes: 40_000, at: $1, into: &$2) }
        for number in 1...3 { tell(&board, .booking, "b-\(number)") }
        tell(&board, .alarm, "a-1")
        #expect(board.taken(desk).filter { $0.q != nil }.map(\.type) == ["alarm"])
        board.perform { $0.queued(desk, bytes: 0, at: $1, into: &$2) }
        let later = board.taken(desk)
        #expect(later.map(\.type) == ["booking", "booking", "booking"])
        #expect(later.compactMap { $0["id"] } == ["b-1", "b-2", "b-3"])
        #expect(later.compactMap(\.q) == [2, 3, 4])
        tell(&board, .booking, "b-4")
        #expect(board.taken(desk).map(\.q) == [5])
    }

    @Test func `sixty-four messages wait for a slow socket, then they go`() {
        var board = Switchboard()
        let desk = board.enter(Switchboard.desk("dk-1", .nation))
        board.perform { $0.queued(desk, bytes: 40_000, at: $1, into: &$2) }
        _ = board.taken(desk)
        for number in 1...64 { tell(&board, .booking, "b-\(number)") }
        #expect(board.taken(desk).isEmpty)
        tell(&board, .booking, "b-65")
        #expect(board.taken(desk).compactMap(\.q) == Array(1...65))
    }

    @Test func `what waited for a slow socket is there after a resume, in order`() throws {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        board.perform { $0.queued(doctor, bytes: 40_000, at: $1, into: &$2) }
        board.say(clinic, Switchboard.offer(link, q: 1))
        board.say(clinic, Switchboard.candidate(link, q: 2))
        #expect(board.taken(doctor).isEmpty)
        board.drop(doctor)
        let back = board.resume("p-doctor", last: 1, sent: 0)
        let frames = board.taken(back)
        #expect(frames.first?.bool("gap") == false)
        #expect(frames.dropFirst().map(\.type) == ["desc", "cand"])
        #expect(frames.dropFirst().compactMap(\.q) == [2, 3])
    }

    @Test func `what waits for a slow socket is not lost when another takes over`() throws {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        board.perform { $0.queued(doctor, bytes: 40_000, at: $1, into: &$2) }
        board.say(clinic, Switchboard.offer(link, q: 1))
        let back = board.resume("p-doctor", last: 1, sent: 0)
        #expect(board.taken(back).map(\.type) == ["resumed", "desc"])
    }

    private func ask(_ number: Int) -> String { #"{"t":"heartbeat","id":"r\#(number)"}"# }

    private func tell(_ board: inout Switchboard, _ type: MessageType, _ id: String) {
        board.perform {
            let body = Array(#"{"id":"\#(id)"}"#.utf8)
            $0.tell([.desk(.nation)], type, body: body, at: $1, into: &$2)
        }
    }
}
