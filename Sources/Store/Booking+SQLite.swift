import SQLite
import Scheduler
import Vocabulary

extension Connection {
    /// Writes a booking with its claims, unless something that it takes is taken at that time.
    ///
    /// A ring takes nobody's time, nor does a proposed move: it stands as `ringing` beside its body, so that neither this
    /// nor the triggers count it, until a yes makes it a booking like any other.
    ///
    /// Looks first, so that the caller learns the rule and not a message; the triggers stand
    /// behind it for whoever writes to the file in another way.
    borrowing func apply(_ booking: Booking) throws(StoreError) {
        let times = booking.takesTime ? booking.taken : []
        for time in times
        where try translated({ () throws(SQLiteError) in try isTaken(time, by: booking.id) }) {
            throw .doubleBooking(booking.id)
        }
        try translated { () throws(SQLiteError) in
            try run("DELETE FROM booking_claims WHERE booking = ?", .text(booking.id.rawValue))
            try put(booking)
            for claim in booking.claims ?? [] { try put(claim, of: booking) }
        }
    }

    /// Whether another live booking takes the claimant's time, or the last of the site's stations.
    private borrowing func isTaken(
        _ time: TakenTime,
        by booking: BookingID
    ) throws(SQLiteError) -> Bool {
        let others = try with(
            """
            SELECT start_at, until_at FROM taken WHERE kind = ? AND claimant = ? AND booking <> ?
                AND until_at > ? AND start_at < ?
            """
        ) { (statement) throws(SQLiteError) -> [Range<Int64>] in
            try statement.bind(time.claimant.kind, at: 1)
            try statement.bind(time.claimant.id, at: 2)
            try statement.bind(booking.rawValue, at: 3)
            try statement.bind(time.from.milliseconds, at: 4)
            try statement.bind(time.until.milliseconds, at: 5)
            var others: [Range<Int64>] = []
            while try statement.step() {
                others.append(statement.integer(0)..<statement.integer(1))
            }
            return others
        }
        guard case .site(let site) = time.claimant else { return !others.isEmpty }
        let stations = try with("SELECT stations FROM sites WHERE id = ?") {
            (statement) throws(SQLiteError) -> Int64? in
            try statement.bind(site.rawValue, at: 1)
            return try statement.step() ? statement.integer(0) : nil
        }
        // Without the site the reference is refused, not the time.
        guard let stations else { return false }
        return StationUse.peak(of: others, from: time.from.milliseconds) >= stations
    }

    private borrowing func put(_ claim: Claim, of booking: Booking) throws(SQLiteError) {
        let isLive = booking.takesTime && claim.state != .declined
        try run(
            """
            INSERT INTO booking_claims (booking, kind, claimant, start_at, until_at, live)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            .text(booking.id.rawValue),
            .text(claim.on.kind),
            .text(claim.on.id),
            .integer(booking.start.milliseconds),
            .integer(booking.end(of: claim).milliseconds),
            .integer(isLive ? 1 : 0)
        )
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
            .text(booking.state.isLive && !booking.takesTime ? "ringing" : booking.state.rawValue),
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
