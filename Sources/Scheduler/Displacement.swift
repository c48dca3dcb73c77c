public import Vocabulary

/// A booking that would make room for a request, and who could serve the request then.
public struct Displacement: Sendable, Equatable {
    /// The booking that would have to move.
    public let booking: Booking
    /// Who could serve the request then.
    public let candidate: Candidate
}

extension Matcher {
    /// How many bookings are tried for one request.
    static let displacementLimit = 500

    /// The best of the movable bookings to displace for a request nobody can serve; nil when none
    /// of them alone makes room.
    ///
    /// Best is who starts soonest, then at the least cost; of equals the booking that lies
    /// furthest ahead, which leaves most time to tell people, then the smaller id.
    public func displacement(
        for request: ConsultRequest,
        among movable: [Booking],
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms = MatchTerms()
    ) -> Displacement? {
        var best: Displacement?
        for booking in movable.prefix(Matcher.displacementLimit) {
            var terms = terms
            terms.without = booking.id
            guard let candidate = candidate(request, without: booking, in: roster, now, terms)
            else {
                continue
            }
            let found = Displacement(booking: booking, candidate: candidate)
            if best.map(found.isBetter) ?? true { best = found }
        }
        return best
    }

    /// Whom the booking keeps from serving: its doctor, or anybody when it has the station or the
    /// patient.
    private func candidate(
        _ request: ConsultRequest,
        without booking: Booking,
        in roster: Roster,
        _ now: Instant,
        _ terms: MatchTerms
    ) -> Candidate? {
        if booking.site == request.site || booking.patient == request.patient {
            return match(request, in: roster, at: now, terms: terms).best
        }
        guard let entry = roster.entry(booking.doctor) else { return nil }
        for specialty in specialties(request, in: roster, terms)
        where entry.doctor.specialties.contains(specialty) {
            guard
                var search = Search(
                    request,
                    specialty: specialty,
                    at: now,
                    terms: terms,
                    in: roster
                )
            else { return nil }
            if let found = find(entry, &search, in: roster) {
                return candidate(found, of: search, in: roster)
            }
        }
        return nil
    }
}

extension Displacement {
    fileprivate func isBetter(than other: Displacement) -> Bool {
        if candidate.start != other.candidate.start {
            return candidate.start < other.candidate.start
        }
        if candidate.cost != other.candidate.cost { return candidate.cost < other.candidate.cost }
        return booking.start != other.booking.start
            ? booking.start > other.booking.start : booking.id < other.booking.id
    }
}
