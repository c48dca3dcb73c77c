public import Vocabulary

/// What the ward knows of a device.
struct DeviceWatch: Sendable {
    /// The patient it measures now.
    var patient: PatientNumber?
    /// How long it may be silent, in milliseconds.
    var deadline: Int64
    /// Whether one sample suffices.
    var isSpotCheck: Bool
    /// When it was last heard from; nil until it was heard from at all.
    var lastHeard: Instant?
    /// Whether it counts as silent.
    var isSilent = false
    /// Whether its deadline is queued.
    var isQueued = false
}

extension Ward {
    /// Takes a device's record and the patient it measures now, nil for none.
    ///
    /// It is watched from its first reading on: silent for twice its period, it is offline.
    public mutating func admit(_ device: Device, patient: PatientNumber?) {
        let bound = device.removedAt == nil ? patient : nil
        var watch = devices[device.number] ?? DeviceWatch(deadline: 0, isSpotCheck: false)
        if watch.isSilent, watch.patient != bound {
            // The silence was the former patient's; the alarm ends with the next look at it.
            if let former = watch.patient.flatMap({ slots[$0] }) {
                monitors[former].equipment.silentDevices -= 1
                deadlines.push(.equipment(monitors[former].patient.number), at: .distantPast)
            }
            watch.isSilent = false
            watch.lastHeard = nil
        }
        watch.patient = bound
        watch.deadline = 2_000 * Int64(max(1, device.periodSeconds))
        watch.isSpotCheck = device.periodSeconds >= policy.spotCheckPeriodSeconds
        devices[device.number] = watch
    }

    /// Takes something that a device told besides its readings.
    ///
    /// A press of the button alarms at once and whatever its age; told twice, it alarms once.
    public mutating func receive(
        _ event: DeviceEvent,
        of device: DeviceNumber,
        patient: PatientNumber,
        at: Instant,
        now: Instant,
        changed: inout [Alarm]
    ) {
        guard let slot = slots[patient] else { return }
        switch event {
        case .offline:
            fallSilent(device, at: at, now: now, changed: &changed)
        case .online:
            _ = heard(from: device, at: now, changed: &changed)
            monitors[slot].equipment.lowBatteryUntil = nil
            settleBattery(slot, sampleAt: at, now, &changed)
        case .sos:
            _ = heard(from: device, at: now, changed: &changed)
            press(slot, at: at, now: now, changed: &changed)
        case .sensorOff, .leadOff:
            _ = heard(from: device, at: now, changed: &changed)
            monitors[slot].equipment.probeCameOff(at: at, monitors[slot].scorable)
            settleProbe(slot, sampleAt: at, received: now, now, &changed)
        case .lowBattery:
            _ = heard(from: device, at: now, changed: &changed)
            let until = at + .seconds(policy.batteryHoldSeconds)
            guard until > now else { return }
            monitors[slot].equipment.lowBatteryUntil = until
            deadlines.push(.equipment(patient), at: until)
            settleBattery(slot, sampleAt: at, now, &changed)
        }
    }

    /// Notes a sign of life; returns whether the device is a spot-check one.
    mutating func heard(
        from device: DeviceNumber,
        at now: Instant,
        changed: inout [Alarm]
    ) -> Bool {
        guard let position = devices.index(forKey: device) else { return false }
        let isSpotCheck = devices.values[position].isSpotCheck
        guard let patient = devices.values[position].patient else { return isSpotCheck }
        let wasSilent = devices.values[position].isSilent
        devices.values[position].lastHeard = max(devices.values[position].lastHeard ?? now, now)
        devices.values[position].isSilent = false
        if !devices.values[position].isQueued, !isReplaying {
            devices.values[position].isQueued = true
            let due = now.milliseconds + devices.values[position].deadline
            deadlines.push(.silence(device), at: Instant(milliseconds: due))
        }
        guard let slot = slots[patient] else { return isSpotCheck }
        if wasSilent { monitors[slot].equipment.silentDevices -= 1 }
        if !isReplaying, wasSilent || monitors[slot].equipment.wasOfflineBeforeRestart {
            monitors[slot].equipment.wasOfflineBeforeRestart = false
            settleOffline(slot, sampleAt: now, now, &changed)
        }
        return isSpotCheck
    }

    /// A device's deadline has come: it is silent, or its deadline has moved on.
    mutating func checkSilence(
        of device: DeviceNumber,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        guard var watch = devices[device], watch.isQueued else { return }
        watch.isQueued = false
        defer { if devices[device]?.isSilent == false { devices[device] = watch } }
        guard let lastHeard = watch.lastHeard, watch.patient != nil, !watch.isSilent else { return }
        let due = Instant(milliseconds: lastHeard.milliseconds + watch.deadline)
        if due <= now {
            devices[device] = watch
            fallSilent(device, at: due, now: now, changed: &changed)
        } else {
            watch.isQueued = true
            deadlines.push(.silence(device), at: due)
        }
    }

