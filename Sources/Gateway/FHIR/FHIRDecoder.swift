import Clinical
import Store
import Vocabulary
import Wire

/// Reads FHIR R4 Observations of vital signs, and Bundles of them.
///
/// Each Observation makes one reading without a sequence number: FHIR has none. Of a Bundle each
/// entry stands for itself, and resources of other types are counted and passed over.
struct FHIRDecoder {
    private var strict = StrictJSON()

    mutating func decode(
        _ bytes: Span<UInt8>,
        readingLimit: Int,
        into payload: inout DecodedPayload
    ) throws(Refusal) {
        let start = bytes.startsWithMark ? 3 : 0
        try strict.check(bytes, from: start)
        let type = try resourceType(bytes, at: start)
        if type.equals("Observation", bytes) {
            payload.readings.append(try observation(bytes, at: start))
        } else if type.equals("Bundle", bytes) {
            try bundle(bytes, at: start, readingLimit, &payload)
        } else {
            throw Refusal(
                .undecodable,
                "'resourceType' must be Observation, or Bundle of Observations"
            )
        }
    }

    private func resourceType(_ bytes: Span<UInt8>, at offset: Int) throws(Refusal) -> JSONText {
        var cursor = RefusingCursor(offset: offset)
        if try cursor.peek(bytes) == .object {
            try cursor.enterObject(bytes)
            while let key = try cursor.nextKey(bytes) {
                if key.equals("resourceType", bytes), try cursor.peek(bytes) == .string {
                    return try cursor.string(bytes)
                }
                try cursor.skipValue(bytes)
            }
        }
        throw Refusal(.undecodable, "a FHIR resource must be an object with 'resourceType'")
    }

    // MARK: Bundle

    private func bundle(
        _ bytes: Span<UInt8>,
        at offset: Int,
        _ readingLimit: Int,
        _ payload: inout DecodedPayload
    ) throws(Refusal) {
        guard var entries = try member("entry", of: offset, bytes) else {
            throw Refusal(.undecodable, "the Bundle has no entry")
        }
        guard try entries.peek(bytes) == .array else {
            throw Refusal(.undecodable, "'entry' must be an array")
        }
        try entries.enterArray(bytes)
        while try entries.nextElement(bytes) {
            guard try entries.peek(bytes) == .object else {
                throw Refusal(.undecodable, "an entry must be an object")
            }
            try entry(bytes, at: entries.offset, readingLimit, &payload)
            try entries.skipValue(bytes)
        }
        guard !payload.readings.isEmpty || !payload.refused.isEmpty else {
            throw Refusal(.undecodable, "the Bundle has no Observation")
        }
    }

    private func entry(
        _ bytes: Span<UInt8>,
        at offset: Int,
        _ readingLimit: Int,
        _ payload: inout DecodedPayload
    ) throws(Refusal) {
        guard let resource = try member("resource", of: offset, bytes) else {
            payload.unknownFields += 1
            return
        }
        guard try resourceType(bytes, at: resource.offset).equals("Observation", bytes) else {
            payload.unknownFields += 1
            return
        }
        guard payload.readings.count + payload.refused.count < readingLimit else {
            throw Refusal(.limit, "more than \(readingLimit) Observations in one Bundle; split it")
        }
        do throws(Refusal) {
            payload.readings.append(try observation(bytes, at: resource.offset))
        } catch {
            payload.refused.append(
                RefusedReading(
                    refusal: error,
                    sequence: nil,
                    boot: nil,
                    source: 0..<bytes.count
                )
            )
        }
    }

    // MARK: Observation

    private func observation(
        _ bytes: Span<UInt8>,
        at offset: Int
    ) throws(Refusal) -> DecodedReading {
        let parts = try FHIRObservation(bytes, at: offset)
        let isPreliminary = try isPreliminary(parts.status, bytes)
        guard let code = parts.code else {
            throw Refusal(.undecodable, "the Observation has no 'code'")
        }
        var reading = DecodedReading()
        reading.source = 0..<bytes.count
        let meaning = try FHIRCode(bytes, at: code)
        switch meaning {
        case .sign(let sign): try take(parts, of: sign, bytes, &reading)
        case .panel:
            guard parts.value == nil else {
                throw Refusal(.undecodable, "a panel has its values in 'component'")
            }
        case .unknown:
            throw Refusal(
                .undecodable,
                "no code of the Observation is a vital sign's in LOINC or MDC (11073-10101)"
            )
        }
        if let components = parts.components {
            try takeComponents(bytes, at: components, &reading)
        }
        guard !reading.told.isEmpty || parts.dataAbsentReason else {
            throw Refusal(
                .undecodable,
                "the Observation has no value of a vital sign and no dataAbsentReason"
            )
        }
        if isPreliminary { reading.values.questionable.formUnion(reading.values.signs) }
        try takeTime(parts, bytes, &reading)
        return reading
    }

