import Clinical
import Store
import Vocabulary
import Wire

/// Reads a vendor's JSON as its device's profile says.
///
/// Where the profile promises something and the payload has another kind of value there, the
/// reading is refused. A sign whose unit or magnitude cannot be believed is left out, and the
/// payload is quarantined as well.
struct ProfileDecoder {
    private var strict = StrictJSON()
    private var root = ProfileWalk()
    private var reading = ProfileWalk()
    private var element = ProfileWalk()
    /// A local time with its zone behind it.
    private var moment: [UInt8] = []

    mutating func decode(
        _ bytes: Span<UInt8>,
        by map: ProfileMap,
        readingLimit: Int,
        into payload: inout DecodedPayload
    ) throws(Refusal) {
        try strict.check(bytes, from: 0)
        guard let readings = map.readings else {
            let decoded = try decodeReading(bytes, at: 0, map, &payload)
            payload.readings.append(decoded)
            payload.sent = try time(map.sent, bytes)
            return
        }
        try root.walk(map.root, bytes, from: 0)
        payload.unknownFields += root.unknownFields
        guard case .array(let start) = root.values[readings] else {
            throw Refusal(.undecodable, "the profile's 'readings' lead to no array")
        }
        payload.isBacklog = true
        if map.boot?.isRoot == true { payload.boot = try boot(map, bytes) }
        if map.sent?.slot.isRoot == true { payload.sent = try time(map.sent, bytes) }
        var cursor = RefusingCursor(offset: start)
        try cursor.enterArray(bytes)
        while try cursor.nextElement(bytes) {
            guard payload.readings.count + payload.refused.count < readingLimit else {
                throw Refusal(
                    .limit,
                    "more than \(readingLimit) readings in one message; split them"
                )
            }
            _ = try cursor.peek(bytes)
            do throws(Refusal) {
                let decoded = try decodeReading(bytes, at: cursor.offset, map, &payload)
                payload.readings.append(decoded)
            } catch {
                payload.refused.append(
                    RefusedReading(
                        refusal: error,
                        sequence: try? sequence(map, bytes),
                        boot: nil,
                        source: 0..<bytes.count
                    )
                )
            }
            try cursor.skipValue(bytes)
        }
    }

    // MARK: One reading

    private mutating func decodeReading(
        _ bytes: Span<UInt8>,
        at offset: Int,
        _ map: ProfileMap,
        _ payload: inout DecodedPayload
    ) throws(Refusal) -> DecodedReading {
        var start = RefusingCursor(offset: offset)
        guard try start.peek(bytes) == (map.reading.startsWithArray ? .array : .object) else {
            throw Refusal(.undecodable, "the profile's paths lead into nothing; check the payload")
        }
        try reading.walk(map.reading, bytes, from: offset)
        payload.unknownFields += reading.unknownFields
        var decoded = DecodedReading()
        decoded.source = 0..<bytes.count
        decoded.sequence = try sequence(map, bytes)
        decoded.at = try time(map.time, bytes)
        if map.boot?.isRoot == false { decoded.boot = try boot(map, bytes) }
        takeBattery(map, bytes, &decoded, &payload)
        for rule in map.rules {
            try take(
                reading.values[rule.slot],
                of: rule.sign,
                rule.meaning,
                unit: rule.unitSlot.map { reading.values[$0] },
                quality: rule.qualitySlot.map { reading.values[$0] },
                map,
                bytes,
                &decoded
            )
        }
        if let list = map.list { try takeList(list, map, bytes, &decoded, &payload) }
        return decoded
    }

    private mutating func takeList(
        _ list: ProfileMap.List,
        _ map: ProfileMap,
        _ bytes: Span<UInt8>,
        _ decoded: inout DecodedReading,
        _ payload: inout DecodedPayload
    ) throws(Refusal) {
        let start: Int
        switch reading.values[list.slot] {
        case .array(let offset): start = offset
        case .none, .null: return
        case .text, .number, .truth, .object:
            throw Refusal(.undecodable, "the profile's 'list' leads to no array")
        }
        var cursor = RefusingCursor(offset: start)
        try cursor.enterArray(bytes)
        while try cursor.nextElement(bytes) {
            _ = try cursor.peek(bytes)
            try element.walk(list.tree, bytes, from: cursor.offset)
            payload.unknownFields += element.unknownFields
            try cursor.skipValue(bytes)
            let code = element.values[list.code]
            guard let entry = list.codes.first(where: { code.isWord($0.code, bytes) }) else {
                payload.unknownFields += 1
                continue
            }
            try take(
                element.values[list.value],
                of: entry.sign,
                entry.meaning,
                unit: entry.meaning.unit == nil ? list.unit.map { element.values[$0] } : nil,
                quality: list.quality.map { element.values[$0] },
                map,
                bytes,
                &decoded
            )
        }
    }

