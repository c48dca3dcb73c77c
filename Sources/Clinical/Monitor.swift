import Vocabulary

/// What is known of one patient: the newest samples, and the conditions folded over a window.
///
/// Conditions are folded over rows in event time. A row that is the newest costs one step; one
/// that comes late is put in its place and the fold runs again from the window's left edge. Rows
/// that leave the window go into the checkpoint, so nothing is ever forgotten, and a row from
/// before the checkpoint can no longer change anything.
struct Monitor: Sendable {
    private struct Fold: Sendable {
        var score = ScoreFold()
        /// One a rule, in the rules' order.
        var machines: [AlarmMachine]
        /// The aggregate of the newest evaluation.
        var total = 0
    }

    /// The patient.
    private(set) var patient: Patient
    /// NEWS2's rule, then the limits'.
    private(set) var rules: [AlarmRule]
    /// The newest samples that may be scored, backfill included.
    private(set) var scorable = LatestTable()
    /// The newest samples whatever they are worth.
    private(set) var newest = LatestTable()
    /// The open alarms.
    var alarms: [OpenAlarm] = []
    /// Up to which event time each rule's episodes have been signalled.
    var signalledUntil: [Instant]
    /// What the equipment is known to lack.
    var equipment = Equipment()

    /// Alarms whose conditions a replay is to make anew.
    private var restored: [Alarm] = []
    private var watched: SignSet
    private var scoreFrom: Instant
    private var window = SampleWindow()
    private var checkpoint: Fold
    private var current: Fold
    /// The newest row that the checkpoint holds.
    private var checkpointKey = RowKey()
    /// The newest row of all.
    private var lastKey = RowKey()
    private var newestReceipt = Instant.distantPast
    /// Whether a probe was off after the reading before.
    private var wasProbeOff = false

    /// A monitor of a patient of whom nothing was measured.
    init(_ patient: Patient, rules: [AlarmRule]) {
        self.patient = patient
        self.rules = rules
        signalledUntil = Array(repeating: .distantPast, count: rules.count)
        checkpoint = Fold(machines: Array(repeating: AlarmMachine(), count: rules.count))
        current = checkpoint
        watched = Monitor.signs(rules)
        scoreFrom = Monitor.scoreFrom(patient)
    }

    /// The condition of a rule, as of the newest sample.
    func machine(_ rule: Int) -> AlarmMachine { current.machines[rule] }

    /// NEWS2's aggregate over the fresh inputs at the newest evaluation.
    var total: Int { current.total }

    /// Takes a reading; true when an alarm may have to change.
    mutating func receive(_ reading: Reading, isSpotCheck: Bool, policy: WardPolicy) -> Bool {
        let lag = reading.receivedAt.milliseconds - reading.at.milliseconds
        guard lag >= -Int64(policy.futureToleranceSeconds) * 1_000 else { return false }
        let moved = place(reading, lag, isSpotCheck: isSpotCheck, policy)
        let isOff = isProbeOff()
        defer { wasProbeOff = isOff }
        return moved || isOff != wasProbeOff
    }

    private mutating func place(
        _ reading: Reading,
        _ lag: Int64,
        isSpotCheck: Bool,
        _ policy: WardPolicy
    ) -> Bool {
        let (probeOff, implausible) = policy.plausibility.judge(reading)
        let invalid = reading.invalid.union(probeOff).union(implausible)
        note(reading, invalid)
        let signs = reading.signs.subtracting(invalid).intersection(watched)
        guard !signs.isEmpty, lag <= Int64(policy.lateSeconds) * 1_000,
            !reading.flags.contains(.backfill)
        else { return false }
        var row = SampleRow(
            at: reading.at,
            device: reading.device,
            lag: Int32(clamping: lag),
            signs: signs,
            questionable: reading.questionable.intersection(signs),
            isSpotCheck: isSpotCheck
        )
        signs.forEachNumber { sign in
            if let magnitude = reading[sign] { row.set(sign, magnitude) }
        }
        newestReceipt = max(newestReceipt, reading.receivedAt)
        return place(row, policy)
    }

    /// Takes a device's word that a probe came off.
    mutating func probeCameOff(at: Instant) {
        equipment.probeCameOff(at: at, scorable)
        wasProbeOff = true
    }

    /// Whether a probe is off.
    mutating func isProbeOff() -> Bool {
        equipment.isProbeOff(newest: newest, scorable: scorable)
    }

    /// Takes a changed record or other rules; conditions of rules that stay are kept.
    mutating func change(_ patient: Patient, rules: [AlarmRule], policy: WardPolicy) {
        let earlier = self.rules
        func kept<Value>(_ values: [Value], _ fresh: Value) -> [Value] {
            rules.map { rule in
                earlier.firstIndex { $0.cause == rule.cause }.map { values[$0] } ?? fresh
            }
        }
        let hasOtherAge = Monitor.scoreFrom(patient) != scoreFrom
        self.patient = patient
        checkpoint.machines = kept(checkpoint.machines, AlarmMachine())
        signalledUntil = kept(signalledUntil, .distantPast)
        self.rules = rules
        watched = Monitor.signs(rules)
        scoreFrom = Monitor.scoreFrom(patient)
        checkpoint.score.rescoreSaturation(patient.effectiveScale)
        if hasOtherAge { checkpoint.machines[0] = AlarmMachine() }
        refold(policy)
    }

