import EventLoop
import Glibc

/// A client of an MQTT broker on an event loop that it may share with thousands of others.
///
/// It reconnects by itself, with jitter, from `connect` until `disconnect` or `vanish`. Arrived
/// messages are handed over in batches: everything that could be read at once. With
/// `.afterProcessing` the client then reads and writes nothing more until `acknowledge`, so that
/// no PUBACK leaves before the receiver has made the messages durable; `redeliver` gives them back
/// to the broker instead.
public actor MQTTClient {
    /// What the client was made with.
    public nonisolated let configuration: MQTTConfiguration
    /// Where the client stands.
    public internal(set) var state = MQTTState.idle

    let loop: MQTTLoop
    let handle: MosquittoHandle
    let received: @Sendable (MQTTBatch) -> Void
    let changed: @Sendable (MQTTState) -> Void

    var wasOpened = false
    var delay: RetryDelay
    var sessionPresent = false
    var retry: LoopTimer?
    var ticking: LoopTimer?
    var watched: Int32?
    var watchedFor: Readiness = []
    /// A batch has been handed over and not been acknowledged yet.
    var isHolding = false
    /// The number of the batch that was handed over last.
    var batchNumber: UInt64 = 0
    /// The last reading stopped at the batch's limit, not because nothing was left.
    var hasMore = false
    var pace: BatchPace
    /// Nothing is read before this timer fires, so that the next batch grows.
    var resting: LoopTimer?

    var subscriptions: [MQTTSubscription]
    var granting: [Int32: MQTTSubscription] = [:]
    var grantWaiters: [(filter: String, CheckedContinuation<MQTTError?, Never>)] = []
    var connectionWaiters: [CheckedContinuation<MQTTError?, Never>] = []
    var pending: [Int32: @Sendable (Result<Void, MQTTError>) -> Void] = [:]

    /// The loop's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.eventLoop.asUnownedSerialExecutor()
    }

    /// A client that is not connected yet; both closures are called on the loop's thread.
    ///
    /// Throws `MQTTError.library` when a file of `security` cannot be read or the id is refused.
    public init(
        _ configuration: MQTTConfiguration,
        on loop: MQTTLoop,
        received: @escaping @Sendable (MQTTBatch) -> Void = { _ in },
        changed: @escaping @Sendable (MQTTState) -> Void = { _ in }
    ) throws(MQTTError) {
        self.configuration = configuration
        self.loop = loop
        self.received = received
        self.changed = changed
        self.subscriptions = configuration.subscriptions
        self.delay = RetryDelay(configuration.retryAfter)
        self.pace = BatchPace(interval: configuration.batchInterval)
        self.handle = try MosquittoHandle(configuration)
        try handle.configure(configuration)
    }

    deinit {
        if let watched { loop.driver.unwatch(watched) }
    }

    // MARK: Connection

    /// Begins to connect and returns at once; does nothing while the client is connected or tries.
    public func connect() {
        guard state == .idle else { return }
        delay.reset()
        open()
    }

    /// Returns when the client is connected; throws when the attempt that is under way fails.
    public func connected() async throws(MQTTError) {
        if case .connected = state { return }
        if state == .idle { throw .notConnected }
        let error = await withCheckedContinuation { connectionWaiters.append($0) }
        if let error { throw error }
    }

    /// Says good-bye to the broker and closes; the Will is not sent.
    ///
    /// A batch that is not acknowledged yet stays so: the broker sends it again to the session.
    /// With `discardingSession` the broker forgets the session, and what waits in it (MQTT 5).
    public func disconnect(discardingSession: Bool = false) {
        guard state != .idle else { return }
        if case .connected = state, !isHolding {
            handle.disconnect(discardingSession: discardingSession)
            try? handle.write()
        }
        close(.notConnected)
    }

    /// Closes the socket without a word, as when the power fails: the broker sends the Will.
    public func vanish() {
        guard state != .idle else { return }
        close(.notConnected)
    }

    /// Closes the socket without a word and connects again, as after a fault of the network.
    public func breakConnection() {
        guard state != .idle else { return }
        fail(.connectionLost(reason: "the connection was broken on purpose"))
    }

    // MARK: Receiving

    /// Lets the acknowledgements of the batch leave and reads on.
    ///
    /// A batch whose connection is gone is passed over: its messages came again in another one,
    /// which this call must not let go.
    public func acknowledge(_ batch: UInt64) {
        guard isHolding, batch == batchNumber else { return }
        isHolding = false
        delay.reset()
        rest()
        flush()
        readOnSoon()
    }

    /// Lets the acknowledgements of the batch leave, reads nothing more and disconnects.
    public func finish(_ batch: UInt64, discardingSession: Bool = false) {
        if isHolding, batch == batchNumber {
            isHolding = false
            flush()
        }
        disconnect(discardingSession: discardingSession)
    }

    /// Gives the batch back: the connection is dropped, its acknowledgements with it, and the
    /// broker sends the messages again to the session.
    public func redeliver(_ batch: UInt64, reason: String) {
        guard isHolding, batch == batchNumber else { return }
        fail(.connectionLost(reason: reason))
    }

    /// Subscribes now and after each reconnect; returns when the broker has granted it.
    public func subscribe(
        _ filter: String,
        qos: MQTTQoS = .atLeastOnce,
        retained: MQTTRetained = .send
    ) async throws(MQTTError) {
        let subscription = MQTTSubscription(filter, qos: qos, retained: retained)
        subscriptions.removeAll { $0.filter == filter }
        subscriptions.append(subscription)
        if case .connected = state {
            granting[try handle.subscribe(subscription)] = subscription
            flush()
        }
        let error = await withCheckedContinuation { grantWaiters.append((filter, $0)) }
        if let error { throw error }
    }

    /// Asks the broker to send what matches the filter no more; does nothing without a connection.
    ///
    /// What the broker queued before still comes.
    public func unsubscribe(_ filter: String) {
        subscriptions.removeAll { $0.filter == filter }
        guard case .connected = state else { return }
        try? handle.unsubscribe(filter)
        flush()
    }

    /// Whether the client is connected and the broker has granted every subscription anew.
    public var isSubscribed: Bool {
        if case .connected = state { granting.isEmpty } else { false }
    }

    // MARK: Publishing

    /// Publishes and returns when the broker has acknowledged (QoS 0: when it has been written).
    public func publish(_ message: MQTTMessage) async throws(MQTTError) {
        let result = await withCheckedContinuation { continuation in
            send(message) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    /// Publishes without waiting; `completion` is called on the loop's thread, once.
    ///
    /// A message that is on its way when the connection breaks is sent again after the reconnect.
    public func send(
        _ message: MQTTMessage,
        completion: (@Sendable (Result<Void, MQTTError>) -> Void)? = nil
    ) {
        queue(message, completion)
        flush()
    }

    /// Publishes several messages without waiting and writes them together; those that the client
    /// cannot take are dropped, as `send` without a completion drops one.
    public func send(_ messages: some Sequence<MQTTMessage>) {
        for message in messages { queue(message, nil) }
        flush()
    }

    private func queue(
        _ message: MQTTMessage,
        _ completion: (@Sendable (Result<Void, MQTTError>) -> Void)?
    ) {
        guard case .connected = state else {
            completion?(.failure(.notConnected))
            return
        }
        guard pending.count < configuration.pendingLimit else {
            completion?(.failure(.busy))
            return
        }
        do throws(MQTTError) {
            pending[try handle.publish(message)] = completion ?? { _ in }
        } catch {
            completion?(.failure(error))
        }
    }

    // MARK: The end of a connection

    var isOpen: Bool {
        switch state {
        case .connecting, .connected: true
        case .idle, .waiting: false
        }
    }

    var batchLimit: Int {
        switch configuration.acknowledgement {
        case .automatic: 256
        case .afterProcessing(let batch): batch
        }
    }

    /// Drops the connection and tries again after a while.
    func fail(_ error: MQTTError) {
        drop()
        state = .waiting(error)
        retry = loop.eventLoop.schedule(after: delay.next()) { [weak self] in
            self?.assumeIsolated { client in
                guard case .waiting = client.state else { return }
                client.open()
            }
        }
        for waiter in connectionWaiters { waiter.resume(returning: error) }
        connectionWaiters = []
        changed(state)
    }

    /// Drops the connection for good and tells everybody who waits.
    private func close(_ error: MQTTError) {
        drop()
        if let retry { loop.eventLoop.cancel(retry) }
        retry = nil
        state = .idle
        for waiter in connectionWaiters { waiter.resume(returning: error) }
        connectionWaiters = []
        for (_, waiter) in grantWaiters { waiter.resume(returning: error) }
        grantWaiters = []
        let completions = pending.values
        pending = [:]
        for completion in completions { completion(.failure(error)) }
        changed(state)
    }

    func drop() {
        unwatch()
        if let ticking { loop.eventLoop.cancel(ticking) }
        ticking = nil
        if let resting { loop.eventLoop.cancel(resting) }
        resting = nil
        isHolding = false
        hasMore = false
        granting = [:]
        handle.inbox.batch.removeAll()
        // The library closes the descriptor with the next attempt; the broker must know now.
        if let socket = handle.socket { shutdown(socket, Int32(SHUT_RDWR)) }
    }
}
