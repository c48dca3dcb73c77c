import Simulation
import Testing
import Vocabulary

@Suite struct ConsultEndTests {
    func frame(_ text: String) -> [UInt8] { Array(text.utf8) }

    func sent(_ effects: [ConsultEffect]) -> [JSONValue] {
        effects.compactMap { effect in
            guard case .send(let frame) = effect else { return nil }
            return JSONValue(frame)
        }
    }

    func types(_ effects: [ConsultEffect]) -> [String] {
        sent(effects).compactMap { $0["t"]?.text }
    }

    let welcome = #"{"t":"welcome","b":{"participant":"me"}}"#

    func snapshot(_ q: Int, others: String) -> [UInt8] {
        let own = #"{"participant":"me","role":"doctor","self":true}"#
        return frame(
            #"{"t":"snapshot","q":\#(q),"b":{"participants":[\#(own)\#(others)]}}"#
        )
    }

    let clinic =
        #"{"participant":"c1","role":"clinic","name":"x","polite":false,"link":4,"state":"connected"}"#

    @Test func `greets with the ticket before anything else`() {
        let end = ConsultEnd(role: "doctor", patient: PatientID(trusted: "p1"))
        let hello = sent(end.opened(ticket: "secret"))
        #expect(hello.map { $0["t"]?.text } == ["hello"])
        #expect(hello.first?["b"]?["ticket"]?.text == "secret")
        #expect(hello.first?["q"] == nil)
    }

    @Test func `who comes second meets the other in the snapshot and offers when impolite`() {
        var end = ConsultEnd(role: "doctor", patient: PatientID(trusted: "p1"))
        #expect(types(end.receive(frame(welcome))) == ["vitals.subscribe"])
        let effects = end.receive(snapshot(1, others: "," + clinic))
        #expect(effects.contains(.metOther))
        #expect(types(effects) == ["desc"])
        let offer = sent(effects).first
        #expect(offer?["b"]?["to"]?.text == "c1")
        #expect(offer?["b"]?["link"]?.integer == 4)
        #expect(offer?["b"]?["n"]?.integer == 1)
        #expect(offer?["q"]?.integer == 2)
        #expect(offer?["a"]?.integer == 1)
    }

    @Test func `who comes first meets the other when it comes, once`() {
        var end = ConsultEnd(role: "doctor", patient: PatientID(trusted: "p1"))
        _ = end.receive(frame(welcome))
        #expect(!end.receive(snapshot(1, others: "")).contains(.metOther))
        #expect(!end.isTogether)
        #expect(end.receive(frame(#"{"t":"peer.up","q":2,"b":\#(clinic)}"#)).contains(.metOther))
        #expect(end.isTogether)
        #expect(!end.receive(snapshot(3, others: "," + clinic)).contains(.metOther))
    }

    @Test func `somebody who is away or of the same role is not the other`() {
        var end = ConsultEnd(role: "doctor", patient: PatientID(trusted: "p1"))
        _ = end.receive(frame(welcome))
        let away = clinic.replacing("connected", with: "away")
        let colleague = clinic.replacing("clinic", with: "doctor")
        #expect(!end.receive(snapshot(1, others: ",\(away),\(colleague)")).contains(.metOther))
    }

    @Test func `a polite side waits, answers an offer with its number and sends candidates`() {
        var end = ConsultEnd(role: "doctor", patient: PatientID(trusted: "p1"))
        _ = end.receive(frame(welcome))
        let polite = clinic.replacing("\"polite\":false", with: "\"polite\":true")
        #expect(types(end.receive(snapshot(1, others: "," + polite))) == [])
        let offer =
            #"{"t":"desc","q":2,"b":{"from":"c1","link":4,"n":3,"kind":"offer","sdp":"v=0"}}"#
        let effects = end.receive(frame(offer))
        #expect(effects.contains(.received(.description)))
        #expect(types(effects) == ["desc", "cand"])
        #expect(sent(effects).map { $0["b"]?["n"]?.integer } == [3, 3])
        #expect(sent(effects).first?["b"]?["kind"]?.text == "answer")
    }

    @Test func `an outcome counts when it is accepted and not when it is refused`() {
        for isOK in [true, false] {
            var end = ConsultEnd(role: "doctor", patient: PatientID(trusted: "p1"))
            _ = end.receive(frame(welcome))
            _ = end.receive(snapshot(1, others: "," + clinic))
            let id = sent(end.conclude(note: "x", disposition: "treatLocally")).first?["id"]?.text
            let answer = #"{"t":"\#(isOK ? "ok" : "err")","re":"\#(id ?? "")","b":{"code":"busy"}}"#
            let effects = end.receive(frame(answer))
            #expect(effects == [isOK ? .outcomeAccepted : .fault("busy")])
            #expect(end.isTogether == !isOK)
        }
    }

    @Test func `a second copy is dropped and a hole is a fault`() {
        var end = ConsultEnd(role: "doctor", patient: PatientID(trusted: "p1"))
        _ = end.receive(frame(welcome))
        _ = end.receive(snapshot(1, others: ""))
        #expect(end.receive(snapshot(1, others: "," + clinic)).isEmpty)
        #expect(end.receive(snapshot(3, others: "")) == [.fault("q 3 after 1")])
    }

    @Test func `every eighth message at the latest is acknowledged`() {
        var end = ConsultEnd(role: "clinic", patient: PatientID(trusted: "p1"))
        var heartbeats: [Int] = []
        for number in 1...16 {
            let effects = end.receive(frame(#"{"t":"chat","q":\#(number),"b":{}}"#))
            heartbeats += sent(effects).compactMap { $0["a"]?.integer }
        }
        #expect(heartbeats == [8, 16])
    }
}

extension String {
    /// The text with every occurrence replaced, without Foundation.
    fileprivate func replacing(_ part: String, with other: String) -> String {
        var result = ""
        var rest = self[...]
        while let range = rest.firstRange(of: part) {
            result += rest[..<range.lowerBound] + other
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
