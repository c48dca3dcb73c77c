import Vocabulary

/// One doctor's free time from now on, as the forecast sees it.
///
/// Free is who attends and holds no booking. Who is present is taken to stay for two hours.
struct FreeTime {
    /// How long who is present is taken to stay.
    static let stay: Duration = .hours(2)
    /// How many starts are tried.
    private static let tries = 200

    let doctor: Doctor
    let now: Instant
    /// Nothing begins before this: what the forecast itself has given the doctor ends here.
    var from: Instant
    /// Whether only presence and duty count, not windows.
    var needsPresence = false

    init(_ doctor: Doctor, at now: Instant) {
        self.doctor = doctor
        self.now = now
        self.from = now
    }

    /// Whether the doctor is to be had for the whole range: as present or in a window, or, where
    /// duty counts, on call.
    func attends(_ start: Instant, _ end: Instant, onDuty: Bool) -> Bool {
        if doctor.presence != .off, start < now + FreeTime.stay { return true }
        if onDuty, doctor.availability.isOnCall(from: start, until: end) { return true }
        guard !needsPresence, doctor.presence != .off || start >= now + Pairing.reach else {
            return false
        }
        return doctor.availability.covers(from: start, until: end)
    }

    /// The first start at which the doctor attends and is free for so long, and `site` is open and
    /// has a station, before `limit`.
    func nextStart(
        from earliest: Instant,
        for length: Duration,
        onDuty: Bool,
        until limit: Instant,
        at site: Site? = nil,
        in roster: Roster
    ) -> Instant? {
        var start = max(from, earliest)
        let claim = length + .minutes(doctor.bufferMinutes)
        for _ in 0..<FreeTime.tries {
            guard start < limit else { return nil }
            if !attends(start, start + length, onDuty: onDuty) {
                var next = doctor.availability.nextOpening(after: start)
                let reach = now + Pairing.reach
                if start < reach { next = min(next ?? reach, reach) }
                guard let next else { return nil }
                start = next
            } else if !roster.isFree(doctor.id, from: start, until: start + claim, at: now) {
                guard let next = roster.nextRelease(of: doctor.id, after: start, at: now) else {
                    return nil
                }
                start = next
            } else if let site, !onDuty, !site.isOpen(from: start, until: start + length) {
                // What presses is not asked; see `SiteOpenRule`.
                guard let next = site.hours?.nextOpening(after: start) else { return nil }
                start = next
            } else if let site,
                !roster.hasFreeStation(site.id, from: start, until: start + length, at: now)
            {
                guard let next = roster.row(site.id).nextEnd(after: start, seenAt: now) else {
                    return nil
                }
                start = next
            } else {
                return start
            }
        }
        return nil
    }
}
