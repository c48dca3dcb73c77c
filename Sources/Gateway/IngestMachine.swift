public import Clinical
public import Scheduler
public import Store
public import Vocabulary

/// The gateway's judgement without its connections: messages in, one batch for the store out, and
/// receipts only for what was committed.
///
/// A turn: `receive` any number of messages → `takeTurn` → the caller gives what `missing` asks
/// for to `restore` and commits the batch → `committed`, or `failed`. Between `takeTurn` and its
/// end more may be received, and alarms may change; that joins the next turn.
public struct IngestMachine: Sendable {
    /// Who may send what.
    public internal(set) var registry = Registry()
    /// The alarms and scores.
    public internal(set) var ward: Ward
    /// What has been counted.
    public internal(set) var counters = IngestCounters()
    let limits: IngestLimits
    let plausibility: Plausibility

    var decoder: PayloadDecoder
    var decoded = DecodedPayload()
    /// The content type of the message in hand, in case it is refused; its room is used again.
    var contentType: [UInt8] = []
    let signals = SignalDecoder()
    var lanes: [Lane] = []
    /// Unknown devices and unreadable topics share one bucket for their refusals.
    var strangers: TokenBucket
    var turn = IngestTurn()
    /// Commands that devices have not answered yet.
    var commands = CommandBook()
    /// Lanes whose receipt has to wait, by due time.
    var receiptQueue: [(due: Instant, slot: Int)] = []

    /// A machine without devices.
    public init(
        limits: IngestLimits = IngestLimits(),
        defaults: AlarmLimits = .standard,
        policy: WardPolicy = WardPolicy(),
        profiles: [DeviceProfile] = [],
        seed: UInt64
    ) {
        self.limits = limits
        plausibility = policy.plausibility
        decoder = PayloadDecoder(limits: limits, profiles: profiles)
        strangers = TokenBucket(burst: limits.refusalBurst)
        ward = Ward(defaults: defaults, policy: policy, seed: seed)
    }

    // MARK: Registry

    /// Prepares for that many, so that tables do not grow to twice what they need.
    mutating func makeRoom(patients: Int, devices: Int) {
        registry.makeRoom(patients: patients, devices: devices)
        ward.makeRoom(patients: patients, devices: devices)
        lanes.reserveCapacity(devices)
    }

    /// Takes a site, new or changed.
    public mutating func register(_ site: Site) {
        registry.register(site)
    }

    /// Takes a patient, new or changed.
    public mutating func register(_ patient: Patient) {
        registry.register(patient)
        ward.admit(patient)
    }

    /// Takes a device, new or changed.
    public mutating func register(_ device: Device, at now: Instant) {
        registry.register(device)
        while lanes.count < registry.entries.count { lanes.append(Lane(limits)) }
        if let slot = registry.slot(of: device.number) {
            lanes[slot].profile = decoder.profile(named: device.profile)
        }
        admit(device.number, at: now)
    }

    /// Takes other device profiles; they hold from the next payload on.
    public mutating func setProfiles(_ profiles: [DeviceProfile]) {
        decoder.setProfiles(profiles)
        for slot in lanes.indices {
            let name = registry.entries[slot].device.profile
            lanes[slot].profile = decoder.profile(named: name)
        }
    }

    /// The names of the device profiles that are known, the native form first.
    public var profileNames: [String] {
        [DeviceProfile.native] + decoder.profiles.map(\.name)
    }

    /// Refuses these devices from now on, and nobody else.
    public mutating func refuse(_ devices: Set<String>) {
        registry.refuse(devices)
    }

    /// Takes a binding; an open one of the device ends where this one starts.
    public mutating func bind(_ binding: DeviceBinding, at now: Instant) {
        guard let slot = registry.slot(named: Array(binding.device.rawValue.utf8).span) else {
            return
        }
        registry.bind(binding)
        admit(registry.entries[slot].device.number, at: now)
    }

    /// Takes a boot that the store knows.
    public mutating func register(_ boot: DeviceBoot) {
        registry.register(boot)
    }

    private mutating func admit(_ number: DeviceNumber, at now: Instant) {
        guard let slot = registry.slot(of: number) else { return }
        ward.admit(registry.entries[slot].device, patient: registry.patient(slot, at: now))
    }

    // MARK: Restart

    /// Begins the rebuilding of the ward: open alarms first, then `replay`, then `advance`.
    public mutating func restore(_ alarms: [Alarm]) {
        ward.restore(alarms)
    }

    /// Gives a stored reading to the ward.
    public mutating func replay(_ reading: Reading) {
        var ignored: [Alarm] = []
        ward.receive(reading, at: reading.receivedAt, changed: &ignored)
    }

    /// Takes what the store knows of a boot's sequence numbers.
    public mutating func restore(_ missing: IngestTurn.MissingBoot, _ ranges: [ClosedRange<Int64>])
    {
        guard let slot = registry.slot(of: missing.device),
            lanes[slot].tracker(of: missing.boot) == nil
        else { return }
        lanes[slot].keep(SequenceTracker(ranges), of: missing.boot)
    }

