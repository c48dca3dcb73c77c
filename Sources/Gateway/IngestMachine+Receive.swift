import Clinical
public import Store
public import Vocabulary
import Wire

/// What happens to a message: identity → decoding → binding → plausibility → the turn.
extension IngestMachine {
    /// Takes one message as the broker delivered it; `now` is when it was received.
    public mutating func receive(
        topic: Span<UInt8>,
        contentType: Span<UInt8>,
        payload: Span<UInt8>,
        isRetained: Bool = false,
        correlation: [UInt8] = [],
        at now: Instant
    ) {
        counters.messages += 1
        turn.messages += 1
        var message = Message(now: now)
        note(contentType)
        do throws(Refusal) {
            try identify(topic, &message)
            switch message.leaf {
            case .vitals: try takeVitals(contentType, payload, topic, &message)
            case .status: try takeStatus(payload, isRetained: isRetained, message)
            case .events: try takeEvent(payload, message)
            case .responses: try takeResponse(payload, correlation: correlation, message)
            }
        } catch {
            refuse(error, topic, payload.copied(limit: limits.payloadBytes), message)
        }
    }

    /// Takes a payload out of quarantine once more, without the limits on rates.
    ///
    /// Returns how many readings it gave, and the first refusal if there was one; refused again,
    /// it is not quarantined again.
    public mutating func replay(
        _ payload: QuarantinedPayload
    ) -> (readings: Int, refusal: (code: QuarantineCode, detail: String)?) {
        let topic = Array(payload.topic.utf8)
        let before = turn.live.count
        var message = Message(now: payload.receivedAt)
        message.isReplay = true
        let contentType = Array(payload.contentType.utf8)
        do throws(Refusal) {
            try identify(topic.span, &message)
            guard message.leaf == .vitals else { return (0, nil) }
            try takeVitals(contentType.span, payload.payload.span, topic.span, &message)
        } catch {
            return (0, (error.code, error.detail))
        }
        let refusal = message.replayRefusal.map { ($0.code, $0.detail) }
        return (turn.live.count - before, refusal)
    }

    /// Remembers the content type, without allocating.
    private mutating func note(_ contentType: Span<UInt8>) {
        self.contentType.removeAll(keepingCapacity: true)
        for index in contentType.indices { self.contentType.append(contentType[index]) }
    }

    /// What is known of the message in hand.
    struct Message {
        let now: Instant
        var slot: Int?
        var leaf = TopicLeaf.vitals
        var isReplay = false
        var replayRefusal: Refusal?
        /// Whether the whole payload is in quarantine already.
        var isKeptWhole = false

        init(now: Instant) {
            self.now = now
        }
    }

    /// Finds the device by the topic and checks that the topic is the device's own.
    private func identify(_ topic: Span<UInt8>, _ message: inout Message) throws(Refusal) {
        guard let path = TopicPath(topic) else {
            throw Refusal(
                .identityMismatch,
                "the topic is not telehealth/v1/{province}/{site}/{device}/ and vitals, status, events or"
                    + " responses"
            )
        }
        message.leaf = path.leaf
        guard let slot = registry.slot(named: topic.extracting(path.device)),
            registry.entries[slot].device.removedAt.map({ message.now < $0 }) ?? true
        else { throw Refusal(.unknownDevice, "the device is not registered; register it first") }
        guard topic.extracting(path.site).equals(registry.entries[slot].site),
            topic.extracting(path.province).equals(registry.entries[slot].province)
        else {
            throw Refusal(
                .identityMismatch,
                "the device is registered under another site; correct topic or registry"
            )
        }
        guard !registry.entries[slot].isRefused else {
            throw Refusal(
                .identityMismatch,
                "the device's certificate was revoked; provision it anew"
            )
        }
        message.slot = slot
    }

    // MARK: Vitals

