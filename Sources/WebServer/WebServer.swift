import CWebSockets
import EventLoop
import Synchronization

/// An HTTP/1.1 and WebSocket server on libwebsockets.
///
/// Its thread is the web loop's, and so may be that of the actors it calls: a delegate is called
/// on the loop and answers with the methods that say "on the loop only", without a hop or a lock.
/// Handlers of requests run elsewhere, each as a child task of `run`.
///
/// Life cycle: `start`, `run`, `stop`.
public actor WebServer {
    /// What answers a request.
    public typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

    private enum State {
        /// Not started.
        case created
        /// Accepting.
        case running
        /// Not accepting any more; what is open is being brought to an end.
        case stopping
        /// Nothing is open.
        case stopped
    }

    /// A request that waits for its handler.
    struct Exchange: Sendable {
        let connection: WebSocketID
        let request: HTTPRequest
    }

    let configuration: WebServerConfiguration
    let loop: WebLoop
    let origins: OriginPolicy
    private var state = State.created
    private var listener: Listener?
    private var acceptor: Watcher?
    private(set) var context: ServiceContext?
    private(set) var delegate: (any WebSocketDelegate)?
    private var sweeper: LoopTimer?
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private let exchanges: AsyncStream<Exchange>
    let requests: AsyncStream<Exchange>.Continuation

    var connections = SlotTable<Connection>()
    /// Those for which something was queued since the loop last waited.
    var pending: [Connection] = []
    private var departures: BeforeWait?
    /// How many WebSockets of an address are not authenticated yet.
    var strangers: [String: Int] = [:]
    var count = WebServerFigures()
    /// The time of the last sweep, exact enough for what is counted in seconds.
    var now = ContinuousClock.now
    var date = HTTPDate()

    /// The loop's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.events.asUnownedSerialExecutor()
    }

    /// A server that does nothing before `start`.
    public init(_ configuration: WebServerConfiguration, on loop: WebLoop) {
        self.configuration = configuration
        self.loop = loop
        origins = OriginPolicy(
            origins: configuration.origins,
            allowsAbsent: configuration.allowsAbsentOrigin
        )
        (exchanges, requests) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(configuration.requestsInFlight)
        )
    }

    /// The port that is listened on, from `start` to `stop`.
    public var boundPort: Int? {
        listener?.port
    }

    /// What has been counted until now.
    public var figures: WebServerFigures {
        var figures = count
        figures.connections = connections.count
        return figures
    }

    /// Starts to listen and returns the port; without a delegate there are no WebSockets.
    ///
    /// Requests are taken from now on and answered once `run` is called.
    @discardableResult
    public func start(
        webSockets delegate: (any WebSocketDelegate)? = nil
    ) throws(WebServerError) -> Int {
        guard case .created = state else { throw .alreadyStarted }
        let listener = try Listener(address: configuration.address, port: configuration.port)
        let settings = ServiceContext.Settings(
            subprotocol: configuration.subprotocol,
            headerBytes: configuration.headerBytes,
            tls: configuration.tls,
            isServer: true,
            usesTLS: configuration.tls != nil,
            authority: nil
        )
        context = unsafe try ServiceContext(
            settings,
            on: loop,
            user: Unmanaged.passUnretained(self).toOpaque(),
            callback: serverCallback
        )
        state = .running
        self.delegate = delegate
        self.listener = listener
        // The sweep and the watchers hold the server until it is stopped, as the context's
        // callbacks need.
        acceptor = listener.watch(on: loop.driver) { self.assumeIsolated { $0.acceptAll() } }
        departures = BeforeWait(on: loop.driver) { self.assumeIsolated { $0.sendPending() } }
        scheduleSweep()
        return listener.port
    }

    /// Answers requests until `stop`, each in a child task; a cancelled `run` stops the server.
    public func run(_ handler: @escaping Handler) async {
        let exchanges = exchanges
        await withDiscardingTaskGroup { group in
            for await exchange in exchanges {
                group.addTask {
                    let response = await handler(exchange.request)
                    await self.answer(exchange.connection, with: response)
                }
            }
        }
        await stop(within: .zero)
    }

    /// Stops accepting, waits for the handlers at most until `deadline`, closes the WebSockets with
    /// 1001 and returns when nothing is open.
    public func stop(within deadline: Duration = .seconds(5)) async {
        switch state {
        case .created:
            state = .stopped
            requests.finish()
            return
        case .stopped:
            return
        case .stopping:
            await withCheckedContinuation { waiters.append($0) }
            return
        case .running:
            state = .stopping
        }
        acceptor?.pause()
        acceptor = nil
        listener?.close()
        for connection in connections.all {
            switch connection.phase {
            case .webSocket: beginClosing(connection, code: 1_001, reason: "drain")
            case .header: connection.socket.kill()
            case .body, .handling, .answering, .closing: connection.closesAfterAnswer = true
            }
        }
        await wait(until: .now + deadline) { $0.isIdle }
        requests.finish()
        // A moment for close frames and last answers; then the context closes what is left.
        await wait(until: .now + .seconds(1)) { $0.connections.count == 0 }
        if let sweeper { loop.events.cancel(sweeper) }
        sweeper = nil
        departures = nil
        pending = []
        context?.close()
        context = nil
        listener = nil
        delegate = nil
        state = .stopped
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    /// Whether the server is being stopped, or is stopped: readiness is over.
    public var isDraining: Bool {
        isStopping
    }

    var isStopping: Bool {
        if case .running = state { false } else { true }
    }

    /// Whether no handler works and no answer is under way.
    private var isIdle: Bool {
        count.requestsInFlight == 0
            && connections.all.allSatisfy {
                switch $0.phase {
                case .header, .webSocket, .closing: true
                case .body, .handling, .answering: false
                }
            }
    }

    /// Returns when the condition holds or the time is over.
    private func wait(
        until end: ContinuousClock.Instant,
        _ condition: (isolated WebServer) -> Bool
    ) async {
        while !condition(self), ContinuousClock.now < end {
            await withCheckedContinuation { continuation in
                loop.events.schedule(after: .milliseconds(5)) { continuation.resume() }
            }
        }
    }

    // MARK: Connections

    private func acceptAll() {
        guard let listener, let context else { return }
        // Others are ready too: take a handful, the rest waits for the next turn.
        for _ in 0..<64 {
            switch listener.accept() {
            case .nobody:
                return
            case .exhausted:
                pauseAccepting()
                return
            case .connection(let descriptor, let address):
                take(descriptor, from: address, into: context)
            }
        }
    }

    private func take(_ descriptor: Int32, from address: String, into context: ServiceContext) {
        guard connections.count < configuration.connections else {
            count.refused += 1
            closeDescriptor(descriptor)
            return
        }
        guard let socket = context.adopt(descriptor) else { return }
        let connection = Connection(
            id: connections.reserve(),
            address: address,
            socket: socket,
            now: now
        )
        connection.deadline = .now + configuration.deadline
        connections.insert(connection)
        socket.attach(connection)
        socket.clearTimeout()
    }

    /// Without descriptors the listening socket stays ready: look away for a moment.
    private func pauseAccepting() {
        count.refused += 1
        acceptor?.pause()
        loop.events.schedule(after: .milliseconds(200)) {
            self.assumeIsolated { $0.acceptor?.resume() }
        }
    }

    /// The connection has ended, in whatever way.
    func forget(_ connection: Connection) {
        guard connections[connection.id] === connection else { return }
        connection.answer.unwatch()
        connection.socket.detach()
        connections.remove(connection.id)
        webSocketEnded(connection)
    }

    // MARK: Deadlines

    /// Often enough for the shortest deadline, and once a second for libwebsockets' own timers.
    private var sweepInterval: Duration {
        let shortest = min(
            configuration.deadline,
            configuration.keepAlive,
            configuration.pingInterval,
            configuration.deadAfter
        )
        return min(.seconds(1), max(.milliseconds(5), shortest / 4))
    }

    private func scheduleSweep() {
        sweeper = loop.events.schedule(after: sweepInterval) {
            self.assumeIsolated { $0.sweep() }
        }
    }

    private func sweep() {
        now = .now
        for connection in connections.all {
            if let deadline = connection.deadline, deadline <= now {
                expire(connection)
            } else if connection.phase == .webSocket {
                keepAlive(connection)
            }
        }
        context?.nudge()
        scheduleSweep()
    }

    private func expire(_ connection: Connection) {
        switch connection.phase {
        case .closing:
            connection.socket.kill()
        case .header, .answering:
            count.timedOut += 1
            connection.socket.kill()
        case .body:
            count.timedOut += 1
            if refuse(connection, status: 408) != 0 { connection.socket.kill() }
        case .webSocket:
            count.timedOut += 1
            beginClosing(connection, code: 1_008, reason: "message time-out")
        case .handling:
            connection.deadline = nil
        }
    }
}
