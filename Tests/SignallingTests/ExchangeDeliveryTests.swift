import Signalling
import Testing
import Vocabulary

@Suite struct ExchangeDeliveryTests {
    @Test func `a repeated number is dropped and acknowledged again`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"join","q":1}"#)
        #expect(board.taken(clinic).map(\.type) == ["snapshot"])
        board.say(clinic, #"{"t":"join","q":1}"#)
        let again = board.taken(clinic)
        #expect(again.map(\.type) == ["heartbeat"])
        #expect(again.first?.a == 1)
    }

    @Test func `a hole closes the socket`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"join","q":2}"#)
        #expect(board.taken(clinic).first?.code == "out_of_order")
        #expect(board.closes[clinic] == .badMessage)
    }

    @Test func `acknowledging what was never sent closes the socket`() {
        for text in [#"{"t":"join","a":4}"#, #"{"t":"heartbeat","b":{"a":4}}"#] {
            var board = Switchboard()
            let (clinic, _, _) = board.consult()
            board.say(clinic, #"{"t":"heartbeat","a":3}"#)
            #expect(board.closes[clinic] == nil)
            board.say(clinic, text)
            #expect(board.closes[clinic] == .badMessage)
        }
    }

    @Test func `every eighth message is acknowledged at once, the rest within a second`() {
        var board = Switchboard()
        let (clinic, _, link) = board.consult()
        board.say(clinic, Switchboard.offer(link, q: 1))
        for number in 2...7 { board.say(clinic, Switchboard.candidate(link, q: number)) }
        #expect(board.taken(clinic).isEmpty)
        board.say(clinic, Switchboard.candidate(link, q: 8))
        #expect(board.taken(clinic).first?.a == 8)
        board.say(clinic, Switchboard.candidate(link, q: 9))
        board.wait(.milliseconds(999))
        #expect(board.taken(clinic).isEmpty)
        board.wait(.milliseconds(1))
        #expect(board.taken(clinic).first?.a == 9)
    }

    @Test func `what somebody has to decide is acknowledged when it is decided`() throws {
        var board = Switchboard()
        let (clinic, _, link) = board.consult()
        board.say(clinic, Switchboard.offer(link, q: 1))
        for number in 2...3 {
            board.say(clinic, #"{"t":"alarm.ack","q":\#(number),"b":{"alarm":"a-\#(number)"}}"#)
        }
        board.say(clinic, Switchboard.candidate(link, q: 4))
        board.wait(.seconds(1))
        #expect(board.taken(clinic).last?.a == 1)
        let replies = board.takenEvents().compactMap { event in
            if case .alarmAcknowledged(let reply, _, _, _) = event { reply } else { nil }
        }
        try #require(replies.count == 2)
        board.perform { $0.accept(replies[1], at: $1, into: &$2) }
        board.wait(.seconds(1))
        #expect(board.taken(clinic).last?.a == 1)
        board.perform { $0.accept(replies[0], at: $1, into: &$2) }
        board.wait(.seconds(1))
        #expect(board.taken(clinic).last?.a == 4)
    }

    @Test func `an answer is given once for a request id and repeated for ten minutes`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"join","id":"x"}"#)
        #expect(board.taken(clinic).map(\.type) == ["snapshot", "ok"])
        board.say(clinic, #"{"t":"join","id":"x"}"#)
        #expect(board.taken(clinic).map(\.type) == ["ok"])
        for _ in 1...40 {
            board.wait(.seconds(15))
            board.say(clinic, #"{"t":"heartbeat"}"#)
        }
        _ = board.taken(clinic)
        board.say(clinic, #"{"t":"join","id":"x"}"#)
        #expect(board.taken(clinic).map(\.type) == ["snapshot", "ok"])
    }

    @Test func `an unknown type is answered and the lane goes on`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.say(clinic, #"{"t":"knock knock","id":"k","q":1}"#)
        let answer = board.taken(clinic).first
        #expect(answer?.code == "unknown_type")
        #expect(answer?.re == "k")
        board.say(clinic, #"{"t":"welcome","id":"w","q":2}"#)
        #expect(board.taken(clinic).first?.code == "bad_message")
        #expect(board.closes[clinic] == nil)
    }

    @Test func `sixty messages at once are taken and one more is not`() {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.wait(.seconds(10))
        for _ in 1...60 { board.say(clinic, #"{"t":"heartbeat"}"#) }
        #expect(board.closes[clinic] == nil)
        board.say(clinic, #"{"t":"heartbeat"}"#)
        #expect(board.closes[clinic] == .rateLimited)
    }

    @Test func `a text of 64 KiB is read and one byte more is not`() {
        for (size, close) in [(65_536, nil), (65_537, CloseCode.tooBig)] {
            var board = Switchboard()
            let (clinic, _, _) = board.consult()
            let frame = #"{"t":"join","b":{"x":""}}"#
            let filler = String(repeating: "x", count: size - frame.utf8.count)
            board.say(clinic, #"{"t":"join","b":{"x":"\#(filler)"}}"#)
            #expect(board.closes[clinic] == close)
        }
    }

    @Test func `a silent socket is closed after thirty seconds unless it answers pings`() {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.wait(.seconds(20))
        #expect(board.taken(clinic).map(\.type) == ["heartbeat"])
        board.perform { exchange, now, _ in exchange.alive(doctor, at: now) }
        board.wait(.milliseconds(9_999))
        #expect(board.closes[clinic] == nil)
        board.wait(.milliseconds(1))
        #expect(board.closes[clinic] == .timeOut)
        #expect(board.closes[doctor] == nil)
    }

    @Test func `a ring that stays full for ten seconds closes the socket`() {
        var limits = ExchangeLimits()
        limits.ringMessages = 3
        var board = Switchboard(limits)
        let (clinic, _, _) = board.consult()
        tell(&board, 2)
        board.wait(.seconds(10))
        #expect(board.closes[clinic] == .slowConsumer)

        var prompt = Switchboard(limits)
        let (reader, _, _) = prompt.consult()
        tell(&prompt, 2)
        prompt.wait(.seconds(9))
        prompt.say(reader, #"{"t":"heartbeat","a":4}"#)
        prompt.wait(.seconds(5))
        #expect(prompt.closes[reader] == nil)
    }

    // MARK: Resuming

    @Test func `who comes back gets what it missed, first the answer, then in order`() throws {
        var board = Switchboard()
        let (clinic, doctor, _) = board.consult()
        board.drop(clinic)
        #expect(board.taken(doctor).map { $0["state"] } == ["away"])
        tell(&board, 3)
        let back = board.open()
        // The clinic has its snapshot, its place and the doctor's peer.up: q 1 to 3.
        board.say(back, #"{"t":"resume","b":{"token":"token-2","last":3,"sent":0}}"#)
        let frames = board.taken(back)
        #expect(frames.map(\.type) == ["resumed", "alarm", "alarm", "alarm"])
        #expect(frames[0].bool("gap") == false)
        #expect(frames.dropFirst().map(\.q) == [4, 5, 6])
        #expect(board.taken(doctor).last?["state"] == "connected")
    }

    @Test func `a token resumes once, and again only until the new socket acknowledges`() throws {
        var board = Switchboard()
        let (clinic, _, _) = board.consult()
        board.drop(clinic)
        let first = board.open()
        board.say(first, #"{"t":"resume","b":{"token":"token-2","last":2,"sent":0}}"#)
        #expect(board.taken(first).first?.type == "resumed")
        // The answer got lost: the old token is good once more, and takes the socket over.
        let second = board.open()
        board.say(second, #"{"t":"resume","b":{"token":"token-2","last":2,"sent":0}}"#)
        let answer = try #require(board.taken(second).first)
        #expect(answer.type == "resumed")
        #expect(board.closes[first] == .superseded)
        board.say(second, #"{"t":"heartbeat","a":2}"#)
        let third = board.open()
        board.say(third, #"{"t":"resume","b":{"token":"token-2","last":2,"sent":0}}"#)
        #expect(board.taken(third).first?.code == "resume_unknown")
        #expect(board.closes[third] == .resumeFailed)
        let fourth = board.open()
        let token = try #require(answer["token"])
        board.say(fourth, #"{"t":"resume","b":{"token":"\#(token)","last":2,"sent":0}}"#)
        #expect(board.taken(fourth).first?.type == "resumed")
    }

    @Test func `a place is kept for 120 seconds and no longer`() {
        for (span, isKept) in [(119_999, true), (120_000, false)] {
            var board = Switchboard()
            let (clinic, doctor, _) = board.consult()
            board.drop(clinic)
            for _ in 1...5 {
                board.wait(.milliseconds(20_000))
                board.perform { exchange, now, _ in exchange.alive(doctor, at: now) }
            }
            board.wait(.milliseconds(span - 100_000))
            let back = board.open()
            board.say(back, #"{"t":"resume","b":{"token":"token-2","last":2,"sent":0}}"#)
            #expect(board.taken(back).first?.type == (isKept ? "resumed" : "err"))
            let downs = board.taken(doctor).filter { $0.type == "peer.down" }
            #expect(downs.map { $0["why"] } == (isKept ? [] : ["absent"]))
        }
    }

    @Test func `what the ring could not hold is a gap, then a snapshot with fresh links`() throws {
        var limits = ExchangeLimits()
        limits.ringMessages = 4
        var board = Switchboard(limits)
        let (clinic, doctor, link) = board.consult()
        board.say(clinic, #"{"t":"heartbeat","a":2}"#)
        board.drop(clinic)
        board.say(doctor, #"{"t":"heartbeat","a":2}"#)
        tell(&board, 5)
        _ = board.taken(doctor)
        let back = board.open()
        board.say(back, #"{"t":"resume","b":{"token":"token-2","last":2,"sent":0}}"#)
        let frames = board.taken(back)
        #expect(frames.map(\.type) == ["resumed", "snapshot"])
        #expect(frames[0].bool("gap") == true)
        #expect(frames[1].q == 3)
        let up = try #require(board.taken(doctor).last)
        #expect(up.type == "peer.up")
        #expect(up.int("link") != link)
        let me = ParticipantID(trusted: "p-clinic")
        #expect(board.takenEvents().contains(.sessionGap(Switchboard.record.id, me)))
    }

    @Test func `numbers that cannot be end the place, not the process`() {
        for (last, sent) in [("4", "0"), ("9223372036854775807", "9223372036854775807")] {
            var board = Switchboard()
            let (clinic, _, _) = board.consult()
            board.drop(clinic)
            let back = board.open()
            board.say(
                back,
                #"{"t":"resume","b":{"token":"token-2","last":\#(last),"sent":\#(sent)}}"#
            )
            #expect(board.taken(back).first?.code == "resume_unknown")
            #expect(board.closes[back] == .resumeFailed)
        }
    }

    private func tell(_ board: inout Switchboard, _ count: Int) {
        for _ in 0..<count {
            board.perform {
                let body = Array("{}".utf8)
                $0.tell([.session(Switchboard.record.id)], .alarm, body: body, at: $1, into: &$2)
            }
        }
    }
}
