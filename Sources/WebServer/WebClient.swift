import CWebSockets
import EventLoop

/// An HTTP/1.1 and WebSocket client on libwebsockets; thousands of sockets share its loop.
///
/// Names are resolved on the loop's thread, which stands still meanwhile: use addresses where that
/// matters.
public actor WebClient {
    private enum State {
        case created
        case running
        case stopped
    }

    let configuration: WebClientConfiguration
    let loop: WebLoop
    private var state = State.created
    /// One context for plain connections and one for TLS, each made when it is first needed: reading
    /// the system's certificate authorities takes time and most of a megabyte, which libwebsockets
    /// 4.1.6 keeps until the process ends.
    private var contexts: [Bool: ServiceContext] = [:]
    private var sweeper: LoopTimer?
    /// Requests that wait until another is over.
    private var line: [CheckedContinuation<Void, Never>] = []
    private var requestsInFlight = 0

    var calls = SlotTable<Call>()
    var now = ContinuousClock.now

    /// The loop's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.events.asUnownedSerialExecutor()
    }

    /// A client; it starts with its first use.
    public init(_ configuration: WebClientConfiguration = .init(), on loop: WebLoop) {
        self.configuration = configuration
        self.loop = loop
    }

    /// Sends a request to an http or https URL and returns the whole answer.
    ///
    /// Every request has a connection of its own.
    public func request(
        _ method: HTTPMethod,
        _ url: String,
        headers: HTTPHeaders = [:],
        body: [UInt8] = []
    ) async throws(WebClientError) -> HTTPResponse {
        guard let address = WebAddress(url, plain: "http", secure: "https") else {
            throw .malformedURL(url)
        }
        try await takeTurn()
        defer { endTurn() }
        let call = Call(id: calls.reserve(), address: address, headers: headers, now: .now)
        call.method = method
        call.body = body
        let result = await withCheckedContinuation { continuation in
            call.answer = continuation
            open(call, origin: nil, subprotocol: nil)
        }
        return try result.get()
    }

    /// Opens a WebSocket at a ws or wss URL; an Origin is sent only if given.
    public func connect(
        _ url: String,
        subprotocol: String = "telehealth.v1",
        origin: String? = nil,
        headers: HTTPHeaders = [:]
    ) async throws(WebClientError) -> WebSocket {
        guard let address = WebAddress(url, plain: "ws", secure: "wss") else {
            throw .malformedURL(url)
        }
        let call = Call(id: calls.reserve(), address: address, headers: headers, now: .now)
        let result = await withCheckedContinuation { continuation in
            call.opening = continuation
            open(call, origin: origin, subprotocol: subprotocol)
        }
        return try result.get()
    }

    /// Closes every connection, fails what is under way, and frees everything.
    public func stop() async {
        guard state != .stopped else { return }
        state = .stopped
        for call in calls.all where call.socket != nil {
            beginClosing(call.id, code: 1_001, reason: "")
        }
        let limit = ContinuousClock.now + .seconds(1)
        while calls.all.contains(where: { $0.socket != nil }), ContinuousClock.now < limit {
            await withCheckedContinuation { continuation in
                loop.events.schedule(after: .milliseconds(5)) { continuation.resume() }
            }
        }
        if let sweeper { loop.events.cancel(sweeper) }
        sweeper = nil
        for context in contexts.values { context.close() }
        contexts = [:]
        for call in calls.all { end(call, because: .unavailable) }
        for waiter in line { waiter.resume() }
        line = []
    }

    /// Runs `body` on the loop soon, from any thread.
    nonisolated func onLoop(_ body: @escaping @Sendable (isolated WebClient) -> Void) {
        loop.events.schedule(after: .zero) { self.assumeIsolated { body($0) } }
    }

    // MARK: Taking turns

    private func takeTurn() async throws(WebClientError) {
        guard state != .stopped else { throw .unavailable }
        if requestsInFlight < configuration.requestsInFlight {
            requestsInFlight += 1
            return
        }
        guard line.count < configuration.requestsWaiting else { throw .unavailable }
        await withCheckedContinuation { line.append($0) }
        guard state != .stopped else { throw .unavailable }
    }

    /// Hands the turn to who has waited longest.
    private func endTurn() {
        if line.isEmpty {
            requestsInFlight -= 1
        } else {
            line.removeFirst().resume()
        }
    }

    // MARK: Connections

    private func context(isSecure: Bool) throws(WebClientError) -> ServiceContext {
        if case .stopped = state { throw .unavailable }
        if let context = contexts[isSecure] { return context }
        let settings = ServiceContext.Settings(
            subprotocol: "telehealth.v1",
            headerBytes: 16_384,
            tls: nil,
            isServer: false,
            usesTLS: isSecure,
            authority: isSecure ? configuration.authority : nil
        )
        do {
            let context = unsafe try ServiceContext(
                settings,
                on: loop,
                user: Unmanaged.passUnretained(self).toOpaque(),
                callback: clientCallback
            )
            contexts[isSecure] = context
            if case .created = state { scheduleSweep() }
            state = .running
            return context
        } catch {
            throw .refused(error.description)
        }
    }

    private func open(_ call: Call, origin: String?, subprotocol: String?) {
        calls.insert(call)
        let context: ServiceContext
        do {
            context = try self.context(isSecure: call.address.isSecure)
        } catch {
            end(call, because: error)
            return
        }
        call.deadline = .now + configuration.deadline
        let wsi = call.connect(
            through: context,
            origin: origin,
            subprotocol: subprotocol,
            verifies: configuration.verifiesServer
        )
        if let wsi, calls[call.id] === call {
            call.wsi = wsi
        } else {
            // Its callback has said why, unless it got none.
            end(call, because: .refused("the connection could not be started"))
        }
        context.nudge()
    }

    /// The call is over, in whatever way; what comes second does nothing.
    func end(_ call: Call, because error: WebClientError) {
        guard calls[call.id] === call else { return }
        calls.remove(call.id)
        call.wsi?.detach()
        call.wsi = nil
        call.answer?.resume(returning: .failure(error))
        call.answer = nil
        call.opening?.resume(returning: .failure(error))
        call.opening = nil
        call.socket?.ended(code: call.peerCode ?? call.farewell?.code ?? 1_006)
        call.socket = nil
    }

    private func scheduleSweep() {
        let interval = min(.seconds(1), max(.milliseconds(10), configuration.deadline / 4))
        sweeper = loop.events.schedule(after: interval) { self.assumeIsolated { $0.sweep() } }
    }

    private func sweep() {
        now = .now
        for call in calls.all {
            if let deadline = call.deadline, deadline <= now {
                let wsi = call.wsi
                end(call, because: .timedOut)
                wsi?.kill()
            } else if call.socket != nil {
                keepAlive(call)
            }
        }
        for context in contexts.values { context.nudge() }
        scheduleSweep()
    }
}
