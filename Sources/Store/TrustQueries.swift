import Crypto
import SQLite
import Vocabulary

extension Connection {
    /// Revoked tokens that have not expired.
    borrowing func revokedTokens(now: Instant) throws(SQLiteError) -> [RevokedToken] {
        try with("SELECT id, expires_at FROM revoked_tokens WHERE expires_at > ? ORDER BY id") {
            (row) throws(SQLiteError) in
            try row.bind(now.milliseconds, at: 1)
            var tokens: [RevokedToken] = []
            while try row.step() {
                let expiresAt = Instant(milliseconds: row.integer(1))
                tokens.append(RevokedToken(id: row.text(0), expiresAt: expiresAt))
            }
            return tokens
        }
    }

    /// The answer kept for a key, or nil.
    borrowing func answer(principal: String, key: String) throws(SQLiteError) -> IdempotentAnswer? {
        try with(
            "SELECT fingerprint, status, body, at FROM answers WHERE principal = ? AND key = ?"
        ) { (row) throws(SQLiteError) in
            try row.bind(principal, at: 1)
            try row.bind(key, at: 2)
            guard try row.step() else { return nil }
            return IdempotentAnswer(
                principal: principal,
                key: key,
                fingerprint: row.text(0),
                status: Int(row.integer(1)),
                body: row.text(2),
                at: Instant(milliseconds: row.integer(3))
            )
        }
    }

    /// Audit entries that match, newest first.
    borrowing func auditEntries(_ filter: AuditFilter) throws(SQLiteError) -> [AuditedEntry] {
        var selection = Selection()
        selection.add("principal = ?", filter.principal)
        selection.add("object = ?", filter.object)
        selection.add("at >= ?", filter.from?.milliseconds)
        selection.add("at < ?", filter.until?.milliseconds)
        selection.add("sequence < ?", filter.before)
        return try with(
            """
            SELECT \(auditColumns) FROM audit\(selection.clause) ORDER BY sequence DESC LIMIT ?
            """
        ) { (row) throws(SQLiteError) in
            try selection.bind(to: row, limit: filter.limit)
            var entries: [AuditedEntry] = []
            while try row.step() {
                entries.append(
                    AuditedEntry(
                        sequence: row.integer(0),
                        entry: auditEntry(row),
                        hash: Hexadecimal.encode(row.bytes(7))
                    )
                )
            }
            return entries
        }
    }

    /// The problems that the engine's own check finds.
    borrowing func integrityProblems() throws(SQLiteError) -> [String] {
        try column("PRAGMA integrity_check(100)").filter { $0 != "ok" }
    }

    /// Runs the engine's own checks and walks the audit chain from its first row.
    borrowing func verify(_ others: [String]) throws(SQLiteError) -> VerificationReport {
        var problems = try integrityProblems()
        problems += try column(
            """
            SELECT 'dangling reference in ' || "table" FROM pragma_foreign_key_check LIMIT 100
            """
        )
        let (count, firstBad) = try walkAudit()
        return VerificationReport(
            databaseProblems: problems + others,
            auditEntries: count,
            firstBadAuditSequence: firstBad
        )
    }

    private borrowing func column(_ sql: String) throws(SQLiteError) -> [String] {
        try with(sql) { (row) throws(SQLiteError) in
            var texts: [String] = []
            while try row.step() { texts.append(row.text(0)) }
            return texts
        }
    }

    /// How many entries were looked at, and the first place that breaks the chain.
    private borrowing func walkAudit() throws(SQLiteError) -> (count: Int64, firstBad: Int64?) {
        // The highest number ever given: rows cut off the end are missed.
        let given = try integer("SELECT seq FROM sqlite_sequence WHERE name = 'audit'") ?? 0
        return try with("SELECT \(auditColumns) FROM audit ORDER BY sequence") {
            (row) throws(SQLiteError) in
            var count: Int64 = 0
            var previous = AuditChain.root
            while try row.step() {
                let hash = AuditChain.hash(after: previous, sequence: count + 1, auditEntry(row))
                guard row.integer(0) == count + 1, row.bytes(7) == hash else {
                    return (count + 1, count + 1)
                }
                previous = hash
                count += 1
            }
            return (count, count < given ? count + 1 : nil)
        }
    }
}

private let auditColumns = "sequence, at, principal, action, object, address, detail, hash"

private func auditEntry(_ row: borrowing Statement) -> AuditEntry {
    AuditEntry(
        at: Instant(milliseconds: row.integer(1)),
        principal: row.text(2),
        action: row.text(3),
        object: row.text(4),
        address: row.text(5),
        detail: row.text(6)
    )
}
