import Clinical
import Store
import Vocabulary
import Wire

/// Makes readings of a SenML pack.
///
/// The last part of a record's name, after its last `:` or `/`, says what it is: a field of the
/// native payload (`hr`, `spo2`, …) or the sign's LOINC code. Records of one time make one
/// reading; a record `seq` gives its number, and one `boot` (a text) the whole pack's. All that
/// comes before the last part must be the same in the pack, because one device measures one
/// patient. Records of other names are counted and passed over.
struct SenMLDecoder {
    private var reader = SenMLReader()
    private let fields = NativeFieldTable()
    private let units = SenMLUnitTable()
    /// The name in hand, and what stood before the last part of the first known one.
    private var name: [UInt8] = []
    private var prefix: [UInt8] = []
    private var hasPrefix = false
    /// The times of the payload's readings, in the order of the readings.
    private var times: [Int64] = []

    /// The longest silence that a device can ask for, in milliseconds: a day.
    static let longestSilence: Int64 = 86_400_000
    /// A name longer than this is refused.
    static let nameLimit = 512

    mutating func decode(
        _ bytes: Span<UInt8>,
        as form: PayloadForm,
        dialect: SenMLDialect?,
        readingLimit: Int,
        at now: Instant,
        into payload: inout DecodedPayload
    ) throws(Refusal) {
        hasPrefix = false
        times.removeAll(keepingCapacity: true)
        if form == .senMLCBOR {
            try reader.startCBOR(bytes)
        } else {
            try reader.startJSON(bytes)
        }
        var resolver = SenMLResolver()
        var recordCount = 0
        while let record = try reader.next(bytes) {
            recordCount += 1
            guard let resolved = try resolver.resolve(record) else { continue }
            try take(resolved, bytes, dialect, readingLimit, at: now, &payload)
        }
        payload.unknownFields += reader.unknownFields
        guard recordCount > 0 else { throw Refusal(.undecodable, "the SenML pack has no record") }
        guard !payload.readings.isEmpty else {
            throw Refusal(
                .undecodable,
                "no record's name ends in a sign such as hr or spo2; correct the names or give the"
                    + " device a profile"
            )
        }
        payload.isBacklog = payload.readings.count > 1
    }

    // MARK: Records

    private mutating func take(
        _ record: SenMLResolved,
        _ bytes: Span<UInt8>,
        _ dialect: SenMLDialect?,
        _ readingLimit: Int,
        at now: Instant,
        _ payload: inout DecodedPayload
    ) throws(Refusal) {
        let last = try joinName(record, bytes)
        guard let field = field(last, dialect) else {
            payload.unknownFields += 1
            return
        }
        try checkPrefix(before: last)
        if field == .boot { return try takeBoot(record, bytes, &payload) }
        let index = try reading(at: record, bytes, readingLimit, now, &payload)
        switch field {
        case .sequence: try takeSequence(record, &payload.readings[index])
        case .battery:
            if !takeBattery(record, bytes, dialect, &payload.readings[index]) {
                payload.unknownFields += 1
            }
        default:
            guard let sign = field.sign else {
                payload.unknownFields += 1
                return
            }
            try takeSign(sign, record, bytes, dialect, &payload.readings[index])
        }
        guard let update = record.updateTime?.floored(DecimalScale(1_000)), update > 0 else {
            return
        }
        payload.updateMilliseconds = min(
            payload.updateMilliseconds ?? .max,
            update,
            SenMLDecoder.longestSilence
        )
    }

