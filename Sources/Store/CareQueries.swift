import Clinical
import SQLite
import Scheduler
import Signalling
import Vocabulary

extension Connection {
    /// Alarms that match, newest first.
    borrowing func alarms(_ filter: AlarmFilter) throws(SQLiteError) -> [Alarm] {
        var selection = Selection()
        selection.add("site = ?", filter.site?.rawValue)
        selection.add("patient = ?", filter.patient?.rawValue)
        selection.add("raised_at < ?", filter.before?.milliseconds)
        if filter.open { selection.add("closed_at IS NULL") }
        return try records(
            "SELECT body FROM alarms\(selection.clause) ORDER BY raised_at DESC, id DESC LIMIT ?",
            selection,
            limit: filter.limit
        )
    }

    /// Requests that match, newest first.
    borrowing func requests(_ filter: RequestFilter) throws(SQLiteError) -> [ConsultRequest] {
        var selection = Selection()
        selection.add("site = ?", filter.site?.rawValue)
        selection.add("state", among: filter.states.map(\.rawValue))
        selection.add("opened_at < ?", filter.before?.milliseconds)
        return try records(
            "SELECT body FROM requests\(selection.clause) ORDER BY opened_at DESC, id DESC LIMIT ?",
            selection,
            limit: filter.limit
        )
    }

    /// Bookings that match, by start.
    borrowing func bookings(_ filter: BookingFilter) throws(SQLiteError) -> [Booking] {
        var selection = Selection()
        selection.add("doctor", orClaimed: "doctor", filter.doctor?.rawValue)
        selection.add("site", orClaimed: "site", filter.site?.rawValue)
        selection.add(nil, orClaimed: "interpreter", filter.interpreter?.rawValue)
        selection.add("end_at > ?", filter.from?.milliseconds)
        selection.add("start_at < ?", filter.until?.milliseconds)
        if filter.live { selection.add("(live OR state = 'ringing')") }
        if filter.state == .offered {
            selection.add("state IN ('offered', 'ringing')")
        } else {
            selection.add("state = ?", filter.state?.rawValue)
        }
        return try records(
            "SELECT body FROM bookings\(selection.clause) ORDER BY start_at, id LIMIT ?",
            selection,
            limit: filter.limit
        )
    }

    /// Sessions that are not over.
    borrowing func openSessions() throws(SQLiteError) -> [SessionRecord] {
        try records("SELECT body FROM sessions WHERE is_open ORDER BY id")
    }
}