    private func take(
        _ value: ProfileValue,
        of sign: Sign,
        _ meaning: ProfileMap.Meaning,
        unit: ProfileValue?,
        quality: ProfileValue?,
        _ map: ProfileMap,
        _ bytes: Span<UInt8>,
        _ decoded: inout DecodedReading
    ) throws(Refusal) {
        guard !meaning.isAbsent(value, bytes) else { return }
        guard decoded.note(sign) else {
            throw Refusal(.undecodable, "'\(sign.name)' stands twice in one reading")
        }
        if sign.dimension == nil {
            guard let magnitude = meaning.magnitude(value, of: sign, bytes) else {
                throw Refusal(
                    .undecodable,
                    "the profile does not know this value of '\(sign.name)'"
                )
            }
            decoded.values[sign] = magnitude
        } else {
            guard case .number(let number) = value, let decimal = number.decimal(bytes) else {
                throw Refusal(.undecodable, "'\(sign.name)' must be a number")
            }
            guard let measure = meaning.unit(unit, bytes) else {
                return decoded.doubt(unit.isAbsent ? .noUnit : .wrongUnit, sign)
            }
            decoded.take(decimal, in: measure, of: sign)
        }
        if let quality { takeQuality(quality, of: sign, map, bytes, &decoded) }
    }

    private func takeQuality(
        _ value: ProfileValue,
        of sign: Sign,
        _ map: ProfileMap,
        _ bytes: Span<UInt8>,
        _ decoded: inout DecodedReading
    ) {
        if case .none = value { return }
        if case .null = value { return }
        let entry = map.qualities.first { value.isWord($0.text, bytes) }
        guard let validity = entry?.meaning else { return decoded.doubt(.quality, sign) }
        switch validity {
        case .valid: break
        case .questionable: decoded.values.questionable.insert(SignSet(sign))
        case .invalid: decoded.values.invalid.insert(SignSet(sign))
        }
    }

    // MARK: What is no sign

    private func value(_ slot: ProfileMap.Slot) -> ProfileValue {
        slot.isRoot ? root.values[slot.index] : reading.values[slot.index]
    }

    private func sequence(_ map: ProfileMap, _ bytes: Span<UInt8>) throws(Refusal) -> Int64? {
        guard let slot = map.sequence else { return nil }
        switch value(slot) {
        case .none, .null: return nil
        case .number(let number):
            if let value = number.integer(bytes), (0..<1 << 53).contains(value) { return value }
        case .text, .truth, .array, .object: break
        }
        throw Refusal(.undecodable, "the profile's 'seq' must be a whole number from 0 to 2^53")
    }

    private func boot(_ map: ProfileMap, _ bytes: Span<UInt8>) throws(Refusal) -> JSONText? {
        guard let slot = map.boot else { return nil }
        let text: JSONText
        switch value(slot) {
        case .none, .null: return nil
        case .text(let found): text = found
        case .number(let number): text = JSONText(range: number.range)
        case .truth, .array, .object:
            throw Refusal(.undecodable, "the profile's 'boot' must be a text or a number")
        }
        guard (1...64).contains(text.range.count) else {
            throw Refusal(.undecodable, "the profile's 'boot' must have 1 to 64 bytes")
        }
        return text
    }

    private mutating func time(
        _ time: (slot: ProfileMap.Slot, format: ProfileMap.TimeFormat)?,
        _ bytes: Span<UInt8>
    ) throws(Refusal) -> Instant? {
        guard let time else { return nil }
        let found = value(time.slot)
        switch found {
        case .none, .null: return nil
        case .text(let text) where !text.isEscaped:
            if let at = instant(text, time.format, bytes) { return at }
        case .number(let number):
            if let at = instant(number, time.format, bytes) { return at }
        case .text, .truth, .array, .object: break
        }
        throw Refusal(.undecodable, "a time is not written as the profile says")
    }