    /// Whether a low battery still counts, and whether a silent device is the patient's still.
    mutating func checkEquipment(
        of patient: PatientNumber,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        guard let slot = slots[patient] else { return }
        if let until = monitors[slot].equipment.lowBatteryUntil, until <= now {
            monitors[slot].equipment.lowBatteryUntil = nil
        }
        settleBattery(slot, sampleAt: now, now, &changed)
        settleOffline(slot, sampleAt: now, now, &changed)
    }

    /// Takes the equipment's part of an alarm from before a restart.
    mutating func restoreEquipment(_ alarm: Alarm, _ slot: Int) {
        if alarm.cause == .sos {
            let last = monitors[slot].equipment.lastPress
            monitors[slot].equipment.lastPress = max(last, alarm.sampleAt)
        }
        guard alarm.condition == .present else { return }
        switch alarm.cause {
        case .offline: monitors[slot].equipment.wasOfflineBeforeRestart = true
        case .sensorOff:
            monitors[slot].equipment.probeCameOff(at: alarm.sampleAt, LatestTable())
        case .lowBattery:
            let until = alarm.sampleAt + .seconds(policy.batteryHoldSeconds)
            monitors[slot].equipment.lowBatteryUntil = until
            deadlines.push(.equipment(monitors[slot].patient.number), at: until)
        case .news2, .low, .high, .sos: break
        }
    }

    /// The deadlines start anew: nobody could be heard while the ward was away.
    mutating func resumeWatching(at now: Instant) {
        for (device, watch) in devices where watch.lastHeard != nil && !watch.isSilent {
            devices[device]?.lastHeard = now
            devices[device]?.isQueued = true
            let due = Instant(milliseconds: now.milliseconds + watch.deadline)
            if !watch.isQueued { deadlines.push(.silence(device), at: due) }
        }
    }

    /// Raises or ends the probe's alarm: medium while something ails the patient, else low.
    mutating func settleProbe(
        _ slot: Int,
        sampleAt: Instant,
        received: Instant,
        _ now: Instant,
        _ changed: inout [Alarm]
    ) {
        let isOff = monitors[slot].isProbeOff()
        guard !isReplaying, isOff || !monitors[slot].alarms.isEmpty else { return }
        let priority: AlarmPriority = isAiling(slot) ? .medium : .low
        settle(.sensorOff, isOff, priority, slot, (sampleAt, received), now, &changed)
    }

    private mutating func press(
        _ slot: Int,
        at: Instant,
        now: Instant,
        changed: inout [Alarm]
    ) {
        guard at > monitors[slot].equipment.lastPress else { return }
        monitors[slot].equipment.lastPress = at
        settle(.sos, true, .high, slot, (at, now), now, &changed)
    }

    private mutating func fallSilent(
        _ device: DeviceNumber,
        at: Instant,
        now: Instant,
        changed: inout [Alarm]
    ) {
        guard let watch = devices[device], !watch.isSilent, let patient = watch.patient,
            let slot = slots[patient]
        else { return }
        devices[device]?.isSilent = true
        monitors[slot].equipment.silentDevices += 1
        settleOffline(slot, sampleAt: at, now, &changed)
    }

    private mutating func settleOffline(
        _ slot: Int,
        sampleAt: Instant,
        _ now: Instant,
        _ changed: inout [Alarm]
    ) {
        let priority: AlarmPriority = isAiling(slot) ? .high : .low
        let isOffline = monitors[slot].equipment.isOffline
        settle(.offline, isOffline, priority, slot, (sampleAt, now), now, &changed)
    }

    private mutating func settleBattery(
        _ slot: Int,
        sampleAt: Instant,
        _ now: Instant,
        _ changed: inout [Alarm]
    ) {
        let isLow = monitors[slot].equipment.lowBatteryUntil != nil
        settle(.lowBattery, isLow, .low, slot, (sampleAt, now), now, &changed)
    }

    /// Brings one alarm of the equipment, or of the button, into line with its condition.
    private mutating func settle(
        _ cause: AlarmCause,
        _ isPresent: Bool,
        _ priority: AlarmPriority,
        _ slot: Int,
        _ sample: (at: Instant, received: Instant),
        _ now: Instant,
        _ changed: inout [Alarm]
    ) {
        guard !isReplaying else { return }
        guard let index = index(of: cause, slot) else {
            guard isPresent else { return }
            return raise(
                cause,
                priority,
                slot: slot,
                sampleAt: sample.at,
                received: sample.received,
                at: now,
                changed: &changed
            )
        }
        guard isPresent else { return end(slot, index, at: now, &changed) }
        let standing = monitors[slot].alarms[index].alarm.priority
        let hasChanged = monitors[slot].alarms[index].follow(
            .present,
            max(standing, priority),
            score: nil,
            latchesMedium: policy.latchesMedium,
            at: now
        )
        if hasChanged { report(slot, index, &changed) }
    }

    /// Whether a physiological alarm of the patient is open.
    private func isAiling(_ slot: Int) -> Bool {
        monitors[slot].alarms.contains { $0.alarm.cause.kind == .physiological }
    }
}
