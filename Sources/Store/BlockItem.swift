import Clinical
import Vocabulary

/// What a partition's blocks hold: something of a patient at a time.
protocol BlockItem: Sendable {
    /// In whose terms the first item of a block is written.
    static var origin: Self { get }
    /// Whose it is.
    var patient: PatientNumber { get }
    /// When, in milliseconds.
    var time: Int64 { get }
    /// Appends the item in terms of the one before it.
    func encode(after last: Self, into bytes: inout [UInt8])
    /// Takes the next item.
    static func decode(
        after last: Self,
        _ cursor: inout PackedCursor,
        _ bytes: Span<UInt8>
    ) -> Self
    /// Puts one patient's items from several places in order and joins what belongs together.
    static func settle(_ items: inout [Self])
}

extension BlockItem {
    /// The patient's place in the order of blocks.
    var key: UInt32 { UInt32(bitPattern: patient) }
}

extension Reading: BlockItem {
    static var origin: Reading { ReadingCodec.origin }

    var time: Int64 { at.milliseconds }

    func encode(after last: Reading, into bytes: inout [UInt8]) {
        ReadingCodec.encode(self, after: last, into: &bytes)
    }

    static func decode(
        after last: Reading,
        _ cursor: inout PackedCursor,
        _ bytes: Span<UInt8>
    ) -> Reading {
        ReadingCodec.decode(after: last, &cursor, bytes)
    }

    static func settle(_ items: inout [Reading]) {
        items.sort(by: isOlder)
    }
}

/// As packed bytes: patient and minute as differences, the signs, and for each sign, lowest first,
/// how many values it had, the least as a difference to the item before, how far the greatest lies
/// above it, and how far the sum lies above so many times the least.
extension Aggregate: BlockItem {
    static var origin: Aggregate { Aggregate(patient: 0, start: Instant(milliseconds: 0)) }

    var time: Int64 { start.milliseconds }

    func encode(after last: Aggregate, into bytes: inout [UInt8]) {
        bytes.append(signed: Int64(patient) - Int64(last.patient))
        bytes.append(signed: start.milliseconds / 60_000 - last.start.milliseconds / 60_000)
        bytes.append(varint: UInt64(signs.rawValue))
        signs.forEachSign { sign in
            guard let own = self[sign] else { return }
            bytes.append(varint: UInt64(own.count))
            bytes.append(thousandths: Int64(own.least) - Int64(last[sign]?.least ?? 0))
            bytes.append(thousandths: Int64(own.greatest) - Int64(own.least))
            bytes.append(thousandths: own.sum - own.count * Int64(own.least))
        }
    }

    static func decode(
        after last: Aggregate,
        _ cursor: inout PackedCursor,
        _ bytes: Span<UInt8>
    ) -> Aggregate {
        let patient = Int64(last.patient) &+ cursor.signed(bytes)
        let minute = last.start.milliseconds / 60_000 &+ cursor.signed(bytes)
        let signs = cursor.varint(bytes)
        guard let patient = Int32(exactly: patient), let signs = UInt16(exactly: signs) else {
            cursor.refuse()
            return origin
        }
        let start = Instant(milliseconds: minute &* 60_000)
        var aggregate = Aggregate(patient: patient, start: start)
        for sign in Sign.allCases where signs & (1 << UInt16(sign.rawValue)) != 0 {
            let count = cursor.varint(bytes)
            let least = Int64(last[sign]?.least ?? 0) &+ cursor.thousandths(bytes)
            let greatest = least &+ cursor.thousandths(bytes)
            let above = cursor.thousandths(bytes)
            guard let count = Int64(exactly: count), count > 0,
                let least = Int32(exactly: least), let greatest = Int32(exactly: greatest)
            else {
                cursor.refuse()
                return aggregate
            }
            aggregate[sign] = Summary(
                least: least,
                greatest: greatest,
                sum: count &* Int64(least) &+ above,
                count: count
            )
        }
        return aggregate
    }

    static func settle(_ items: inout [Aggregate]) {
        items.sort { $0.start < $1.start }
        var joined: [Aggregate] = []
        for item in items {
            if let last = joined.last, last.start == item.start {
                joined[joined.count - 1].add(item)
            } else {
                joined.append(item)
            }
        }
        items = joined
    }
}