    private mutating func takeVitals(
        _ contentType: Span<UInt8>,
        _ bytes: Span<UInt8>,
        _ topic: Span<UInt8>,
        _ message: inout Message
    ) throws(Refusal) {
        guard let slot = message.slot else { return }
        var payload = DecodedPayload()
        swap(&payload, &decoded)
        defer { swap(&payload, &decoded) }
        try decoder.decode(
            bytes,
            contentType: contentType,
            profile: lanes[slot].profile,
            at: message.now,
            into: &payload
        )
        counters.unknownFields += payload.unknownFields
        if let sent = payload.sent, !message.isReplay {
            lanes[slot].offset.note(sent: sent, receivedAt: message.now)
        }
        var isCharged = false
        if !message.isReplay {
            heard(slot, at: message.now)
            isCharged = lanes[slot].readings.take(
                payload.readings.count + payload.refused.count,
                rate: limits.readingsPerSecond,
                burst: limits.burst,
                at: message.now.milliseconds
            )
            if !isCharged, !isCopy(payload, bytes, slot) {
                return try refuseForRate(payload, bytes, topic, &message)
            }
        }
        if payload.isBacklog { turn.backlogged.insert(slot) }
        if let update = payload.updateMilliseconds {
            lanes[slot].updateMilliseconds = update
            ward.mayBeSilent(
                registry.entries[slot].device.number,
                seconds: Int((update + 999) / 1_000)
            )
        }
        let duplicates = counters.duplicates
        for reading in payload.readings {
            take(reading, payload, slot, bytes, topic, &message)
        }
        if isCharged {
            // Sending twice costs nothing: else copies would keep out what is not durable yet.
            lanes[slot].readings.giveBack(counters.duplicates - duplicates, burst: limits.burst)
        }
        if payload.isBacklog {
            ward.settleBacklog(at: message.now, changed: &turn.batch.alarms)
        }
        for element in payload.refused {
            refuseElement(
                element.refusal,
                element.boot ?? payload.boot,
                element.sequence,
                element.source,
                payload.isDivisible,
                bytes,
                topic,
                &message
            )
        }
    }

    /// Whether every reading of the payload is known to be durable already.
    private func isCopy(_ payload: DecodedPayload, _ bytes: Span<UInt8>, _ slot: Int) -> Bool {
        guard payload.refused.isEmpty, !payload.readings.isEmpty else { return false }
        for reading in payload.readings {
            guard let sequence = reading.sequence, let text = reading.boot ?? payload.boot,
                !text.isEscaped,
                let boot = registry.number(ofBoot: bytes.extracting(text.range), slot),
                let index = lanes[slot].tracker(of: boot),
                lanes[slot].trackers[index].tracker.contains(sequence)
            else { return false }
        }
        return true
    }

    private mutating func take(
        _ decoded: DecodedReading,
        _ payload: DecodedPayload,
        _ slot: Int,
        _ bytes: Span<UInt8>,
        _ topic: Span<UInt8>,
        _ message: inout Message
    ) {
        counters.readings += 1
        let now = message.now
        let bootText = decoded.boot ?? payload.boot
        var reading = decoded.values
        reading.device = registry.entries[slot].device.number
        reading.receivedAt = now
        place(&reading, decoded.at, slot, isBacklog: payload.isBacklog, at: now)
        if decoded.isRelative { reading.flags.insert(.receiptTime) }
        func refuse(_ machine: inout IngestMachine, _ refusal: Refusal) {
            machine.refuseElement(
                refusal,
                bootText,
                decoded.sequence,
                decoded.source,
                payload.isDivisible,
                bytes,
                topic,
                &message
            )
        }
        var isSequenced = false
        if let sequence = decoded.sequence, let bootText {
            guard let boot = intern(bootText, bytes, slot) else {
                return refuse(
                    &self,
                    Refusal(.limit, "more boots than are kept of a device; name boots less often")
                )
            }
            isSequenced = true
            reading.boot = boot
            reading.sequence = sequence
            if !message.isReplay, isDurable(reading, slot) { return }
        }
        guard let patient = registry.patient(slot, at: reading.at) else {
            return refuse(
                &self,
                Refusal(.unbound, "the device was bound to nobody at the reading's time")
            )
        }
        reading.patient = patient
        if let battery = decoded.battery, !message.isReplay {
            takeBattery(battery, reading.at, patient, slot, at: now)
        }
        let judged = IngestMachine.judge(&reading, decoded.oversized, plausibility)
        if let refusal = judged ?? decoded.doubt?.refusal {
            refuse(&self, refusal)
            let refused = reading.flags.contains(.implausible) ? reading.invalid : []
            guard !reading.signs.subtracting(refused).isEmpty else { return }
        }
        if isSequenced {
            turn.sequences.append(
                .init(slot: slot, boot: reading.boot, number: reading.sequence)
            )
            turn.batch.readings.append(reading)
        } else {
            split(reading, keyedBy: decoded.at ?? now)
        }
        turn.live.append(reading)
        ward.receive(reading, at: now, changed: &turn.batch.alarms)
    }

