public import Vocabulary

/// Alarms that nobody acknowledges go on along their site's chain.
extension Ward {
    /// Notes which doctors an offer's step is told; again, or of an offer long over, changes
    /// nothing.
    public mutating func choose(
        _ doctors: [DoctorID],
        forOffer number: Int,
        of alarm: AlarmID,
        at: Instant,
        changed: inout [Alarm]
    ) {
        guard let (slot, index) = place(of: alarm),
            monitors[slot].alarms[index].choose(doctors, for: number, policy.escalation, at: at)
        else { return }
        report(slot, index, &changed)
    }

    /// Somebody who was told passes the alarm on; the next of the chain is told at once.
    ///
    /// Throws `WardError.noOpenAlarm` when it has closed or never was, `.notOffered` when it waits
    /// for nobody.
    public mutating func reject(
        _ alarm: AlarmID,
        by user: UserID,
        at: Instant,
        changed: inout [Alarm]
    ) throws(WardError) {
        guard let (slot, index) = place(of: alarm) else { throw .noOpenAlarm(alarm) }
        guard monitors[slot].alarms[index].reject(by: user, policy.escalation, at: at) else {
            throw .notOffered(alarm)
        }
        report(slot, index, &changed)
    }

    /// Silences the alarm's signal for a time, after which it reminds; the chain waits meanwhile.
    ///
    /// It ends early when the alarm becomes more urgent. Throws `WardError.noOpenAlarm`,
    /// `.pauseTooLong` beyond `WardPolicy.pauseSeconds`, or `.notPausable` when it makes no sound,
    /// is paused already, or was paused `WardPolicy.pauses` times.
    public mutating func pause(
        _ alarm: AlarmID,
        seconds: Int,
        by user: UserID,
        at: Instant,
        changed: inout [Alarm]
    ) throws(WardError) {
        guard let (slot, index) = place(of: alarm) else { throw .noOpenAlarm(alarm) }
        guard (1...policy.pauseSeconds).contains(seconds) else {
            throw .pauseTooLong(atMostSeconds: policy.pauseSeconds)
        }
        let isPaused = monitors[slot].alarms[index].pause(
            by: user,
            until: at + .seconds(seconds),
            atMost: policy.pauses,
            at: at
        )
        guard isPaused else { throw .notPausable(alarm) }
        report(slot, index, &changed)
    }

    /// Brings an alarm's chain in line with its last change, and queues what is due next.
    mutating func settleChain(_ slot: Int, _ index: Int) {
        monitors[slot].alarms[index].settleChain(policy.escalation)
        queueChain(slot, index)
    }

    /// Queues the alarm's next step, unless it is queued for that time already.
    mutating func queueChain(_ slot: Int, _ index: Int) {
        let due = monitors[slot].alarms[index].chainDue
        guard let due, due != monitors[slot].alarms[index].queuedAt else { return }
        monitors[slot].alarms[index].queuedAt = due
        let patient = monitors[slot].patient.number
        deadlines.push(.chain(patient, monitors[slot].alarms[index].alarm.id), at: due)
    }

    /// A step of an alarm's chain may be due, or its pause over.
    mutating func checkChain(of alarm: AlarmID, at now: Instant, changed: inout [Alarm]) {
        guard let (slot, index) = place(of: alarm) else { return }
        if monitors[slot].alarms[index].advanceChain(policy.escalation, at: now) {
            report(slot, index, &changed)
        } else {
            // The time has moved on since this was queued.
            queueChain(slot, index)
        }
    }

    /// After a restart: alarms from before there was a chain get one, the others go on.
    mutating func resumeChains(_ slot: Int, at now: Instant, _ changed: inout [Alarm]) {
        for index in monitors[slot].alarms.indices.reversed() {
            let alarm = monitors[slot].alarms[index].alarm
            if alarm.offers == nil, alarm.wantsSomebody, policy.escalation.applies(to: alarm),
                !policy.escalation.steps(of: alarm.site).isEmpty
            {
                monitors[slot].alarms[index].alarm.changedAt = now
                report(slot, index, &changed)
            } else {
                queueChain(slot, index)
            }
        }
    }
}
