public import Vocabulary
import Wire

/// What one end of a consult wants done, or wants known.
public enum ConsultEffect: Sendable, Equatable {
    /// Send the frame.
    case send([UInt8])
    /// The other end is in the room, and this end knows it.
    case metOther
    /// The doctor's outcome was accepted.
    case outcomeAccepted
    /// Something arrived from the other end or the devices.
    case received(ConsultTraffic)
    /// The server refused something, or broke its own rules.
    case fault(String)
}

/// What is counted in a room.
public enum ConsultTraffic: Sendable, Equatable {
    /// A session description.
    case description
    /// Candidates of one message.
    case candidates
    /// Vital signs.
    case vitals
}

/// One end of a consult on its socket: enters, meets the other, negotiates, watches the vitals, leaves.
///
/// A pure machine: frames in, frames out. Its negotiation is the real one (offer, answer,
/// candidates, the impolite side begins) over descriptions that are made up.
public struct ConsultEnd: Sendable {
    private enum State {
        /// `hello` is under way.
        case greeting
        /// In the room; the other is not there.
        case alone
        /// Both are there.
        case together
        /// The doctor's outcome is under way, as the request of that id.
        case concluding(String)
        /// The outcome was accepted, or this end has left.
        case over
    }

    /// Where the other end is reached.
    private struct Other {
        let participant: String
        let link: Int
        let isPolite: Bool
    }

    private var line = SignallingLine()
    private var state = State.greeting
    private var other: Other?
    private var negotiation = 0
    private let role: String
    private let patient: PatientID

    /// An end in the role `doctor` or `clinic` of a consult about the patient.
    public init(role: String, patient: PatientID) {
        self.role = role
        self.patient = patient
    }

    /// Whether both are in the room.
    public var isTogether: Bool {
        if case .together = state { true } else { false }
    }

    /// The socket is open: greets with the ticket.
    public func opened(ticket: String) -> [ConsultEffect] {
        [.send(line.hello(ticket: ticket))]
    }

    /// Acknowledges when something is owed; call it every second or so.
    public mutating func beat() -> [ConsultEffect] {
        [.send(line.heartbeat())]
    }

    /// The doctor gives the outcome.
    public mutating func conclude(note: String, disposition: String) -> [ConsultEffect] {
        let (id, frame) = line.request("outcome") { body in
            body.key("disposition")
            body.value(disposition)
            body.key("note")
            body.value(note)
        }
        state = .concluding(id)
        return [.send(frame)]
    }

    /// Leaves the room.
    public mutating func leave() -> [ConsultEffect] {
        state = .over
        return [
            .send(
                line.request("leave") { body in
                    body.key("reason")
                    body.value("done")
                }.frame
            )
        ]
    }

    /// A frame arrived.
    public mutating func receive(_ frame: [UInt8]) -> [ConsultEffect] {
        var effects: [ConsultEffect]
        switch line.receive(frame) {
        case .message(let type, let body): effects = take(type, body)
        case .answer(let id, let isOK, let body): effects = take(answer: id, isOK, body)
        case .duplicate: effects = []
        case .broken(let why): effects = [.fault(why)]
        }
        if line.owesAcknowledgement { effects.append(.send(line.heartbeat())) }
        return effects
    }

    private mutating func take(_ type: String, _ body: JSONValue) -> [ConsultEffect] {
        switch type {
        case "welcome":
            state = .alone
            let frame = line.request("vitals.subscribe") { [patient] body in
                body.key("patient")
                body.value(patient.rawValue)
            }.frame
            return [.send(frame)]
        case "snapshot":
            let participants = body["participants"]?.elements ?? []
            return participants.first { $0["self"]?.truth != true && isOpposite($0) }.map {
                meet($0)
            } ?? []
        case "peer.up": return isOpposite(body) ? meet(body) : []
        case "peer.down":
            if body["participant"]?.text == other?.participant { lose() }
            return []
        case "desc": return takeDescription(body)
        case "cand": return [.received(.candidates)]
        case "vitals": return [.received(.vitals)]
        case "err": return [.fault(body["code"]?.text ?? "err")]
        default: return []
        }
    }

