import Vocabulary

/// The way along the chain: whom the alarm is offered to, until when, and what they did.
///
/// An alarm that wants somebody and whose priority calls for a chain always has an offer with a
/// time: one that waits, or the chain's last with the time at which the chain begins anew.
extension OpenAlarm {
    /// When the chain or a pause has something to do; nil when nothing is due.
    var chainDue: Instant? {
        if let pausedUntil = alarm.pausedUntil { return pausedUntil }
        guard alarm.wantsSomebody, let last = alarm.offers?.last else { return nil }
        switch last.state {
        case .offered, .expired, .rejected: return last.until
        case .accepted, .unassigned: return nil
        }
    }

    /// Brings the offers in line with what the alarm shows since its last change.
    mutating func settleChain(_ policy: EscalationPolicy) {
        let at = alarm.changedAt
        switch alarm.signal {
        case .acknowledged:
            answer(.accepted, by: alarm.acknowledgedBy, at: at)
            endPause(at: at)
            alarm.responsibility = .accepted
        case .off:
            if isTaken { answer(.accepted, by: alarm.acknowledgedBy, at: at) }
            withdraw(at: at)
        case .on, .latched:
            guard policy.applies(to: alarm), !policy.steps(of: alarm.site).isEmpty else {
                return withdraw(at: at)
            }
            guard let last = alarm.offers?.last else { return offer(0, policy, at: at) }
            switch last.state {
            case .offered: hasten(policy, at: at)
            case .accepted, .unassigned: offer(0, policy, at: at)
            case .expired, .rejected:
                // A chain that ended begins anew at once when the alarm got worse, or when somebody
                // took it after the end and it sounds again.
                if isTaken || last.priority < alarm.priority { offer(0, policy, at: at) }
            }
        }
    }

    /// Does what is due: ends a pause, offers the alarm to the next, or begins the chain anew.
    mutating func advanceChain(_ policy: EscalationPolicy, at now: Instant) -> Bool {
        guard let due = chainDue, due <= now else { return false }
        alarm.changedAt = now
        if alarm.pausedUntil != nil {
            endPause(at: now)
            giveTime(policy, at: now)
        } else if alarm.offers?.last?.state == .offered {
            answer(.expired, by: nil, at: now)
            offerNext(policy, at: now)
        } else {
            offer(0, policy, at: now)
        }
        return true
    }

    /// Notes which doctors a step is told; with nobody to tell the next step follows at once.
    mutating func choose(
        _ doctors: [DoctorID],
        for number: Int,
        _ policy: EscalationPolicy,
        at: Instant
    ) -> Bool {
        guard let index = alarm.offers?.lastIndex(where: { $0.number == number }),
            alarm.offers?[index].doctors == nil
        else { return false }
        alarm.offers?[index].doctors = doctors
        alarm.changedAt = at
        if doctors.isEmpty, alarm.wantsSomebody, alarm.offers?[index].state == .offered {
            answer(.expired, by: nil, at: at)
            offerNext(policy, at: at)
        }
        return true
    }

    /// Somebody passes the alarm on; false when it waits for nobody.
    mutating func reject(by user: UserID, _ policy: EscalationPolicy, at: Instant) -> Bool {
        guard alarm.wantsSomebody, alarm.offers?.last?.state == .offered else { return false }
        alarm.changedAt = at
        endPause(at: at)
        answer(.rejected, by: user, at: at)
        offerNext(policy, at: at)
        return true
    }

    /// Somebody silences the signal for a time; false when it makes no sound or was paused as
    /// often as is allowed.
    mutating func pause(by user: UserID, until: Instant, atMost times: Int, at: Instant) -> Bool {
        guard alarm.wantsSomebody, alarm.pausedUntil == nil, (alarm.pauses?.count ?? 0) < times
        else { return false }
        alarm.pauses = (alarm.pauses ?? []) + [AlarmPause(by: user, at: at, until: until)]
        alarm.changedAt = at
        return true
    }

    /// Ends a pause: at its time, and whenever the alarm becomes more urgent than when it began.
    mutating func endPause(at: Instant) {
        guard alarm.pausedUntil != nil, let last = alarm.pauses?.indices.last else { return }
        alarm.pauses?[last].endedAt = at
    }

    /// Whether somebody acknowledged since it was last offered.
    private var isTaken: Bool {
        guard let at = alarm.acknowledgedAt, let last = alarm.offers?.last else { return false }
        return last.at <= at
    }

    private mutating func offer(_ step: Int, _ policy: EscalationPolicy, at: Instant) {
        let steps = policy.steps(of: alarm.site)
        guard step < steps.count else { return }
        var offers = alarm.offers ?? []
        offers.append(
            AlarmOffer(
                number: (offers.last?.number ?? 0) + 1,
                to: steps[step].role,
                at: at,
                priority: alarm.priority,
                until: at + policy.wait(steps[step].waitSeconds, alarm.priority),
                doctors: steps[step].role == .nurse ? [] : nil
            )
        )
        if offers.count > AlarmOffer.limit { offers.removeFirst() }
        alarm.offers = offers
        alarm.escalation = step
        alarm.responsibility = .offered
    }

    /// The next step, or the end of the chain until it begins anew.
    private mutating func offerNext(_ policy: EscalationPolicy, at: Instant) {
        let next = alarm.escalation + 1
        guard next >= policy.steps(of: alarm.site).count else { return offer(next, policy, at: at) }
        guard let last = alarm.offers?.indices.last else { return }
        alarm.offers?[last].until = at + policy.wait(policy.repeatSeconds, alarm.priority)
        alarm.responsibility = alarm.offers?[last].state ?? .expired
    }

    /// A higher priority shortens the time of whoever has the alarm now.
    private mutating func hasten(_ policy: EscalationPolicy, at: Instant) {
        let steps = policy.steps(of: alarm.site)
        guard let index = alarm.offers?.indices.last, let last = alarm.offers?[index],
            last.priority < alarm.priority, alarm.escalation < steps.count
        else { return }
        let until = at + policy.wait(steps[alarm.escalation].waitSeconds, alarm.priority)
        alarm.offers?[index].until = min(last.until, until)
        alarm.offers?[index].priority = alarm.priority
    }

    /// After a pause whoever has the alarm gets the step's time again.
    private mutating func giveTime(_ policy: EscalationPolicy, at: Instant) {
        let steps = policy.steps(of: alarm.site)
        guard let last = alarm.offers?.indices.last, alarm.offers?[last].state == .offered,
            alarm.escalation < steps.count
        else { return }
        let wait = policy.wait(steps[alarm.escalation].waitSeconds, alarm.priority)
        alarm.offers?[last].until = at + wait
    }

    private mutating func answer(_ state: AlarmResponsibility, by user: UserID?, at: Instant) {
        guard let last = alarm.offers?.indices.last, alarm.offers?[last].state == .offered else {
            return
        }
        alarm.offers?[last].state = state
        alarm.offers?[last].answeredAt = at
        alarm.offers?[last].answeredBy = user
        if state == .accepted { alarm.responsibility = .accepted }
    }

    private mutating func withdraw(at: Instant) {
        answer(.unassigned, by: nil, at: at)
        endPause(at: at)
        if alarm.responsibility == .offered { alarm.responsibility = .unassigned }
    }
}
