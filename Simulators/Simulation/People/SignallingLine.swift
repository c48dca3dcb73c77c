public import Wire

/// A client's side of one signalling socket: the envelope, the numbering, the acknowledgements.
///
/// Reliable messages carry `q` from 1 on and are taken once and in order; `a` tells the server how
/// far this side has come (signalling.md, delivery rules).
public struct SignallingLine: Sendable {
    /// What one frame from the server is.
    public enum Incoming: Sendable, Equatable {
        /// A message of this type with this body.
        case message(type: String, body: JSONValue)
        /// The answer to request `id`.
        case answer(id: String, isOK: Bool, body: JSONValue)
        /// A second copy of something taken before.
        case duplicate
        /// Not an envelope, or a hole in the numbers.
        case broken(String)
    }

    private var sent = 0
    private var taken = 0
    private var acknowledged = 0
    private var requests = 0

    /// A line on a socket that was just opened.
    public init() {}

    /// Whether the server waits for an acknowledgement: at the latest every 8 messages.
    public var owesAcknowledgement: Bool { taken - acknowledged >= 8 }

    /// Whether anything is not acknowledged yet.
    public var hasUnacknowledged: Bool { taken > acknowledged }

    /// The `hello` that must come first; it stands outside the numbering.
    public func hello(ticket: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { object in
            object.key("t")
            object.value("hello")
            object.key("b")
            object.object { body in
                body.key("ticket")
                body.value(ticket)
                body.key("device")
                body.value("telehealth-sim")
            }
        }
        return writer.bytes
    }

    /// A reliable message; returns its frame and the id under which its answer will come.
    public mutating func request(
        _ type: String,
        _ body: (inout JSONWriter) -> Void = { _ in }
    ) -> (id: String, frame: [UInt8]) {
        requests += 1
        sent += 1
        let id = "r\(requests)"
        acknowledged = taken
        var writer = JSONWriter()
        writer.object { object in
            object.key("t")
            object.value(type)
            object.key("id")
            object.value(id)
            object.key("q")
            object.value(sent)
            object.key("a")
            object.value(taken)
            object.key("b")
            object.object(body)
        }
        return (id, writer.bytes)
    }

    /// A heartbeat, which acknowledges everything taken so far.
    public mutating func heartbeat() -> [UInt8] {
        acknowledged = taken
        return Array(#"{"t":"heartbeat","a":\#(taken),"b":{"a":\#(taken)}}"#.utf8)
    }

    /// Takes one frame from the server.
    public mutating func receive(_ frame: [UInt8]) -> Incoming {
        guard let envelope = JSONValue(frame), let type = envelope["t"]?.text else {
            return .broken("not an envelope")
        }
        if let number = envelope["q"]?.integer {
            guard number > taken else { return .duplicate }
            guard number == taken + 1 else { return .broken("q \(number) after \(taken)") }
            taken = number
        }
        let body = envelope["b"] ?? .object([:])
        switch (type, envelope["re"]?.text) {
        case ("ok", let id?): return .answer(id: id, isOK: true, body: body)
        case ("err", let id?): return .answer(id: id, isOK: false, body: body)
        default: return .message(type: type, body: body)
        }
    }
}
