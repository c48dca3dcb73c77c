import CareLoop
import Clinical
import Gateway
import Scheduler
import Signalling
import Store
import TestKit
import Vocabulary

/// One life of the coordinator's process, in steps between any two of which it may end.
///
/// It carries the real machines as the real actors do: `Gateway`, `AlarmPump`, `CareDesk`,
/// `Announcer`, `AlarmWork`, `SessionPump` and `Switchboard`, each with its own queue and its own
/// order; what the actors await is a step of its own here. What comes out of the process stands in
/// `outbox`, which survives a crash: it has left.
struct House {
    /// What one actor does next.
    enum Step: CaseIterable {
        case read, takeTurn, commitTurn, announceTurn, releaseTurn
        case pumpAlarms, decide, commitDecision, follow, startAlarmWork, takeSessionEvent
    }

    /// What leaves the process.
    enum Output: Sendable {
        case acknowledge([UInt64])
        case redeliver
        case receipt(topic: String, payload: [UInt8])
        case tell([CareAudience], Notice)
        case tellAlarm(Alarm)
        case tellStep(AlarmTelling)
        case frame(SocketID, [UInt8])
        case closed(SocketID)
        case answered(call: Int, isDone: Bool)
    }

    /// A message as the broker delivers it.
    struct Publication: Sendable {
        let device: Int
        let topic: [UInt8]
        let payload: [UInt8]
    }

    enum Input {
        case effects([CareEffect])
        case alarm(Alarm)
        case progress(SessionID, SessionProgress)
        case presumed(SessionID, SessionStatement)
        case refused(BookingID)
        case answer(BookingID, OfferAnswer, DoctorID, call: Int)
        case outcome(OutcomeOffer, PendingReply)
    }

    enum Reply {
        case call(Int)
        case outcome(PendingReply)
    }

    struct CareStep {
        var records: [CareRecord] = []
        var after: [CareEffect] = []
        var reply: Reply?
    }

    enum Commit {
        case none
        case taken(IngestTurn, [UInt64])
        case stored(IngestTurn, IngestOutcome, [UInt64])
        case announced([UInt64])
    }

    enum Work {
        case attach(RequestID, AlarmID)
        case offer(AlarmID, number: Int, [DoctorID])
        case consultEnded(RequestID, AlarmID)
    }

    /// Somebody who waits until a change of an alarm is durable.
    enum Waiter {
        case work
        case call(Int, AlarmID)
    }

    let sabotage: Sabotage?
    let memory: MemoryStore
    let store: FaultyStore
    var machine: IngestMachine
    var loop: CareLoop
    var exchange: Exchange
    var broker: VirtualBroker<Publication>
    var outbox: [Output] = []
    /// What became durable since it was last asked for, in words.
    var news: [String] = []
    var broken: [String] = []

    // The gateway.
    var held: [UInt64] = []
    var commit = Commit.none
    var pausedUntil: Instant?
    /// Turns taken so far, and who waits for which.
    var turns = 0
    var waiters: [(turn: Int, waiter: Waiter)] = []
    /// The feed: the newest record of each alarm that changed, and readings.
    var feedAlarms: [Alarm] = []
    var feedReadings: [Reading] = []
    var teller: AlarmTeller
    // The care desk.
    var waiting: [Input] = []
    var decided: [CareStep] = []
    var following: [CareEffect] = []
    var replies: [Reply] = []
    var followers: [CareStep] = []
    var isCommittingSingly = false
    var unhealthyUntil: Instant?
    // Alarm work and session events.
    var work: [Work] = []
    var isWorking = false
    var events: [ExchangeEvent] = []
    var isConcluding = false
    var effects: [ExchangeEffect] = []

    // MARK: Start

