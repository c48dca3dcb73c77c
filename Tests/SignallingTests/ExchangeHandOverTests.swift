import Foundation
import Signalling
import Testing
import Vocabulary

/// A server that goes down in order, and the next one.
@Suite struct ExchangeHandOverTests {
    @Test func `every person is told when to come back, those in a consult first`() throws {
        var board = Switchboard()
        let desk = board.enter(Switchboard.desk("dk-1", .nation))
        let stranger = board.open()
        let (clinic, doctor, _) = board.consult()
        _ = board.taken(desk)
        board.perform { $0.drain(at: $1, into: &$2) }
        let waits = try [clinic, doctor, desk].map { socket in
            let move = try #require(board.taken(socket).last { $0.type == "move" })
            #expect(move.bool("resume") == true)
            return try #require(move.int("afterMs"))
        }
        #expect(waits == waits.sorted() && Set(waits).count == 3)
        #expect(board.taken(stranger).isEmpty)
        #expect(board.closes.values.allSatisfy { $0 == .drain } && board.closes.count == 4)
    }

    @Test func `what was under way arrives on the next server, once`() throws {
        var board = Switchboard()
        let (clinic, doctor, link) = board.consult()
        let token = token(of: "p-doctor", &board)
        board.drop(doctor)
        board.say(clinic, offer(link, q: 1))
        var next = try handOver(&board, after: .seconds(5))
        let back = next.open()
        next.say(back, #"{"t":"resume","b":{"token":"\#(token)","last":1,"sent":0}}"#)
        let frames = next.taken(back)
        #expect(frames.first?.type == "resumed")
        #expect(frames.first?.bool("gap") == false)
        #expect(frames.filter { $0.type == "desc" }.count == 1)
        #expect(frames.compactMap(\.q) == Array(2...(frames.compactMap(\.q).count + 1)))
    }

    @Test func `a place is kept for 120 seconds and no longer`() throws {
        for (seconds, isThere) in [(119.999, true), (120, false)] {
            var board = Switchboard()
            _ = board.consult()
            let token = token(of: "p-doctor", &board)
            var next = try handOver(&board, after: .seconds(seconds))
            let back = next.open()
            next.say(back, #"{"t":"resume","b":{"token":"\#(token)","last":1,"sent":0}}"#)
            #expect(next.taken(back).first?.type == (isThere ? "resumed" : "err"), "\(seconds)")
        }
    }

    @Test func `a request that nobody will answer any more is refused and may come again`() throws {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        let token = token(of: "p-clinic", &board)
        let request = #"{"t":"alarm.ack","id":"x1","q":1,"b":{"alarm":"al-1"}}"#
        board.say(clinic, request)
        var next = try handOver(&board, after: .seconds(1))
        let back = next.open()
        next.say(back, #"{"t":"resume","b":{"token":"\#(token)","last":0,"sent":1}}"#)
        #expect(next.taken(back).contains { $0.type == "err" && $0.re == "x1" })
        next.events = []
        next.say(back, #"{"t":"alarm.ack","id":"x1","q":2,"b":{"alarm":"al-1"}}"#)
        let isAsked = next.takenEvents().contains {
            if case .alarmAcknowledged = $0 { true } else { false }
        }
        #expect(isAsked)
    }

    @Test func `a session that ended meanwhile is not entered again`() throws {
        var board = Switchboard()
        _ = board.consult()
        let token = token(of: "p-doctor", &board)
        var next = try handOver(&board, after: .seconds(1), isOpen: false)
        let back = next.open()
        next.say(back, #"{"t":"resume","b":{"token":"\#(token)","last":1,"sent":0}}"#)
        #expect(next.taken(back).first?.code == "resume_unknown")
        #expect(next.closes[back] == .resumeFailed)
    }

    private func offer(_ link: Int, q: Int) -> String {
        #"{"t":"desc","q":\#(q),"b":{"to":"p-doctor","link":\#(link),"n":1,"kind":"offer","sdp":"v=0"}}"#
    }

    /// The token that the participant was given with its welcome.
    private func token(of participant: String, _ board: inout Switchboard) -> String {
        board.tokens[participant] ?? ""
    }

    /// Lets the server go down and another one start, through the stored form.
    private func handOver(
        _ board: inout Switchboard,
        after pause: Duration,
        isOpen: Bool = true
    ) throws -> Switchboard {
        let open = board.exchange.session(Switchboard.record.id)
        board.perform { $0.drain(at: $1, into: &$2) }
        let record = board.exchange.takeRecord(at: board.now)
        let stored = try JSONEncoder().encode(record)
        let read = try JSONDecoder().decode(ExchangeRecord.self, from: stored)
        var next = Switchboard()
        next.now = board.now + pause
        let session = try #require(open)
        let sessions = isOpen ? [session] : []
        next.perform { exchange, now, _ in
            exchange.restore(sessions, at: now)
            exchange.restore(read, at: now)
        }
        return next
    }
}
