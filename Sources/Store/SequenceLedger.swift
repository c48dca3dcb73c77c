import Clinical
import SQLite

/// Which sequence numbers of each boot are stored: what makes ingest happen once.
///
/// Kept as closed ranges that neither touch nor overlap, a row each. A device that counts makes
/// one row that grows, so that a thousand devices' counters share a few pages, where an index of
/// every reading would touch a page a device. The last range of each boot is remembered between
/// batches; `write` puts what grew into the transaction.
struct SequenceLedger {
    private static let limit = 200_000

    private struct Boot: Hashable {
        let device: DeviceNumber
        let number: Int32
    }

    private struct Tail {
        var first: Int64
        var last: Int64
        var hasGrown = false
    }

    private var tails: [Boot: Tail] = [:]
    private var grown: [Boot] = []

    /// Reads afresh after a transaction was undone.
    mutating func forget() {
        tails.removeAll(keepingCapacity: true)
        grown.removeAll(keepingCapacity: true)
    }

    /// Notes the reading's sequence number; false when it was noted before.
    mutating func admit(
        _ reading: borrowing Reading,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Bool {
        let boot = Boot(device: reading.device, number: reading.boot)
        let sequence = reading.sequence
        if tails[boot] == nil { tails[boot] = try lastRange(boot, connection) }
        guard let tail = tails[boot] else {
            try insert(boot, sequence, sequence, connection)
            tails[boot] = Tail(first: sequence, last: sequence)
            return true
        }
        if sequence > tail.last {
            if sequence &- tail.last == 1 {
                if !tail.hasGrown { grown.append(boot) }
                tails[boot] = Tail(first: tail.first, last: sequence, hasGrown: true)
            } else {
                if tail.hasGrown { try grow(boot, tail, connection) }
                try insert(boot, sequence, sequence, connection)
                tails[boot] = Tail(first: sequence, last: sequence)
            }
            return true
        }
        if sequence >= tail.first { return false }
        if tail.hasGrown { try grow(boot, tail, connection) }
        tails[boot] = nil
        return try fill(boot, sequence, connection)
    }

    /// Writes what has grown since the last call.
    mutating func write(_ connection: borrowing Connection) throws(SQLiteError) {
        for boot in grown {
            guard let tail = tails[boot], tail.hasGrown else { continue }
            try grow(boot, tail, connection)
            tails[boot]?.hasGrown = false
        }
        grown.removeAll(keepingCapacity: true)
        if tails.count > SequenceLedger.limit { tails.removeAll() }
    }

    /// Notes a number before the last range: a gap that a late reading closes, or a copy.
    private func fill(
        _ boot: Boot,
        _ sequence: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Bool {
        let before = try lastRange(boot, upTo: sequence, connection)
        if let before, before.last >= sequence { return false }
        let after = try range("first = ?3 + 1", boot, sequence, connection)
        if let after { try delete(boot, after.first, connection) }
        let last = after?.last ?? sequence
        if let before, sequence &- before.last == 1 {
            try grow(boot, Tail(first: before.first, last: last), connection)
        } else {
            try insert(boot, sequence, last, connection)
        }
        return true
    }

    private func lastRange(
        _ boot: Boot,
        upTo sequence: Int64 = .max,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Tail? {
        try range("first <= ?3 ORDER BY first DESC LIMIT 1", boot, sequence, connection)
    }

    private func range(
        _ condition: String,
        _ boot: Boot,
        _ sequence: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Tail? {
        try connection.with(
            """
            SELECT first, last FROM stored_sequences
            WHERE device = ?1 AND boot = ?2 AND \(condition)
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(Int64(boot.device), at: 1)
            try row.bind(Int64(boot.number), at: 2)
            try row.bind(sequence, at: 3)
            return try row.step() ? Tail(first: row.integer(0), last: row.integer(1)) : nil
        }
    }

    private func insert(
        _ boot: Boot,
        _ first: Int64,
        _ last: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        try connection.run(
            "INSERT INTO stored_sequences (device, boot, first, last) VALUES (?, ?, ?, ?)",
            .integer(Int64(boot.device)),
            .integer(Int64(boot.number)),
            .integer(first),
            .integer(last)
        )
    }

    private func grow(
        _ boot: Boot,
        _ tail: Tail,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        try connection.run(
            """
            UPDATE stored_sequences SET last = ? WHERE device = ? AND boot = ? AND first = ?
            """,
            .integer(tail.last),
            .integer(Int64(boot.device)),
            .integer(Int64(boot.number)),
            .integer(tail.first)
        )
    }

    private func delete(
        _ boot: Boot,
        _ first: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        try connection.run(
            "DELETE FROM stored_sequences WHERE device = ? AND boot = ? AND first = ?",
            .integer(Int64(boot.device)),
            .integer(Int64(boot.number)),
            .integer(first)
        )
    }
}
