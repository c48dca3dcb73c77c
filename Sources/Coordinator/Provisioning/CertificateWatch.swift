import Gateway
import Vocabulary

/// Follows the ledger of certificates, which commands change beside the coordinator.
///
/// Looks every second whether the file is another one: then enters what waits for the database,
/// and tells the gateway whom to refuse.
actor CertificateWatch {
    private let pending: PendingCertificates
    private let gateway: Gateway
    private let clock: @Sendable () -> Instant
    private let log: Log
    private var seen: String?
    /// Who was refused at the last look; their connections are ended a second later, when the
    /// broker has read the revocation list and does not let them in again.
    private var toDisconnect: Set<String> = []
    private var refused: Set<String> = []
    private var isLooking = false
    private var finishers: [CheckedContinuation<Void, Never>] = []
    /// What was last logged, so that it is not logged every second.
    private var problem: String?
    private let ticks: AsyncStream<Void>
    private let ticking: AsyncStream<Void>.Continuation

    init(
        _ pending: PendingCertificates,
        gateway: Gateway,
        log: Log,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.pending = pending
        self.gateway = gateway
        self.log = log
        self.clock = clock
        (ticks, ticking) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for a look; called every second.
    nonisolated func tick() { ticking.yield() }

    /// Ends `run`; returns when the last look is over, and the gateway is asked nothing more.
    func stop() async {
        ticking.finish()
        if isLooking { await withCheckedContinuation { finishers.append($0) } }
    }

    /// Looks at each tick, until `stop`.
    func run() async {
        for await _ in ticks { await look() }
    }

    /// Looks once.
    func look() async {
        isLooking = true
        await follow()
        isLooking = false
        for finisher in finishers { finisher.resume() }
        finishers = []
    }

    private func follow() async {
        let leaving = toDisconnect
        toDisconnect = []
        let version = pending.folder.version()
        if version != seen {
            do {
                let names = Set(try pending.folder.ledger()?.refused(at: clock()) ?? [])
                await gateway.refuse(names)
                toDisconnect = names.subtracting(refused)
                refused = names
                try await pending.settle()
                // What was settled is another version, which holds nothing new.
                seen = version
                problem = nil
            } catch {
                report("the ledger of certificates waits: \(error)")
            }
        }
        await gateway.disconnect(leaving)
    }

    private func report(_ line: String) {
        guard problem != line else { return }
        problem = line
        log(.warning, "certificates", line)
    }
}
