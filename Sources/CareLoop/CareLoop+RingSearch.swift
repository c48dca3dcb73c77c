import Scheduler
import Vocabulary

/// Who a step of a ringing plan can ring.
extension CareLoop {
    /// The best `limit` doctors, best first, who can begin at once and are not being rung for this
    /// request; nor for another, unless `asksTheBusy`.
    ///
    /// A wide step takes the request's own specialty first, then those that serve in its stead.
    mutating func candidates(
        _ care: CareCase,
        _ width: RingWidth,
        limit: Int,
        asksTheBusy: Bool,
        at now: Instant
    ) -> [Candidate] {
        var terms = ringTerms(care, width, asksTheBusy: asksTheBusy, at: now)
        var matcher = matcher
        matcher.alternativeLimit = limit
        // The place that is kept is the request's own, and must not stand in its way.
        if let place = care.place { roster.givePlaceBack(of: place) }
        defer { if let place = care.place { roster.keepPlace(of: place) } }
        var found: [Candidate] = []
        for _ in 0..<(CareLoop.ringSearchLimit + terms.fallback.count) where found.count < limit {
            let match = matcher.match(care.request, in: roster, at: now, terms: terms)
            guard let best = match.best else { break }
            let all = [best] + match.alternatives
            let soon = all.filter { $0.start < now + Pairing.reach }
            found += soon.prefix(limit - found.count)
            terms.excluded.formUnion(all.map(\.doctor))
        }
        return found
    }

    /// How often one specialty is searched for a step: each time those found before are left out.
    private static let ringSearchLimit = 3

    private func ringTerms(
        _ care: CareCase,
        _ width: RingWidth,
        asksTheBusy: Bool,
        at now: Instant
    ) -> MatchTerms {
        var terms = terms(of: care, at: now)
        let fallback = policy(of: care.request.site).fallback[care.request.specialty] ?? []
        let isWide = width >= .wide
        terms.fallback = isWide ? fallback : []
        terms.allowsAnyTier = isWide
        terms.excluded.formUnion(care.rings.map(\.doctor))
        // Nobody is rung twice for one step, whatever ended the first ring.
        terms.excluded.formUnion(care.request.ringing?.rungNow ?? [])
        if !asksTheBusy { terms.excluded.formUnion(rungElsewhere(than: care.request.id)) }
        if width == .reachable {
            let suitable = roster.doctors(of: care.request.specialty)
            terms.excluded.formUnion(suitable.filter { !isReachable($0, at: now) })
        }
        return terms
    }

    /// Whether one of the doctors has a specialty that a step of this width asks for.
    func mayServe(_ doctors: Set<DoctorID>, _ request: ConsultRequest, _ width: RingWidth) -> Bool {
        let fallback = policy(of: request.site).fallback[request.specialty] ?? []
        let wanted = [request.specialty] + (width >= .wide ? fallback : [])
        return doctors.contains { id in
            roster.doctor(id)?.specialties.contains(where: wanted.contains) ?? false
        }
    }

    /// Doctors whose consoles ring for other requests than this.
    func rungElsewhere(than id: RequestID) -> Set<DoctorID> {
        Set(ringing.subtracting([id]).flatMap { cases[$0]?.rings.map(\.doctor) ?? [] })
    }
}
