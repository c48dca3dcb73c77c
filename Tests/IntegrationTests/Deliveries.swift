import Clinical
import Gateway
import Simulation
import Store
import TestKit
import Vocabulary

/// One device's readings on their way to the gateway: in order, or in the disorder of one seed.
struct Deliveries: Sendable {
    /// One message and when it arrives.
    struct Message: Sendable {
        let at: Instant
        let payload: [UInt8]
    }

    /// By arrival.
    private(set) var messages: [Message] = []
    /// Numbers of the readings whose first copy came too late for any alarm.
    private(set) var backfilled: Set<Int64> = []
    /// How many copies came besides the first ones.
    private(set) var copies = 0

    /// Each reading in its turn, as it is measured.
    init(inOrder entries: [SpoolEntry]) {
        messages = entries.map { Message(at: $0.measurement.at, payload: Deliveries.single($0)) }
    }

    /// Shuffled, doubled and delayed: single readings up to 14 min late, outages whose readings
    /// come as one shuffled backlog, a few readings after hours, and copies at any time.
    init(disordering entries: [SpoolEntry], _ random: inout SeededRandom) {
        var outage: [SpoolEntry] = []
        var outageEnd = Instant.distantPast
        for entry in entries {
            let at = entry.measurement.at
            if !outage.isEmpty, at >= outageEnd {
                deliver(outage, at: outageEnd, &random)
                outage = []
            }
            if outage.isEmpty, random.chance(0.01) {
                outageEnd = at + .seconds(Int.random(in: 30...840, using: &random))
                outage = [entry]
            } else if !outage.isEmpty {
                outage.append(entry)
            } else {
                deliver(entry, &random)
            }
        }
        if !outage.isEmpty { deliver(outage, at: outageEnd, &random) }
        messages.sort { $0.at < $1.at }
    }

    private mutating func deliver(_ entry: SpoolEntry, _ random: inout SeededRandom) {
        let delay: Int
        switch Int.random(in: 0..<100, using: &random) {
        case ..<60: delay = Int.random(in: 0...2_000, using: &random)
        case ..<96: delay = Int.random(in: 0...840_000, using: &random)
        default:
            delay = Int.random(in: 900_001...21_600_000, using: &random)
            backfilled.insert(entry.sequence)
        }
        let arrival = entry.measurement.at + .milliseconds(delay)
        messages.append(Message(at: arrival, payload: Deliveries.single(entry)))
        copy([entry], after: arrival, &random)
    }

    private mutating func deliver(
        _ entries: [SpoolEntry],
        at arrival: Instant,
        _ random: inout SeededRandom
    ) {
        let shuffled = entries.shuffled(using: &random)
        for payload in NativePayload.backlogs(shuffled, sent: arrival) {
            messages.append(Message(at: arrival, payload: payload))
        }
        copy(shuffled, after: arrival, &random)
    }

    private mutating func copy(
        _ entries: [SpoolEntry],
        after arrival: Instant,
        _ random: inout SeededRandom
    ) {
        guard random.chance(0.15) else { return }
        let later = arrival + .milliseconds(Int.random(in: 0...7_200_000, using: &random))
        copies += entries.count
        for payload in NativePayload.backlogs(entries, sent: later) {
            messages.append(Message(at: later, payload: payload))
        }
    }

    private static func single(_ entry: SpoolEntry) -> [UInt8] {
        NativePayload.single(
            entry.measurement,
            boot: entry.boot,
            sequence: entry.sequence,
            sent: entry.measurement.at
        )
    }
}

/// What deliveries leave behind in the gateway's machine and in its store.
struct Delivered: Sendable {
    /// A stored reading without what depends on the way: receipt time and flags of lateness.
    struct Stored: Hashable, Sendable {
        let sequence: Int64
        let at: Instant
        let values: [Int32?]
        let invalid: SignSet
        let questionable: SignSet
    }

    private(set) var stored: [Stored] = []
    private(set) var assessment: News2Assessment?
    /// Every condition, by its cause's name.
    private(set) var conditions: [String: AlarmCondition] = [:]
    /// Causes of the patient's open alarms, and of those whose condition is present.
    private(set) var open: Set<String> = []
    private(set) var present: Set<String> = []
    /// Changes of alarms of the patient's condition in turns of backfill alone.
    private(set) var backfillChanges = 0
    /// Alarms of the patient's condition whose sample came more than 15 min after its measuring.
    private(set) var latePages = 0

