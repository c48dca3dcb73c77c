import Clinical
import Store
import Vocabulary
import Wire

/// What becomes of a payload that cannot be taken: kept with a reason, answered, counted.
extension IngestMachine {
    /// Refuses a whole payload.
    mutating func refuse(
        _ refusal: Refusal,
        _ topic: Span<UInt8>,
        _ payload: [UInt8],
        _ message: Message
    ) {
        let type = String(decoding: contentType, as: UTF8.self)
        keep(refusal, topic, payload, type, message, boot: nil, sequence: nil)
    }

    /// Refuses one reading; of a backlog only its own part of the payload is kept.
    ///
    /// What cannot be cut into parts is kept whole with the first of its refusals.
    mutating func refuseElement(
        _ refusal: Refusal,
        _ boot: JSONText?,
        _ sequence: Int64?,
        _ source: Range<Int>,
        _ isDivisible: Bool,
        _ bytes: Span<UInt8>,
        _ topic: Span<UInt8>,
        _ message: inout Message
    ) {
        guard !message.isReplay else {
            message.replayRefusal = message.replayRefusal ?? refusal
            return
        }
        let text = boot.map { $0.string(bytes) }
        let isWhole = source.count == bytes.count
        var type = String(decoding: contentType, as: UTF8.self)
        var payload =
            isWhole && message.isKeptWhole ? [] : bytes.extracting(source).copied()
        message.isKeptWhole = message.isKeptWhole || isWhole
        if isDivisible, let text {
            // With its boot the part can be replayed by itself, whatever the device's profile.
            var writer = JSONWriter(capacity: payload.count + 96)
            writer.object { writer in
                writer.key("boot")
                writer.value(text)
                writer.key("readings")
                writer.array { writer in writer.raw(payload.span) }
            }
            payload = writer.bytes
            type = "application/json"
        }
        var refusal = refusal
        if payload.isEmpty, isWhole {
            refusal.detail += "; the payload is kept with the first of its refusals"
        }
        keep(refusal, topic, payload, type, message, boot: text, sequence: sequence)
    }

    /// A device that sends too fast: a single reading is kept with its number, so that a receipt
    /// covers it; a backlog is kept whole.
    mutating func refuseForRate(
        _ payload: DecodedPayload,
        _ bytes: Span<UInt8>,
        _ topic: Span<UInt8>,
        _ message: inout Message
    ) throws(Refusal) {
        let refusal = Refusal(
            .limit,
            "more than \(limits.readingsPerSecond) readings a second after a burst of"
                + " \(limits.burst); send slower"
        )
        guard !payload.isBacklog, let reading = payload.readings.first else { throw refusal }
        refuseElement(
            refusal,
            reading.boot,
            reading.sequence,
            reading.source,
            false,
            bytes,
            topic,
            &message
        )
    }

    private mutating func keep(
        _ refusal: Refusal,
        _ topic: Span<UInt8>,
        _ payload: [UInt8],
        _ contentType: String,
        _ message: Message,
        boot: String?,
        sequence: Int64?
    ) {
        counters.quarantined[refusal.code, default: 0] += 1
        guard hasRoom(message) else {
            counters.shed += 1
            return
        }
        var entry = QuarantinedPayload(
            receivedAt: message.now,
            topic: topic.text(),
            payload: payload,
            contentType: contentType,
            code: refusal.code,
            detail: refusal.detail,
            sequence: sequence
        )
        if let slot = message.slot {
            entry.device = registry.entries[slot].device.number
            let bytes = boot.map { Array($0.utf8) } ?? []
            if let sequence, !bytes.isEmpty, let number = internForReceipt(bytes, slot) {
                entry.boot = number
                turn.sequences.append(.init(slot: slot, boot: number, number: sequence))
            }
        }
        turn.batch.quarantined.append(entry)
        guard let answer = answerTopic(topic) else { return }
        turn.rejections.append(
            Announcement(
                topic: answer,
                payload: rejectionPayload(refusal, boot: boot, sequence: sequence)
            )
        )
    }

    private mutating func hasRoom(_ message: Message) -> Bool {
        let at = message.now.milliseconds
        let rate = limits.refusalsPerSecond
        let burst = limits.refusalBurst
        guard let slot = message.slot else {
            return strangers.take(1, rate: rate, burst: burst, at: at)
        }
        return lanes[slot].refusals.take(1, rate: rate, burst: burst, at: at)
    }

    private mutating func internForReceipt(_ boot: [UInt8], _ slot: Int) -> Int32? {
        let known = turn.batch.boots.count
        let number = registry.boot(slot, boot.span, new: &turn.batch.boots)
        if let number, turn.batch.boots.count > known {
            lanes[slot].keep(SequenceTracker(), of: number)
        }
        return number
    }

    /// The sender's own `rejected` topic, if its topic has the right form.
    private func answerTopic(_ topic: Span<UInt8>) -> String? {
        guard let path = TopicPath(topic) else { return nil }
        let parts = [path.province, path.site, path.device].map { topic.extracting($0).text() }
        guard parts.allSatisfy({ DeviceID(rawValue: $0) != nil }) else { return nil }
        return "telehealth/v1/\(parts.joined(separator: "/"))/rejected"
    }
}
