import Vocabulary

/// Which of the doctors who can begin would be chosen.
extension Forecaster {
    /// Sites that are looked at for a mean; more would say much the same.
    static let sampledSites = 8

    /// When the consult of somebody who asks now would begin, in the mean over sites.
    ///
    /// The matcher weighs an early start against a near hospital and a fair load, so that it depends
    /// on who asks. Nil when nobody can begin.
    func start(
        _ urgency: Urgency,
        _ specialty: Specialty,
        from province: ProvinceID?,
        for length: Duration,
        among free: [(doctor: DoctorID, start: Instant)],
        at now: Instant
    ) -> Instant? {
        guard let earliest = free.map(\.start).min() else { return nil }
        let sites = sample(of: province)
        var total: Int64 = 0
        var count: Int64 = 0
        for site in sites {
            let request = asking(urgency, specialty, at: site, for: length, now)
            guard let chosen = chosen(by: request, among: free, at: now) else { continue }
            total += (chosen - now).wholeMilliseconds
            count += 1
        }
        return count > 0 ? now + .milliseconds(total / count) : earliest
    }

    /// Some of the sites that can ask, spread over all of them.
    private func sample(of province: ProvinceID?) -> [Site] {
        let all = roster.sites.filter {
            $0.stations > 0 && (province == nil || $0.province == province)
        }
        let count = min(all.count, Forecaster.sampledSites)
        return (0..<count).map { all[$0 * all.count / count] }
    }

    private func asking(
        _ urgency: Urgency,
        _ specialty: Specialty,
        at site: Site,
        for length: Duration,
        _ now: Instant
    ) -> ConsultRequest {
        ConsultRequest(
            id: RequestID(trusted: "forecast"),
            site: site.id,
            patient: PatientID(trusted: "forecast"),
            specialty: specialty,
            urgency: urgency,
            earliest: now,
            deadline: now + Forecaster.longestWait + length,
            durationMinutes: Int(length.wholeMilliseconds / 60_000),
            languages: [],
            origin: .clinic,
            openedAt: now
        )
    }

    /// The start of the doctor who costs least.
    private func chosen(
        by request: ConsultRequest,
        among free: [(doctor: DoctorID, start: Instant)],
        at now: Instant
    ) -> Instant? {
        guard
            let search = Search(
                request,
                specialty: request.specialty,
                at: now,
                terms: MatchTerms(),
                in: roster
            )
        else { return nil }
        var best: (cost: Double, start: Instant)?
        for (doctor, start) in free {
            guard let entry = roster.entry(doctor) else { continue }
            var pairing = search.pairing(with: entry)
            pairing.start = start
            let cost = GoalBook.all.reduce(0) {
                $0 + $1.cost(pairing, in: roster, weights: weights)
            }
            if best.map({ (cost, start) < $0 }) ?? true { best = (cost, start) }
        }
        return best?.start
    }

    /// The roster as an emergency finds it: it is rung for as soon as a doctor is free, and a consult
    /// that goes on is expected to last as long as those that lasted so long already.
    func expectingEnds(_ specialty: Specialty, at now: Instant) -> Roster {
        var changed = roster
        for doctor in roster.doctors(of: specialty) {
            let day = roster.bookings(of: doctor, from: now, until: now + .hours(1), at: now)
            for var booking in day where booking.state == .inSession {
                let buffer = booking.doctorFreeAt - booking.end
                let elapsed = Double((now - booking.start).wholeMilliseconds) / 60_000
                let left = history.remainingMinutes(specialty, after: elapsed)
                booking.end = now + .milliseconds(Int64(left * 60_000))
                booking.doctorFreeAt = booking.end + buffer
                changed.note(booking)
            }
        }
        return changed
    }
}
