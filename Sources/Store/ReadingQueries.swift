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
        var readings: [Reading] = []
        var span = try firstSpan(from: ReadingRow.span(of: from.milliseconds))
        while let current = span, current <= ReadingRow.span(of: until.milliseconds),
            readings.count < limit
        {
            try with(
                """
                SELECT \(ReadingRow.columns) FROM readings
                WHERE span = ? AND patient = ? AND at >= ? AND at < ?
                ORDER BY at, device, boot, sequence LIMIT ?
                """
            ) { (row) throws(SQLiteError) in
                try row.bind(current, at: 1)
                try row.bind(Int64(patient), at: 2)
                try row.bind(from.milliseconds, at: 3)
                try row.bind(until.milliseconds, at: 4)
                try row.bind(Int64(limit - readings.count), at: 5)
                while try row.step() { readings.append(try ReadingRow.reading(row)) }
            }
            span = try firstSpan(from: current + 1)
        }
        return readings
    }

    /// Up to `size` readings from the place on, in the order of event time.
    borrowing func readings(
        after place: ReadingPage.Cursor,
        size: Int
    ) throws(SQLiteError) -> ReadingPage {
        var readings: [Reading] = []
        var span = try firstSpan(from: ReadingRow.span(of: place.at))
        while let current = span, readings.count < size {
            try with(
                """
                SELECT \(ReadingRow.columns) FROM readings
                WHERE span = ? AND (at, patient, device, boot, sequence) > (?, ?, ?, ?, ?)
                ORDER BY at, patient, device, boot, sequence LIMIT ?
                """
            ) { (row) throws(SQLiteError) in
                try row.bind(current, at: 1)
                try row.bind(place.at, at: 2)
                try row.bind(Int64(place.patient), at: 3)
                try row.bind(Int64(place.device), at: 4)
                try row.bind(Int64(place.boot), at: 5)
                try row.bind(place.sequence, at: 6)
                try row.bind(Int64(size - readings.count), at: 7)
                while try row.step() { readings.append(try ReadingRow.reading(row)) }
            }
            span = try firstSpan(from: current + 1)
        }
        return ReadingPage(
            readings: readings,
            next: readings.count < size ? nil : readings.last.map(ReadingPage.Cursor.init)
        )
    }

    /// The first span at or after this one in which anything was measured, by anybody.
    private borrowing func firstSpan(from span: Int64) throws(SQLiteError) -> Int64? {
        try with("SELECT min(span) FROM readings WHERE span >= ?") { (row) throws(SQLiteError) in
            try row.bind(span, at: 1)
            return try row.step() ? row.optionalInteger(0) : nil
        }
    }

    /// The boot's durable sequence numbers as closed ranges, refused ones included.
    borrowing func durableSequences(
        device: DeviceNumber,
        boot: Int32
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
            var ranges: [ClosedRange<Int64>] = []
            while try row.step() {
                let (first, last) = (row.integer(0), row.integer(1))
                guard first <= last else { throw .corrupt("a range that ends before it begins") }
                // A refused payload may have been replayed: then both tables have its number.
                if let open = ranges.last, first <= open.upperBound || first &- open.upperBound == 1
                {
                    ranges[ranges.count - 1] = open.lowerBound...max(open.upperBound, last)
                } else {
                    ranges.append(first...last)
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