    private mutating func instant(
        _ text: JSONText,
        _ format: ProfileMap.TimeFormat,
        _ bytes: Span<UInt8>
    ) -> Instant? {
        switch format {
        case .rfc3339: return Instant(rfc3339: bytes.extracting(text.range))
        case .local(let zone):
            moment.removeAll(keepingCapacity: true)
            moment.append(bytes.extracting(text.range))
            moment.append(contentsOf: zone)
            return Instant(rfc3339: moment.span)
        case .seconds, .milliseconds: return nil
        }
    }

    private func instant(
        _ number: JSONNumber,
        _ format: ProfileMap.TimeFormat,
        _ bytes: Span<UInt8>
    ) -> Instant? {
        let scale: DecimalScale
        switch format {
        case .seconds: scale = DecimalScale(1_000)
        case .milliseconds: scale = DecimalScale(1)
        case .rfc3339, .local: return nil
        }
        guard let milliseconds = number.decimal(bytes)?.floored(scale) else { return nil }
        let at = Instant(milliseconds: milliseconds)
        return (.distantPast ... .distantFuture).contains(at) ? at : nil
    }

    private func takeBattery(
        _ map: ProfileMap,
        _ bytes: Span<UInt8>,
        _ decoded: inout DecodedReading,
        _ payload: inout DecodedPayload
    ) {
        guard let (slot, unit) = map.battery else { return }
        switch value(slot) {
        case .none, .null: return
        case .number(let number):
            if let decimal = number.decimal(bytes), decoded.takeBattery(decimal, in: unit) {
                return
            }
        case .text, .truth, .array, .object: break
        }
        payload.unknownFields += 1
    }
}

extension ProfileValue {
    /// Whether the value, as the payload writes it, is the word: `"HR"`, `3` and `true` alike.
    func isWord(_ word: [UInt8], _ bytes: Span<UInt8>) -> Bool {
        switch self {
        case .text(let text): text.isText(word, bytes)
        case .number(let number): bytes.extracting(number.range).equals(word)
        case .truth(let truth): word.span.equals(truth ? "true" : "false" as StaticString)
        case .none, .null, .array, .object: false
        }
    }
}

extension ProfileValue? {
    /// Whether there is nothing.
    fileprivate var isAbsent: Bool {
        switch self {
        case nil, .some(.none), .null: true
        case .text, .number, .truth, .array, .object: false
        }
    }
}

extension ProfileMap.Meaning {
    /// Whether the value says that nothing was measured.
    fileprivate func isAbsent(_ value: ProfileValue, _ bytes: Span<UInt8>) -> Bool {
        switch value {
        case .none, .null: return true
        case .number(let number):
            guard !absent.isEmpty, let decimal = number.decimal(bytes) else { return false }
            return absent.contains { entry in
                if case .number(let nothing) = entry { nothing.isSame(as: decimal) } else { false }
            }
        case .text(let text):
            return absent.contains { entry in
                if case .word(let word) = entry { text.isText(word, bytes) } else { false }
            }
        case .truth, .array, .object: return false
        }
    }

    /// The unit that a value came in; nil when it is unknown.
    fileprivate func unit(_ told: ProfileValue?, _ bytes: Span<UInt8>) -> MeasureUnit? {
        guard let told else { return unit }
        return units.first { told.isWord($0.text, bytes) }?.meaning
    }

    /// The magnitude of a sign that is no quantity; nil for a word that is not known.
    fileprivate func magnitude(
        _ value: ProfileValue,
        of sign: Sign,
        _ bytes: Span<UInt8>
    ) -> Magnitude? {
        if !words.isEmpty { return words.first { value.isWord($0.text, bytes) }?.meaning }
        switch (sign, value) {
        case (.consciousness, .text(let text)):
            return ACVPU(text, bytes).map { Magnitude(Int($0.rawValue)) }
        case (.supplementalOxygen, .truth(let truth)): return Magnitude(truth ? 1 : 0)
        default: return nil
        }
    }
}
