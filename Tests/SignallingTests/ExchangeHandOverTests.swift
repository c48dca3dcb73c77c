import Signalling
import Testing
import Vocabulary

/// A server that goes down in order, and the next one.
@Suite struct ExchangeHandOverTests {
    @Test func `every person is told where and when to come back, those in a consult first`()
        throws
    {
        var board = Switchboard()
        let desk = board.enter(Switchboard.desk("dk-1", .nation))
        let stranger = board.open()
        let (clinic, doctor, _) = board.consult()
        _ = board.taken(desk)
        board.perform { $0.drain(address: "wss://here/ws", at: $1, into: &$2) }
        let waits = try [clinic, doctor, desk].map { socket in
            let move = try #require(board.taken(socket).last { $0.type == "move" })
            #expect(move["address"] == "wss://here/ws")
            #expect(move.bool("resume") == true)
            return try #require(move.int("afterMs"))
        }
        #expect(waits == waits.sorted() && Set(waits).count == 3)
        #expect(board.taken(stranger).isEmpty)
        #expect(board.closes.values.allSatisfy { $0 == .drain } && board.closes.count == 4)
    }

    @Test func `sockets are called back at 1,000 a second, all within 30 seconds`() throws {
        #expect(ExchangeLimits().openingsPerSecond == 1_000)
        var limits = ExchangeLimits()
        limits.openingsPerSecond = 25
        for (count, within) in [(100, 4_250), (750, 30_250), (900, 30_250)] {
            var board = Switchboard(limits)
            let sockets = (0..<count).map { number in
                board.now = board.now + .milliseconds(80)
                return board.enter(
                    Switchboard.desk("dk-\(number)", .nation, user: "user-\(number)")
                )
            }
            board.perform { $0.drain(address: "wss://here/ws", at: $1, into: &$2) }
            let waits = try sockets.map { socket in
                try #require(board.taken(socket).last?.int("afterMs"))
            }
            let last = try #require(waits.max())
            #expect(last <= within && last >= within - 50, "\(count)")
        }
    }

    @Test func `what was under way arrives on the next server, once`() throws {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        board.drop(doctor)
        board.say(clinic, Switchboard.offer(link, q: 1))
        var next = try board.nextAfterDrain()
        let back = next.resume("p-doctor", last: 1, sent: 0)
        let frames = next.taken(back)
        #expect(frames.first?.type == "resumed")
        #expect(frames.first?.bool("gap") == false)
        #expect(frames.filter { $0.type == "desc" }.count == 1)
        #expect(frames.compactMap(\.q) == Array(2...(frames.compactMap(\.q).count + 1)))
        // The link goes on in its round, and what was taken is not taken again.
        let again = next.resume("p-clinic", last: 2, sent: 1)
        #expect(next.taken(again).first?.bool("gap") == false)
        _ = next.taken(back)
        next.say(again, Switchboard.offer(link, q: 1))
        #expect(next.taken(back).isEmpty)
        next.say(again, Switchboard.candidate(link, q: 2))
        #expect(next.taken(back).map(\.type) == ["cand"])
    }

    @Test func `what is told while nobody is there waits in the ring`() throws {
        var board = Switchboard()
        let desk = board.enter(Switchboard.desk("dk-1", .nation))
        _ = board.taken(desk)
        var next = try board.nextAfterDrain()
        next.perform {
            $0.tell([.desk(.nation)], .alarm, body: Array(#"{"id":"a"}"#.utf8), at: $1, into: &$2)
        }
        let back = next.resume("dk-1", last: 0, sent: 0)
        #expect(next.taken(back).map(\.type) == ["resumed", "alarm"])
    }

    @Test(arguments: [(Duration.milliseconds(119_999), true), (.seconds(120), false)])
    func `a place is handed on for 120 seconds`(pause: Duration, isThere: Bool) throws {
        var board = Switchboard()
        _ = board.consult()
        var next = try board.nextAfterDrain(pause: pause)
        let back = next.resume("p-doctor", last: 1, sent: 0)
        #expect(next.taken(back).first?.type == (isThere ? "resumed" : "err"))
    }

    @Test func `a request that nobody will answer any more is refused and may come again`() throws {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"alarm.ack","id":"x1","q":1,"b":{"alarm":"al-1"}}"#)
        var next = try board.nextAfterDrain()
        let back = next.resume("p-clinic", last: 0, sent: 1)
        #expect(next.taken(back).contains { $0.type == "err" && $0.re == "x1" })
        next.events = []
        next.say(back, #"{"t":"alarm.ack","id":"x1","q":2,"b":{"alarm":"al-1"}}"#)
        let isAsked = next.takenEvents().contains {
            if case .alarmAcknowledged = $0 { true } else { false }
        }
        #expect(isAsked)
    }

    @Test func `a request that was answered keeps its answer`() throws {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"join","id":"x","q":1}"#)
        var next = try board.nextAfterDrain()
        let back = next.resume("p-clinic", last: 4, sent: 1)
        _ = next.taken(back)
        next.say(back, #"{"t":"join","id":"x","q":2}"#)
        #expect(next.taken(back).map(\.type) == ["ok"])
    }

    @Test func `rings beyond the room for them are left out, live feeds first`() throws {
        var board = Switchboard()
        let desk = board.enter(Switchboard.desk("dk-1", .nation))
        _ = board.consult()
        board.perform {
            let body = Array(#"{"text":"\#(String(repeating: "x", count: 5_000))"}"#.utf8)
            $0.tell([.desk(.nation)], .alarm, body: body, at: $1, into: &$2)
        }
        _ = board.taken(desk)
        var next = try board.nextAfterDrain(byteLimit: 5_000)
        let back = next.resume("p-doctor", last: 1, sent: 0)
        #expect(next.taken(back).first?.bool("gap") == false)
        let late = next.resume("dk-1", last: 0, sent: 0)
        #expect(next.taken(late).first?.bool("gap") == true)
    }

    @Test func `a consult that ended meanwhile is not entered again`() throws {
        var board = Switchboard()
        _ = board.consult()
        var next = try board.nextAfterDrain(isOpen: false)
        let back = next.resume("p-doctor", last: 1, sent: 0)
        #expect(next.taken(back).first?.code == "resume_unknown")
        #expect(next.closes[back] == .resumeFailed)
    }
}