    /// Whether the values are not verified yet; throws for a status whose values do not count.
    private func isPreliminary(
        _ status: JSONText?,
        _ bytes: Span<UInt8>
    ) throws(Refusal) -> Bool {
        guard let status else { throw Refusal(.undecodable, "the Observation has no 'status'") }
        for word: StaticString in ["final", "amended", "corrected"]
        where status.equals(word, bytes) {
            return false
        }
        if status.equals("preliminary", bytes) || status.equals("unknown", bytes) { return true }
        for word: StaticString in ["entered-in-error", "cancelled", "registered"]
        where status.equals(word, bytes) {
            throw Refusal(.undecodable, "an Observation that is \(word) has no value to take")
        }
        throw Refusal(.undecodable, "'status' is none of FHIR's observation statuses")
    }

    private func takeComponents(
        _ bytes: Span<UInt8>,
        at offset: Int,
        _ reading: inout DecodedReading
    ) throws(Refusal) {
        var cursor = RefusingCursor(offset: offset)
        try cursor.enterArray(bytes)
        while try cursor.nextElement(bytes) {
            guard try cursor.peek(bytes) == .object else {
                throw Refusal(.undecodable, "a component must be an object")
            }
            let parts = try FHIRObservation(bytes, at: cursor.offset)
            guard let code = parts.code else {
                throw Refusal(.undecodable, "a component has no 'code'")
            }
            if case .sign(let sign) = try FHIRCode(bytes, at: code) {
                try take(parts, of: sign, bytes, &reading)
            }
            try cursor.skipValue(bytes)
        }
    }

    private func take(
        _ parts: FHIRObservation,
        of sign: Sign,
        _ bytes: Span<UInt8>,
        _ reading: inout DecodedReading
    ) throws(Refusal) {
        guard parts.value != nil || parts.dataAbsentReason else {
            // A panel's own code may be a sign's, as with saturation and its flow of oxygen.
            guard parts.components == nil else { return }
            throw Refusal(.undecodable, "'\(sign.name)' has neither value nor dataAbsentReason")
        }
        guard reading.note(sign) else {
            throw Refusal(.undecodable, "'\(sign.name)' stands twice in one Observation")
        }
        guard let value = parts.value else { return }
        guard !parts.dataAbsentReason else {
            throw Refusal(.undecodable, "'\(sign.name)' has a value and a dataAbsentReason")
        }
        switch (sign, value.kind) {
        case (.consciousness, .concept):
            guard let level = try FHIRCode.level(bytes, at: value.offset) else {
                throw Refusal(.undecodable, "the level of consciousness is no answer of 67775-7")
            }
            reading.values[sign] = Magnitude(Int(level.rawValue))
        case (.consciousness, _):
            throw Refusal(.undecodable, "'\(sign.name)' must be a valueCodeableConcept")
        case (_, .quantity):
            try FHIRQuantity(bytes, at: value.offset, of: sign).give(to: &reading, sign, bytes)
        case (_, .concept), (_, .other):
            throw Refusal(.undecodable, "'\(sign.name)' must be a valueQuantity")
        }
    }

    // MARK: Time

    private func takeTime(
        _ parts: FHIRObservation,
        _ bytes: Span<UInt8>,
        _ reading: inout DecodedReading
    ) throws(Refusal) {
        guard let effective = parts.effective else { return }
        var cursor = RefusingCursor(offset: effective.offset)
        switch effective.kind {
        case .dateTime: try takeTime(try cursor.string(bytes), bytes, &reading)
        case .instant:
            guard let at = instant(try cursor.string(bytes), bytes) else { throw badTime }
            reading.at = at
        case .period:
            // A measurement is known when it ends.
            let start = try member("start", of: effective.offset, bytes)
            let end = try member("end", of: effective.offset, bytes)
            guard var limit = end ?? start, try limit.peek(bytes) == .string else { throw badTime }
            try takeTime(try limit.string(bytes), bytes, &reading)
        }
    }

    /// A day without a time of day is kept with the day's start, but nothing of it is scored.
    private func takeTime(
        _ text: JSONText,
        _ bytes: Span<UInt8>,
        _ reading: inout DecodedReading
    ) throws(Refusal) {
        if let at = instant(text, bytes) {
            reading.at = at
        } else if text.range.count == 10, !text.isEscaped {
            var moment = bytes.extracting(text.range).copied()
            moment.append(contentsOf: "T00:00:00Z".utf8)
            guard let day = Instant(rfc3339: moment.span) else { throw badTime }
            reading.at = day
            reading.values.invalid.formUnion(reading.values.signs)
        } else {
            throw badTime
        }
    }

    private func instant(_ text: JSONText, _ bytes: Span<UInt8>) -> Instant? {
        text.isEscaped ? nil : Instant(rfc3339: bytes.extracting(text.range))
    }

    private var badTime: Refusal {
        Refusal(
            .undecodable,
            "the effective time must be a day, or a time with its zone; a month or year is too"
                + " coarse for a vital sign"
        )
    }

    /// A cursor at the member of the object that starts at `offset`; nil without such a member.
    private func member(
        _ name: StaticString,
        of offset: Int,
        _ bytes: Span<UInt8>
    ) throws(Refusal) -> RefusingCursor? {
        var cursor = RefusingCursor(offset: offset)
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            if key.equals(name, bytes) {
                _ = try cursor.peek(bytes)
                return RefusingCursor(offset: cursor.offset)
            }
            try cursor.skipValue(bytes)
        }
        return nil
    }
}
