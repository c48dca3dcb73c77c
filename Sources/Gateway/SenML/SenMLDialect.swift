import Clinical
import Wire

/// What a device profile adds to SenML: names of the device's own and units beyond the registry.
struct SenMLDialect: Sendable, Equatable {
    /// The last part of a record's name, and the field of the native payload that it stands for.
    var names: [Entry<NativeField>] = []
    /// Unit texts that the device may send, and what they mean.
    var units: [Entry<MeasureUnit>] = []

    struct Entry<Meaning: Sendable & Equatable>: Sendable, Equatable {
        let text: [UInt8]
        let meaning: Meaning
    }

    func field(_ name: Span<UInt8>) -> NativeField? {
        for entry in names where name.equals(entry.text) { return entry.meaning }
        return nil
    }

    func unit(_ text: JSONText, _ bytes: Span<UInt8>) -> MeasureUnit? {
        for entry in units where text.isText(entry.text, bytes) { return entry.meaning }
        return nil
    }
}

/// The units of the SenML registry that a vital sign can come in (RFC 8428, 12.1; RFC 8798).
struct SenMLUnitTable {
    private let rows: [(name: String, unit: MeasureUnit)]

    init() {
        // `%` is no percentage but the ratio (RFC 8428, 12.1, note 2); percent is `/100`.
        let names = [
            ("beat/min", "/min"), ("1/min", "/min"), ("1/s", "/s"), ("Hz", "Hz"), ("/", "1"),
            ("%", "1"), ("/100", "%"), ("/1000", "[ppth]"), ("Pa", "Pa"), ("hPa", "hPa"),
            ("Cel", "Cel"), ("K", "K"), ("kg", "kg"), ("g", "g"), ("m", "m"), ("cm", "cm"),
            ("mm", "mm"), ("l/s", "L/s"), ("m3/s", "m3/s"),
        ]
        rows = names.compactMap { name, ucum in
            MeasureUnit.of(ucum: ucum).map { (name, $0) }
        }
    }

    /// The registered unit, nil for a text that is none.
    ///
    /// `beat/min` is for the heart only: a breath is no beat.
    func unit(_ text: JSONText, of sign: Sign, _ bytes: Span<UInt8>) -> MeasureUnit? {
        for row in rows where text.equals(row.name, bytes) {
            return row.name == "beat/min" && sign == .respiratoryRate ? nil : row.unit
        }
        return nil
    }
}
