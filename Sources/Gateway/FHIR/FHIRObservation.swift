import Store
import Wire

/// Where the parts of one FHIR R4 Observation, or of one component of it, lie in the payload.
struct FHIRObservation {
    /// An element `value[x]`.
    struct Value {
        var kind: Kind
        /// Where it starts.
        var offset: Int

        enum Kind {
            case quantity, concept
            /// A kind of value that no vital sign has.
            case other
        }
    }

    var status: JSONText?
    /// Where `code` starts.
    var code: Int?
    var value: Value?
    var dataAbsentReason = false
    /// Where `component` starts.
    var components: Int?
    var effective: (kind: Effective, offset: Int)?

    enum Effective {
        case dateTime, instant, period
    }

    /// Reads the elements of an object that starts at `offset`; those not needed are passed over.
    init(_ bytes: Span<UInt8>, at offset: Int) throws(Refusal) {
        var cursor = RefusingCursor(offset: offset)
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            let kind = try cursor.peek(bytes)
            let start = cursor.offset
            if key.equals("status", bytes) {
                guard kind == .string else { throw wrongKind("status", "a code") }
                status = try cursor.string(bytes)
                continue
            } else if key.equals("code", bytes) {
                guard kind == .object else { throw wrongKind("code", "a CodeableConcept") }
                code = start
            } else if key.equals("text", bytes) {
                // Of a component it is no element; of an Observation it is the narrative.
                guard kind == .object else { throw wrongKind("text", "a Narrative") }
            } else if key.equals("component", bytes) {
                guard kind == .array else { throw wrongKind("component", "an array") }
                components = start
            } else if key.equals("dataAbsentReason", bytes) {
                guard kind == .object else {
                    throw wrongKind("dataAbsentReason", "a CodeableConcept")
                }
                dataAbsentReason = true
            } else if key.equals("modifierExtension", bytes) {
                throw Refusal(
                    .undecodable,
                    "a modifierExtension changes what the resource means, and none is understood"
                )
            } else if bytes.extracting(key.range).starts(with: "value") {
                try takeValue(key, kind, start, bytes)
            } else if bytes.extracting(key.range).starts(with: "effective") {
                try takeEffective(key, kind, start, bytes)
            }
            try cursor.skipValue(bytes)
        }
    }

    private mutating func takeValue(
        _ key: JSONText,
        _ kind: JSONKind,
        _ offset: Int,
        _ bytes: Span<UInt8>
    ) throws(Refusal) {
        guard value == nil else { throw Refusal(.undecodable, "more than one value[x]") }
        if key.equals("valueQuantity", bytes) {
            guard kind == .object else { throw wrongKind("valueQuantity", "a Quantity") }
            value = Value(kind: .quantity, offset: offset)
        } else if key.equals("valueCodeableConcept", bytes) {
            guard kind == .object else {
                throw wrongKind("valueCodeableConcept", "a CodeableConcept")
            }
            value = Value(kind: .concept, offset: offset)
        } else {
            value = Value(kind: .other, offset: offset)
        }
    }

    private mutating func takeEffective(
        _ key: JSONText,
        _ kind: JSONKind,
        _ offset: Int,
        _ bytes: Span<UInt8>
    ) throws(Refusal) {
        guard effective == nil else { throw Refusal(.undecodable, "more than one effective[x]") }
        if key.equals("effectiveDateTime", bytes), kind == .string {
            effective = (.dateTime, offset)
        } else if key.equals("effectiveInstant", bytes), kind == .string {
            effective = (.instant, offset)
        } else if key.equals("effectivePeriod", bytes), kind == .object {
            effective = (.period, offset)
        } else {
            throw Refusal(
                .undecodable,
                "the time must be an effectiveDateTime, effectiveInstant or effectivePeriod"
            )
        }
    }

    private func wrongKind(_ name: StaticString, _ expected: StaticString) -> Refusal {
        Refusal(.undecodable, "'\(name)' must be \(expected)")
    }
}

extension Span<UInt8> {
    /// Whether the bytes start with the ASCII text.
    fileprivate func starts(with text: StaticString) -> Bool {
        let size = text.utf8CodeUnitCount
        return count > size && extracting(0..<size).equals(text)
    }
}
