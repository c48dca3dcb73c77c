public import Vocabulary
import Wire

/// The switchboard of all WebSockets as a pure machine.
///
/// What happens to sockets, tickets, sessions and time enters through methods; what is to be
/// done comes out as effects, appended in order to an array that the caller reuses. The machine
/// asks no clock, opens nothing and decides no permission: tickets carry their grant, and what
/// needs a decision comes out as an event and back in as an answer.
public struct Exchange: Sendable {
    /// One open socket.
    struct Connection: Sendable {
        let address: String
        var lastReceivedAt: Instant
        var rate: RateLimit
        var seat: Int?
    }

    /// Why a point in time matters.
    enum Cause: Sendable {
        /// The socket should have said `hello` by now.
        case hello(SocketID)
        /// The socket may be silent, or need a sign of life.
        case quiet(SocketID)
        /// The seat's messages must be acknowledged.
        case acknowledgement(SeatKey)
        /// The participant may have been away too long.
        case absence(SeatKey)
        /// The participant may have been choked too long.
        case choke(SeatKey)
        /// The session may have been empty too long.
        case empty(SessionID)
        /// The participant's relay credential ends soon.
        case relay(SeatKey)
        /// The session may leave the conference server again.
        case topology(SessionID)
    }

    let limits: ExchangeLimits
    let relay: (any RelaySource)?
    /// Whether a conference server is configured.
    let hasConference: Bool
    var secrets: any SecretSource
    var tickets: TicketBook
    var throttle = TicketThrottle()
    var sockets: [SocketID: Connection] = [:]
    var seats = SeatTable()
    var seatOfParticipant: [ParticipantID: Int] = [:]
    var seatOfToken: [TokenDigest: SeatKey] = [:]
    var sessions: [SessionID: SessionMachine] = [:]
    var sessionsOfPatient: [PatientID: [SessionID]] = [:]
    var sessionsOfDoctor: [DoctorID: [SessionID]] = [:]
    /// What waits for each doctor, by urgency and coming; nothing where nothing waits.
    var queues: [DoctorID: [QueuePlace]] = [:]
    /// What consults last of late.
    var waits = ExpectedWait()
    var pendingOutcomes: [SessionID: PendingReply] = [:]
    var desks: [DeskTopic: [Int]] = [:]
    var subscribers: [PatientID: [Int]] = [:]
    var unauthenticated: [String: Int] = [:]
    var socketsOfPrincipal: [UserID: Int] = [:]
    var socketsOfDoctor: [DoctorID: Int] = [:]
    /// Doctors whose sockets changed, and whether they had one before.
    var movedDoctors: [DoctorID: Bool] = [:]
    var deadlines = DeadlineQueue<Cause>()
    var tellings: UInt64 = 0
    var counts = ExchangeStatistics()
    /// Places that are not stored as they are.
    var changedPlaces: Set<ParticipantID> = []
    var requestRoom: RequestRoom
    var pace: OpeningPace
    /// Sockets that have not said hello.
    var strangers = 0

    /// An exchange without sockets.
    public init(
        secrets: any SecretSource,
        limits: ExchangeLimits = ExchangeLimits(),
        relay: (any RelaySource)? = nil,
        hasConference: Bool = false
    ) {
        self.relay = relay
        self.hasConference = hasConference
        self.secrets = secrets
        self.limits = limits
        self.tickets = TicketBook(limit: limits.tickets)
        self.requestRoom = RequestRoom(limits)
        self.pace = OpeningPace(perSecond: limits.openingsPerSecond)
    }

    /// Counts since the start, and what is there now.
    public var statistics: ExchangeStatistics {
        var statistics = counts
        statistics.sockets = sockets.count
        statistics.participants = seats.count
        statistics.sessions = sessions.count
        statistics.answers = requestRoom.count
        return statistics
    }

    /// A single-use ticket for the grant, or nil when too many wait to be used.
    public mutating func issue(_ grant: Grant, at now: Instant) -> Ticket? {
        let token = secrets.token()
        let expiresAt = now + limits.ticketLife
        let bytes = Array(token.utf8)
        guard
            tickets.add(secrets.digest(of: bytes.span), grant, expiresAt: expiresAt, at: now)
        else { return nil }
        return Ticket(token: token, expiresAt: expiresAt)
    }

    // MARK: Sockets

    /// A socket was opened; it has 5 s to say `hello` or `resume`.
    public mutating func opened(
        _ socket: SocketID,
        address: String,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard strangers < limits.strangers,
            unauthenticated[address, default: 0] < limits.unauthenticatedPerAddress
        else { return turnAway(socket, at: now, into: &effects) }
        unauthenticated[address, default: 0] += 1
        strangers += 1
        sockets[socket] = Connection(
            address: address,
            lastReceivedAt: now,
            rate: RateLimit(perSecond: limits.messagesPerSecond, burst: limits.burst, at: now)
        )
        deadlines.insert(.hello(socket), at: now + limits.helloLimit)
    }

    /// A pong arrived: the socket is alive though it says nothing.
    public mutating func alive(_ socket: SocketID, at now: Instant) {
        sockets[socket]?.lastReceivedAt = now
    }

    /// So many bytes wait to be written to the socket.
    ///
    /// Above `slowBytes` only the newest vital signs are kept for it; they go when it drains.
    public mutating func queued(
        _ socket: SocketID,
        bytes: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = sockets[socket]?.seat else { return }
        if bytes > limits.slowBytes {
            seats[index].isSlow = true
            if bytes > limits.chokeBytes { choke(index, at: now) }
        } else {
            seats[index].isSlow = false
            sendPostponed(index, at: now, into: &effects)
            unchoke(index)
            for message in seats[index].held.take() {
                effects.append(.send(socket, message.frame()))
                seats[index].lastSentAt = now
            }
        }
    }

    /// A socket is closed, by whomever; one that the exchange closed itself is forgotten already.
    public mutating func closed(
        _ socket: SocketID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        detach(socket, at: now, into: &effects)
    }

    // MARK: Time

    /// When `advance` should be called next, nil when nothing is due ever.
    public var nextDeadline: Instant? { deadlines.earliest }

    /// Does what is due by `now`.
    public mutating func advance(to now: Instant, into effects: inout [ExchangeEffect]) {
        while let cause = deadlines.pop(dueBy: now) {
            switch cause {
            case .hello(let socket): helloIsDue(socket, at: now, into: &effects)
            case .quiet(let socket): quietIsDue(socket, at: now, into: &effects)
            case .acknowledgement(let key): acknowledgementIsDue(key, at: now, into: &effects)
            case .absence(let key): absenceIsDue(key, at: now, into: &effects)
            case .choke(let key): chokeIsDue(key, at: now, into: &effects)
            case .empty(let session): emptyIsDue(session, at: now, into: &effects)
            case .relay(let key): relayIsDue(key, at: now, into: &effects)
            case .topology(let session): settleTopology(of: session, at: now, into: &effects)
            }
        }
    }
}
