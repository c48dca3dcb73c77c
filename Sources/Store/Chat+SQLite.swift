import SQLite
import Vocabulary

/// The chat of sessions: lines are added and never changed.
extension Connection {
    borrowing func put(_ line: ChatRecord) throws(SQLiteError) {
        try run(
            """
            INSERT INTO chat (session, number, sender, message, body) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            .text(line.session.rawValue),
            .integer(Int64(line.number)),
            .text(line.from.rawValue),
            .text(line.message),
            .text(try RecordJSON.text(line))
        )
    }

    /// The last lines of a session, oldest first.
    borrowing func chat(of session: SessionID, last count: Int) throws(SQLiteError) -> [ChatRecord]
    {
        var selection = Selection()
        selection.add("session = ?", session.rawValue)
        let newestFirst: [ChatRecord] = try records(
            "SELECT body FROM chat\(selection.clause) ORDER BY number DESC LIMIT ?",
            selection,
            limit: count
        )
        return newestFirst.reversed()
    }

    /// The line that a writer gave this id, or nil.
    borrowing func chatLine(
        of session: SessionID,
        from sender: ParticipantID,
        message: String
    ) throws(SQLiteError) -> ChatRecord? {
        var selection = Selection()
        selection.add("session = ?", session.rawValue)
        selection.add("sender = ?", sender.rawValue)
        selection.add("message = ?", message)
        let found: [ChatRecord] = try records(
            "SELECT body FROM chat\(selection.clause) LIMIT ?",
            selection,
            limit: 1
        )
        return found.first
    }
}
