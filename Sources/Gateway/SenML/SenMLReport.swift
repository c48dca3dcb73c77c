import Store
import Vocabulary
import Wire

/// Writes the records of a SenML pack as they stand once its base values are applied, up to the
/// first that is wrong; nothing for a payload of another form.
func writeResolved(
    _ payload: Span<UInt8>,
    _ form: PayloadForm,
    at now: Instant,
    to writer: inout JSONWriter
) {
    guard form == .senMLJSON || form == .senMLCBOR else { return }
    let records = resolvedRecords(payload, form)
    // A span cannot be captured by the writer's closures, so the texts are taken out first.
    let texts = records.map { record in
        (
            name: (record.baseName?.string(payload) ?? "") + (record.name?.string(payload) ?? ""),
            unit: record.unit?.string(payload),
            value: record.value.text(payload)
        )
    }
    writer.key("resolved")
    writer.array { writer in
        for (record, text) in zip(records, texts) {
            writer.object { writer in
                writer.key("n")
                writer.value(text.name)
                if let unit = text.unit, case .number = record.value {
                    writer.key("u")
                    writer.value(unit)
                }
                writer.key("t")
                writer.raw(record.absoluteSeconds(receivedAt: now))
                write(record.value, text.value, to: &writer)
            }
        }
    }
}

private func resolvedRecords(_ payload: Span<UInt8>, _ form: PayloadForm) -> [SenMLResolved] {
    var reader = SenMLReader()
    var resolver = SenMLResolver()
    var records: [SenMLResolved] = []
    do throws(Refusal) {
        if form == .senMLCBOR {
            try reader.startCBOR(payload)
        } else {
            try reader.startJSON(payload)
        }
        while let record = try reader.next(payload) {
            if let resolved = try resolver.resolve(record) { records.append(resolved) }
        }
    } catch {
        // What is wrong stands in the report already.
        return records
    }
    return records
}

private func write(
    _ value: SenMLResolved.Value,
    _ text: String?,
    to writer: inout JSONWriter
) {
    switch value {
    case .number(let number):
        writer.key("v")
        writer.raw(number.text)
    case .text:
        writer.key("vs")
        writer.value(text ?? "")
    case .truth(let truth):
        writer.key("vb")
        writer.value(truth)
    case .data:
        writer.key("vd")
        writer.value(text ?? "")
    case .nothing: break
    }
}

extension SenMLResolved.Value {
    fileprivate func text(_ payload: Span<UInt8>) -> String? {
        switch self {
        case .text(let text), .data(let text): text.string(payload)
        case .number, .truth, .nothing: nil
        }
    }
}

extension SenMLResolved {
    /// Seconds since 1970, exactly as the pack and the time of receipt give them.
    fileprivate func absoluteSeconds(receivedAt now: Instant) -> String {
        guard isRelative else { return seconds.text }
        let receipt = ExactDecimal(significand: now.milliseconds, power: -3)
        return (receipt?.adding(seconds) ?? seconds).text
    }
}
