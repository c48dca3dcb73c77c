import Clinical
import SQLite
import Scheduler
import Signalling
import Vocabulary

/// The care loop's records, each written whole; bookings have a file of their own.
extension Connection {
    borrowing func put(_ alarm: Alarm) throws(SQLiteError) {
        try run(
            """
            INSERT INTO alarms (id, patient, site, raised_at, closed_at, body)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
            SET patient = excluded.patient, site = excluded.site, raised_at = excluded.raised_at,
                closed_at = excluded.closed_at, body = excluded.body
            """,
            .text(alarm.id.rawValue),
            .text(alarm.patient.rawValue),
            .text(alarm.site.rawValue),
            .integer(alarm.raisedAt.milliseconds),
            .optional(alarm.closedAt?.milliseconds),
            .text(try RecordJSON.text(alarm))
        )
    }

    borrowing func put(_ request: ConsultRequest) throws(SQLiteError) {
        try run(
            """
            INSERT INTO requests (id, site, patient, state, opened_at, body)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
            SET site = excluded.site, patient = excluded.patient, state = excluded.state,
                opened_at = excluded.opened_at, body = excluded.body
            """,
            .text(request.id.rawValue),
            .text(request.site.rawValue),
            .text(request.patient.rawValue),
            .text(request.state.rawValue),
            .integer(request.openedAt.milliseconds),
            .text(try RecordJSON.text(request))
        )
    }

    borrowing func put(_ session: SessionRecord) throws(SQLiteError) {
        try run(
            """
            INSERT INTO sessions (id, booking, is_open, body) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
            SET booking = excluded.booking, is_open = excluded.is_open, body = excluded.body
            """,
            .text(session.id.rawValue),
            .text(session.booking.rawValue),
            .integer(session.state.isFinal ? 0 : 1),
            .text(try RecordJSON.text(session))
        )
    }

    borrowing func resolveQuarantine(_ id: Int64, _ instant: Instant) throws(SQLiteError) {
        try run(
            "UPDATE quarantine SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL",
            .integer(instant.milliseconds),
            .integer(id)
        )
    }
}
