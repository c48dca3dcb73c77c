public import Vocabulary

/// The alarms and scores of many patients: a pure machine that the gateway's actor carries.
///
/// Readings and events go in with the time of their receipt; alarms that were raised or changed
/// come out, whole records, to be stored in the same transaction. Conditions and scores depend on
/// the readings and their event times only, not on the order of arrival; what an alarm shows
/// (`AlarmSignal`) depends on what people were told and did as well.
///
/// After a restart: `admit` everybody, `restore` the open alarms, give the stored readings of the
/// last twelve hours to `receive`, then `advance` to the present. Between `restore` and `advance`
/// the ward replays: it rebuilds conditions and reports nothing.
public struct Ward: Sendable {
    private let defaults: AlarmLimits
    private let defaultRules: [AlarmRule]
    let policy: WardPolicy
    var random: SeededRandom
    var monitors: [Monitor] = []
    var slots = NumberIndex()
    var devices = NumberIndex()
    var watches: [DeviceWatch] = []
    var sites: [SiteWatch] = []
    var siteNumbers: [SiteID: Int] = [:]
    /// Patients with an offline alarm from before a restart, which the next sign of life ends.
    var offlineBeforeRestart: Set<Int> = []
    var deadlines = DeadlineQueue()
    private var owners: [AlarmID: Int] = [:]
    private(set) var isReplaying = false

    /// An empty ward; the seed decides the alarms' ids and must differ from run to run.
    public init(
        defaults: AlarmLimits = .standard,
        policy: WardPolicy = WardPolicy(),
        seed: UInt64
    ) {
        self.defaults = defaults
        self.policy = policy
        defaultRules = AlarmRule.rules(defaults, policy)
        random = SeededRandom(seed: seed)
    }

    /// Prepares for that many, so that tables do not grow to twice what they need.
    public mutating func makeRoom(patients: Int, devices: Int) {
        monitors.reserveCapacity(patients)
        watches.reserveCapacity(devices)
    }

    /// Takes a patient's record, new or changed.
    ///
    /// Changed limits judge the window's readings again; an alarm whose limit is gone or no longer
    /// exceeded follows with the patient's next reading or `advance`.
    public mutating func admit(_ patient: Patient) {
        let rules =
            patient.limits == nil
            ? defaultRules : AlarmRule.rules(defaults.overridden(by: patient.limits), policy)
        if let slot = slots[patient.number] {
            monitors[slot].change(patient, rules: rules, policy: policy)
            unsettled.append(slot)
        } else {
            slots[patient.number] = monitors.count
            monitors.append(Monitor(patient, rules: rules, policy: policy))
        }
    }

    /// Patients whose record changed since their alarms were last looked at.
    private var unsettled: [Int] = []

    /// Patients who got late readings of a backlog, with the times of one of them.
    private var backlogged: [(slot: Int, at: Instant, received: Instant)] = []

