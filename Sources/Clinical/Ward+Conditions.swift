import Vocabulary

/// Brings the alarms into line with the conditions.
extension Ward {
    /// Raises, changes and closes the patient's physiological alarms.
    mutating func settle(_ slot: Int, at now: Instant, changed: inout [Alarm]) {
        monitors[slot].freshen(policy)
        for rule in monitors[slot].rules.indices {
            settle(slot, rule, at: now, changed: &changed)
        }
        endAlarmsWithoutRule(slot, at: now, changed: &changed)
    }

    private mutating func settle(
        _ slot: Int,
        _ rule: Int,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        let machine = monitors[slot].machine(rule)
        let cause = monitors[slot].rules[rule].cause
        var signalled = machine.episodesUntil
        if let index = index(of: cause, slot) {
            // Whatever the alarm stood for while it was shown has been signalled.
            if monitors[slot].alarms[index].alarm.condition == .present {
                signalled = max(signalled, machine.lastAt)
            }
            let hasChanged = monitors[slot].alarms[index].follow(
                machine.condition,
                machine.priority,
                score: monitors[slot].score(of: cause),
                latchesMedium: policy.latchesMedium,
                at: now
            )
            if hasChanged { report(slot, index, &changed) }
        } else if machine.condition == .present {
            raise(machine, rule, .present, slot, at: now, changed: &changed)
        } else if machine.episodeAt > monitors[slot].signalledUntil[rule],
            machine.priority.latches(medium: policy.latchesMedium)
        {
            // Late readings show an episode that came and went unseen: somebody must know of it,
            // and the readings' order of arrival must not decide whether.
            raise(machine, rule, .absent, slot, at: now, changed: &changed)
        }
        // Written only where it changes: the monitors of quiet patients share one array.
        if monitors[slot].signalledUntil[rule] < signalled {
            monitors[slot].signalledUntil[rule] = signalled
        }
    }

    private mutating func raise(
        _ machine: AlarmMachine,
        _ rule: Int,
        _ condition: AlarmCondition,
        _ slot: Int,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        raise(
            monitors[slot].rules[rule].cause,
            machine.priority,
            condition: condition,
            slot: slot,
            sampleAt: machine.episodeAt,
            received: machine.episodeAt + .milliseconds(Int(machine.episodeLag)),
            at: now,
            changed: &changed
        )
    }

    /// A limit that was taken away no longer holds.
    private mutating func endAlarmsWithoutRule(
        _ slot: Int,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        for index in monitors[slot].alarms.indices.reversed() {
            let alarm = monitors[slot].alarms[index].alarm
            guard alarm.cause.kind == .physiological, alarm.cause != .sos,
                !monitors[slot].rules.contains(where: { $0.cause == alarm.cause })
            else { continue }
            end(slot, index, at: now, &changed)
        }
    }

    /// The condition of an open alarm is gone.
    mutating func end(_ slot: Int, _ index: Int, at now: Instant, _ changed: inout [Alarm]) {
        let priority = monitors[slot].alarms[index].alarm.priority
        let hasChanged = monitors[slot].alarms[index].follow(
            .absent,
            priority,
            score: nil,
            latchesMedium: policy.latchesMedium,
            at: now
        )
        if hasChanged { report(slot, index, &changed) }
    }
}