    /// Starts a process over what an earlier one has left.
    static func start(
        store memory: MemoryStore,
        broker: VirtualBroker<Publication>,
        seed: UInt64,
        sabotage: Sabotage?,
        at now: Instant
    ) async throws -> House {
        var seeds = SeededRandom(seed: seed)
        var machine = IngestMachine(policy: .hasty, seed: seeds.next())
        for site in try await memory.sites() { machine.register(site) }
        for patient in try await memory.patients() { machine.register(patient) }
        for device in try await memory.devices() { machine.register(device, at: now) }
        for binding in try await memory.bindings() { machine.bind(binding, at: now) }
        for boot in try await memory.boots() { machine.register(boot) }
        let open = try await memory.alarms(AlarmFilter(open: true, limit: 1_000_000))
        machine.restore(sabotage.taken(of: open))
        var cursor: ReadingPage.Cursor?
        repeat {
            let page = try await memory.readings(since: now - .hours(12), page: cursor)
            for reading in page.readings { machine.replay(reading) }
            cursor = page.next
        } while cursor != nil
        machine.advance(to: now)

        var house = House(
            sabotage: sabotage,
            memory: memory,
            store: FaultyStore(memory),
            machine: machine,
            loop: CareLoop(seed: 0, sites: [], doctors: []),
            exchange: Exchange(secrets: CountedSecrets(first: seeds.next()), limits: .lasting),
            broker: broker,
            teller: AlarmTeller(open: sabotage == .tellsAgain ? [] : open)
        )
        try await house.rebuild(seed: seeds.next(), at: now)
        return house
    }

    /// Makes the care loop from the store, as `Coordinator.careLoop` does.
    mutating func rebuild(seed: UInt64, at now: Instant) async throws {
        var loop = CareLoop(
            seed: seed,
            sites: try await memory.sites(),
            doctors: try await memory.doctors()
        )
        var alarms = try await memory.alarms(AlarmFilter(open: true, limit: 1_000_000))
        if sabotage == .trustsTheFeed { alarms = [] }
        let states = RequestState.allCases.filter { !$0.isFinal }
        var requests = try await memory.requests(RequestFilter(states: states, limit: 1_000_000))
        let known = Set(requests.map(\.id))
        for id in alarms.compactMap(\.request) where !known.contains(id) {
            if let request = try await memory.request(id) { requests.append(request) }
        }
        if sabotage == .forgetsRequests { requests = [] }
        let recent = try await memory.bookings(
            BookingFilter(from: now - .hours(24), limit: 1_000_000)
        )
        let live = try await memory.bookings(BookingFilter(live: true, limit: 1_000_000))
        var effects = loop.restore(
            requests: requests,
            bookings: recent.filter { !$0.state.isLive } + live,
            sessions: try await memory.openSessions(),
            alarms: alarms,
            patients: try await memory.patients(),
            at: now
        )
        if sabotage == .neverChoosesAgain {
            effects.removeAll { if case .offerAlarm = $0 { true } else { false } }
        }
        if sabotage == .neverRepeatsAttach {
            effects.removeAll { if case .attachRequest = $0 { true } else { false } }
        }
        let rooms = exchange.rooms
        if sabotage != .forgetsRooms {
            effects += loop.roomsSeen(rooms, at: now)
            for room in rooms where loop.session(room.session) == nil {
                guard let session = try await memory.session(room.session), session.state.isFinal
                else { continue }
                effects.append(.closeSession(session, why: "the consult is over"))
            }
        }
        self.loop = loop
        waiting.insert(.effects(effects), at: 0)
    }

    // MARK: Steps

    /// What can be done now.
    func runnable(at now: Instant) -> [Step] {
        Step.allCases.filter { isRunnable($0, at: now) }
    }

