import Crypto
package import EventLoop
import Scheduler
package import Signalling
import Vocabulary
package import WebServer

/// Carries the signalling machine on the web server's own thread.
///
/// A message arrives, is decided and leaves without a hop: the server calls on the loop, and the
/// loop is this actor's executor.
package actor Switchboard: WebSocketDelegate {
    private let loop: WebLoop
    private let server: WebServer
    private let clock: any WallClock
    private var exchange: Exchange
    private var effects: [ExchangeEffect] = []
    /// Sockets at which so much waits that the machine was told.
    private var pressed: Set<WebSocketID> = []
    private var timer: LoopTimer?
    private var armedFor: Instant?
    /// The machine's events, in order; one consumer.
    package nonisolated let events: AsyncStream<ExchangeEvent>
    private let raise: AsyncStream<ExchangeEvent>.Continuation
    /// A signal when places changed and are not stored; one consumer.
    nonisolated let placeSignals: AsyncStream<Void>
    private let signalPlaces: AsyncStream<Void>.Continuation

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.events.asUnownedSerialExecutor()
    }

    /// A switchboard for the sockets of that server, which runs on that loop.
    package init(
        loop: WebLoop,
        server: WebServer,
        clock: any WallClock,
        limits: ExchangeLimits = ExchangeLimits(),
        relay: (any RelaySource)? = nil,
        hasConference: Bool = false
    ) {
        self.loop = loop
        self.server = server
        self.clock = clock
        var limits = limits
        // The server pings each socket and ends the dead ones, so a silent one is alive.
        limits.silence = .hours(24)
        self.exchange = Exchange(
            secrets: SystemSecrets(),
            limits: limits,
            relay: relay,
            hasConference: hasConference
        )
        (events, raise) = AsyncStream.makeStream()
        (placeSignals, signalPlaces) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Calls of the server, on the loop

    package nonisolated func opened(_ socket: WebSocketID, request: HTTPRequest) {
        assumeIsolated { $0.open(socket, address: request.remoteAddress) }
    }

    package nonisolated func received(_ text: Span<UInt8>, from socket: WebSocketID) {
        // `assumeIsolated` lets no span in; the bytes stay where they are until this returns.
        unsafe text.withUnsafeBufferPointer { text in
            let bytes = unsafe BorrowedBytes(text.baseAddress, text.count)
            assumeIsolated { $0.receive(bytes, from: socket) }
        }
    }

    package nonisolated func drained(_ socket: WebSocketID) {
        assumeIsolated { $0.drain(socket) }
    }

    package nonisolated func closed(_ socket: WebSocketID, code: UInt16) {
        assumeIsolated { $0.close(socket) }
    }

    private func open(_ socket: WebSocketID, address: String) {
        turn { $0.opened(SocketID(socket.number), address: address, at: $1, into: &$2) }
    }

    private func receive(_ text: BorrowedBytes, from socket: WebSocketID) {
        turn { exchange, now, effects in
            text.withSpan {
                exchange.received(SocketID(socket.number), text: $0, at: now, into: &effects)
            }
        }
    }

    private func drain(_ socket: WebSocketID) {
        guard !pressed.isEmpty, pressed.remove(socket) != nil else { return }
        turn { $0.queued(SocketID(socket.number), bytes: 0, at: $1, into: &$2) }
    }

    private func close(_ socket: WebSocketID) {
        pressed.remove(socket)
        turn { $0.closed(SocketID(socket.number), at: $1, into: &$2) }
    }

    // MARK: Calls of the rest of the house

    /// A ticket for this grant; nil when too many are outstanding.
    package func issue(_ grant: Grant) -> Ticket? {
        exchange.issue(grant, at: clock.now())
    }

    /// Lets the machine take an input, and carries out what it causes.
    func turn(_ input: (inout Exchange, Instant, inout [ExchangeEffect]) -> Void) {
        var own = effects
        effects = []
        input(&exchange, clock.now(), &own)
        for effect in own { perform(effect) }
        for move in exchange.takeDoctorMoves() {
            raise.yield(.doctorMoved(move.doctor, isHere: move.isHere))
        }
        if exchange.hasPlaceChanges { signalPlaces.yield() }
        own.removeAll(keepingCapacity: true)
        effects = own
        arm()
    }

    /// Looks into the machine.
    package func read<Answer: Sendable>(_ body: @Sendable (borrowing Exchange) -> Answer) -> Answer
    {
        body(exchange)
    }

    /// Has the places looked at although none changed.
    nonisolated func lookAtPlaces() {
        signalPlaces.yield()
    }

    /// At most `limit` of the places that changed and are not stored.
    func takePlaceChanges(limit: Int) -> [PlaceChange] {
        exchange.takePlaceChanges(limit: limit)
    }

    /// What the next server needs for people to resume there without a gap.
    func handOn(byteLimit: Int) -> (places: [(PlaceRecord, HandedPlace?)], rooms: [RoomRecord]) {
        exchange.handOn(byteLimit: byteLimit, at: clock.now())
    }

    /// How many people of a site have a desk or a room open.
    func staffOnline(at site: SiteID) -> Int {
        exchange.listeners(to: .site(site))
    }

    /// Ends the stream of events; nothing more is raised.
    package func stop() {
        if let timer { loop.events.cancel(timer) }
        raise.finish()
        signalPlaces.finish()
    }

    private func perform(_ effect: ExchangeEffect) {
        switch effect {
        case .send(let number, let bytes):
            send(bytes, to: WebSocketID(number: number.rawValue), number)
        case .close(let number, let code, let reason):
            let socket = WebSocketID(number: number.rawValue)
            server.close(socket, code: code.rawValue, reason: reason)
        case .authenticated(let number):
            server.markAuthenticated(WebSocketID(number: number.rawValue))
        case .event(let event):
            raise.yield(event)
        }
    }

    private func send(_ bytes: [UInt8], to socket: WebSocketID, _ number: SocketID) {
        switch server.send(bytes, to: socket) {
        case .queued(let waiting):
            guard waiting > Switchboard.pressure else { return }
            pressed.insert(socket)
            exchange.queued(number, bytes: waiting, at: clock.now(), into: &effects)
        case .full:
            server.close(socket, code: CloseCode.slowConsumer.rawValue, reason: "slow consumer")
        case .gone: break
        }
    }

    /// Bytes waiting at a socket beyond which its vitals are thinned out.
    private static let pressure = 32_768

    private func arm() {
        let deadline = exchange.nextDeadline
        guard deadline != armedFor else { return }
        if let timer { loop.events.cancel(timer) }
        timer = nil
        armedFor = deadline
        guard let deadline else { return }
        let delay = max(deadline - clock.now(), .zero)
        timer = loop.events.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { $0.ring() }
        }
    }

    private func ring() {
        armedFor = nil
        turn { $0.advance(to: $1, into: &$2) }
    }
}

/// Tokens from the system's generator, digests by SHA-256.
private struct SystemSecrets: SecretSource {
    mutating func token() -> String {
        Base64.encodeURL(randomBytes(32))
    }

    func digest(of token: Span<UInt8>) -> TokenDigest {
        let digest = Digest.sha256(token)
        guard let digest = TokenDigest(digest.span) else {
            preconditionFailure("SHA-256 gave something else than 32 bytes")
        }
        return digest
    }
}