    /// Tells the ward of a battery that runs low, and of one that was charged.
    ///
    /// Low is 15 % and below, and stays so until it is above 20 %. What a backlog tells of the
    /// past is no news.
    private mutating func takeBattery(
        _ thousandths: Int32,
        _ at: Instant,
        _ patient: PatientNumber,
        _ slot: Int,
        at now: Instant
    ) {
        guard at >= lanes[slot].batteryAt else { return }
        lanes[slot].batteryAt = at
        let wasLow = lanes[slot].isBatteryLow
        let isLow = thousandths <= (wasLow == true ? 20_000 : 15_000)
        lanes[slot].isBatteryLow = isLow
        let device = registry.entries[slot].device.number
        if isLow {
            ward.receive(
                .lowBattery,
                of: device,
                patient: patient,
                at: at,
                now: now,
                changed: &turn.batch.alarms
            )
        } else if wasLow != false {
            ward.batteryRecovered(of: patient, at: at, now: now, changed: &turn.batch.alarms)
        }
    }

    /// Gives the reading its event time and the flags that follow from it.
    private mutating func place(
        _ reading: inout Reading,
        _ at: Instant?,
        _ slot: Int,
        isBacklog: Bool,
        at now: Instant
    ) {
        if let at {
            let (eventTime, isFuture) = lanes[slot].offset.eventTime(
                at,
                receivedAt: now,
                futureSeconds: limits.futureSeconds
            )
            reading.at = eventTime
            if isFuture {
                reading.flags.insert(.futureTime)
                counters.futureTimes += 1
            }
        } else {
            reading.at = now
            reading.flags.insert(.receiptTime)
        }
        if isBacklog { reading.flags.insert(.backlog) }
        let age = now.milliseconds - reading.at.milliseconds
        if age > Int64(limits.lateSeconds) * 1_000 {
            reading.flags.insert(.backfill)
            counters.backfilled += 1
            lanes[slot].ages.backfill += 1
        } else if age > Int64(limits.liveSeconds) * 1_000 {
            counters.late += 1
            lanes[slot].ages.late += 1
        } else {
            lanes[slot].ages.live += 1
        }
    }

    /// The boot's number; nil when the device has shown too many.
    private mutating func intern(_ text: JSONText, _ bytes: Span<UInt8>, _ slot: Int) -> Int32? {
        let known = turn.batch.boots.count
        let number: Int32?
        if text.isEscaped {
            let resolved = Array(text.string(bytes).utf8)
            number = registry.boot(slot, resolved.span, new: &turn.batch.boots)
        } else {
            number = registry.boot(slot, bytes.extracting(text.range), new: &turn.batch.boots)
        }
        guard let number else { return nil }
        if turn.batch.boots.count > known {
            // Nothing of a new boot is durable.
            lanes[slot].keep(SequenceTracker(), of: number)
        }
        return number
    }

    /// Whether the reading is known to be stored; its device gets another receipt then.
    private mutating func isDurable(_ reading: Reading, _ slot: Int) -> Bool {
        guard let index = lanes[slot].tracker(of: reading.boot),
            lanes[slot].trackers[index].tracker.contains(reading.sequence)
        else { return false }
        counters.duplicates += 1
        if turn.repeated.last.map({ $0 != (slot, reading.boot) }) ?? true {
            turn.repeated.append((slot, reading.boot))
        }
        return true
    }

