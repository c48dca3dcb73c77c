import Clinical
import Store
import Vocabulary
import Wire

/// The values of the native payload's fields.
extension NativeDecoder {
    func sequence(
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor
    ) throws(Refusal) -> Int64 {
        // Beyond 2^53 a number of JSON is not exact for everybody.
        guard let value = try cursor.number(bytes).integer(bytes), (0..<1 << 53).contains(value)
        else { throw Refusal(.undecodable, "'seq' must be a whole number from 0 to 2^53") }
        return value
    }

    /// RFC 3339 with zone, or epoch milliseconds.
    func instant(
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor
    ) throws(Refusal) -> Instant? {
        switch try cursor.peek(bytes) {
        case .string:
            let text = try cursor.string(bytes)
            if !text.isEscaped, let at = Instant(rfc3339: bytes.extracting(text.range)) {
                return at
            }
        case .number:
            if let milliseconds = try cursor.number(bytes).integer(bytes) {
                let at = Instant(milliseconds: milliseconds)
                if (.distantPast ... .distantFuture).contains(at) { return at }
            }
        case .null:
            try cursor.null(bytes)
            return nil
        case .object, .array, .boolean: break
        }
        throw Refusal(
            .undecodable,
            "a time must be RFC 3339 with its zone, or whole milliseconds since 1970"
        )
    }

    func boot(_ bytes: Span<UInt8>, _ cursor: inout RefusingCursor) throws(Refusal) -> JSONText {
        guard try cursor.peek(bytes) == .string else {
            throw Refusal(.undecodable, "'boot' must be a string")
        }
        let text = try cursor.string(bytes)
        guard (1...64).contains(text.range.count) else {
            throw Refusal(.undecodable, "'boot' must have 1 to 64 bytes")
        }
        return text
    }

    /// What is left in the battery, in percent; beyond 0–100, or like a ratio, it says nothing.
    func battery(
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor,
        _ reading: inout DecodedReading,
        _ payload: inout DecodedPayload
    ) throws(Refusal) {
        if try cursor.peek(bytes) == .null { return try cursor.null(bytes) }
        guard let level = try cursor.number(bytes).thousandths(bytes), reading.takeBattery(level)
        else {
            payload.unknownFields += 1
            return
        }
    }

    func quality(
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor,
        _ reading: inout DecodedReading
    ) throws(Refusal) {
        guard try cursor.peek(bytes) == .object else {
            throw Refusal(.undecodable, "'quality' must be an object")
        }
        try cursor.enterObject(bytes)
        var seen: SignSet = []
        var others: Set<String> = []
        while let key = try cursor.nextKey(bytes) {
            guard try cursor.peek(bytes) == .string else {
                throw Refusal(.undecodable, "a quality must be a string")
            }
            let text = try cursor.string(bytes)
            let name = key.string(bytes)
            guard let sign = Sign(name: name) else {
                guard others.insert(name).inserted else { throw cursor.duplicateKey }
                continue
            }
            guard !seen.contains(sign) else { throw cursor.duplicateKey }
            seen.insert(SignSet(sign))
            if text.equals("questionable", bytes) {
                reading.values.questionable.insert(SignSet(sign))
            } else if text.equals("invalid", bytes) || text.equals("calibrating", bytes) {
                reading.values.invalid.insert(SignSet(sign))
            } else if !text.equals("valid", bytes) {
                throw Refusal(
                    .undecodable,
                    "a quality is valid, questionable, invalid or calibrating"
                )
            }
        }
    }

    func value(
        of sign: Sign,
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor,
        _ reading: inout DecodedReading
    ) throws(Refusal) {
        let kind = try cursor.peek(bytes)
        if kind == .null { return try cursor.null(bytes) }
        switch sign {
        case .consciousness:
            guard kind == .string else { throw wrongKind(sign, "one of A, C, V, P, U") }
            let text = try cursor.string(bytes)
            guard text.range.count == 1, !text.isEscaped,
                let level = ACVPU(
                    letter: Character(Unicode.Scalar(bytes[text.range.lowerBound]))
                )
            else { throw wrongKind(sign, "one of A, C, V, P, U") }
            reading.values[sign] = Magnitude(Int(level.rawValue))
        case .supplementalOxygen:
            guard kind == .boolean else { throw wrongKind(sign, "true or false") }
            reading.values[sign] = Magnitude(try cursor.boolean(bytes) ? 1 : 0)
        case .heartRate, .pulseRate, .oxygenSaturation, .respiratoryRate, .systolicPressure,
            .diastolicPressure, .meanPressure, .temperature, .glucose, .weight, .endTidalCO2,
            .oxygenFlow, .pain, .height:
            guard kind == .number else { throw wrongKind(sign, "a number") }
            let number = try cursor.number(bytes)
            if let thousandths = number.thousandths(bytes) {
                reading.values[sign] = Magnitude(thousandths: thousandths)
            } else if number.double(bytes) != nil {
                reading.oversized.insert(SignSet(sign))
            } else {
                throw Refusal(.undecodable, "'\(sign.name)' is larger than any number")
            }
        }
    }

    private func wrongKind(_ sign: Sign, _ expected: String) -> Refusal {
        Refusal(.undecodable, "'\(sign.name)' must be \(expected)")
    }
}

extension Span<UInt8> {
    /// Whether both have the same bytes.
    func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