    private func isRunnable(_ step: Step, at now: Instant) -> Bool {
        switch step {
        case .read:
            guard held.isEmpty, broker.hasDelivery else { return false }
            switch commit {
            case .none: return true
            case .taken(_, let numbers), .stored(_, _, let numbers), .announced(let numbers):
                return numbers.isEmpty
            }
        case .takeTurn:
            guard case .none = commit, pausedUntil ?? now <= now else { return false }
            return !held.isEmpty || machine.hasTurn
        case .commitTurn:
            guard case .taken = commit else { return false }
            return true
        case .announceTurn:
            guard case .stored = commit else { return false }
            return true
        case .releaseTurn:
            guard case .announced = commit else { return false }
            return true
        case .pumpAlarms: return !feedAlarms.isEmpty || !feedReadings.isEmpty
        case .decide:
            guard decided.isEmpty, following.isEmpty, replies.isEmpty, followers.isEmpty
            else { return false }
            if let unhealthyUntil { return unhealthyUntil <= now }
            return !waiting.isEmpty || loop.nextDeadline ?? .distantFuture <= now
        case .commitDecision:
            return !decided.isEmpty && following.isEmpty && replies.isEmpty && followers.isEmpty
        case .follow: return !following.isEmpty || !replies.isEmpty || !followers.isEmpty
        case .startAlarmWork: return !isWorking && !work.isEmpty
        case .takeSessionEvent: return !isConcluding && !events.isEmpty
        }
    }

    /// When something is to be done without anything coming in.
    var nextDue: Instant? {
        var dues = [machine.ward.nextDeadline, machine.nextReceipt, exchange.nextDeadline]
        dues.append(pausedUntil)
        dues.append(unhealthyUntil ?? loop.nextDeadline)
        return dues.compactMap(\.self).min()
    }

    /// What the timers of the gateway and of the switchboard do.
    mutating func timePassed(at now: Instant) {
        if let due = [machine.ward.nextDeadline, machine.nextReceipt].compactMap(\.self).min(),
            due <= now
        {
            machine.advance(to: now)
            publish(machine.dueReceipts(at: now))
        }
        if let pausedUntil, pausedUntil <= now { self.pausedUntil = nil }
        if let due = exchange.nextDeadline, due <= now {
            turn(at: now) { $0.advance(to: $1, into: &$2) }
        }
    }

    mutating func perform(_ step: Step, seed: UInt64, at now: Instant) async throws {
        switch step {
        case .read: read(at: now)
        case .takeTurn: takeTurn()
        case .commitTurn: await commitTurn(at: now)
        case .announceTurn: announceTurn(at: now)
        case .releaseTurn: releaseTurn()
        case .pumpAlarms: pump(at: now)
        case .decide: try await decide(seed: seed, at: now)
        case .commitDecision: await commitDecision(at: now)
        case .follow: followNext(at: now)
        case .startAlarmWork: startAlarmWork(at: now)
        case .takeSessionEvent: takeSessionEvent(at: now)
        }
    }
}

extension WardPolicy {
    /// A chain so short that runs come to its end.
    static var hasty: WardPolicy {
        var policy = WardPolicy()
        policy.escalation = EscalationPolicy(
            chain: [
                EscalationStep(.nurse, waitSeconds: 8),
                EscalationStep(.siteDoctor, waitSeconds: 8),
                EscalationStep(.onCallSpecialist, waitSeconds: 10),
            ],
            mediumFactor: 1,
            repeatSeconds: 15
        )
        policy.incidentDevices = 2
        return policy
    }
}

extension Sabotage? {
    /// The alarms that a restart takes back.
    fileprivate func taken(of open: [Alarm]) -> [Alarm] {
        switch self {
        case .forgetsAlarms: []
        case .forgetsChains:
            open.map { alarm in
                var alarm = alarm
                alarm.offers = nil
                return alarm
            }
        default: open
        }
    }
}

extension ExchangeLimits {
    /// As the switchboard sets them: silent sockets are the server's own business.
    static var lasting: ExchangeLimits {
        var limits = ExchangeLimits()
        limits.silence = .hours(24)
        return limits
    }
}

/// Tokens from a counter that starts elsewhere in each life, so that old ones are refused.
struct CountedSecrets: SecretSource {
    private var count: UInt64

    init(first: UInt64) {
        count = first >> 8
    }

    mutating func token() -> String {
        count += 1
        return "token-\(count)"
    }

    func digest(of token: Span<UInt8>) -> TokenDigest {
        var bytes = [UInt8](repeating: 0, count: 32)
        for index in 0..<min(32, token.count) { bytes[index] = token[index] }
        guard let digest = TokenDigest(bytes.span) else { preconditionFailure("32 bytes") }
        return digest
    }
}