    // MARK: Time and people

    /// Does what time alone brings to the ward.
    public mutating func advance(to now: Instant) {
        ward.advance(to: now, changed: &turn.batch.alarms)
    }

    /// Somebody takes notice of an alarm.
    public mutating func acknowledge(
        _ alarm: AlarmID,
        by user: UserID,
        at now: Instant
    ) throws(WardError) {
        try ward.acknowledge(alarm, by: user, at: now, changed: &turn.batch.alarms)
    }

    /// Notes which doctors a step of an alarm's chain is told.
    public mutating func choose(
        _ doctors: [DoctorID],
        forOffer number: Int,
        of alarm: AlarmID,
        at now: Instant
    ) {
        ward.choose(
            doctors,
            forOffer: number,
            of: alarm,
            at: now,
            changed: &turn.batch.alarms
        )
    }

    /// Somebody passes an alarm on to the next of its chain.
    public mutating func reject(
        _ alarm: AlarmID,
        by user: UserID,
        at now: Instant
    ) throws(WardError) {
        try ward.reject(alarm, by: user, at: now, changed: &turn.batch.alarms)
    }

    /// Somebody silences an alarm's signal for a time.
    public mutating func pause(
        _ alarm: AlarmID,
        seconds: Int,
        by user: UserID,
        at now: Instant
    ) throws(WardError) {
        try ward.pause(alarm, seconds: seconds, by: user, at: now, changed: &turn.batch.alarms)
    }

    /// Notes the consult request that an alarm caused.
    public mutating func attach(_ request: RequestID, to alarm: AlarmID, at now: Instant) {
        ward.attach(request, to: alarm, at: now, changed: &turn.batch.alarms)
    }

    /// Notes that a consult has its outcome.
    public mutating func consultEnded(_ request: RequestID, of alarm: AlarmID, at now: Instant) {
        ward.consultEnded(request, of: alarm, at: now, changed: &turn.batch.alarms)
    }

    // MARK: The turn

    /// Whether a commit would have anything to do.
    public var hasTurn: Bool { !turn.isEmpty }

    /// Takes what has been collected.
    public mutating func takeTurn() -> IngestTurn {
        var taken = IngestTurn()
        swap(&taken, &turn)
        taken.coalesceAlarms()
        taken.missing = missing(in: taken)
        return taken
    }

    /// The boots that the turn needs and no lane keeps: of each a receipt will be owed.
    private func missing(in turn: IngestTurn) -> [IngestTurn.MissingBoot] {
        var missing: [IngestTurn.MissingBoot] = []
        var seen: Set<IngestTurn.MissingBoot> = []
        func look(_ slot: Int, _ boot: Int32) {
            guard lanes[slot].tracker(of: boot) == nil else { return }
            let device = registry.entries[slot].device.number
            let needed = IngestTurn.MissingBoot(device: device, boot: boot)
            if seen.insert(needed).inserted { missing.append(needed) }
        }
        for sequence in turn.sequences { look(sequence.slot, sequence.boot) }
        for (slot, boot) in turn.repeated { look(slot, boot) }
        return missing
    }

    /// The turn is durable: its receipts and rejections may go out.
    public mutating func committed(
        _ turn: IngestTurn,
        _ outcome: IngestOutcome,
        at now: Instant
    ) -> [Announcement] {
        counters.stored += outcome.stored
        counters.duplicates += outcome.duplicates
        var touched: [Int] = []
        for sequence in turn.sequences {
            guard let index = lanes[sequence.slot].tracker(of: sequence.boot) else { continue }
            lanes[sequence.slot].trackers[index].tracker.insert(sequence.number)
            if lanes[sequence.slot].owed.isEmpty { touched.append(sequence.slot) }
            lanes[sequence.slot].owe(sequence.boot)
        }
        for (slot, boot) in turn.repeated {
            if lanes[slot].owed.isEmpty { touched.append(slot) }
            lanes[slot].owe(boot)
        }
        var announcements = turn.rejections
        for slot in touched {
            let interval = Duration.milliseconds(limits.receiptMilliseconds)
            // A clock that was set back must not keep receipts back.
            let due = min(lanes[slot].lastReceiptAt, now) + interval
            if due <= now || turn.backlogged.contains(slot) {
                announcements.append(contentsOf: receipts(slot, at: now))
            } else if !lanes[slot].isReceiptQueued {
                lanes[slot].isReceiptQueued = true
                queueReceipt(slot, due: due)
            }
        }
        for slot in turn.backlogged where !touched.contains(slot) {
            announcements.append(contentsOf: receipts(slot, at: now))
        }
        for slot in touched { lanes[slot].trim() }
        return announcements
    }

    /// The turn was not stored: its messages come again, its alarms and boots join the next one.
    public mutating func failed(_ failed: IngestTurn) {
        turn.batch.alarms.insert(contentsOf: failed.batch.alarms, at: 0)
        turn.batch.boots.insert(contentsOf: failed.batch.boots, at: 0)
        turn.presence.append(contentsOf: failed.presence)
        turn.batch.commands.insert(contentsOf: failed.batch.commands, at: 0)
    }

