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
    private var sockets: [SocketID: WebSocketID] = [:]
    private var numbers: [WebSocketID: SocketID] = [:]
    private var count: UInt64 = 0
    private var timer: LoopTimer?
    private var armedFor: Instant?
    /// The machine's events, in order; one consumer.
    package nonisolated let events: AsyncStream<ExchangeEvent>
    private let raise: AsyncStream<ExchangeEvent>.Continuation

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
    }

    // MARK: Calls of the server, on the loop

    package nonisolated func opened(_ socket: WebSocketID, request: HTTPRequest) {
        assumeIsolated { $0.open(socket, address: request.remoteAddress) }
    }

    package nonisolated func received(_ text: Span<UInt8>, from socket: WebSocketID) {
        // `assumeIsolated` takes an escaping-safe closure only; the bytes are copied once here.
        let bytes = Array(copying: text)
        assumeIsolated { $0.receive(bytes, from: socket) }
    }

    package nonisolated func drained(_ socket: WebSocketID) {
        assumeIsolated { $0.drain(socket) }
    }

    package nonisolated func closed(_ socket: WebSocketID, code: UInt16) {
        assumeIsolated { $0.close(socket) }
    }

    private func open(_ socket: WebSocketID, address: String) {
        count += 1
        let number = SocketID(count)
        sockets[number] = socket
        numbers[socket] = number
        turn { $0.opened(number, address: address, at: $1, into: &$2) }
    }

    private func receive(_ text: [UInt8], from socket: WebSocketID) {
        guard let number = numbers[socket] else { return }
        turn { $0.received(number, text: text.span, at: $1, into: &$2) }
    }

    private func drain(_ socket: WebSocketID) {
        guard let number = numbers[socket] else { return }
        turn { $0.queued(number, bytes: 0, at: $1, into: &$2) }
    }

    private func close(_ socket: WebSocketID) {
        guard let number = numbers.removeValue(forKey: socket) else { return }
        sockets[number] = nil
        turn { $0.closed(number, at: $1, into: &$2) }
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
        own.removeAll(keepingCapacity: true)
        effects = own
        arm()
    }

    /// Looks into the machine.
    package func read<Answer: Sendable>(_ body: @Sendable (borrowing Exchange) -> Answer) -> Answer
    {
        body(exchange)
    }

    /// How many people of a site have a desk or a room open.
    func staffOnline(at site: SiteID) -> Int {
        exchange.listeners(to: .site(site))
    }

    /// Ends the stream of events; nothing more is raised.
    package func stop() {
        if let timer { loop.events.cancel(timer) }
        raise.finish()
    }

    private func perform(_ effect: ExchangeEffect) {
        switch effect {
        case .send(let number, let bytes):
            guard let socket = sockets[number] else { return }
            send(bytes, to: socket, number)
        case .close(let number, let code, let reason):
            guard let socket = sockets[number] else { return }
            server.close(socket, code: code.rawValue, reason: reason)
        case .authenticated(let number):
            if let socket = sockets[number] { server.markAuthenticated(socket) }
        case .event(let event):
            raise.yield(event)
        }
    }

    private func send(_ bytes: [UInt8], to socket: WebSocketID, _ number: SocketID) {
        switch server.send(bytes, to: socket) {
        case .queued(let waiting):
            guard waiting > Switchboard.pressure else { return }
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

extension [UInt8] {
    fileprivate init(copying span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}
