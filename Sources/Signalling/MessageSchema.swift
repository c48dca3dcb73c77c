import Wire

/// The published JSON Schema (2020-12) of `telehealth.v1`.
///
/// `$defs/toServer` and `$defs/toClient` are what either side may say; each message of them is a
/// definition of its own, such as `toServer.link.fail`.
public func messageSchema() -> String {
    var writer = JSONWriter(capacity: 32_768)
    writer.object { writer in
        writer.member("$schema", "https://json-schema.org/draft/2020-12/schema")
        writer.member("$id", "urn:telehealth:telehealth.v1")
        writer.member("title", "telehealth.v1: one message of the WebSocket, in either direction")
        writer.references("anyOf", ["toServer", "toClient"])
        writer.key("$defs")
        writer.object { writer in
            for side in Side.allCases {
                let types = MessageType.allCases.filter { side.body(of: $0) != nil }
                writer.key(side.rawValue)
                writer.object { writer in
                    writer.references("oneOf", types.map { "\(side.rawValue).\($0.text)" })
                }
                for type in types { writer.definition(of: type, from: side) }
            }
        }
    }
    return writer.text
}

/// Who is spoken to.
private enum Side: String, CaseIterable {
    case toServer
    case toClient

    func body(of type: MessageType) -> MessageForm? {
        switch self {
        case .toServer: type.bodyToServer
        case .toClient: type.bodyToClient
        }
    }
}

extension MessageType {
    /// The text of `t` as a string.
    public var text: String { name.withUTF8Buffer { unsafe String(decoding: $0, as: UTF8.self) } }

    /// The members of the envelope with this body.
    ///
    /// What the first frames and the volatile lane carry has no number.
    fileprivate func envelope(_ body: MessageForm, from side: Side) -> [(String, Bool)] {
        let isNumbered = lane == .reliable
        let needsBody: Bool =
            if case .object(let members, _) = body {
                members.contains { $0.isRequired }
            } else {
                false
            }
        switch side {
        case .toServer:
            return [("t", true), ("id", false), ("b", needsBody)]
                + (isNumbered ? [("q", false)] : []) + [("a", false)]
        case .toClient:
            return [("t", true), ("re", self == .ok), ("b", needsBody)]
                + (isNumbered ? [("q", false)] : []) + [("a", false)]
        }
    }
}

extension JSONWriter {
    fileprivate mutating func references(_ keyword: String, _ names: [String]) {
        key(keyword)
        array { writer in
            for name in names { writer.object { $0.member("$ref", "#/$defs/\(name)") } }
        }
    }

    fileprivate mutating func definition(of type: MessageType, from side: Side) {
        guard let body = side.body(of: type) else { return }
        let members = type.envelope(body, from: side)
        key("\(side.rawValue).\(type.text)")
        object { writer in
            writer.member("type", "object")
            writer.key("properties")
            writer.object { writer in
                for (name, _) in members { writer.envelopeMember(name, type, body) }
            }
            writer.key("required")
            writer.array { writer in
                for (name, isRequired) in members where isRequired { writer.value(name) }
            }
            writer.key("additionalProperties")
            writer.value(false)
        }
    }

    private mutating func envelopeMember(
        _ name: String,
        _ type: MessageType,
        _ body: MessageForm
    ) {
        key(name)
        switch name {
        case "t": object { $0.member("const", type.text) }
        case "b": body.write(to: &self)
        case "q": MessageForm.count(from: 1).write(to: &self)
        case "a": MessageForm.count(from: 0).write(to: &self)
        default:
            object { writer in
                writer.member("type", "string")
                writer.key("minLength")
                writer.value(1)
                writer.key("maxLength")
                writer.value(Envelope.idLimit)
            }
        }
    }
}