    /// Takes back the open alarms with their ids and acknowledgements, and starts the replay.
    ///
    /// A consult that one of them caused counts as under way until `consultEnded` is called.
    public mutating func restore(_ alarms: [Alarm]) {
        isReplaying = true
        let byID = Dictionary(
            monitors.indices.map { (monitors[$0].patient.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for alarm in alarms where alarm.closedAt == nil && owners[alarm.id] == nil {
            guard let slot = byID[alarm.patient] else { continue }
            owners[alarm.id] = slot
            monitors[slot].alarms.append(OpenAlarm(restored: alarm))
            monitors[slot].restore(alarm)
            restoreEquipment(alarm, slot)
            restoreIncident(alarm)
            if alarm.signal == .acknowledged, let at = alarm.acknowledgedAt {
                queueAcknowledgement(alarm.id, slot, at: at)
            }
        }
    }

    /// Takes one reading; appends the alarms that it raised or changed.
    ///
    /// Readings of patients who were not admitted are passed over.
    public mutating func receive(
        _ reading: Reading,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        let isSpotCheck = heard(from: reading.device, at: now, changed: &changed)
        guard let slot = slots[reading.patient] else { return }
        let moved = monitors[slot].receive(reading, isSpotCheck: isSpotCheck, policy: policy)
        guard !isReplaying else { return }
        if !unsettled.isEmpty { settleChangedPatients(at: now, changed: &changed) }
        guard moved else { return }
        if monitors[slot].isStale {
            if backlogged.last?.slot != slot {
                backlogged.append((slot, reading.at, reading.receivedAt))
            }
            return
        }
        settle(slot, at: now, changed: &changed)
        settleProbe(slot, sampleAt: reading.at, received: reading.receivedAt, now, &changed)
    }

    /// Judges what a backlog brought late; call it after the last reading of a payload.
    ///
    /// Late readings of a backlog are put in their place one by one and judged all at once.
    public mutating func settleBacklog(at now: Instant, changed: inout [Alarm]) {
        guard !backlogged.isEmpty, !isReplaying else { return }
        let late = backlogged
        backlogged = []
        for (slot, at, received) in late {
            settle(slot, at: now, changed: &changed)
            settleProbe(slot, sampleAt: at, received: received, now, &changed)
        }
    }

    /// When `advance` must be called at the latest, or somewhat earlier; nil when nothing is due.
    public var nextDeadline: Instant? {
        isReplaying || !unsettled.isEmpty || !backlogged.isEmpty ? .distantPast : deadlines.next
    }

    /// Does what time alone brings: acknowledgements that run out, devices that fell silent.
    ///
    /// Ends the replay that `restore` began, as the first device event would.
    public mutating func advance(to now: Instant, changed: inout [Alarm]) {
        if isReplaying { endReplay(at: now, changed: &changed) }
        settleChangedPatients(at: now, changed: &changed)
        settleBacklog(at: now, changed: &changed)
        while let deadline = deadlines.pop(due: now) {
            switch deadline {
            case .silence(let device): checkSilence(of: device, at: now, changed: &changed)
            case .acknowledgement(let patient, let alarm):
                checkAcknowledgement(of: alarm, patient, at: now, changed: &changed)
            case .chain(_, let alarm): checkChain(of: alarm, at: now, changed: &changed)
            case .equipment(let patient): checkEquipment(of: patient, at: now, changed: &changed)
            }
        }
    }

    /// Somebody takes notice of an alarm; again changes nothing.
    ///
    /// Of an incident's suppressed alarms, one stands for all. Throws `WardError.noOpenAlarm` when
    /// it has closed or never was.
    public mutating func acknowledge(
        _ alarm: AlarmID,
        by user: UserID,
        at: Instant,
        changed: inout [Alarm]
    ) throws(WardError) {
        guard let (slot, index) = place(of: alarm) else { throw .noOpenAlarm(alarm) }
        let siblings = siblings(of: monitors[slot].alarms[index].alarm)
        guard monitors[slot].alarms[index].acknowledge(by: user, at: at) else { return }
        report(slot, index, &changed)
        if owners[alarm] != nil { queueAcknowledgement(alarm, slot, at: at) }
        for sibling in siblings {
            guard let (slot, index) = place(of: sibling),
                monitors[slot].alarms[index].acknowledge(by: user, at: at)
            else { continue }
            report(slot, index, &changed)
        }
    }

    /// Notes the consult request that an alarm caused; it keeps the alarm open.
    public mutating func attach(
        _ request: RequestID,
        to alarm: AlarmID,
        at: Instant,
        changed: inout [Alarm]
    ) {
        guard let (slot, index) = place(of: alarm),
            monitors[slot].alarms[index].attach(request, at: at)
        else { return }
        report(slot, index, &changed)
    }

    /// Notes that a consult has its outcome, or will never take place.
    public mutating func consultEnded(
        _ request: RequestID,
        of alarm: AlarmID,
        at: Instant,
        changed: inout [Alarm]
    ) {
        guard let (slot, index) = place(of: alarm),
            monitors[slot].alarms[index].consultEnded(request, at: at)
        else { return }
        report(slot, index, &changed)
    }

    /// The patient's score with its provenance; nil for a patient who was not admitted.
    public func assessment(of patient: PatientNumber, at: Instant) -> News2Assessment? {
        guard let slot = slots[patient] else { return nil }
        return News2Assessment(
            of: monitors[slot].patient,
            at: at,
            staleness: policy.staleness,
            sample: { monitors[slot].latest.scorable($0) }
        )
    }

    /// A child's PEWS with its bounds; nil when it is off, or for whoever is 16 or not known.
    public func pews(of patient: PatientNumber, at: Instant) -> PewsScore? {
        guard let table = policy.pews, let slot = slots[patient],
            monitors[slot].patient.years(at: at) < News2.leastAge
        else { return nil }
        return PewsScore(table, years: monitors[slot].patient.years(at: at)) { sign in
            guard let sample = monitors[slot].latest.scorable(sign),
                at.milliseconds - sample.at.milliseconds
                    <= policy.staleness.milliseconds(child: sign)
            else { return nil }
            return sample.value
        }
    }

    /// The newest sample of each sign of the patient, whatever it is worth.
    public func latest(of patient: PatientNumber) -> [LatestSign] {
        guard let slot = slots[patient] else { return [] }
        return Sign.allCases.compactMap { monitors[slot].latest.newest($0) }
    }

    /// The condition of a physiological cause, as of the patient's newest sample.
    public func condition(of cause: AlarmCause, _ patient: PatientNumber) -> AlarmCondition {
        guard let slot = slots[patient],
            let rule = monitors[slot].rules.firstIndex(where: { $0.cause == cause })
        else { return .absent }
        return monitors[slot].machine(rule).condition
    }

    /// Every open alarm, by patient.
    public func openAlarms() -> [Alarm] {
        monitors.flatMap { $0.alarms.map(\.alarm) }
    }
}

extension Ward {
    /// Opens an alarm and reports it.
    mutating func raise(
        _ cause: AlarmCause,
        _ priority: AlarmPriority,
        condition: AlarmCondition = .present,
        slot: Int,
        sampleAt: Instant,
        received: Instant,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        let alarm = Alarm(
            id: .fresh("al", using: &random),
            patient: monitors[slot].patient.id,
            site: monitors[slot].patient.site,
            cause: cause,
            priority: priority,
            condition: condition,
            signal: condition == .present ? .on : .latched,
            sampleAt: sampleAt,
            sampleReceivedAt: received,
            raisedAt: now,
            changedAt: now,
            score: monitors[slot].score(of: cause)
        )
        owners[alarm.id] = slot
        monitors[slot].alarms.append(OpenAlarm(raised: alarm))
        let index = monitors[slot].alarms.count - 1
        settleChain(slot, index)
        changed.append(monitors[slot].alarms[index].alarm)
        // Who is ill and not heard from any more must not wait behind a silent device.
        if cause.kind == .physiological { settleOffline(slot, sampleAt: now, now, &changed) }
    }

    /// Reports an open alarm's record, and forgets the alarm when it has closed.
    mutating func report(_ slot: Int, _ index: Int, _ changed: inout [Alarm]) {
        settleChain(slot, index)
        let open = monitors[slot].alarms[index]
        changed.append(open.alarm)
        guard open.isClosed else { return }
        owners[open.alarm.id] = nil
        leaveIncident(open.alarm)
        monitors[slot].alarms.remove(at: index)
    }

    /// Where the patient's open alarm of a cause is, nil when there is none.
    func index(of cause: AlarmCause, _ slot: Int) -> Int? {
        monitors[slot].alarms.firstIndex { $0.alarm.cause == cause }
    }

    /// Where an open alarm is, nil when it is not.
    func place(of alarm: AlarmID) -> (slot: Int, index: Int)? {
        guard let slot = owners[alarm], let index = index(of: alarm, slot) else { return nil }
        return (slot, index)
    }

    private func index(of alarm: AlarmID, _ slot: Int) -> Int? {
        monitors[slot].alarms.firstIndex { $0.alarm.id == alarm }
    }

    private mutating func queueAcknowledgement(_ alarm: AlarmID, _ slot: Int, at: Instant) {
        deadlines.push(
            .acknowledgement(monitors[slot].patient.number, alarm),
            at: at + .seconds(policy.acknowledgeTimeoutSeconds)
        )
    }

    private mutating func checkAcknowledgement(
        of alarm: AlarmID,
        _ patient: PatientNumber,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        let timeout = Duration.seconds(policy.acknowledgeTimeoutSeconds)
        guard let slot = slots[patient], let index = index(of: alarm, slot),
            monitors[slot].alarms[index].soundAgain(after: timeout, at: now)
        else { return }
        report(slot, index, &changed)
    }

    /// The replay is over: conditions that hold have their alarm, past episodes had theirs.
    mutating func endReplay(at now: Instant, changed: inout [Alarm]) {
        isReplaying = false
        unsettled = []
        backlogged = []
        for slot in monitors.indices {
            monitors[slot].endReplay(policy: policy)
            settle(slot, at: now, changed: &changed)
            settleProbe(slot, sampleAt: now, received: now, now, &changed)
            checkEquipment(of: monitors[slot].patient.number, at: now, changed: &changed)
            resumeChains(slot, at: now, &changed)
        }
        resumeWatching(at: now)
    }

    private mutating func settleChangedPatients(at now: Instant, changed: inout [Alarm]) {
        guard !unsettled.isEmpty, !isReplaying else { return }
        let slots = unsettled
        unsettled = []
        for slot in slots { settle(slot, at: now, changed: &changed) }
    }
}
