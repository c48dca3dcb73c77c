import Clinical
public import EventLoop
import MQTT
public import Store
import Vocabulary

/// Takes in what devices send, and lets nothing be acknowledged before it is durable.
///
/// Life cycle: `start` → `run`, as a child of the service tree → `stop`. The actor lives on the
/// thread of its MQTT loop: a batch that was read is judged there without a hop; the only hop is
/// the one to the store and back.
///
/// While a commit is under way nothing more is read from that connection: libmosquitto queues the acknowledgements of
/// whatever is read, and one write sends them all. What arrives meanwhile waits in the socket and
/// at the broker, bounded by Receive Maximum, and makes the next batch larger.
public actor Gateway {
    /// The gateway's events, for one follower.
    public nonisolated let events: GatewayFeed
    /// What the gateway was made with.
    public nonisolated let configuration: GatewayConfiguration

    let store: any Store
    let clock: any WallClock
    let log: @Sendable (String) -> Void
    let loop: MQTTLoop
    var machine: IngestMachine
    /// The sessions that readings come through, wanted ones first; never shorter again.
    var lines: [IngestLine] = []
    var publisher: MQTTClient?
    var figures = GatewayStatistics()
    /// Open alarms by patient, as they are durable: what bedside displays are told.
    var standing: [PatientID: [Alarm]] = [:]
    /// Receipts and rejections made while there was no connection to publish them.
    var unsent: [Announcement.Subject: Announcement] = [:]
    /// Patients whose alarm state the broker has not confirmed yet.
    var unannounced: Set<PatientID> = []
    /// Patients whose alarm state changed lately: a broker that was killed may have forgotten it.
    var settled: [PatientID: Instant] = [:]
    /// What must be known of the broker after a restart.
    var memory: BrokerMemory
    var watch = BrokerWatch()

    enum Phase {
        /// `start` follows.
        case created
        /// Between `start` and `stop`; `run` may be under way.
        case running
        /// `stop` was called: the batch in hand is finished.
        case stopping
        /// Nothing is accepted any more.
        case stopped

        /// Whether work is accepted.
        var isOpen: Bool {
            if case .running = self { true } else { false }
        }
    }

    private(set) var phase = Phase.created
    private var isRunning = false
    private var runner: CheckedContinuation<Void, Never>?
    private var finishers: [CheckedContinuation<Void, Never>] = []
    /// Turns taken so far, and whether the newest is being committed.
    private var turns: UInt64 = 0
    private var isCommitting = false
    /// Who waits until a turn is durable.
    private var durable: [(turn: UInt64, waiter: CheckedContinuation<StoreError?, Never>)] = []
    private var lastCommitFailed = false
    private var wakeUp: LoopTimer?
    private var sweep: LoopTimer?

    /// The thread of the gateway's own MQTT loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.eventLoop.asUnownedSerialExecutor()
    }

    /// A gateway that does nothing before `start`; `seed` decides the ids of its alarms.
    public init(
        configuration: GatewayConfiguration,
        store: any Store,
        clock: any WallClock,
        seed: UInt64,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.store = store
        self.clock = clock
        self.log = log
        loop = MQTTLoop(name: "gateway")
        memory = BrokerMemory(file: configuration.memoryFile)
        events = GatewayFeed(readingLimit: configuration.eventReadings)
        machine = IngestMachine(
            limits: configuration.limits,
            defaults: configuration.defaults,
            policy: configuration.policy,
            profiles: configuration.profiles,
            seed: seed
        )
        // The loop must turn before anything can be awaited on its actors.
        loop.start()
    }

    // MARK: Life cycle

    /// Loads the registry, rebuilds the ward from the store, and begins to connect.
    ///
    /// An absent broker is no error: see `connectionProblem`; the gateway keeps trying.
    public func start() async throws(GatewayError) {
        guard case .created = phase else { throw .stopped }
        try await load()
        // What was read of whole tables would else stay with the process for good.
        ProcessMemory.giveBack()
        try openLines()
        do throws(MQTTError) {
            publisher = try MQTTClient(
                configuration.publisher,
                on: loop,
                received: { [weak self] batch in self?.assumeIsolated { $0.watched(batch) } },
                changed: { [weak self] state in self?.assumeIsolated { $0.publisherChanged(state) }
                }
            )
        } catch {
            throw .broker(error)
        }
        phase = .running
        machine.advance(to: clock.now())
        await publisher?.connect()
        for line in lines where line.isWanted { await line.client.connect() }
        drainLater()
        sweepLater()
        planWakeUp()
    }

    /// The commit loop: runs from `start` until `stop`.
    public func run() async {
        guard case .running = phase, !isRunning else { return }
        isRunning = true
        while await hasWork() { await commit() }
        isRunning = false
        for finisher in finishers { finisher.resume() }
        finishers = []
    }

    /// Stops reading, finishes the batch in hand, and closes.
    public nonisolated func stop() async {
        await close()
        await loop.stop()
    }

    private func close() async {
        let wasCreated = if case .created = phase { true } else { false }
        if case .stopped = phase { return }
        phase = .stopping
        wake()
        if isRunning { await withCheckedContinuation { finishers.append($0) } }
        phase = .stopped
        if let wakeUp { loop.eventLoop.cancel(wakeUp) }
        if let sweep { loop.eventLoop.cancel(sweep) }
        if !wasCreated {
            for line in lines { await line.client.disconnect() }
            await publisher?.disconnect()
        }
        settle(.closed, upTo: .max)
        events.finish()
    }

    // MARK: The commit loop

    /// Waits until there is something to commit; false when the gateway stops.
    private func hasWork() async -> Bool {
        while true {
            // While stopping, what is in hand is still committed, unless the store refuses.
            if lines.contains(where: { $0.held != nil }) || machine.hasTurn {
                return phase.isOpen || !lastCommitFailed
            }
            guard phase.isOpen else { return false }
            await withCheckedContinuation { runner = $0 }
        }
    }

    func wake() {
        runner.take()?.resume()
    }

    private func commit() async {
        let held = takeHeld()
        let turn = machine.takeTurn()
        turns += 1
        isCommitting = true
        defer { isCommitting = false }
        let start = ContinuousClock.now
        do throws(StoreError) {
            for missing in turn.missing {
                machine.restore(
                    missing,
                    try await store.durableSequences(device: missing.device, boot: missing.boot)
                )
            }
            let outcome =
                turn.batch.isEmpty
                ? IngestOutcome(stored: 0, duplicates: 0) : try await store.commit(turn.batch)
            let end = ContinuousClock.now
            figures.committing += start.duration(to: end)
            figures.batches += 1
            for (_, batch) in held {
                figures.receiptToDurable.note(batch.since.duration(to: end), count: batch.messages)
            }
            if lastCommitFailed { log("the store works again") }
            lastCommitFailed = false
            announce(turn, outcome)
            // Only now may the acknowledgements leave.
            for (line, batch) in held { release(batch.number, line) }
            settle(nil, upTo: turns)
            figures.announcing += end.duration(to: .now)
        } catch {
            figures.commitFailures += 1
            if !lastCommitFailed { log("the commit failed: \(error)") }
            lastCommitFailed = true
            machine.failed(turn)
            for (line, batch) in held { giveBack(batch.number, line) }
            isCommitting = false
            settle(error, upTo: turns)
            await pauseAfterFailure()
        }
        planWakeUp()
    }

    /// What could not be stored is tried again after a while, not at once.
    private func pauseAfterFailure() async {
        guard phase.isOpen else { return }
        await withCheckedContinuation { continuation in
            loop.eventLoop.schedule(after: .milliseconds(250)) { continuation.resume() }
        }
    }

    /// Answers those who wait for a turn up to this one.
    private func settle(_ error: StoreError?, upTo turn: UInt64) {
        let settled = durable.filter { $0.turn <= turn }
        durable.removeAll { $0.turn <= turn }
        for (_, waiter) in settled { waiter.resume(returning: error) }
    }

    /// Returns when everything that was changed before the call is durable.
    func untilDurable() async throws(GatewayError) {
        guard phase.isOpen else { throw .stopped }
        // What was changed is in the turn that is being collected; when that is empty it is in the
        // one whose commit is under way, or durable already.
        guard machine.hasTurn || isCommitting else { return }
        let turn = machine.hasTurn ? turns + 1 : turns
        let error = await withCheckedContinuation { continuation in
            durable.append((turn, continuation))
            wake()
        }
        if let error { throw .store(error) }
    }

    // MARK: Timers

    /// Wakes up when the ward or a waiting receipt wants it.
    func planWakeUp() {
        if let wakeUp { loop.eventLoop.cancel(wakeUp) }
        wakeUp = nil
        guard phase.isOpen else { return }
        let due = [machine.ward.nextDeadline, machine.nextReceipt, machine.commands.nextDue]
            .compactMap(\.self).min()
        guard let due else { return }
        // A deadline may be given somewhat early; a wall clock may be set. Look again in between.
        let delay = min(max(due - clock.now(), .milliseconds(5)), .seconds(10))
        wakeUp = loop.eventLoop.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { $0.timePassed() }
        }
    }

    /// Does what time alone brings; called by the gateway's own timers, and by tests with a clock
    /// of their own.
    package func timePassed() {
        guard phase.isOpen else { return }
        let now = clock.now()
        machine.advance(to: now)
        publish(machine.dueReceipts(at: now))
        publish(commands: machine.advanceCommands(to: now))
        if machine.hasTurn { wake() }
        planWakeUp()
    }

    private func sweepLater() {
        sweep = loop.eventLoop.schedule(after: .seconds(10)) { [weak self] in
            self?.assumeIsolated { gateway in
                guard gateway.phase.isOpen else { return }
                gateway.machine.sweepPresence(at: gateway.clock.now())
                if gateway.machine.hasTurn { gateway.wake() }
                gateway.sweepLater()
            }
        }
    }

    // MARK: State

    /// Whether the gateway is connected and its last commit succeeded.
    public var isReady: Bool { isConnected && !lastCommitFailed && phase.isOpen }

    /// What the gateway has done since it started.
    public var statistics: GatewayStatistics {
        var statistics = figures
        statistics.ingest = machine.counters
        statistics.droppedEvents = events.droppedReadings
        statistics.broker = watch.figures
        return statistics
    }
}