    /// Marks what must not be scored; returns the refusal that the payload is quarantined with.
    static func judge(
        _ reading: inout Reading,
        _ oversized: SignSet,
        _ plausibility: Plausibility
    ) -> Refusal? {
        var refusal: Refusal?
        if let saturation = reading.scorable(.oxygenSaturation),
            (1...1_000).contains(saturation.thousandths)
        {
            reading.invalid.insert(SignSet(.oxygenSaturation))
            reading.flags.insert(.implausible)
            refusal = Refusal(.ambiguousUnit, "'spo2' looks like a ratio; send percent")
        }
        let (probeOff, implausible) = plausibility.judge(reading)
        reading.invalid.formUnion(probeOff.union(implausible))
        if !probeOff.isEmpty { reading.flags.insert(.probeOff) }
        if !implausible.isEmpty || !oversized.isEmpty {
            reading.flags.insert(.implausible)
            let names = Sign.allCases.filter(implausible.union(oversized).contains).map(\.name)
            refusal =
                refusal
                ?? Refusal(.implausible, "no patient shows this: \(names.joined(separator: ", "))")
        }
        return refusal
    }

    /// Without sequence numbers each sign is stored by itself, under its time and its number.
    private mutating func split(_ reading: Reading, keyedBy at: Instant) {
        for sign in Sign.allCases where reading.signs.contains(sign) {
            var single = Reading(
                device: reading.device,
                patient: reading.patient,
                boot: 0,
                sequence: at.milliseconds * 32 + Int64(sign.rawValue),
                at: reading.at,
                receivedAt: reading.receivedAt
            )
            single[sign] = reading[sign]
            single.questionable = reading.questionable.intersection(SignSet(sign))
            single.invalid = reading.invalid.intersection(SignSet(sign))
            single.flags = reading.flags.union(.unsequenced)
            turn.batch.readings.append(single)
        }
    }

    // MARK: Status and events

    private mutating func takeStatus(
        _ payload: Span<UInt8>,
        isRetained: Bool,
        _ message: Message
    ) throws(Refusal) {
        // An empty payload clears what the broker had retained.
        guard let slot = message.slot, !payload.isEmpty else { return }
        let isOnline = try signals.status(payload)
        if lanes[slot].isOnline != isOnline {
            lanes[slot].isOnline = isOnline
            turn.presence.append(slot)
        }
        // What was retained is no news: the device may have been away for days.
        guard !isRetained, let patient = registry.patient(slot, at: message.now) else { return }
        if isOnline { lanes[slot].lastSeenAt = message.now }
        ward.receive(
            isOnline ? .online : .offline,
            of: registry.entries[slot].device.number,
            patient: patient,
            at: message.now,
            now: message.now,
            changed: &turn.batch.alarms
        )
    }

    private mutating func takeEvent(
        _ payload: Span<UInt8>,
        _ message: Message
    ) throws(Refusal) {
        guard let slot = message.slot else { return }
        let (event, told) = try signals.event(payload)
        heard(slot, at: message.now)
        let at =
            told.map {
                lanes[slot].offset.eventTime(
                    $0,
                    receivedAt: message.now,
                    futureSeconds: limits.futureSeconds
                ).at
            } ?? message.now
        guard let patient = registry.patient(slot, at: at) else {
            throw Refusal(.unbound, "the device was bound to nobody at the event's time")
        }
        ward.receive(
            event,
            of: registry.entries[slot].device.number,
            patient: patient,
            at: at,
            now: message.now,
            changed: &turn.batch.alarms
        )
    }

    mutating func heard(_ slot: Int, at now: Instant) {
        lanes[slot].lastSeenAt = now
        guard !lanes[slot].isOnline else { return }
        lanes[slot].isOnline = true
        turn.presence.append(slot)
    }
}
