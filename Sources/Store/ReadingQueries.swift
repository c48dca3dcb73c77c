import Clinical
import SQLite
import Vocabulary

extension Connection {
    /// The boot's durable sequence numbers as closed ranges, refused ones included, and the fresh
    /// ones that only the journal has.
    borrowing func durableSequences(
        device: DeviceNumber,
        boot: Int32,
        fresh: [ClosedRange<Int64>]
    ) throws(SQLiteError) -> [ClosedRange<Int64>] {
        try with(
            """
            SELECT first, last FROM stored_sequences WHERE device = ?1 AND boot = ?2
            UNION ALL
            SELECT sequence, sequence FROM refused_sequences WHERE device = ?1 AND boot = ?2
            ORDER BY 1, 2
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(Int64(device), at: 1)
            try row.bind(Int64(boot), at: 2)
            var ranges = fresh
            while try row.step() {
                let (first, last) = (row.integer(0), row.integer(1))
                guard first <= last else { throw .corrupt("a range that ends before it begins") }
                ranges.append(first...last)
            }
            return ranges.joined
        }
    }

    /// The boot's numbers that the journal's readings have, for who has no ledger.
    borrowing func journalSequences(
        device: DeviceNumber,
        boot: Int32
    ) throws(SQLiteError) -> [ClosedRange<Int64>] {
        var ranges: [ClosedRange<Int64>] = []
        try journal { _, reading in
            guard reading.device == device, reading.boot == boot else { return }
            ranges.append(reading.sequence...reading.sequence)
        }
        return ranges
    }

    /// Refused payloads with a smaller number than `before`, newest first.
    borrowing func quarantine(
        limit: Int,
        before: Int64?
    ) throws(SQLiteError) -> [QuarantinedPayload] {
        try with(
            """
            SELECT \(quarantineColumns) FROM quarantine WHERE id < ? ORDER BY id DESC LIMIT ?
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(before ?? .max, at: 1)
            try row.bind(Int64(max(0, limit)), at: 2)
            var payloads: [QuarantinedPayload] = []
            while try row.step() { payloads.append(try payload(row)) }
            return payloads
        }
    }

    /// One refused payload, or nil.
    borrowing func quarantined(id: Int64) throws(SQLiteError) -> QuarantinedPayload? {
        try with("SELECT \(quarantineColumns) FROM quarantine WHERE id = ?") {
            (row) throws(SQLiteError) in
            try row.bind(id, at: 1)
            return try row.step() ? try payload(row) : nil
        }
    }
}

extension [ClosedRange<Int64>] {
    /// The same numbers in ascending ranges that neither touch nor overlap.
    fileprivate var joined: [ClosedRange<Int64>] {
        var ranges: [ClosedRange<Int64>] = []
        // A refused payload may have been replayed: then both tables have its number.
        for next in sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let open = ranges.last,
                next.lowerBound <= open.upperBound || next.lowerBound &- open.upperBound == 1
            {
                ranges[ranges.count - 1] =
                    open.lowerBound...Swift.max(open.upperBound, next.upperBound)
            } else {
                ranges.append(next)
            }
        }
        return ranges
    }
}

private let quarantineColumns = """
    id, received_at, topic, payload, code, detail, device, boot, sequence, resolved_at, content_type
    """

private func payload(_ row: borrowing Statement) throws(SQLiteError) -> QuarantinedPayload {
    guard let code = QuarantineCode(rawValue: row.text(4)) else {
        throw .corrupt("a refused payload without a code")
    }
    var payload = QuarantinedPayload(
        receivedAt: Instant(milliseconds: row.integer(1)),
        topic: row.text(2),
        payload: row.bytes(3),
        contentType: row.text(10),
        code: code,
        detail: row.text(5),
        device: row.optionalInteger(6).map(DeviceNumber.init(truncatingIfNeeded:)),
        boot: row.optionalInteger(7).map(Int32.init(truncatingIfNeeded:)),
        sequence: row.optionalInteger(8)
    )
    payload.id = row.integer(0)
    payload.resolvedAt = row.optionalInteger(9).map(Instant.init(milliseconds:))
    return payload
}
