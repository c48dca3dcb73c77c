import Foundation
import Signalling
import Testing
import Vocabulary

/// The published schema and the code say the same.
@Suite struct MessageSchemaTests {
    @Test func `every message has a body in each direction in which it is sent`() {
        for type in MessageType.allCases {
            let (up, down) = (type.bodyToServer != nil, type.bodyToClient != nil)
            switch type.direction {
            case .toServer: #expect(up && !down, "\(type)")
            case .toClient: #expect(!up && down, "\(type)")
            case .both: #expect(up && down, "\(type)")
            }
        }
    }

    @Test func `every reference of the schema has its definition`() throws {
        let text = messageSchema()
        let schema = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let definitions = try #require(schema?["$defs"] as? [String: Any])
        for part in text.split(separator: "\"").map(String.init)
        where part.hasPrefix("#/$defs/") {
            #expect(definitions[String(part.dropFirst(8))] != nil, "\(part)")
        }
        for type in MessageType.allCases {
            let names = ["toServer.\(type.text)", "toClient.\(type.text)"]
            #expect(names.contains { definitions[$0] != nil }, "\(type)")
        }
    }

    @Test(arguments: MessageType.allCases.filter { $0.bodyToServer != nil })
    func `what a client must say is asked for, and nothing more`(_ type: MessageType) throws {
        guard case .object(let members, _) = try #require(type.bodyToServer) else { return }
        let required = members.filter(\.isRequired)
        let whole = Dictionary(uniqueKeysWithValues: required.map { ($0.name, sample($0)) })
        #expect(!isBad(type, whole), "\(type) with \(whole) was refused")
        for member in required {
            var less = whole
            less[member.name] = nil
            #expect(isBad(type, less), "\(type) without \(member.name) was taken")
        }
        for member in members {
            guard case .any = member.form else {
                var wrong = whole
                wrong[member.name] = [1]
                #expect(isBad(type, wrong), "\(type) took a list as \(member.name)")
                continue
            }
        }
    }

    /// Whether the server finds fault with the form of the message.
    private func isBad(_ type: MessageType, _ body: [String: Any]) -> Bool {
        var board = Switchboard()
        var body = body
        let socket: SocketID
        if type.lane == .opening {
            socket = board.open()
        } else {
            let (clinic, _, link) = board.consult()
            socket = clinic
            if body["to"] is String { body["to"] = "p-doctor" }
            if body["link"] is Int { body["link"] = link }
            if type == .cand { prepare(&board, clinic, link, &body) }
        }
        let data = try? JSONSerialization.data(withJSONObject: body)
        let text = String(decoding: data ?? Data(), as: UTF8.self)
        board.say(socket, #"{"t":"\#(type.text)","id":"one","b":\#(text)}"#)
        let answer = board.taken(socket).last { $0.type == "err" }
        return answer?.code == "bad_message" || answer?.code == "not_ready" && type.lane == .opening
    }

    /// Candidates need an offer before them, and say at least that there are no more.
    private func prepare(
        _ board: inout Switchboard,
        _ clinic: SocketID,
        _ link: Int,
        _ body: inout [String: Any]
    ) {
        let offer = #"{"to":"p-doctor","link":\#(link),"n":1,"kind":"offer","sdp":"v=0"}"#
        board.say(clinic, #"{"t":"desc","b":\#(offer)}"#)
        if body["candidates"] == nil, body["end"] == nil { body["end"] = true }
    }

    private func sample(_ member: MessageMember) -> Any {
        switch member.form {
        case .choice(let words): words[0]
        case .count(let least): max(1, least)
        case .truth: true
        case .list: [Any]()
        case .map, .object: [String: Any]()
        case .text, .instant, .quantity, .optionalText, .optionalCount, .any: "text"
        }
    }
}