    /// Takes the condition of an open alarm from before a restart.
    ///
    /// The readings that are replayed make the condition anew, exactly as it was. Only where they
    /// do not reach back to the alarm's sample does the alarm itself say that it is present.
    mutating func restore(_ alarm: Alarm) {
        if alarm.condition == .present { restored.append(alarm) }
    }

    /// The replay is over: conditions that hold have their alarms, past episodes had theirs.
    mutating func endReplay(policy: WardPolicy) {
        assume(
            restored.filter { alarm in
                guard let rule = rules.firstIndex(where: { $0.cause == alarm.cause }) else {
                    return false
                }
                return machine(rule).lastAt < alarm.sampleAt
            },
            policy
        )
        restored = []
        for rule in rules.indices {
            signalledUntil[rule] = max(signalledUntil[rule], machine(rule).episodesUntil)
        }
    }

    /// Starts the alarms' conditions as present.
    private mutating func assume(_ alarms: [Alarm], _ policy: WardPolicy) {
        guard !alarms.isEmpty else { return }
        for alarm in alarms {
            guard let rule = rules.firstIndex(where: { $0.cause == alarm.cause }) else { continue }
            let lag = alarm.sampleReceivedAt.milliseconds - alarm.sampleAt.milliseconds
            checkpoint.machines[rule] = .present(
                alarm.priority,
                since: alarm.sampleAt,
                lag: Int32(clamping: lag)
            )
        }
        refold(policy)
    }

    private mutating func note(_ reading: Reading, _ invalid: SignSet) {
        reading.signs.forEachNumber { sign in
            guard let magnitude = reading[sign] else { return }
            if invalid.contains(sign) {
                newest.note(sign, magnitude, reading, .invalid)
            } else {
                let validity: Validity =
                    reading.questionable.contains(sign) ? .questionable : .valid
                newest.note(sign, magnitude, reading, validity)
                scorable.note(sign, magnitude, reading, validity)
            }
        }
    }

    private mutating func place(_ row: SampleRow, _ policy: WardPolicy) -> Bool {
        let key = RowKey(row)
        guard checkpointKey < key else { return false }
        if !restored.isEmpty, window.count == 0, checkpointKey == RowKey() {
            assume(restored.filter { $0.sampleAt < row.at }, policy)
        }
        var changed = true
        if lastKey < key {
            lastKey = key
            window.append(row)
            changed = step(&current, row, policy)
        } else {
            guard window.insert(row) else { return false }
            refold(policy)
        }
        trim(policy)
        return changed
    }

    private mutating func trim(_ policy: WardPolicy) {
        let horizon = newestReceipt.milliseconds - Int64(policy.lateSeconds) * 1_000
        while let firstAt = window.firstAt,
            firstAt.milliseconds < horizon || window.count > policy.windowReadings
        {
            guard let first = window.popFirst() else { return }
            checkpointKey = RowKey(first)
            _ = step(&checkpoint, first, policy)
        }
    }

    private mutating func refold(_ policy: WardPolicy) {
        var fold = checkpoint
        window.forEachRow { row in _ = step(&fold, row, policy) }
        current = fold
    }

    private func step(_ fold: inout Fold, _ row: SampleRow, _ policy: WardPolicy) -> Bool {
        var changed = false
        if !row.signs.isDisjoint(with: News2Parameter.signs), row.at >= scoreFrom {
            fold.score.take(row, scale: patient.effectiveScale)
            let outcome = fold.score.outcome(at: row.at, staleness: policy.staleness)
            fold.total = outcome.total
            let evidence = AlarmMachine.Evidence(
                at: row.at,
                lag: row.lag,
                position: outcome.position,
                priority: outcome.priority,
                heldPriority: outcome.heldPriority,
                isQuestionable: outcome.isQuestionable,
                isSpotCheck: row.isSpotCheck,
                isConfirmed: outcome.isConfirmed
            )
            changed = fold.machines[0].step(evidence, rules[0])
        }
        for index in 1..<rules.count {
            guard let sign = rules[index].sign, row.signs.contains(sign) else { continue }
            let evidence = AlarmMachine.Evidence(
                at: row.at,
                lag: row.lag,
                position: rules[index].position(of: row.value(sign)),
                priority: rules[index].priority,
                heldPriority: rules[index].priority,
                isQuestionable: row.questionable.contains(sign),
                isSpotCheck: row.isSpotCheck,
                isConfirmed: true
            )
            if fold.machines[index].step(evidence, rules[index]) { changed = true }
        }
        return changed
    }

    private static func signs(_ rules: [AlarmRule]) -> SignSet {
        rules.reduce(into: News2Parameter.signs) { signs, rule in
            if let sign = rule.sign { signs.insert(SignSet(sign)) }
        }
    }

    /// From when on NEWS2 applies to the patient.
    private static func scoreFrom(_ patient: Patient) -> Instant {
        guard !patient.pregnant else { return .distantFuture }
        let year = patient.birthYear + News2.leastAge
        let days = CivilTime.daysSinceEpoch(year: year, month: 1, day: 1)
        return Instant(milliseconds: Int64(days) * 86_400_000)
    }
}

/// A row's place in event time.
private struct RowKey: Sendable, Comparable {
    private var at = Instant.distantPast
    private var device: DeviceNumber = 0

    init() {}

    init(_ row: SampleRow) {
        at = row.at
        device = row.device
    }

    static func < (left: RowKey, right: RowKey) -> Bool {
        left.at != right.at ? left.at < right.at : left.device < right.device
    }
}