    private func takeSign(
        _ sign: Sign,
        _ record: SenMLResolved,
        _ bytes: Span<UInt8>,
        _ dialect: SenMLDialect?,
        _ reading: inout DecodedReading
    ) throws(Refusal) {
        guard reading.note(sign) else {
            throw Refusal(.undecodable, "'\(sign.name)' stands twice at one time")
        }
        switch (sign, record.value) {
        case (.consciousness, .text(let text)):
            guard let level = ACVPU(text, bytes) else {
                throw Refusal(.undecodable, "'avpu' must be one of A, C, V, P, U")
            }
            reading.values[sign] = Magnitude(Int(level.rawValue))
        case (.supplementalOxygen, .truth(let truth)):
            reading.values[sign] = Magnitude(truth ? 1 : 0)
        case (.consciousness, _), (.supplementalOxygen, _):
            throw Refusal(
                .undecodable,
                sign == .consciousness ? "'avpu' must be a 'vs'" : "'o2' must be a 'vb'"
            )
        case (_, .number(let number)):
            do throws(UnitDoubt) {
                let unit = try unit(record.unit, of: sign, bytes, dialect)
                reading.take(number, in: unit, of: sign)
            } catch {
                reading.doubt(error.kind, sign)
            }
        case (_, .text), (_, .truth), (_, .data):
            throw Refusal(.undecodable, "'\(sign.name)' must be a number in 'v'")
        case (_, .nothing): break
        }
    }

    /// The unit that a sign came in.
    private func unit(
        _ text: JSONText?,
        of sign: Sign,
        _ bytes: Span<UInt8>,
        _ dialect: SenMLDialect?
    ) throws(UnitDoubt) -> MeasureUnit {
        guard let text else {
            guard sign.dimension == .points, let unit = MeasureUnit.points else {
                throw UnitDoubt(kind: .noUnit, sign: sign)
            }
            return unit
        }
        if let unit = dialect?.unit(text, bytes) ?? units.unit(text, of: sign, bytes) {
            return unit
        }
        let isKnown = MeasureUnit.of(ucum: bytes.extracting(text.range)) != nil
        throw UnitDoubt(kind: isKnown ? .unregistered : .wrongUnit, sign: sign)
    }

    private func takeSequence(
        _ record: SenMLResolved,
        _ reading: inout DecodedReading
    ) throws(Refusal) {
        guard reading.sequence == nil else {
            throw Refusal(.undecodable, "'seq' stands twice at one time")
        }
        guard case .number(let number) = record.value,
            let sequence = number.floored(DecimalScale(1)), (0..<1 << 53).contains(sequence),
            ExactDecimal(sequence).isSame(as: number)
        else { throw Refusal(.undecodable, "'seq' must be a whole number from 0 to 2^53") }
        reading.sequence = sequence
    }

    private func takeBoot(
        _ record: SenMLResolved,
        _ bytes: Span<UInt8>,
        _ payload: inout DecodedPayload
    ) throws(Refusal) {
        guard case .text(let text) = record.value, (1...64).contains(text.range.count) else {
            throw Refusal(.undecodable, "'boot' must be a 'vs' of 1 to 64 bytes")
        }
        guard payload.boot == nil else {
            throw Refusal(.undecodable, "'boot' stands twice; one pack is of one boot")
        }
        payload.boot = text
    }

    /// Takes what is left in the battery; false when it says nothing that can be believed.
    private func takeBattery(
        _ record: SenMLResolved,
        _ bytes: Span<UInt8>,
        _ dialect: SenMLDialect?,
        _ reading: inout DecodedReading
    ) -> Bool {
        guard case .number(let number) = record.value, let text = record.unit else { return false }
        let unit =
            text.equals("%EL", bytes)
            ? MeasureUnit.percent
            : dialect?.unit(text, bytes) ?? units.unit(text, of: .oxygenSaturation, bytes)
        guard let unit else { return false }
        return reading.takeBattery(number, in: unit)
    }

    // MARK: Names and times

    /// Writes base name and name one behind the other; returns where the last part starts.
    private mutating func joinName(
        _ record: SenMLResolved,
        _ bytes: Span<UInt8>
    ) throws(Refusal) -> Int {
        name.removeAll(keepingCapacity: true)
        append(record.baseName, bytes)
        append(record.name, bytes)
        guard !name.isEmpty, name.count <= SenMLDecoder.nameLimit, name[0].isLetterOrDigit,
            name.allSatisfy(\.isOfName)
        else {
            throw Refusal(
                .undecodable,
                "a name must have 1 to \(SenMLDecoder.nameLimit) letters, digits, '-', ':', '.',"
                    + " '/' or '_', the first a letter or digit"
            )
        }
        var start = name.count
        while start > 0, name[start - 1] != UInt8(ascii: ":"), name[start - 1] != UInt8(ascii: "/")
        {
            start -= 1
        }
        return start
    }

