import Store
import Wire

/// Reads the records of a pack one after the other, written in JSON or in CBOR.
///
/// The pack is checked while it is read: no label twice, no label that must be understood and is
/// not (RFC 8428, 4.4: those that end in `_`), no value of another kind. Labels that the standard
/// does not know are counted.
struct SenMLReader {
    private var form: Form
    /// Labels and fields of the pack that are not known.
    private(set) var unknownFields = 0
    /// The unknown labels of the record in hand.
    private var unknown: [JSONText] = []
    private var strict = StrictJSON()

    private enum Form {
        case json(RefusingCursor)
        case cbor(CBORCursor, CBORItems)
    }

    init() {
        form = .json(RefusingCursor())
    }

    /// Begins with a pack in JSON, which is checked whole first.
    mutating func startJSON(_ bytes: Span<UInt8>) throws(Refusal) {
        unknownFields = 0
        try strict.check(bytes, from: 0)
        var cursor = RefusingCursor()
        guard try cursor.peek(bytes) == .array else {
            throw Refusal(.undecodable, "a SenML pack must be an array of records")
        }
        try cursor.enterArray(bytes)
        form = .json(cursor)
    }

    /// Begins with a pack in CBOR.
    mutating func startCBOR(_ bytes: Span<UInt8>) throws(Refusal) {
        unknownFields = 0
        do throws(CBORError) {
            var cursor = CBORCursor()
            cursor.skipMark(bytes)
            let items = try cursor.enterArray(bytes)
            form = .cbor(cursor, items)
        } catch {
            throw Refusal(error)
        }
    }

    /// The next record; nil at the end of the pack, where the payload must end too.
    mutating func next(_ bytes: Span<UInt8>) throws(Refusal) -> SenMLRecord? {
        unknown.removeAll(keepingCapacity: true)
        switch form {
        case .json(var cursor):
            guard try cursor.nextElement(bytes) else {
                try cursor.finish(bytes)
                return nil
            }
            let record = try jsonRecord(bytes, &cursor)
            form = .json(cursor)
            return record
        case .cbor(var cursor, var items):
            do throws(CBORError) {
                guard try cursor.next(&items, bytes) else {
                    try cursor.finish(bytes)
                    return nil
                }
            } catch {
                throw Refusal(error)
            }
            let record = try cborRecord(bytes, &cursor)
            form = .cbor(cursor, items)
            return record
        }
    }

    // MARK: JSON

