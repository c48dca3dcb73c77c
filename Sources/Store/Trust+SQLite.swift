import SQLite
import Vocabulary

/// What tells who did what.
extension Connection {
    /// Appends an entry to the audit chain.
    borrowing func append(_ entry: AuditEntry) throws(SQLiteError) {
        let (last, previous) = try with(
            "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1"
        ) { (statement) throws(SQLiteError) in
            try statement.step()
                ? (statement.integer(0), statement.bytes(1)) : (0, AuditChain.root)
        }
        let hash = AuditChain.hash(after: previous, sequence: last + 1, entry)
        try run(
            """
            INSERT INTO audit (sequence, at, principal, action, object, address, detail, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(last + 1),
            .integer(entry.at.milliseconds),
            .text(entry.principal),
            .text(entry.action),
            .text(entry.object),
            .text(entry.address),
            .text(entry.detail),
            .blob(hash)
        )
    }

    borrowing func put(_ answer: IdempotentAnswer) throws(SQLiteError) {
        // Answers are kept for 24 h, by the time of the newest one.
        try run(
            "DELETE FROM answers WHERE at <= ?",
            .integer((answer.at - .hours(24)).milliseconds)
        )
        try run(
            """
            INSERT INTO answers (principal, key, fingerprint, status, body, at)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (principal, key) DO NOTHING
            """,
            .text(answer.principal),
            .text(answer.key),
            .text(answer.fingerprint),
            .integer(Int64(answer.status)),
            .text(answer.body),
            .integer(answer.at.milliseconds)
        )
    }

    borrowing func put(_ token: RevokedToken) throws(SQLiteError) {
        try run(
            """
            INSERT INTO revoked_tokens (id, expires_at) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at
            """,
            .text(token.id),
            .integer(token.expiresAt.milliseconds)
        )
    }
}
