import Clinical
import Store
public import Vocabulary
import Wire

/// What the gateway would make of a payload, as one line of JSON, without a broker or a registry.
///
/// `{"ok":true,"unknownFields":0,"readings":[{"seq":…,"at":…,"signs":{"hr":72},
/// "questionable":[…],"invalid":[…]}],"refused":[],"form":"native"}`; when anything would be quarantined, `ok` is
/// false and `code` and `detail` say why, at the top and beside the reading that it concerns. A
/// SenML pack's records stand resolved (RFC 8428, 4.6) in `resolved`. The code is the gateway's
/// own; the device counts as registered with the profile and bound, and the payload as received
/// at `now`.
public func decodeReport(
    payload: Span<UInt8>,
    contentType: String? = nil,
    topic: String? = nil,
    profile: DeviceProfile? = nil,
    at now: Instant
) -> String {
    var writer = JSONWriter()
    var decoder = PayloadDecoder(limits: IngestLimits(), profiles: profile.map { [$0] } ?? [])
    var decoded = DecodedPayload()
    var whole: Refusal?
    do throws(Refusal) {
        if let topic { try check(topic) }
        try decoder.decode(
            payload,
            contentType: Array((contentType ?? "").utf8).span,
            profile: profile == nil ? .native : .loaded(0),
            at: now,
            into: &decoded
        )
    } catch {
        whole = error
    }
    let judged = decoded.readings.map { reading in
        var values = reading.values
        let refusal = IngestMachine.judge(&values, reading.oversized, .standard)
        return (reading, values, refusal ?? reading.doubt?.refusal)
    }
    let first =
        whole ?? judged.lazy.compactMap { $0.2 }.first ?? decoded.refused.first?.refusal
    writer.object { writer in
        writer.key("ok")
        writer.value(first == nil)
        if let first { write(first, to: &writer) }
        if whole == nil { write(decoded, judged, payload, at: now, to: &writer) }
        writeResolved(payload, decoded.form, at: now, to: &writer)
    }
    return writer.text
}

private func check(_ topic: String) throws(Refusal) {
    guard TopicPath(Array(topic.utf8).span)?.leaf == .vitals else {
        throw Refusal(
            .identityMismatch,
            "the topic is not telehealth/v1/{province}/{site}/{device}/vitals"
        )
    }
}

private func write(
    _ decoded: DecodedPayload,
    _ judged: [(DecodedReading, Reading, Refusal?)],
    _ payload: Span<UInt8>,
    at now: Instant,
    to writer: inout JSONWriter
) {
    writer.key("unknownFields")
    writer.value(decoded.unknownFields)
    let boots = judged.map { ($0.0.boot ?? decoded.boot)?.string(payload) }
    writer.key("readings")
    writer.array { writer in
        for ((reading, values, refusal), boot) in zip(judged, boots) {
            writer.object { writer in
                write(reading.sequence, to: &writer)
                writer.key("at")
                writer.value(reading.at ?? now)
                write(values, to: &writer)
                write(boot, to: &writer)
                if let battery = reading.battery {
                    writer.key("battery")
                    writer.value(Double(battery) / 1_000)
                }
                if let refusal { write(refusal, to: &writer) }
            }
        }
    }
    let refusedBoots = decoded.refused.map { ($0.boot ?? decoded.boot)?.string(payload) }
    writer.key("refused")
    writer.array { writer in
        for (element, boot) in zip(decoded.refused, refusedBoots) {
            writer.object { writer in
                write(element.sequence, to: &writer)
                write(element.refusal, to: &writer)
                write(boot, to: &writer)
            }
        }
    }
    writer.key("form")
    writer.value(decoded.form.name)
    if let update = decoded.updateMilliseconds {
        writer.key("updateSeconds")
        writer.value(Double(update) / 1_000)
    }
}

private func write(_ sequence: Int64?, to writer: inout JSONWriter) {
    guard let sequence else { return }
    writer.key("seq")
    writer.value(sequence)
}

private func write(_ boot: String?, to writer: inout JSONWriter) {
    guard let boot else { return }
    writer.key("boot")
    writer.value(boot)
}

private func write(_ refusal: Refusal, to writer: inout JSONWriter) {
    writer.key("code")
    writer.value(refusal.code.rawValue)
    writer.key("detail")
    writer.value(refusal.detail)
}

private func write(_ values: Reading, to writer: inout JSONWriter) {
    writer.key("signs")
    writer.object { writer in
        for sign in Sign.allCases {
            guard let magnitude = values[sign] else { continue }
            writer.key(sign.name)
            switch sign {
            case .consciousness:
                let level = ACVPU(rawValue: UInt8(clamping: magnitude.rounded))
                writer.value(level.map { String($0.letter) } ?? "")
            case .supplementalOxygen: writer.value(magnitude.thousandths != 0)
            case .heartRate, .pulseRate, .oxygenSaturation, .respiratoryRate, .systolicPressure,
                .diastolicPressure, .meanPressure, .temperature, .glucose, .weight, .endTidalCO2,
                .oxygenFlow, .pain, .height:
                writer.value(magnitude.value)
            }
        }
    }
    for (name, signs) in [("questionable", values.questionable), ("invalid", values.invalid)] {
        writer.key(name)
        writer.array { writer in
            for sign in Sign.allCases where signs.contains(sign) { writer.value(sign.name) }
        }
    }
}
