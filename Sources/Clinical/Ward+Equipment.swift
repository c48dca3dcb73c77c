public import Vocabulary

/// What the ward knows of a device.
struct DeviceWatch: Sendable {
    /// The device.
    let device: DeviceNumber
    /// The patient it measures now.
    var patient: PatientNumber?
    /// The place of its site among the ward's.
    var site: Int
    /// How long it may be silent, in milliseconds: twice its period, or as it said itself if that
    /// is longer.
    var deadline: Int64 = 0
    /// Twice its period, in milliseconds.
    var twicePeriod: Int64 = 0
    /// How long it said that it may be silent, in milliseconds (SenML's `ut`).
    var updateTime: Int64 = 0
    /// Whether one sample suffices.
    var isSpotCheck = false
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
    /// It is watched from its first reading on: silent for twice its period, or for the time it
    /// said itself if that is longer, it is offline.
    public mutating func admit(_ device: Device, patient: PatientNumber?) {
        let bound = device.removedAt == nil ? patient : nil
        let index = devices[device.number] ?? watches.count
        let site = number(of: device.site)
        var watch =
            index < watches.count
            ? watches[index] : DeviceWatch(device: device.number, site: site)
        if watch.isSilent, watch.patient != bound {
            // The silence was the former patient's; the alarm ends with the next look at it.
            if let former = watch.patient.flatMap({ slots[$0] }) {
                monitors[former].equipment.silentDevices -= 1
                deadlines.push(.equipment(monitors[former].patient.number), at: .distantPast)
            }
            watch.isSilent = false
            watch.lastHeard = nil
            forgetSilence(of: device.number, watch.site)
        }
        sites[watch.site].devices.remove(device.number)
        watch.site = site
        if bound != nil { sites[site].devices.insert(device.number) }
        watch.patient = bound
        watch.twicePeriod = 2_000 * Int64(max(1, device.periodSeconds))
        watch.deadline = max(watch.twicePeriod, watch.updateTime)
        watch.isSpotCheck = device.periodSeconds >= policy.spotCheckPeriodSeconds
        if index < watches.count {
            watches[index] = watch
        } else {
            watches.append(watch)
            devices[device.number] = index
        }
    }

    /// Takes how long a device says that it may be silent (SenML's `ut`); it outlasts twice the
    /// device's period where it is longer.
    public mutating func mayBeSilent(_ device: DeviceNumber, seconds: Int) {
        guard let index = devices[device] else { return }
        watches[index].updateTime = Int64(min(max(0, seconds), 86_400)) * 1_000
        watches[index].deadline = max(watches[index].twicePeriod, watches[index].updateTime)
    }

    /// A device's battery has been charged: its alarm ends.
    public mutating func batteryRecovered(
        of patient: PatientNumber,
        at: Instant,
        now: Instant,
        changed: inout [Alarm]
    ) {
        guard let slot = slots[patient], monitors[slot].equipment.lowBatteryUntil != nil else {
            return
        }
        monitors[slot].equipment.lowBatteryUntil = nil
        settleBattery(slot, sampleAt: at, now, &changed)
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
        // An event is never part of a replay, and a press of the button must not be lost in one.
        if isReplaying { endReplay(at: now, changed: &changed) }
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
            monitors[slot].probeCameOff(at: at)
            settleProbe(slot, sampleAt: at, received: now, now, &changed)
        case .lowBattery:
            _ = heard(from: device, at: now, changed: &changed)
            let until = at + .seconds(policy.batteryHoldSeconds)
            guard until > now else { return }
            if monitors[slot].equipment.lowBatteryUntil == nil {
                deadlines.push(.equipment(patient), at: until)
            }
            monitors[slot].equipment.lowBatteryUntil = until
            settleBattery(slot, sampleAt: at, now, &changed)
        }
    }

    /// Notes a sign of life; returns whether the device is a spot-check one.
    mutating func heard(
        from device: DeviceNumber,
        at now: Instant,
        changed: inout [Alarm]
    ) -> Bool {
        guard let index = devices[device] else { return false }
        let watch = watches[index]
        guard let patient = watch.patient else { return watch.isSpotCheck }
        watches[index].lastHeard = max(watch.lastHeard ?? now, now)
        watches[index].isSilent = false
        if !watch.isQueued, !isReplaying {
            watches[index].isQueued = true
            let due = now.milliseconds + watch.deadline
            deadlines.push(.silence(device), at: Instant(milliseconds: due))
        }
        guard watch.isSilent || !offlineBeforeRestart.isEmpty, let slot = slots[patient] else {
            return watch.isSpotCheck
        }
        if watch.isSilent {
            monitors[slot].equipment.silentDevices -= 1
            forgetSilence(of: device, watch.site)
        }
        if !isReplaying {
            offlineBeforeRestart.remove(slot)
            settleOffline(slot, sampleAt: now, now, &changed)
        }
        return watch.isSpotCheck
    }

    /// A device's deadline has come: it is silent, or its deadline has moved on.
    mutating func checkSilence(
        of device: DeviceNumber,
        at now: Instant,
        changed: inout [Alarm]
    ) {
        guard let index = devices[device], watches[index].isQueued else { return }
        watches[index].isQueued = false
        let watch = watches[index]
        guard let lastHeard = watch.lastHeard, watch.patient != nil, !watch.isSilent else { return }
        let due = Instant(milliseconds: lastHeard.milliseconds + watch.deadline)
        if due <= now {
            fallSilent(device, at: due, now: now, changed: &changed)
        } else {
            watches[index].isQueued = true
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
        if let until = monitors[slot].equipment.lowBatteryUntil {
            if until <= now {
                monitors[slot].equipment.lowBatteryUntil = nil
            } else {
                deadlines.push(.equipment(patient), at: until)
            }
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
        case .offline: offlineBeforeRestart.insert(slot)
        case .sensorOff:
            monitors[slot].probeCameOff(at: alarm.sampleAt)
        case .lowBattery:
            let until = alarm.sampleAt + .seconds(policy.batteryHoldSeconds)
            monitors[slot].equipment.lowBatteryUntil = until
            deadlines.push(.equipment(monitors[slot].patient.number), at: until)
        case .news2, .pews, .low, .high, .sos: break
        }
    }

    /// The deadlines start anew: nobody could be heard while the ward was away.
    mutating func resumeWatching(at now: Instant) {
        for index in watches.indices {
            let watch = watches[index]
            guard watch.lastHeard != nil, !watch.isSilent else { continue }
            watches[index].lastHeard = now
            guard !watch.isQueued else { continue }
            watches[index].isQueued = true
            let due = Instant(milliseconds: now.milliseconds + watch.deadline)
            deadlines.push(.silence(watch.device), at: due)
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
        guard let index = devices[device], !watches[index].isSilent,
            let patient = watches[index].patient, let slot = slots[patient]
        else { return }
        watches[index].isSilent = true
        monitors[slot].equipment.silentDevices += 1
        settleOffline(slot, sampleAt: at, now, &changed)
        gather(device, watches[index].site, at: now, &changed)
    }

    mutating func settleOffline(
        _ slot: Int,
        sampleAt: Instant,
        _ now: Instant,
        _ changed: inout [Alarm]
    ) {
        let priority: AlarmPriority = isAiling(slot) ? .high : .low
        let isOffline =
            monitors[slot].equipment.silentDevices > 0 || offlineBeforeRestart.contains(slot)
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
    func isAiling(_ slot: Int) -> Bool {
        monitors[slot].alarms.contains { $0.alarm.cause.kind == .physiological }
    }
}
