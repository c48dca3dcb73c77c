import Clinical
import SQLite
import Vocabulary

extension Connection {
    /// The patient's readings in [from, until), oldest first.
    borrowing func readings(
        of patient: PatientNumber,
        from: Instant,
        until: Instant,
        limit: Int
    ) throws(SQLiteError) -> [Reading] {
        try with(
            """
            SELECT \(ReadingRow.columns) FROM readings
            WHERE patient = ? AND at >= ? AND at < ?
            ORDER BY at, device, boot, sequence LIMIT ?
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(Int64(patient), at: 1)
            try row.bind(from.milliseconds, at: 2)
            try row.bind(until.milliseconds, at: 3)
            try row.bind(Int64(max(0, limit)), at: 4)
            return try readings(row)
        }
    }

    /// Up to `size` readings from the place on, in the order of event time.
    borrowing func readings(
        after place: ReadingPage.Cursor,
        size: Int
    ) throws(SQLiteError) -> ReadingPage {
        // The index by time carries the primary key's other columns in this order.
        let readings = try with(
            """
            SELECT \(ReadingRow.columns) FROM readings
            WHERE at >= ?1 AND (at, patient, device, boot, sequence) > (?1, ?2, ?3, ?4, ?5)
            ORDER BY at, patient, device, boot, sequence LIMIT ?6
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(place.at, at: 1)
            try row.bind(Int64(place.patient), at: 2)
            try row.bind(Int64(place.device), at: 3)
            try row.bind(Int64(place.boot), at: 4)
            try row.bind(place.sequence, at: 5)
            try row.bind(Int64(size), at: 6)
            return try self.readings(row)
        }
        let isLast = readings.count < size
        return ReadingPage(
            readings: readings,
            next: isLast ? nil : readings.last.map(ReadingPage.Cursor.init)
        )
    }

    /// The boot's durable sequence numbers as closed ranges, refused ones included.
    borrowing func durableSequences(
        device: DeviceNumber,
        boot: Int32
    ) throws(SQLiteError) -> [ClosedRange<Int64>] {
        // Both sides come from an index in order, so SQLite merges them without sorting.
        try with(
            """
            SELECT sequence FROM readings WHERE device = ?1 AND boot = ?2
            UNION SELECT sequence FROM refused_sequences WHERE device = ?1 AND boot = ?2
            ORDER BY 1
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(Int64(device), at: 1)
            try row.bind(Int64(boot), at: 2)
            var ranges: [ClosedRange<Int64>] = []
            while try row.step() {
                let sequence = row.integer(0)
                if let last = ranges.last, sequence == last.upperBound + 1 {
                    ranges[ranges.count - 1] = last.lowerBound...sequence
                } else {
                    ranges.append(sequence...sequence)
                }
            }
            return ranges
        }
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

    private borrowing func readings(_ row: borrowing Statement) throws(SQLiteError) -> [Reading] {
        var readings: [Reading] = []
        while try row.step() { readings.append(try ReadingRow.reading(row)) }
        return readings
    }
}

private let quarantineColumns = """
    id, received_at, topic, payload, code, detail, device, boot, sequence, resolved_at
    """

private func payload(_ row: borrowing Statement) throws(SQLiteError) -> QuarantinedPayload {
    guard let code = QuarantineCode(rawValue: row.text(4)) else {
        throw .corrupt("a refused payload without a code")
    }
    var payload = QuarantinedPayload(
        receivedAt: Instant(milliseconds: row.integer(1)),
        topic: row.text(2),
        payload: row.bytes(3),
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
