public import Clinical
import Scheduler
import Signalling
public import Vocabulary

/// Alarms: what they ask for, and when two of them ask for one thing.
extension CareLoop {
    /// Takes an alarm's new state; `patient` gives languages, age and pregnancy.
    ///
    /// An alarm that asks for a consult joins the patient's open request if that came from an
    /// alarm too, or is at least as urgent; otherwise it makes one. A greater urgency raises an
    /// open request, and asks again after one that is over. Older news than known, and the same
    /// again, changes nothing. A condition that goes away leaves the request as it is. A step of
    /// the alarm's chain that has no doctors yet gets them.
    public mutating func alarmChanged(
        _ alarm: Alarm,
        patient: Patient?,
        at now: Instant
    ) -> [CareEffect] {
        guard !closedAlarms.contains(alarm.id) else { return [] }
        var known = alarms[alarm.id] ?? KnownAlarm(changedAt: alarm.changedAt)
        guard known.changedAt <= alarm.changedAt else { return [] }
        if alarm.closedAt != nil {
            forget(alarm.id)
            return []
        }
        known.changedAt = alarm.changedAt
        if known.request == nil, let named = alarm.request {
            // An alarm that comes with a request which is not open had its consult.
            known.request = named
            if cases[named] == nil { known.endedUrgency = .emergency }
            cases[named]?.alarms.insert(alarm.id)
        }
        alarms[alarm.id] = known
        return chooseDoctors(alarm, patient: patient, at: now)
            + askIfDue(alarm, known, patient: patient, at: now)
    }

    private mutating func askIfDue(
        _ alarm: Alarm,
        _ known: KnownAlarm,
        patient: Patient?,
        at now: Instant
    ) -> [CareEffect] {
        let isAlarming = alarm.condition == .present || alarm.signal == .latched
        let policy = policy(of: alarm.site)
        guard isAlarming, let demand = policy.demand(of: alarm, patient: patient, at: now) else {
            return []
        }
        if let id = known.request {
            if cases[id] != nil { return raise(id, to: demand.urgency, at: now) }
            // Over: a consult was held or staff took it back. Only something worse asks again.
            guard let ended = known.endedUrgency, demand.urgency < ended else { return [] }
        }
        if let open = requestToJoin(alarm.patient, demand) {
            return attach(alarm.id, to: open) + raise(open, to: demand.urgency, at: now)
        }
        return ask(for: alarm, demand, patient: patient, at: now)
    }

    private mutating func forget(_ id: AlarmID) {
        if let request = alarms.removeValue(forKey: id)?.request {
            cases[request]?.alarms.remove(id)
        }
        closedAlarms.insert(id)
        closedAlarmOrder.append(id)
        if closedAlarmOrder.count > CareLoop.closedAlarmLimit {
            let oldest = closedAlarmOrder.prefix(CareLoop.closedAlarmLimit / 2)
            closedAlarms.subtract(oldest)
            closedAlarmOrder.removeFirst(oldest.count)
        }
    }

    private func requestToJoin(_ patient: PatientID, _ demand: AlarmDemand) -> RequestID? {
        let open = (requestsOfPatient[patient] ?? []).compactMap { cases[$0]?.request }
        return open.filter { $0.origin == .alarm || $0.urgency <= demand.urgency }
            .min { ($0.urgency, $0.id) < ($1.urgency, $1.id) }?.id
    }

    mutating func attach(_ alarm: AlarmID, to id: RequestID) -> [CareEffect] {
        alarms[alarm]?.request = id
        alarms[alarm]?.endedUrgency = nil
        cases[id]?.alarms.insert(alarm)
        return [.attachRequest(id, to: alarm)]
    }

    private mutating func ask(
        for alarm: Alarm,
        _ demand: AlarmDemand,
        patient: Patient?,
        at now: Instant
    ) -> [CareEffect] {
        let policy = policy(of: alarm.site)
        let length = policy.length[demand.urgency]
        let request = ConsultRequest(
            id: .fresh("req", using: &random),
            site: alarm.site,
            patient: alarm.patient,
            specialty: demand.specialty,
            urgency: demand.urgency,
            earliest: now,
            deadline: now + policy.due[demand.urgency] + length,
            durationMinutes: Int(length.wholeMilliseconds / 60_000),
            languages: patient?.languages ?? [.vietnamese],
            origin: .alarm,
            alarm: alarm.id,
            openedAt: now
        )
        .carried(by: roster.site(alarm.site)?.link)
        var step = CareStep(request.id)
        cases[request.id] = CareCase(request)
        step.outward += attach(alarm.id, to: request.id)
        step.audit("request", "request/\(request.id)")
        step.say(.request, "asked because of an alarm: \(alarm.cause.name)")
        return finish(step, at: now) + settle(at: now)
    }

    /// Makes an open request more urgent; a lesser or equal urgency changes nothing.
    ///
    /// Everybody who was passed over may be asked again, for it is another question now. A request
    /// that is matched keeps its booking: people are told, for only they can weigh moving it.
    private mutating func raise(
        _ id: RequestID,
        to urgency: Urgency,
        at now: Instant
    ) -> [CareEffect] {
        guard var care = cases[id], urgency < care.request.urgency else { return [] }
        let policy = policy(of: care.request.site)
        var step = CareStep(id)
        step.audit("raise", "request/\(id)")
        care.request.urgency = urgency
        switch care.request.state {
        case .open, .unmatched, .offered:
            let due = now + policy.due[urgency] + care.request.duration
            care.request.deadline = min(care.request.deadline, due)
            care.request.declinedBy = []
            care.request.unansweredBy = []
            care.askAgainAt = nil
            care.hasToldNobody = false
            if care.live.isEmpty { care.nextTry = now }
            if !turnToRinging(&care, &step, at: now) { hasten(&care, policy, &step, at: now) }
            step.say(.request, "more urgent now: \(urgency.rawValue)", isEscalation: true)
        case .matched:
            step.say(.booking, "more urgent now: \(urgency.rawValue)", isEscalation: true)
            step.say(.request, "more urgent now: \(urgency.rawValue)", isEscalation: true)
        case .fulfilled, .cancelled: return []
        }
        cases[id] = care
        return finish(step, at: now) + settle(at: now)
    }

    /// Shortens the time to answer of the offer that is out, or takes it back when it would begin
    /// too late for the new urgency.
    private mutating func hasten(
        _ care: inout CareCase,
        _ policy: LoopPolicy,
        _ step: inout CareStep,
        at now: Instant
    ) {
        guard let booking = care.booking, let answerBy = booking.answerBy else { return }
        if booking.start > care.request.latestStart {
            release(&care, as: .cancelled, why: "an earlier time is needed", in: &step, at: now)
        } else {
            care.booking?.answerBy = min(answerBy, now + policy.offer[care.request.urgency])
            care.booking?.changedAt = now
            step.writesBooking = true
            step.say(.booking, "more urgent now: \(care.request.urgency.rawValue)")
        }
    }
}
