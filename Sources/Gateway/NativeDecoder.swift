import Clinical
import Store
import Vocabulary
import Wire

/// Reads the project's own JSON, one reading or a backlog, strictly and without allocation.
///
/// Refused: what is no JSON, bytes after the value, a key that stands twice in an object (nested
/// ones too), a known field with a value of another kind. Fields that the protocol does not know
/// are passed over and counted. `null` for a sign means that it was not measured.
struct NativeDecoder {
    /// More fields than this that the protocol does not know are refused in one object.
    static let unknownFieldLimit = 64

    private let table = NativeFieldTable()
    /// Keys of the object that is being read which the protocol does not know.
    private var unknown: [JSONText] = []

    /// What stands in an object beside the reading itself.
    private struct Envelope {
        var sent: Instant?
        /// Where a backlog's array starts.
        var readings: Int?
    }

    /// Reads a payload; what it carries is appended to `payload`.
    ///
    /// In a backlog each element stands for itself: one that cannot be read goes to
    /// `payload.refused` and the others are kept. A text that is no JSON is refused whole.
    mutating func decode(
        _ bytes: Span<UInt8>,
        readingLimit: Int,
        into payload: inout DecodedPayload
    ) throws(Refusal) {
        guard isUTF8(bytes) else { throw Refusal(JSONError(reason: .notUTF8, offset: 0)) }
        var cursor = RefusingCursor()
        var reading = DecodedReading()
        let envelope = try object(bytes, &cursor, &reading, &payload, isOutermost: true)
        try cursor.finish(bytes)
        payload.sent = envelope.sent
        guard let start = envelope.readings else {
            reading.source = 0..<bytes.count
            payload.readings.append(reading)
            return
        }
        guard reading.values.signs.isEmpty, reading.oversized.isEmpty, reading.sequence == nil,
            reading.at == nil
        else { throw Refusal(.undecodable, "send one reading or 'readings', not both") }
        payload.isBacklog = true
        payload.boot = reading.boot
        try backlog(bytes, from: start, limit: readingLimit, into: &payload)
    }

    private mutating func backlog(
        _ bytes: Span<UInt8>,
        from start: Int,
        limit: Int,
        into payload: inout DecodedPayload
    ) throws(Refusal) {
        var cursor = RefusingCursor(offset: start)
        try cursor.enterArray(bytes)
        while try cursor.nextElement(bytes) {
            guard payload.readings.count + payload.refused.count < limit else {
                throw Refusal(.limit, "more than \(limit) readings in one message; split them")
            }
            let before = cursor
            var reading = DecodedReading()
            do throws(Refusal) {
                _ = try object(bytes, &cursor, &reading, &payload, isOutermost: false)
                reading.source = before.offset..<cursor.offset
                payload.readings.append(reading)
            } catch {
                // The text was found to be JSON before, so the element can be stepped over.
                cursor = before
                try cursor.skipValue(bytes)
                payload.refused.append(
                    RefusedReading(
                        refusal: error,
                        sequence: reading.sequence,
                        boot: reading.boot,
                        source: before.offset..<cursor.offset
                    )
                )
            }
        }
    }

    private mutating func object(
        _ bytes: Span<UInt8>,
        _ cursor: inout RefusingCursor,
        _ reading: inout DecodedReading,
        _ payload: inout DecodedPayload,
        isOutermost: Bool
    ) throws(Refusal) -> Envelope {
        var envelope = Envelope()
        var seen: UInt32 = 0
        unknown.removeAll(keepingCapacity: true)
        try cursor.enterObject(bytes)
        while let key = try cursor.nextKey(bytes) {
            guard let field = field(key, bytes), isOutermost || field != .readings else {
                try noteUnknown(key, bytes, cursor)
                payload.unknownFields += 1
                try cursor.skipStrictly(bytes)
                continue
            }
            guard seen & field.bit == 0 else { throw cursor.duplicateKey }
            seen |= field.bit
            switch field {
            case .sequence: reading.sequence = try sequence(bytes, &cursor)
            case .at: reading.at = try instant(bytes, &cursor)
            case .sent: envelope.sent = try instant(bytes, &cursor)
            case .boot: reading.boot = try boot(bytes, &cursor)
            case .battery: try battery(bytes, &cursor, &reading, &payload)
            case .quality: try quality(bytes, &cursor, &reading)
            case .readings:
                envelope.readings = cursor.offset
                guard try cursor.peek(bytes) == .array else {
                    throw Refusal(.undecodable, "'readings' must be an array")
                }
                try cursor.skipValue(bytes)
            case .heartRate, .pulseRate, .oxygenSaturation, .respiratoryRate, .systolicPressure,
                .diastolicPressure, .meanPressure, .temperature, .glucose, .weight, .endTidalCO2,
                .consciousness, .supplementalOxygen, .oxygenFlow, .pain, .height:
                if let sign = field.sign { try value(of: sign, bytes, &cursor, &reading) }
            }
        }
        return envelope
    }

    private func field(_ key: JSONText, _ bytes: Span<UInt8>) -> NativeField? {
        guard key.isEscaped else { return table.field(bytes.extracting(key.range)) }
        let resolved = Array(key.string(bytes).utf8)
        return table.field(resolved.span)
    }

    private mutating func noteUnknown(
        _ key: JSONText,
        _ bytes: Span<UInt8>,
        _ cursor: RefusingCursor
    ) throws(Refusal) {
        for other in unknown where key.isSame(as: other, bytes) {
            throw cursor.duplicateKey
        }
        guard unknown.count < NativeDecoder.unknownFieldLimit else {
            throw Refusal(.limit, "more than \(NativeDecoder.unknownFieldLimit) unknown fields")
        }
        unknown.append(key)
    }
}
