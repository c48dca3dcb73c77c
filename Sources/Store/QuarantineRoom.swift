import SQLite
import Vocabulary

/// The room set aside for refused payloads: bounded in rows and in bytes.
///
/// When it is used up, the oldest resolved payload goes first, then the oldest; each is counted in
/// `counters`. The sequence numbers stay, so that a receipt given once stays true.
struct QuarantineRoom {
    private let rowLimit: Int64
    private let byteLimit: Int64
    /// What is used; nil when it must be counted again after a transaction was undone.
    private var used: (rows: Int64, bytes: Int64)?

    init(_ settings: SQLiteSettings) {
        rowLimit = Int64(max(1, settings.quarantineRows))
        byteLimit = Int64(max(1, settings.quarantineBytes))
    }

    /// Counts afresh before the next admission.
    mutating func forget() {
        used = nil
    }

    /// Stores the payload, unless the same sequence number was refused before, and makes room.
    mutating func admit(
        _ payload: QuarantinedPayload,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        guard try isNew(payload, connection) else { return }
        var used =
            if let known = self.used {
                known
            } else {
                try count(connection)
            }
        try insert(payload, connection)
        used.rows += 1
        used.bytes += Int64(payload.payload.count)
        var dropped: Int64 = 0
        while used.rows > rowLimit || (used.bytes > byteLimit && used.rows > 1) {
            guard let bytes = try dropOldest(connection) else { break }
            used.rows -= 1
            used.bytes -= bytes
            dropped += 1
        }
        if dropped > 0 { try connection.add(dropped, toCounter: "quarantineDropped") }
        self.used = used
    }

    /// Notes the sequence number; false when it was noted before, by a copy of this payload.
    private func isNew(
        _ payload: QuarantinedPayload,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Bool {
        guard let device = payload.device, let boot = payload.boot,
            let sequence = payload.sequence
        else { return true }
        try connection.with(
            """
            INSERT INTO refused_sequences (device, boot, sequence) VALUES (?, ?, ?)
            ON CONFLICT DO NOTHING
            """
        ) { (statement) throws(SQLiteError) in
            try statement.bind(Int64(device), at: 1)
            try statement.bind(Int64(boot), at: 2)
            try statement.bind(sequence, at: 3)
            try statement.run()
        }
        return connection.changes == 1
    }

    private func insert(
        _ payload: QuarantinedPayload,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        try connection.with(
            """
            INSERT INTO quarantine (received_at, topic, payload, code, detail, device, boot,
                sequence, resolved_at, content_type) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ) { (statement) throws(SQLiteError) in
            try statement.bind(payload.receivedAt.milliseconds, at: 1)
            try statement.bind(payload.topic, at: 2)
            try statement.bind(payload.payload.span, at: 3)
            try statement.bind(payload.code.rawValue, at: 4)
            try statement.bind(payload.detail, at: 5)
            try statement.bind(payload.device.map(Int64.init), at: 6)
            try statement.bind(payload.boot.map(Int64.init), at: 7)
            try statement.bind(payload.sequence, at: 8)
            try statement.bind(payload.resolvedAt?.milliseconds, at: 9)
            try statement.bind(payload.contentType, at: 10)
            try statement.run()
        }
    }

    private func count(
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> (rows: Int64, bytes: Int64) {
        let rows = try connection.integer("SELECT count(*) FROM quarantine")
        let bytes = try connection.integer("SELECT sum(length(payload)) FROM quarantine")
        return (rows ?? 0, bytes ?? 0)
    }

    /// Deletes one payload and returns its bytes; nil when there is none.
    private func dropOldest(
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Int64? {
        try connection.with(
            """
            DELETE FROM quarantine WHERE id = coalesce(
                (SELECT min(id) FROM quarantine WHERE resolved_at IS NOT NULL),
                (SELECT min(id) FROM quarantine))
            RETURNING length(payload)
            """
        ) { (statement) throws(SQLiteError) in
            guard try statement.step() else { return nil }
            let bytes = statement.integer(0)
            while try statement.step() {}
            return bytes
        }
    }
}
