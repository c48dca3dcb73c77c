import SQLite
import Scheduler
import Vocabulary

extension Connection {
    /// Writes a booking, unless doctor, patient or station are taken at that time.
    ///
    /// A ring takes nobody's time: it stands as `ringing` beside its body, so that neither this
    /// nor the triggers count it, until a yes makes it a booking like any other.
    ///
    /// Looks first, so that the caller learns the rule and not a message; the triggers stand
    /// behind it for whoever writes to the file in another way.
    borrowing func apply(_ booking: Booking) throws(StoreError) {
        if booking.takesTime {
            let isRefused = try translated { () throws(SQLiteError) in
                if try isTaken(doctorOf: booking) { return true }
                if try isTaken(patientOf: booking) { return true }
                return try isTaken(stationOf: booking)
            }
            if isRefused { throw .doubleBooking(booking.id) }
        }
        try translated { () throws(SQLiteError) in try put(booking) }
    }

    private borrowing func isTaken(doctorOf booking: Booking) throws(SQLiteError) -> Bool {
        try with(
            """
            SELECT 1 FROM bookings WHERE doctor = ? AND live AND id <> ?
                AND free_at > ? AND start_at < ? LIMIT 1
            """
        ) { (statement) throws(SQLiteError) in
            try statement.bind(booking.doctor.rawValue, at: 1)
            try statement.bind(booking.id.rawValue, at: 2)
            try statement.bind(booking.start.milliseconds, at: 3)
            try statement.bind(booking.doctorFreeAt.milliseconds, at: 4)
            return try statement.step()
        }
    }

    private borrowing func isTaken(patientOf booking: Booking) throws(SQLiteError) -> Bool {
        try with(
            """
            SELECT 1 FROM bookings WHERE patient = ? AND live AND id <> ?
                AND end_at > ? AND start_at < ? LIMIT 1
            """
        ) { (statement) throws(SQLiteError) in
            try statement.bind(booking.patient.rawValue, at: 1)
            try statement.bind(booking.id.rawValue, at: 2)
            try statement.bind(booking.start.milliseconds, at: 3)
            try statement.bind(booking.end.milliseconds, at: 4)
            return try statement.step()
        }
    }

    private borrowing func isTaken(stationOf booking: Booking) throws(SQLiteError) -> Bool {
        let stations = try with("SELECT stations FROM sites WHERE id = ?") {
            (statement) throws(SQLiteError) -> Int64? in
            try statement.bind(booking.site.rawValue, at: 1)
            return try statement.step() ? statement.integer(0) : nil
        }
        // Without the site the reference is refused, not the time.
        guard let stations else { return false }
        let others = try with(
            """
            SELECT start_at, end_at FROM bookings WHERE site = ? AND live AND id <> ?
                AND end_at > ? AND start_at < ?
            """
        ) { (statement) throws(SQLiteError) -> [Range<Int64>] in
            try statement.bind(booking.site.rawValue, at: 1)
            try statement.bind(booking.id.rawValue, at: 2)
            try statement.bind(booking.start.milliseconds, at: 3)
            try statement.bind(booking.end.milliseconds, at: 4)
            var others: [Range<Int64>] = []
            while try statement.step() {
                others.append(statement.integer(0)..<statement.integer(1))
            }
            return others
        }
        return StationUse.peak(of: others, from: booking.start.milliseconds) >= stations
    }

    borrowing func put(_ booking: Booking) throws(SQLiteError) {
        try run(
            """
            INSERT INTO bookings (id, request, doctor, site, patient, start_at, end_at, free_at,
                state, live, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
            SET request = excluded.request, doctor = excluded.doctor, site = excluded.site,
                patient = excluded.patient, start_at = excluded.start_at,
                end_at = excluded.end_at, free_at = excluded.free_at,
                state = excluded.state, live = excluded.live, body = excluded.body
            """,
            .text(booking.id.rawValue),
            .text(booking.request.rawValue),
            .text(booking.doctor.rawValue),
            .text(booking.site.rawValue),
            .text(booking.patient.rawValue),
            .integer(booking.start.milliseconds),
            .integer(booking.end.milliseconds),
            .integer(booking.doctorFreeAt.milliseconds),
            .text(booking.isRinging ? "ringing" : booking.state.rawValue),
            .integer(booking.takesTime ? 1 : 0),
            .text(try RecordJSON.text(booking))
        )
    }
}

/// How many stations of a site are in use at a time.
package enum StationUse {
    /// The most of the half-open spans, all of which reach beyond `start`, that hold at once at or
    /// after `start`.
    package static func peak(of spans: [Range<Int64>], from start: Int64) -> Int {
        // The number only grows where a span begins, so these instants are enough.
        let instants = spans.map { max($0.lowerBound, start) }
        return instants.map { instant in spans.count { $0.contains(instant) } }.max() ?? 0
    }
}