    private mutating func append(_ text: JSONText?, _ bytes: Span<UInt8>) {
        guard let text else { return }
        if text.isEscaped {
            name.append(contentsOf: text.string(bytes).utf8)
        } else {
            name.append(bytes.extracting(text.range))
        }
    }

    private func field(_ last: Int, _ dialect: SenMLDialect?) -> NativeField? {
        let part = name.span.extracting(last..<name.count)
        if let field = dialect?.field(part) ?? fields.field(part) { return field }
        guard part.count <= 10, let sign = SignCode.sign(loinc: part) else { return nil }
        return NativeField(rawValue: sign.rawValue)
    }

    private mutating func checkPrefix(before last: Int) throws(Refusal) {
        guard hasPrefix else {
            hasPrefix = true
            prefix.removeAll(keepingCapacity: true)
            prefix.append(contentsOf: name[..<last])
            return
        }
        guard name.span.extracting(0..<last).equals(prefix) else {
            throw Refusal(
                .undecodable,
                "the pack speaks of two things; send a pack of its own for each device"
            )
        }
    }

    /// The reading of the record's time, a new one if there is none yet.
    private mutating func reading(
        at record: SenMLResolved,
        _ bytes: Span<UInt8>,
        _ readingLimit: Int,
        _ now: Instant,
        _ payload: inout DecodedPayload
    ) throws(Refusal) -> Int {
        // Records of one time nearly always follow each other.
        if let index = times.lastIndex(of: record.milliseconds) { return index }
        guard times.count < readingLimit else {
            throw Refusal(.limit, "more than \(readingLimit) readings in one message; split them")
        }
        var reading = DecodedReading()
        reading.source = 0..<bytes.count
        if record.milliseconds != 0 {
            let at = record.at(receivedAt: now)
            guard (.distantPast ... .distantFuture).contains(at) else {
                throw Refusal(.undecodable, "'t' lies beyond the year 9999")
            }
            reading.at = at
            reading.isRelative = record.isRelative
        }
        times.append(record.milliseconds)
        payload.readings.append(reading)
        return times.count - 1
    }
}

extension DecodedReading {
    /// Notes that the payload tells the sign, well or badly; false when it did already.
    mutating func note(_ sign: Sign) -> Bool {
        guard !told.contains(sign) else { return false }
        told.insert(SignSet(sign))
        return true
    }

    /// Takes what is left in the battery; false when it cannot be: beyond 0–100 %, or between 0
    /// and 1 % where percent was promised, which looks like a ratio.
    mutating func takeBattery(_ value: ExactDecimal, in unit: MeasureUnit) -> Bool {
        guard unit.dimension == .part, let level = Magnitude(value, in: unit.scale) else {
            return false
        }
        return takeBattery(level.thousandths, isRatio: unit.isRatio)
    }

    /// Takes what is left in the battery, in thousandths of a percent.
    mutating func takeBattery(_ thousandths: Int32, isRatio: Bool = false) -> Bool {
        guard (0...100_000).contains(thousandths), isRatio || !(1..<1_000).contains(thousandths)
        else { return false }
        battery = thousandths
        return true
    }
}

extension MeasureUnit {
    /// Percent.
    static let percent = MeasureUnit.of(ucum: "%")
    /// Points without a unit.
    static let points = MeasureUnit.of(ucum: "{score}")
}

extension ACVPU {
    /// The level whose letter is the text.
    init?(_ text: JSONText, _ bytes: Span<UInt8>) {
        guard text.range.count == 1, !text.isEscaped else { return nil }
        self.init(letter: Character(Unicode.Scalar(bytes[text.range.lowerBound])))
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// Whether it may stand in a SenML name (RFC 8428, 4.5.1).
    fileprivate var isOfName: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "/"),
            UInt8(ascii: "_"):
            true
        default: isLetterOrDigit
        }
    }
}
