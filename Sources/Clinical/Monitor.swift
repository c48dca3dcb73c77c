import Vocabulary

/// What is known of one patient: the newest samples, and the conditions folded over a window.
///
/// Conditions are folded over rows in event time (`FoldedWindow`), so what order the readings came
/// in decides nothing.
struct Monitor: Sendable {
    /// The patient.
    private(set) var patient: Patient
    /// NEWS2's rule, then the limits'.
    var rules: [AlarmRule] { terms.rules }
    /// The newest samples.
    private(set) var latest = LatestSamples()
    /// The open alarms.
    var alarms: [OpenAlarm] = []
    /// Up to which event time each rule's episodes have been signalled.
    var signalledUntil: [Instant]
    /// What the equipment is known to lack.
    var equipment = Equipment()

    /// Alarms whose conditions a replay is to make anew.
    private var restored: [Alarm] = []
    private var watched: SignSet
    private var terms: ConditionFold.Terms
    private var window: FoldedWindow
    private var newestReceipt = Instant.distantPast
    /// Whether a probe was off after the reading before.
    private var wasProbeOff = false

    /// A monitor of a patient of whom nothing was measured.
    init(_ patient: Patient, rules: [AlarmRule], policy: WardPolicy) {
        self.patient = patient
        signalledUntil = Array(repeating: .distantPast, count: rules.count)
        window = FoldedWindow(rules: rules.count)
        watched = Monitor.signs(rules)
        terms = Monitor.terms(patient, rules, policy)
    }

    /// The condition of a rule, as of the newest sample.
    func machine(_ rule: Int) -> AlarmMachine { window.current.machines[rule] }

    /// The aggregate over the fresh inputs that goes with a cause, at the newest evaluation.
    func score(of cause: AlarmCause) -> Int? {
        switch cause {
        case .news2: window.current.total
        case .pews: window.current.pewsTotal
        case .low, .high, .sos, .offline, .lowBattery, .sensorOff: nil
        }
    }

    /// Whether rows of a backlog are still to be folded in; `freshen` does it.
    var isStale: Bool { window.isStale }

    /// Folds in what a backlog brought late.
    mutating func freshen(_ policy: WardPolicy) { window.freshen(terms, policy) }

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
            number: reading.flags.contains(.unsequenced)
                ? 0 : Int32(truncatingIfNeeded: reading.sequence),
            lag: Int32(clamping: lag),
            signs: signs,
            questionable: reading.questionable.intersection(signs),
            isSpotCheck: isSpotCheck
        )
        signs.forEachNumber { sign in
            if let magnitude = reading[sign] { row.set(sign, magnitude) }
        }
        newestReceipt = max(newestReceipt, reading.receivedAt)
        if !restored.isEmpty, window.isUntouched {
            assume(restored.filter { $0.sampleAt < row.at }, policy)
        }
        let isBacklog = reading.flags.contains(.backlog)
        let changed = window.place(row, deferred: isBacklog, terms, policy)
        window.trim(before: horizon(policy), most: policy.windowReadings, terms, policy)
        return changed
    }

    /// Nothing that was measured before can still be placed.
    private func horizon(_ policy: WardPolicy) -> Int64 {
        max(newestReceipt, .distantPast + .hours(24)).milliseconds
            - Int64(policy.lateSeconds) * 1_000
    }

    /// Takes a device's word that a probe came off.
    mutating func probeCameOff(at: Instant) {
        equipment.probeCameOff(at: at, latest)
        wasProbeOff = true
    }

    /// Whether a probe is off.
    mutating func isProbeOff() -> Bool {
        equipment.isProbeOff(latest)
    }

    /// Takes a changed record or other rules; conditions of rules that stay are kept.
    ///
    /// A rule that is new judges the window's readings; episodes that were over before a late
    /// reading could still be placed are not news.
    mutating func change(_ patient: Patient, rules: [AlarmRule], policy: WardPolicy) {
        let earlier = self.rules
        let places = rules.map { rule in earlier.firstIndex { $0.cause == rule.cause } }
        let scoreFrom = terms.scoreFrom
        self.patient = patient
        let signalled = signalledUntil
        let horizon = Instant(milliseconds: horizon(policy))
        signalledUntil = places.map { place in place.map { signalled[$0] } ?? horizon }
        watched = Monitor.signs(rules)
        terms = Monitor.terms(patient, rules, policy)
        let hasOtherAge = terms.scoreFrom != scoreFrom
        window.rebase(terms, policy) { fold in
            fold.machines.rearrange(places)
            fold.score.rescoreSaturation(patient.effectiveScale)
            if hasOtherAge { fold.machines[0] = AlarmMachine() }
        }
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
        freshen(policy)
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
        let rules = terms.rules
        window.rebase(terms, policy) { fold in
            for alarm in alarms {
                guard let rule = rules.firstIndex(where: { $0.cause == alarm.cause }) else {
                    continue
                }
                let lag = alarm.sampleReceivedAt.milliseconds - alarm.sampleAt.milliseconds
                fold.machines[rule] = .present(
                    alarm.priority,
                    since: alarm.sampleAt,
                    lag: Int32(clamping: lag)
                )
            }
        }
    }

    private mutating func note(_ reading: Reading, _ invalid: SignSet) {
        reading.signs.forEachNumber { sign in
            guard let magnitude = reading[sign] else { return }
            if invalid.contains(sign) {
                latest.note(sign, magnitude, reading, .invalid)
            } else {
                let validity: Validity =
                    reading.questionable.contains(sign) ? .questionable : .valid
                latest.note(sign, magnitude, reading, validity)
            }
        }
    }

    private static func terms(
        _ patient: Patient,
        _ rules: [AlarmRule],
        _ policy: WardPolicy
    ) -> ConditionFold.Terms {
        ConditionFold.Terms(
            rules: rules,
            scale: patient.effectiveScale,
            scoreFrom: Monitor.scoreFrom(patient),
            pews: policy.pews.map { table in
                (table, patient.birthYear, Monitor.adultFrom(patient))
            }
        )
    }

    private static func signs(_ rules: [AlarmRule]) -> SignSet {
        rules.reduce(into: News2Parameter.signs) { signs, rule in
            if let sign = rule.sign { signs.insert(SignSet(sign)) }
            if rule.cause == .pews { signs.formUnion(PewsFold.signs) }
        }
    }

    /// From when on NEWS2 applies to the patient.
    private static func scoreFrom(_ patient: Patient) -> Instant {
        patient.pregnant ? .distantFuture : adultFrom(patient)
    }

    /// From when on the patient counts as grown up, by the year of birth.
    private static func adultFrom(_ patient: Patient) -> Instant {
        let year = patient.birthYear + News2.leastAge
        let days = CivilTime.daysSinceEpoch(year: year, month: 1, day: 1)
        return Instant(milliseconds: Int64(days) * 86_400_000)
    }
}
