import SQLite
import Scheduler
import Signalling
import Vocabulary

/// What reports read: a few members of each record, taken out by the database.
extension Connection {
    /// The facts of requests opened in the half-open range, after a place, oldest first.
    ///
    /// A slot that is only held is no request yet.
    borrowing func consultFacts(
        from start: Instant,
        until end: Instant,
        after place: ConsultFact.Place?,
        limit: Int
    ) throws(SQLiteError) -> [ConsultFact] {
        try with(
            """
            SELECT r.id, r.opened_at, r.site, r.body ->> '$.specialty', r.body ->> '$.urgency',
                r.state, json_array_length(r.body, '$.declinedBy'),
                (SELECT e.value ->> '$.at' FROM json_each(s.body, '$.timeline') AS e
                 WHERE e.value ->> '$.what' = ? ORDER BY e.key LIMIT 1),
                s.body ->> '$.outcome.at', s.body ->> '$.outcome.disposition',
                a.body ->> '$.sampleAt'
            FROM requests AS r
            LEFT JOIN bookings AS b ON b.id = r.body ->> '$.booking'
            LEFT JOIN sessions AS s ON s.id = b.body ->> '$.session'
            LEFT JOIN alarms AS a ON a.id = r.body ->> '$.alarm'
            WHERE r.opened_at < ? AND (r.opened_at, r.id) > (?, ?)
                AND NOT coalesce(r.body ->> '$.isProvisional', 0)
            ORDER BY r.opened_at, r.id LIMIT ?
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(SessionEvent.bothPresent, at: 1)
            try row.bind(end.milliseconds, at: 2)
            // No id is empty, so that a request opened exactly at the start comes after this place.
            try row.bind(max(start, place?.openedAt ?? start).milliseconds, at: 3)
            try row.bind(place?.request.rawValue ?? "", at: 4)
            try row.bind(Int64(max(0, limit)), at: 5)
            var facts: [ConsultFact] = []
            while try row.step() { facts.append(try consultFact(row)) }
            return facts
        }
    }

    private borrowing func consultFact(
        _ row: borrowing Statement
    ) throws(SQLiteError) -> ConsultFact {
        guard let request = RequestID(rawValue: row.text(0)),
            let site = SiteID(rawValue: row.text(2)),
            let urgency = Urgency(rawValue: row.text(4)),
            let state = RequestState(rawValue: row.text(5))
        else { throw .corrupt("a stored request cannot be read") }
        return ConsultFact(
            place: .init(openedAt: Instant(milliseconds: row.integer(1)), request: request),
            site: site,
            specialty: Specialty(rawValue: row.text(3)),
            urgency: urgency,
            state: state,
            declined: Int(row.integer(6)),
            metAt: Instant(rfc3339: row.text(7)),
            endedAt: Instant(rfc3339: row.text(8)),
            disposition: Disposition(rawValue: row.text(9)),
            sampleAt: Instant(rfc3339: row.text(10))
        )
    }

    /// Bookings that began in the half-open range and ended as a no-show, by site and specialty.
    borrowing func missedConsults(
        from start: Instant,
        until end: Instant
    ) throws(SQLiteError) -> [MissedConsults] {
        try with(
            """
            SELECT b.site, r.body ->> '$.specialty' AS specialty, count(*)
            FROM bookings AS b JOIN requests AS r ON r.id = b.request
            WHERE b.start_at >= ? AND b.start_at < ? AND b.state = ?
            GROUP BY b.site, specialty ORDER BY b.site, specialty
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(start.milliseconds, at: 1)
            try row.bind(end.milliseconds, at: 2)
            try row.bind(BookingState.noShow.rawValue, at: 3)
            var missed: [MissedConsults] = []
            while try row.step() {
                guard let site = SiteID(rawValue: row.text(0)) else {
                    throw .corrupt("a stored booking cannot be read")
                }
                missed.append(
                    MissedConsults(
                        site: site,
                        specialty: Specialty(rawValue: row.text(1)),
                        count: Int(row.integer(2))
                    )
                )
            }
            return missed
        }
    }
}