    private mutating func jsonRecord(
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor
    ) throws(Refusal) -> SenMLRecord {
        guard try cursor.peek(bytes) == .object else {
            throw Refusal(.undecodable, "a SenML record must be an object")
        }
        var record = SenMLRecord()
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            guard let field = field(key, bytes) else {
                try refuseObligatory(key.isEscaped ? key.string(bytes).utf8.last : bytes[last: key])
                unknownFields += 1
                try cursor.skipValue(bytes)
                continue
            }
            // `strict` has seen to it that no label stands twice.
            _ = record.note(field)
            switch field {
            case .baseName: record.baseName = try text(field, bytes, &cursor)
            case .baseUnit: record.baseUnit = try text(field, bytes, &cursor)
            case .name: record.name = try text(field, bytes, &cursor)
            case .unit: record.unit = try text(field, bytes, &cursor)
            case .text: record.text = try text(field, bytes, &cursor)
            case .data: record.data = try text(field, bytes, &cursor)
            case .baseTime: record.baseTime = try number(field, bytes, &cursor)
            case .baseValue: record.baseValue = try number(field, bytes, &cursor)
            case .baseSum: record.baseSum = try number(field, bytes, &cursor)
            case .baseVersion: record.baseVersion = try number(field, bytes, &cursor)
            case .value: record.value = try number(field, bytes, &cursor)
            case .sum: record.sum = try number(field, bytes, &cursor)
            case .time: record.time = try number(field, bytes, &cursor)
            case .updateTime: record.updateTime = try number(field, bytes, &cursor)
            case .truth:
                guard try cursor.peek(bytes) == .boolean else { throw wrongKind(field) }
                record.truth = try cursor.boolean(bytes)
            }
        }
        return record
    }

    private func field(_ key: JSONText, _ bytes: Span<UInt8>) -> SenMLField? {
        guard key.isEscaped else { return SenMLField(label: bytes.extracting(key.range)) }
        return SenMLField(label: Array(key.string(bytes).utf8).span)
    }

    private func text(
        _ field: SenMLField,
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor
    ) throws(Refusal) -> JSONText {
        guard try cursor.peek(bytes) == .string else { throw wrongKind(field) }
        return try cursor.string(bytes)
    }

    private func number(
        _ field: SenMLField,
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor
    ) throws(Refusal) -> ExactDecimal {
        guard try cursor.peek(bytes) == .number,
            let number = try cursor.number(bytes).decimal(bytes)
        else { throw wrongKind(field) }
        return number
    }

    // MARK: CBOR

    private mutating func cborRecord(
        _ bytes: Span<UInt8>,
        _ cursor: inout CBORCursor
    ) throws(Refusal) -> SenMLRecord {
        var record = SenMLRecord()
        do throws(CBORError) {
            guard try cursor.peek(bytes) == .map else {
                throw CBORError(reason: .unexpectedItem, offset: cursor.offset)
            }
            var items = try cursor.enterMap(bytes)
            while try cursor.next(&items, bytes) {
                let start = cursor.offset
                guard try cursor.peek(bytes) == .integer else {
                    let label = try cursor.text(bytes)
                    guard isNew(label, bytes) else {
                        throw CBORError(reason: .duplicateKey, offset: start)
                    }
                    try cursor.skipItem(bytes)
                    continue
                }
                let number = try cursor.integer(bytes)
                guard let field = SenMLField(number: number) else {
                    throw CBORError(reason: .unexpectedItem, offset: start)
                }
                guard record.note(field) else {
                    throw CBORError(reason: .duplicateKey, offset: start)
                }
                try take(field, bytes, &cursor, &record)
            }
        } catch {
            throw Refusal(error)
        }
        for label in unknown {
            guard SenMLField(label: bytes.extracting(label.range)) == nil else {
                throw Refusal(
                    .undecodable,
                    "in CBOR the labels of SenML are numbers (RFC 8428, table 4), not texts"
                )
            }
            try refuseObligatory(bytes[last: label])
        }
        unknownFields += unknown.count
        return record
    }

    private func take(
        _ field: SenMLField,
        _ bytes: Span<UInt8>,
        _ cursor: inout CBORCursor,
        _ record: inout SenMLRecord
    ) throws(CBORError) {
        switch field {
        case .baseName: record.baseName = try cursor.text(bytes)
        case .baseUnit: record.baseUnit = try cursor.text(bytes)
        case .name: record.name = try cursor.text(bytes)
        case .unit: record.unit = try cursor.text(bytes)
        case .text: record.text = try cursor.text(bytes)
        case .data: record.data = try cursor.byteString(bytes)
        case .baseTime: record.baseTime = try cursor.number(bytes)
        case .baseValue: record.baseValue = try cursor.number(bytes)
        case .baseSum: record.baseSum = try cursor.number(bytes)
        case .baseVersion: record.baseVersion = try cursor.number(bytes)
        case .value: record.value = try cursor.number(bytes)
        case .sum: record.sum = try cursor.number(bytes)
        case .time: record.time = try cursor.number(bytes)
        case .updateTime: record.updateTime = try cursor.number(bytes)
        case .truth: record.truth = try cursor.boolean(bytes)
        }
    }

    /// Notes a label that is not known; false when the record has it already, or too many.
    private mutating func isNew(_ label: JSONText, _ bytes: Span<UInt8>) -> Bool {
        guard unknown.count < NativeDecoder.unknownFieldLimit else { return false }
        let text = bytes.extracting(label.range)
        for other in unknown where text.equals(bytes.extracting(other.range)) { return false }
        unknown.append(label)
        return true
    }

    private func refuseObligatory(_ last: UInt8?) throws(Refusal) {
        guard last != UInt8(ascii: "_") else {
            throw Refusal(
                .undecodable,
                "a label ends in '_', so it must be understood, and it is not known here"
            )
        }
    }

    private func wrongKind(_ field: SenMLField) -> Refusal {
        let kind =
            switch field {
            case .baseName, .baseUnit, .name, .unit, .text, .data: "a text"
            case .truth: "true or false"
            case .baseTime, .baseValue, .baseSum, .baseVersion, .value, .sum, .time, .updateTime:
                "a number"
            }
        return Refusal(.undecodable, "'\(field.label)' must be \(kind)")
    }
}

extension Span<UInt8> {
    /// The last byte of a text, nil for an empty one.
    fileprivate subscript(last text: JSONText) -> UInt8? {
        text.range.isEmpty ? nil : self[text.range.upperBound - 1]
    }
}
