/// The type of a message, `t` in its envelope.
///
/// Only what this server speaks is listed; anything else is answered `unknown_type`.
public enum MessageType: UInt8, Sendable, CaseIterable {
    /// Opens with a ticket.
    case hello
    /// Opens with a resume token.
    case resume
    /// Asks for a fresh snapshot, with the media that the client has.
    case join
    /// Asks, in the lobby, to be let in.
    case knock
    /// Lets somebody in.
    case admit
    /// Refuses somebody who waits.
    case deny
    /// Puts somebody back into the lobby, or pauses the consult.
    case hold
    /// Lets somebody in again, or goes on with the consult.
    case recall
    /// Offers the consult to another doctor, or answers that.
    case handover
    /// Gives a consent or takes it back.
    case consent
    /// Does something to a participant or the room.
    case mod
    /// Goes, for good.
    case leave
    /// Closes the consult; the outcome is awaited.
    case end
    /// An offer or an answer.
    case desc
    /// ICE candidates.
    case cand
    /// Media over a link failed.
    case linkFail
    /// What the path of its media is like, or how much of them it wants.
    case quality
    /// Asks for the vital signs of a patient.
    case vitalsSubscribe
    /// Wants a patient's vital signs no more.
    case vitalsUnsubscribe
    /// Acknowledges an alarm.
    case alarmAck
    /// The result of the consult.
    case outcome
    /// A sign of life and an acknowledgement.
    case heartbeat

    /// Answers `hello`.
    case welcome
    /// Answers `resume`.
    case resumed
    /// The whole state that the client should show.
    case snapshot
    /// A participant came.
    case peerUp
    /// A participant or its link changed.
    case peerState
    /// A participant went.
    case peerDown
    /// Fresh servers for the media, before those given end.
    case ice
    /// How media flow from now on.
    case topology
    /// Something that people should know.
    case notice
    /// The participant's place in the lobby.
    case lobby
    /// Who waits.
    case queue
    /// A line of text.
    case chat
    /// The server goes down: resume there, after so long.
    case move
    /// The newest vital signs.
    case vitals
    /// An alarm, whole, as it is now.
    case alarm
    /// A request, whole, as it is now.
    case request
    /// A booking, whole, as it is now.
    case booking
    /// A session, whole, as it is now.
    case session
    /// The request was done.
    case ok
    /// The request was refused.
    case err

    /// Who sends it.
    public enum Direction: String, Sendable {
        /// The client to the server.
        case toServer
        /// The server to the client.
        case toClient
        /// Both.
        case both
    }

    /// How it is delivered.
    public enum Lane: String, Sendable {
        /// Outside the lanes: the first frames of a socket.
        case opening
        /// Numbered, acknowledged, repeated after a resume.
        case reliable
        /// At most once.
        case volatile
    }

    /// The text of `t`.
    public var name: StaticString {
        switch self {
        case .hello: "hello"
        case .resume: "resume"
        case .join: "join"
        case .knock: "knock"
        case .admit: "admit"
        case .deny: "deny"
        case .hold: "hold"
        case .recall: "recall"
        case .handover: "handover"
        case .consent: "consent"
        case .mod: "mod"
        case .leave: "leave"
        case .end: "end"
        case .desc: "desc"
        case .cand: "cand"
        case .linkFail: "link.fail"
        case .quality: "quality"
        case .vitalsSubscribe: "vitals.subscribe"
        case .vitalsUnsubscribe: "vitals.unsubscribe"
        case .alarmAck: "alarm.ack"
        case .outcome: "outcome"
        case .heartbeat: "heartbeat"
        case .welcome: "welcome"
        case .resumed: "resumed"
        case .snapshot: "snapshot"
        case .peerUp: "peer.up"
        case .peerState: "peer.state"
        case .peerDown: "peer.down"
        case .ice: "ice"
        case .topology: "topology"
        case .notice: "notice"
        case .lobby: "lobby"
        case .queue: "queue"
        case .chat: "chat"
        case .move: "move"
        case .vitals: "vitals"
        case .alarm: "alarm"
        case .request: "request"
        case .booking: "booking"
        case .session: "session"
        case .ok: "ok"
        case .err: "err"
        }
    }

    /// Who sends it.
    public var direction: Direction {
        switch self {
        case .hello, .resume, .join, .leave, .end, .linkFail, .quality, .vitalsSubscribe,
            .alarmAck, .outcome, .knock, .admit, .deny, .hold, .recall, .handover, .consent, .mod,
            .vitalsUnsubscribe:
            .toServer
        case .desc, .cand, .heartbeat, .chat: .both
        case .welcome, .resumed, .snapshot, .peerUp, .peerState, .peerDown, .ice, .topology,
            .notice, .lobby, .queue, .move, .vitals, .alarm, .request, .booking, .session, .ok,
            .err:
            .toClient
        }
    }

    /// How it is delivered.
    public var lane: Lane {
        switch self {
        case .hello, .resume, .welcome, .resumed: .opening
        case .vitals, .heartbeat, .move: .volatile
        case .join, .leave, .end, .desc, .cand, .linkFail, .quality, .vitalsSubscribe, .alarmAck,
            .outcome,
            .knock, .admit, .deny, .hold, .recall, .handover, .consent, .mod, .chat,
            .vitalsUnsubscribe, .lobby, .queue,
            .snapshot, .peerUp, .peerState, .peerDown, .ice, .topology, .notice, .alarm, .request,
            .booking,
            .session, .ok, .err:
            .reliable
        }
    }
}
