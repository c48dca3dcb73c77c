public import Vocabulary

/// What the exchange wants done; carried out in the order in which it stands.
public enum ExchangeEffect: Sendable {
    /// Write one text frame to a socket.
    case send(SocketID, [UInt8])
    /// Close a socket after what was written before; the exchange has forgotten it already.
    case close(SocketID, CloseCode, reason: String)
    /// The socket has shown a good ticket or token: it is no stranger of its address any more.
    case authenticated(SocketID)
    /// Something for the care loop or the authorisation.
    case event(ExchangeEvent)
}

/// What happened on the sockets that others must know or decide.
public enum ExchangeEvent: Sendable, Equatable {
    /// Somebody holds a snapshot of the session; also when the same person came anew.
    case participantJoined(SessionID, ParticipantID, ParticipantRole, at: Instant)
    /// Somebody left, or was away for 120 s.
    case participantLeft(SessionID, ParticipantID, ParticipantRole, at: Instant)
    /// The doctor and the clinic are connected, for the first time in the session.
    case bothPresent(SessionID, at: Instant)
    /// The record changed; store it.
    case sessionChanged(SessionRecord)
    /// The responsible doctor gives the result; make it durable, then `conclude` or `refuse`.
    case outcomeOffered(PendingReply, OutcomeOffer)
    /// Somebody asks for a change of a session's record; make it durable, then `amend` or
    /// `refuse`.
    case amendmentOffered(PendingReply, AmendmentOffer)
    /// A session's record has what goes without saying; store that, too.
    case presumed(SessionID, SessionStatement)
    /// Somebody writes a line; store it, then `relay` or `refuse`.
    case chatOffered(PendingReply, SessionID, ChatLine)
    /// Somebody acknowledges an alarm; `accept` or `refuse`.
    case alarmAcknowledged(PendingReply, AlarmID, by: UserID, at: Instant)
    /// Somebody asks for a patient's vital signs; answer with `subscriptionDecided`.
    case vitalsRequested(PendingReply, PatientID, by: Grant)
    /// A live feed opened or lost messages; answer with `deskSnapshot`.
    case deskOpened(ParticipantID, DeskGrant)
    /// A doctor's first socket came, or the last went; raised by whoever carries the machine.
    case doctorMoved(DoctorID, isHere: Bool)
    /// A participant lost messages and got a snapshot; tell it the patient's alarms again.
    case sessionGap(SessionID, ParticipantID)
    /// Who wants to be on the conference server changed, or an end finds fault with it; see
    /// `Exchange.conferences`.
    case conferenceChanged
    /// A ticket or a resume token was no good.
    case refused(SocketID, address: String, code: ErrorCode)
}

/// The result of a consult as the doctor gave it, not stored yet.
public struct OutcomeOffer: Sendable, Equatable {
    /// The session.
    public let session: SessionID
    /// What becomes of the patient.
    public let disposition: Disposition
    /// The note in clear text: seal it before it goes anywhere.
    public let note: String
    /// The responsible doctor.
    public let by: DoctorID
    /// When it was given.
    public let at: Instant
}

/// A request that waits for somebody else's decision.
public struct PendingReply: Hashable, Sendable {
    let seat: SeatKey
    let request: String?
    /// Its number in the reliable lane, nil when it had none.
    let sequence: Int64?
    /// Whether the whole state goes before the answer.
    var wantsState = false
}

/// Bounds of the exchange; every one can be configured.
public struct ExchangeLimits: Sendable {
    /// Sockets that have said hello.
    public var sockets = 8_000
    /// Sockets that have not said hello.
    public var strangers = 1_000
    /// Sockets of one address that have not said `hello`.
    public var unauthenticatedPerAddress = 50
    /// Sockets of one account.
    public var socketsPerPrincipal = 5
    /// Tickets that wait to be used.
    public var tickets = 20_000
    /// Messages a second on one socket.
    public var messagesPerSecond = 20
    /// Messages at once on one socket.
    public var burst = 60
    /// Openings a second, hellos and resumes, that the server takes on the whole.
    public var openingsPerSecond = 1_000
    /// Answers to requests that are kept for all participants together, from which on each has an
    /// equal share; there are never more than twice as many.
    public var answers = 500_000
    /// Messages in a participant's ring.
    public var ringMessages = 256
    /// Bytes in a participant's ring.
    public var ringBytes = 262_144
    /// Patients that one participant may follow.
    public var subscriptions = 32
    /// Unwritten bytes from which on a socket gets only the newest vital signs.
    public var slowBytes = 32_768
    /// Unwritten bytes that a socket may have for `chokeLimit`.
    public var chokeBytes = 262_144
    /// How long a socket may be choked or leave its ring full.
    public var chokeLimit = Duration.seconds(10)
    /// How long a ticket lives.
    public var ticketLife = Duration.seconds(60)
    /// Within which time a socket must say `hello`.
    public var helloLimit = Duration.seconds(5)
    /// How long a resume token lives after the socket is lost.
    public var resumeLife = SessionMachine.absenceLimit
    /// How often a sign of life goes to a socket to which nothing else does.
    public var heartbeat = Duration.seconds(20)
    /// How long a socket may be silent.
    public var silence = Duration.seconds(30)

    /// The limits of the specification.
    public init() {}
}

/// Counts since the start, and what is there now.
public struct ExchangeStatistics: Sendable, Equatable {
    /// Sockets that are open.
    public internal(set) var sockets = 0
    /// Participants with a place, away ones too.
    public internal(set) var participants = 0
    /// Sessions that are open.
    public internal(set) var sessions = 0
    /// Texts received.
    public internal(set) var received = 0
    /// Descriptions and candidates handed on.
    public internal(set) var relayed = 0
    /// Messages answered with an error.
    public internal(set) var refused = 0
    /// Texts dropped because they were repeated.
    public internal(set) var repeated = 0
    /// Values never sent because a newer one overtook them.
    public internal(set) var vitalsCoalesced = 0
    /// Resumes without a gap.
    public internal(set) var resumed = 0
    /// Resumes with a gap.
    public internal(set) var gaps = 0
    /// Answers kept for requests that may come again.
    public internal(set) var answers = 0
    /// Sockets closed because others needed the room.
    public internal(set) var shed = 0
    /// Sockets that the exchange closed for a fault of theirs.
    public internal(set) var closed = 0
}
