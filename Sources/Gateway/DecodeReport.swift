import Clinical
import Store
public import Vocabulary
import Wire

/// What the gateway would make of a payload, as one line of JSON, without a broker or a registry.
///
/// `{"ok":true,"readings":[{"seq":…,"at":…,"signs":{"hr":72},"questionable":[…],"invalid":[…]}]}`
/// or `{"ok":false,"code":"…","detail":"…"}`. The code is the gateway's own; the device counts as
/// registered and bound, and the payload as received at `now`.
public func decodeReport(
    payload: Span<UInt8>,
    contentType: String? = nil,
    topic: String? = nil,
    at now: Instant
) -> String {
    var writer = JSONWriter()
    var decoder = PayloadDecoder(limits: IngestLimits())
    var decoded = DecodedPayload()
    let type = Array((contentType ?? "").utf8)
    do throws(Refusal) {
        if let topic {
            let bytes = Array(topic.utf8)
            guard TopicPath(bytes.span)?.leaf == .vitals else {
                throw Refusal(
                    .identityMismatch,
                    "the topic is not telehealth/v1/{province}/{site}/{device}/vitals"
                )
            }
        }
        try decoder.decode(payload, contentType: type.span, into: &decoded)
    } catch {
        writer.object { writer in
            writer.key("ok")
            writer.value(false)
            write(error, to: &writer)
        }
        return writer.text
    }
    let judged = decoded.readings.map { reading in
        var values = reading.values
        let refusal = IngestMachine.judge(&values, reading.oversized, .standard)
        return (reading, values, refusal)
    }
    writer.object { writer in
        writer.key("ok")
        writer.value(decoded.refused.isEmpty && judged.allSatisfy { $0.2 == nil })
        writer.key("unknownFields")
        writer.value(decoded.unknownFields)
        writer.key("readings")
        writer.array { writer in
            for (reading, values, refusal) in judged {
                writer.object { writer in
                    if let sequence = reading.sequence {
                        writer.key("seq")
                        writer.value(sequence)
                    }
                    writer.key("at")
                    writer.value(reading.at ?? now)
                    write(values, to: &writer)
                    if let refusal { write(refusal, to: &writer) }
                }
            }
        }
        writer.key("refused")
        writer.array { writer in
            for element in decoded.refused {
                writer.object { writer in
                    if let sequence = element.sequence {
                        writer.key("seq")
                        writer.value(sequence)
                    }
                    write(element.refusal, to: &writer)
                }
            }
        }
    }
    return writer.text
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