    /// Plays the deliveries through a machine and a store in memory, and looks at `end`.
    init(_ messages: [Deliveries.Message], periodSeconds: Int, end: Instant) async throws {
        let store = MemoryStore()
        try await store.apply(ReplayedStay.registry(periodSeconds: periodSeconds))
        var machine = ReplayedStay.machine(periodSeconds: periodSeconds)
        for message in messages {
            machine.advance(to: message.at)
            try await commit(&machine, store, at: message.at)
            let (topic, type, payload) = (ReplayedStay.topic, [UInt8](), message.payload)
            machine.receive(
                topic: topic.span,
                contentType: type.span,
                payload: payload.span,
                at: message.at
            )
            try await commit(&machine, store, at: message.at)
        }
        machine.advance(to: end)
        let readings = try await store.readings(
            of: 1,
            from: .distantPast,
            until: .distantFuture,
            limit: .max
        )
        stored = readings.map { reading in
            Stored(
                sequence: reading.sequence,
                at: reading.at,
                values: Sign.allCases.map { reading[$0]?.thousandths },
                invalid: reading.invalid,
                questionable: reading.questionable
            )
        }.sorted { $0.sequence < $1.sequence }
        assessment = machine.ward.assessment(of: 1, at: end)
        var causes: [AlarmCause] = [.news2]
        for limit in AlarmLimits.standard.signs { causes += [.low(limit.sign), .high(limit.sign)] }
        for cause in causes { conditions[cause.name] = machine.ward.condition(of: cause, 1) }
        for alarm in machine.ward.openAlarms() where alarm.cause.kind == .physiological {
            open.insert(alarm.cause.name)
            if alarm.condition == .present { present.insert(alarm.cause.name) }
        }
    }

    private mutating func commit(
        _ machine: inout IngestMachine,
        _ store: MemoryStore,
        at now: Instant
    ) async throws {
        guard machine.hasTurn else { return }
        let turn = machine.takeTurn()
        for missing in turn.missing {
            let ranges = try await store.durableSequences(
                device: missing.device,
                boot: missing.boot
            )
            machine.restore(missing, ranges)
        }
        let nothing = IngestOutcome(stored: 0, duplicates: 0)
        let outcome = turn.batch.isEmpty ? nothing : try await store.commit(turn.batch)
        _ = machine.committed(turn, outcome, at: now)
        let alarms = turn.batch.alarms.filter { $0.cause.kind == .physiological }
        let isBackfill =
            !turn.batch.readings.isEmpty
            && turn.batch.readings.allSatisfy { $0.flags.contains(.backfill) }
        if isBackfill { backfillChanges += alarms.count }
        latePages += alarms.count { $0.sampleReceivedAt - $0.sampleAt > .minutes(15) }
    }
}

/// Plays one stay in order and in disorder, and says what the two left in common.
struct Disorder: Sendable {
    let late: Delivered
    let whole: Delivered
    let onTime: Delivered
    let deliveries: Deliveries
    let entries: Int

    init(
        _ measurements: [Measurement],
        periodSeconds: Int,
        _ random: inout SeededRandom
    ) async throws {
        var spool = Spool(boot: "b", capacity: measurements.count + 1)
        for measurement in measurements { spool.keep(measurement) }
        let entries = spool.entries
        deliveries = Deliveries(disordering: entries, &random)
        let end = (measurements.last?.at ?? .distantPast) + .hours(9)
        late = try await Delivered(
            deliveries.messages,
            periodSeconds: periodSeconds,
            end: end
        )
        whole = try await Delivered(
            Deliveries(inOrder: entries).messages,
            periodSeconds: periodSeconds,
            end: end
        )
        // What came after hours must not touch an alarm: as if it had never come.
        let backfilled = deliveries.backfilled
        onTime = try await Delivered(
            Deliveries(inOrder: entries.filter { !backfilled.contains($0.sequence) }).messages,
            periodSeconds: periodSeconds,
            end: end
        )
        self.entries = entries.count
    }

    /// What differs though it must not; empty when all is well.
    var faults: [String] {
        var faults: [String] = []
        if late.stored != whole.stored { faults.append("other readings are stored") }
        if late.assessment != whole.assessment { faults.append("the score is another") }
        for (cause, condition) in onTime.conditions where late.conditions[cause] != condition {
            let other = late.conditions[cause].map(\.rawValue) ?? "nothing"
            faults.append("\(cause) is \(other), in order it is \(condition.rawValue)")
        }
        if late.present != onTime.present { faults.append("other alarms are present") }
        for cause in onTime.open.subtracting(late.open) {
            faults.append("an alarm of \(cause) was hidden")
        }
        if late.backfillChanges > 0 { faults.append("backfill changed an alarm") }
        if late.latePages > 0 { faults.append("a page came from a reading that was too late") }
        return faults
    }
}
