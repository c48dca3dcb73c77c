/// What the server knows about one connection; confined to the loop by the server that owns it.
final class Connection: Slotted {
    /// Where a connection stands; the deadline in `deadline` is that of the phase.
    enum Phase {
        /// Waiting for a whole header: from the start, or after an answer when kept alive.
        case header
        /// The header came, the body is coming.
        case body
        /// A handler works on the request.
        case handling
        /// The answer is being sent.
        case answering
        /// A WebSocket is open.
        case webSocket
        /// A WebSocket that was asked to close, or whose other end has closed.
        case closing
    }

    /// What to say to the other end of a WebSocket when it is closed.
    struct Farewell {
        var code: UInt16
        var reason: String
    }

    let id: WebSocketID
    let address: String
    let socket: ServiceSocket
    var phase = Phase.header
    /// When the phase must be over; nil while a handler works or a WebSocket is at rest.
    var deadline: ContinuousClock.Instant?

    // A request and its answer.
    var request: HTTPRequest?
    var body: [UInt8] = []
    var chunks: ChunkedBody?
    var closesAfterAnswer = false
    /// Whether libwebsockets had read more than the last request.
    var mayBeBuffered = false
    var answer = Answer()

    // A WebSocket.
    var wasOpened = false
    var isAuthenticated = false
    var queue = OutgoingQueue()
    /// Whether it stands in the server's list of those that have something to send in this turn.
    var isPending = false
    /// Whether the system would take no more, and a WRITEABLE is awaited.
    var isChoked = false
    /// Whether a WRITEABLE is wanted before anything is written, because libwebsockets may have a
    /// pong to send first.
    var waitsItsTurn = false
    var partial: [UInt8] = []
    var farewell: Farewell?
    var sentFarewell = false
    var peerCode: UInt16?
    var heardAt: ContinuousClock.Instant
    var pingedAt: ContinuousClock.Instant
    var wantsPing = false

    init(id: WebSocketID, address: String, socket: ServiceSocket, now: ContinuousClock.Instant) {
        self.id = id
        self.address = address
        self.socket = socket
        heardAt = now
        pingedAt = now
    }
}
