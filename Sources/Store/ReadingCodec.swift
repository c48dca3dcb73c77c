import Clinical
import Vocabulary

/// A reading as packed bytes, in terms of the reading before it.
///
/// Head: a bit for each part that follows or differs. Then event time and sequence number as
/// differences; then, where the head says so, how much longer it was on its way, patient, device,
/// boot, the sets and the flags; then for each sign, lowest first, the difference of magnitudes.
/// A magnitude that the reading before did not carry counts as 0 there.
enum ReadingCodec {
    private static let lag: UInt8 = 1
    private static let patient: UInt8 = 2
    private static let device: UInt8 = 4
    private static let boot: UInt8 = 8
    private static let signs: UInt8 = 16
    private static let questionable: UInt8 = 32
    private static let invalid: UInt8 = 64
    private static let flags: UInt8 = 128

    /// A reading of nothing, in whose terms a first reading is written.
    static let origin = Reading(
        device: 0,
        patient: 0,
        boot: 0,
        sequence: 0,
        at: Instant(milliseconds: 0),
        receivedAt: Instant(milliseconds: 0)
    )

    /// Appends the reading.
    static func encode(_ reading: Reading, after last: Reading, into bytes: inout [UInt8]) {
        let at = reading.at.milliseconds
        let way = reading.receivedAt.milliseconds &- at
        let lastWay = last.receivedAt.milliseconds &- last.at.milliseconds
        var head: UInt8 = 0
        if way != lastWay { head |= lag }
        if reading.patient != last.patient { head |= patient }
        if reading.device != last.device { head |= device }
        if reading.boot != last.boot { head |= boot }
        if reading.signs != last.signs { head |= signs }
        if !reading.questionable.isEmpty { head |= questionable }
        if !reading.invalid.isEmpty { head |= invalid }
        if !reading.flags.isEmpty { head |= flags }
        bytes.append(head)
        bytes.append(signed: at &- last.at.milliseconds)
        bytes.append(signed: reading.sequence &- last.sequence)
        if head & lag != 0 { bytes.append(signed: way &- lastWay) }
        if head & patient != 0 {
            bytes.append(signed: Int64(reading.patient) - Int64(last.patient))
        }
        if head & device != 0 { bytes.append(signed: Int64(reading.device) - Int64(last.device)) }
        if head & boot != 0 { bytes.append(signed: Int64(reading.boot) - Int64(last.boot)) }
        if head & signs != 0 { bytes.append(varint: UInt64(reading.signs.rawValue)) }
        if head & questionable != 0 { bytes.append(varint: UInt64(reading.questionable.rawValue)) }
        if head & invalid != 0 { bytes.append(varint: UInt64(reading.invalid.rawValue)) }
        if head & flags != 0 { bytes.append(reading.flags.rawValue) }
        var rest = reading.signs.rawValue
        while rest != 0 {
            if let sign = Sign(rawValue: UInt8(rest.trailingZeroBitCount)) {
                let before = last[sign]?.thousandths ?? 0
                let now = reading[sign]?.thousandths ?? 0
                bytes.append(thousandths: Int64(now) - Int64(before))
            }
            rest &= rest - 1
        }
    }

    /// Takes the next reading; what cannot be makes the cursor invalid.
    static func decode(
        after last: Reading,
        _ cursor: inout PackedCursor,
        _ bytes: Span<UInt8>
    ) -> Reading {
        let head = cursor.byte(bytes)
        let at = last.at.milliseconds &+ cursor.signed(bytes)
        let sequence = last.sequence &+ cursor.signed(bytes)
        var way = last.receivedAt.milliseconds &- last.at.milliseconds
        if head & lag != 0 { way = way &+ cursor.signed(bytes) }
        var reading = Reading(
            device: last.device,
            patient: last.patient,
            boot: last.boot,
            sequence: sequence,
            at: Instant(milliseconds: at),
            receivedAt: Instant(milliseconds: at &+ way)
        )
        if head & patient != 0 { reading.patient = moved(last.patient, &cursor, bytes) }
        if head & device != 0 { reading.device = moved(last.device, &cursor, bytes) }
        if head & boot != 0 { reading.boot = moved(last.boot, &cursor, bytes) }
        var signs = last.signs
        if head & ReadingCodec.signs != 0 { signs = set(&cursor, bytes) }
        if head & questionable != 0 { reading.questionable = set(&cursor, bytes) }
        if head & invalid != 0 { reading.invalid = set(&cursor, bytes) }
        if head & flags != 0 { reading.flags = ReadingFlags(rawValue: cursor.byte(bytes)) }
        var rest = signs.rawValue
        while rest != 0 {
            if let sign = Sign(rawValue: UInt8(rest.trailingZeroBitCount)) {
                let before = Int64(last[sign]?.thousandths ?? 0)
                let now = before &+ cursor.thousandths(bytes)
                if let exact = Int32(exactly: now) {
                    reading[sign] = Magnitude(thousandths: exact)
                } else {
                    cursor.refuse()
                }
            }
            rest &= rest - 1
        }
        return reading
    }

    private static func moved(
        _ number: Int32,
        _ cursor: inout PackedCursor,
        _ bytes: Span<UInt8>
    ) -> Int32 {
        guard let moved = Int32(exactly: Int64(number) &+ cursor.signed(bytes)) else {
            cursor.refuse()
            return 0
        }
        return moved
    }

    private static func set(_ cursor: inout PackedCursor, _ bytes: Span<UInt8>) -> SignSet {
        guard let bits = UInt16(exactly: cursor.varint(bytes)) else {
            cursor.refuse()
            return []
        }
        return SignSet(rawValue: bits)
    }
}

extension Reading {
    /// The order of a patient's readings: event time, then device, boot and sequence number.
    static func isOlder(_ left: Reading, _ right: Reading) -> Bool {
        if left.at != right.at { return left.at < right.at }
        return (left.device, left.boot, left.sequence)
            < (right.device, right.boot, right.sequence)
    }
}