    // MARK: Receipts

    /// When the next receipt that waits is due.
    public var nextReceipt: Instant? { receiptQueue.first?.due }

    /// The receipts that are due by now.
    public mutating func dueReceipts(at now: Instant) -> [Announcement] {
        // Nothing waits longer than a reminder: what would do so was queued before the clock was
        // set back.
        let horizon = now + IngestMachine.reminderSpread
        let first = receiptQueue.firstIndex { $0.due > now } ?? receiptQueue.endIndex
        let last = receiptQueue.lastIndex { $0.due <= horizon }.map { $0 + 1 } ?? first
        let due = receiptQueue[..<first] + receiptQueue[max(first, last)...]
        guard !due.isEmpty else { return [] }
        receiptQueue = Array(receiptQueue[first..<max(first, last)])
        var announcements: [Announcement] = []
        for (_, slot) in due {
            lanes[slot].isReceiptQueued = false
            announcements.append(contentsOf: receipts(slot, at: now))
        }
        return announcements
    }

    /// Over how long the reminders after a loss at the broker are spread.
    private static let reminderSpread = Duration.seconds(10)

    /// Keeps the queue in the order of the due times; nearly always the newest is the last.
    private mutating func queueReceipt(_ slot: Int, due: Instant) {
        var index = receiptQueue.count
        while index > 0, receiptQueue[index - 1].due > due { index -= 1 }
        receiptQueue.insert((due, slot), at: index)
    }

    /// Owes each device of the provinces (empty: of all) its newest receipt once more, since what
    /// the broker held may be lost; they are spread over ten seconds, so that nothing herds.
    mutating func remind(provinces: [ProvinceID], at now: Instant) {
        let names = provinces.map { Array($0.rawValue.utf8) }
        let slots = lanes.indices.filter { slot in
            !lanes[slot].trackers.isEmpty
                && (names.isEmpty || names.contains(registry.entries[slot].province))
        }
        for (place, slot) in slots.enumerated() {
            guard let boot = lanes[slot].trackers.last?.boot else { continue }
            lanes[slot].owe(boot)
            guard !lanes[slot].isReceiptQueued else { continue }
            lanes[slot].isReceiptQueued = true
            queueReceipt(slot, due: now + IngestMachine.reminderSpread * place / slots.count)
        }
    }

    private mutating func receipts(_ slot: Int, at now: Instant) -> [Announcement] {
        guard !lanes[slot].owed.isEmpty else { return [] }
        let boots = lanes[slot].owed
        lanes[slot].owed = []
        lanes[slot].lastReceiptAt = now
        counters.receipts += boots.count
        return boots.compactMap { boot in
            guard let index = lanes[slot].tracker(of: boot),
                let text = registry.text(ofBoot: boot, slot),
                let topic = registry.topic(slot, "receipt")
            else { return nil }
            return Announcement(
                topic: topic,
                payload: receiptPayload(boot: text, lanes[slot].trackers[index].tracker),
                boot: text
            )
        }
    }

    // MARK: Presence

    /// Notes who has fallen silent; call it every few seconds.
    public mutating func sweepPresence(at now: Instant) {
        for slot in lanes.indices where lanes[slot].isOnline {
            guard let lastSeenAt = lanes[slot].lastSeenAt else { continue }
            let period = registry.entries[slot].device.periodSeconds
            let update = Duration.milliseconds(lanes[slot].updateMilliseconds)
            guard lastSeenAt + max(.seconds(max(60, 3 * period)), update) < now else { continue }
            lanes[slot].isOnline = false
            turn.presence.append(slot)
        }
    }

    /// Whether a device is there.
    public func presence(of device: DeviceID) -> DevicePresence? {
        registry.slot(named: Array(device.rawValue.utf8).span).map(presence)
    }

    /// How a device and the gateway stand with each other; nil for one that is not registered.
    public func link(of device: DeviceID) -> DeviceLink? {
        guard let slot = registry.slot(named: Array(device.rawValue.utf8).span) else { return nil }
        let lane = lanes[slot]
        let receipt = lane.trackers.last?.tracker.receipt(gapLimit: .max)
        return DeviceLink(
            clockOffset: lane.offset.interval,
            lastReceiptAt: lane.lastReceiptAt == .distantPast ? nil : lane.lastReceiptAt,
            gaps: receipt?.gaps.count ?? 0,
            ages: lane.ages
        )
    }

    /// Whether each device is there.
    public func presence() -> [DevicePresence] {
        lanes.indices.filter { registry.entries[$0].device.removedAt == nil }.map(presence)
    }

    /// The devices whose presence changed in the turn.
    public func presence(changedIn turn: IngestTurn) -> [DevicePresence] {
        turn.presence.map(presence)
    }

    private func presence(_ slot: Int) -> DevicePresence {
        let device = registry.entries[slot].device
        return DevicePresence(
            device: device.id,
            site: device.site,
            isOnline: lanes[slot].isOnline,
            lastSeenAt: lanes[slot].lastSeenAt
        )
    }
}