    private mutating func take(
        answer id: String,
        _ isOK: Bool,
        _ body: JSONValue
    ) -> [ConsultEffect] {
        if case .concluding(id) = state {
            state = isOK ? .over : .together
            if isOK { return [.outcomeAccepted] }
        }
        return isOK ? [] : [.fault(body["code"]?.text ?? "err")]
    }

    private func isOpposite(_ participant: JSONValue) -> Bool {
        let isThere = participant["state"].map { $0.text != "away" && $0.text != "left" } ?? true
        return isThere && participant["role"]?.text == (role == "doctor" ? "clinic" : "doctor")
    }

    /// The other is there: begins to negotiate if this side is the impolite one.
    private mutating func meet(_ participant: JSONValue) -> [ConsultEffect] {
        guard let id = participant["participant"]?.text, let link = participant["link"]?.integer
        else { return [.fault("a participant without a link")] }
        if let other, other.participant == id, other.link == link { return [] }
        let isPolite = participant["polite"]?.truth ?? true
        other = Other(participant: id, link: link, isPolite: isPolite)
        negotiation = 0
        if case .alone = state { state = .together }
        var effects = [ConsultEffect.metOther]
        if !isPolite { effects.append(description("offer")) }
        return effects
    }

    private mutating func lose() {
        other = nil
        if case .together = state { state = .alone }
    }

    private mutating func takeDescription(_ body: JSONValue) -> [ConsultEffect] {
        guard let number = body["n"]?.integer else { return [.fault("a description without n")] }
        negotiation = max(negotiation, number)
        var effects = [ConsultEffect.received(.description)]
        if body["kind"]?.text == "offer" { effects.append(description("answer")) }
        effects.append(candidates())
        return effects
    }

    private mutating func description(_ kind: String) -> ConsultEffect {
        if kind == "offer" { negotiation += 1 }
        return addressed("desc") { [role] body in
            body.key("kind")
            body.value(kind)
            body.key("sdp")
            body.value(syntheticDescription(of: role))
        }
    }

    private mutating func candidates() -> ConsultEffect {
        addressed("cand") { body in
            body.key("candidates")
            body.array { array in
                array.object { candidate in
                    candidate.key("candidate")
                    candidate.value("candidate:1 1 udp 2122260223 192.0.2.10 49152 typ host")
                    candidate.key("sdpMid")
                    candidate.value("0")
                    candidate.key("sdpMLineIndex")
                    candidate.value(0)
                }
            }
            body.key("end")
            body.value(true)
        }
    }

    /// A message to the other end on its link.
    private mutating func addressed(
        _ type: String,
        _ members: (inout JSONWriter) -> Void
    ) -> ConsultEffect {
        let (other, negotiation) = (other, negotiation)
        return .send(
            line.request(type) { body in
                body.key("to")
                body.value(other?.participant ?? "")
                body.key("link")
                body.value(other?.link ?? 0)
                body.key("n")
                body.value(negotiation)
                members(&body)
            }.frame
        )
    }
}

/// A description of the size and form that a browser makes for sound and picture (RFC 8866).
private func syntheticDescription(of role: String) -> String {
    """
    v=0\r
    o=- 4611731400430051336 2 IN IP4 192.0.2.10\r
    s=\(role)\r
    t=0 0\r
    a=group:BUNDLE 0 1\r
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r
    c=IN IP4 0.0.0.0\r
    a=mid:0\r
    a=sendrecv\r
    a=rtpmap:111 opus/48000/2\r
    m=video 9 UDP/TLS/RTP/SAVPF 96\r
    c=IN IP4 0.0.0.0\r
    a=mid:1\r
    a=sendrecv\r
    a=rtpmap:96 VP8/90000\r

    """
}
