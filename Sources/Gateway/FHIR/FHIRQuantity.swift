import Clinical
import Store
import Wire

/// A FHIR Quantity: a decimal with its UCUM unit.
struct FHIRQuantity {
    private var value: ExactDecimal?
    private var system: JSONText?
    private var code: JSONText?
    private var hasComparator = false

    /// Reads the Quantity at `offset`.
    init(_ bytes: Span<UInt8>, at offset: Int, of sign: Sign) throws(Refusal) {
        var cursor = RefusingCursor(offset: offset)
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            let kind = try cursor.peek(bytes)
            if key.equals("value", bytes) {
                guard kind == .number, let number = try cursor.number(bytes).decimal(bytes) else {
                    throw Refusal(.undecodable, "the value of '\(sign.name)' must be a decimal")
                }
                guard !number.isCut else {
                    throw Refusal(
                        .undecodable,
                        "the value of '\(sign.name)' has more than the 18 digits of FHIR's decimal"
                    )
                }
                value = number
            } else if key.equals("system", bytes), kind == .string {
                system = try cursor.string(bytes)
            } else if key.equals("code", bytes), kind == .string {
                code = try cursor.string(bytes)
            } else {
                if key.equals("comparator", bytes) { hasComparator = true }
                try cursor.skipValue(bytes)
            }
        }
        guard value != nil else {
            throw Refusal(.undecodable, "the Quantity of '\(sign.name)' has no value")
        }
    }

    /// Gives the quantity to the reading, converted, or a doubt about it.
    ///
    /// The unit is `code` in UCUM; what people read, `unit`, is never taken for it.
    func give(to reading: inout DecodedReading, _ sign: Sign, _ bytes: Span<UInt8>) {
        guard let value else { return }
        guard !hasComparator else { return reading.doubt(.comparator, sign) }
        guard let code, let system, system.equals("http://unitsofmeasure.org", bytes) else {
            return reading.doubt(.noUnit, sign)
        }
        guard let unit = MeasureUnit.of(ucum: bytes.extracting(code.range)) else {
            return reading.doubt(.wrongUnit, sign)
        }
        reading.take(value, in: unit, of: sign)
    }
}
