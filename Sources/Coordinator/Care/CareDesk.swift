import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Synchronization
import Vocabulary

/// Carries the care loop: inputs in, one durable transaction, then what they cause.
///
/// Inputs queue up; `run` takes all that wait, lets the machine decide, commits everything in one
/// transaction and only then tells anybody. So nothing is announced that a restart would forget,
/// and an alarm storm shares its commits.
actor CareDesk {
    /// What an input makes of the machine: effects, and what else belongs into its transaction.
    typealias Input = @Sendable (inout CareLoop, Instant) throws -> CareDecision

    private struct Waiting {
        let input: Input
        let reply: CheckedContinuation<Void, any Error>?
    }

    /// One step of an input: what is committed together, and what follows.
    private struct Step {
        var records: [CareRecord] = []
        var changes: [Change] = []
        var after: [CareEffect] = []
        var reply: CheckedContinuation<Void, any Error>?
    }

    /// Inputs that may wait; beyond it commands are refused, facts never.
    static let capacity = 10_000
    /// How long after a failed commit the store is tried again.
    static let retry = Duration.seconds(1)

    private var loop: CareLoop
    private var waiting: [Waiting] = []
    private var isHealthy = true
    private let store: any Store
    private let clock: any WallClock
    private let log: Log
    private let perform: @Sendable (CareEffect) async -> Void
    private let rebuild: @Sendable () async throws -> (CareLoop, [CareEffect])
    private let timers: EventLoop
    private var timer: LoopTimer?
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// A desk over a machine that `rebuild` makes from the store.
    init(
        store: any Store,
        clock: any WallClock,
        log: Log,
        timers: EventLoop,
        rebuild: @escaping @Sendable () async throws -> (CareLoop, [CareEffect]),
        perform: @escaping @Sendable (CareEffect) async -> Void
    ) async throws {
        self.store = store
        self.clock = clock
        self.log = log
        self.timers = timers
        self.rebuild = rebuild
        self.perform = perform
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (loop, effects) = try await rebuild()
        self.loop = loop
        waiting = [Waiting(input: { _, _ in CareDecision(effects) }, reply: nil)]
        wakeUp.yield()
    }

    /// Whether the last commit succeeded.
    var isReady: Bool { isHealthy }

    /// Looks into the machine.
    func read<Answer: Sendable>(_ body: @Sendable (CareLoop) -> Answer) -> Answer {
        body(loop)
    }

    /// Hands a fact in; it is never refused.
    func note(_ input: @escaping Input) {
        waiting.append(Waiting(input: input, reply: nil))
        wakeUp.yield()
    }

    /// Hands a command in and returns when it is durable; throws the machine's refusal.
    func command(_ input: @escaping Input) async throws {
        guard waiting.count < CareDesk.capacity else { throw Problem.notReady }
        try await withCheckedThrowingContinuation { continuation in
            waiting.append(Waiting(input: input, reply: continuation))
            wakeUp.yield()
        }
    }

    /// Works until `stop`; one consumer.
    func run() async {
        for await _ in wakeUps {
            if !isHealthy { await recover() }
            if isHealthy { await turn() }
            arm()
        }
        for left in waiting { left.reply?.resume(throwing: Problem.notReady) }
        waiting = []
    }

    /// Ends `run` once the inputs that wait are done.
    func stop() {
        wakeUp.finish()
    }

    /// Sets the timer to the machine's next deadline, or to the next try of a store that fails.
    private func arm() {
        if let timer { timers.cancel(timer) }
        timer = nil
        let delay: Duration
        if !isHealthy {
            delay = CareDesk.retry
        } else if let deadline = loop.nextDeadline {
            delay = max(deadline - clock.now(), .zero)
        } else {
            return
        }
        timer = timers.schedule(after: delay) { [wakeUp] in wakeUp.yield() }
    }

    private func turn() async {
        let inputs = waiting
        waiting = []
        let now = clock.now()
        var steps: [Step] = []
        for item in inputs {
            do {
                append(try item.input(&loop, now), reply: item.reply, to: &steps)
            } catch {
                item.reply?.resume(throwing: error)
            }
        }
        let before = loop.replanFigures
        append(CareDecision(loop.advance(to: now)), reply: nil, to: &steps)
        report(loop.replanFigures, since: before)
        guard !steps.isEmpty else { return }

        do {
            try await commit(steps)
            for step in steps { await follow(step) }
        } catch .doubleBooking {
            await commitOneByOne(steps)
        } catch {
            await fail(steps, error)
        }
    }

    /// Says what re-optimisation moved and gained, when it did.
    private func report(_ figures: ReplanFigures, since before: ReplanFigures) {
        guard figures.served > before.served else { return }
        let served = figures.served - before.served
        let moved = figures.moved - before.moved
        let gained = figures.gainedServed - before.gainedServed
        let cost = Int((figures.gainedCost - before.gainedCost).rounded())
        log(
            .info,
            "care",
            "planned together: \(served) served, \(moved) otherwise than one by one, "
                + "gained \(gained) more served and \(cost) of cost"
        )
    }

    /// Splits a decision into steps, each from one `.store` to the next.
    private func append(
        _ decision: CareDecision,
        reply: CheckedContinuation<Void, any Error>?,
        to steps: inout [Step]
    ) {
        var step = Step(changes: decision.changes)
        for effect in decision.effects {
            switch effect {
            case .store(let records):
                if !step.records.isEmpty || !step.after.isEmpty {
                    steps.append(step)
                    step = Step()
                }
                step.records = records
            case .audit(let what, let object):
                step.changes.append(
                    .audit(
                        AuditEntry(
                            at: clock.now(),
                            principal: "careloop",
                            action: what,
                            object: object
                        )
                    )
                )
            case .tell, .attachRequest, .offerAlarm, .consultEnded, .openSession, .closeSession:
                step.after.append(effect)
            }
        }
        step.reply = reply
        if reply != nil || !step.records.isEmpty || !step.changes.isEmpty || !step.after.isEmpty {
            steps.append(step)
        }
    }

    private func commit(_ steps: [Step]) async throws(StoreError) {
        let changes = steps.flatMap { $0.records.map(\.change) + $0.changes }
        if !changes.isEmpty { try await store.apply(changes) }
    }

    /// After a double booking in a shared commit: the steps that can stand alone do.
    private func commitOneByOne(_ steps: [Step]) async {
        for (index, step) in steps.enumerated() {
            do {
                try await commit([step])
                await follow(step)
            } catch .doubleBooking(let booking) {
                log(.warning, "care", "the database refused booking \(booking); choosing again")
                step.reply?.resume(throwing: StoreError.doubleBooking(booking))
                waiting.insert(
                    Waiting(
                        input: { loop, now in
                            CareDecision(loop.bookingRefused(booking, at: now))
                        },
                        reply: nil
                    ),
                    at: 0
                )
                wakeUp.yield()
            } catch {
                await fail(Array(steps[index...]), error)
                return
            }
        }
    }

    private func follow(_ step: Step) async {
        for effect in step.after { await perform(effect) }
        step.reply?.resume()
    }

    /// The store does not work: nobody is told, and the machine is rebuilt once it does.
    private func fail(_ steps: [Step], _ error: StoreError) async {
        isHealthy = false
        log(.error, "care", "nothing was decided: \(error)")
        for step in steps { step.reply?.resume(throwing: error) }
        for left in waiting { left.reply?.resume(throwing: error) }
        waiting.removeAll { $0.reply != nil }
    }

    private func recover() async {
        guard let (loop, effects) = try? await rebuild() else { return }
        self.loop = loop
        isHealthy = true
        waiting.insert(Waiting(input: { _, _ in CareDecision(effects) }, reply: nil), at: 0)
        log(.info, "care", "the store works again; the care loop was rebuilt")
    }
}

/// What an input decided: the machine's effects, and changes for the same transaction.
struct CareDecision: Sendable {
    var effects: [CareEffect]
    var changes: [Change]

    init(_ effects: [CareEffect], with changes: [Change] = []) {
        self.effects = effects
        self.changes = changes
    }
}

extension CareRecord {
    /// The record as a change of the store.
    var change: Change {
        switch self {
        case .request(let request): .request(request)
        case .booking(let booking): .booking(booking)
        case .session(let session): .session(session)
        }
    }
}
