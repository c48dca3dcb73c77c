public import Vocabulary

extension Matcher {
    /// Slots that every rule permits: the best of each doctor first, the best doctor first, then
    /// each one's next, a step later at least, and so on.
    ///
    /// With `doctor` only that doctor's. At most `rounds` slots of a doctor, at most `limit` of all.
    public func slots(
        _ request: ConsultRequest,
        doctor: DoctorID? = nil,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms = MatchTerms(),
        limit: Int,
        step: Duration,
        rounds: Int
    ) -> [Candidate] {
        guard limit > 0 else { return [] }
        for specialty in specialties(request, in: roster, terms) {
            guard
                var search = Search(
                    request,
                    specialty: specialty,
                    at: now,
                    terms: terms,
                    in: roster
                )
            else { return [] }
            var round = first(doctor, of: &search, in: roster, limit: limit)
            guard !round.isEmpty else { continue }
            var found = round
            for _ in 1..<max(rounds, 1) where found.count < limit && !round.isEmpty {
                round = round.compactMap { later(than: $0, by: step, &search, in: roster) }
                    .sorted { $0.isBetter(than: $1) }
                found += round
            }
            return found.prefix(limit).map { candidate($0, of: search, in: roster) }
        }
        return []
    }

    /// The earliest slot of the doctor, or of each of the best.
    private func first(
        _ doctor: DoctorID?,
        of search: inout Search,
        in roster: Roster,
        limit: Int
    ) -> [Search.Find] {
        guard let doctor else {
            var tally = [Int](repeating: 0, count: RuleBook.all.count)
            let best = search.run(
                in: roster,
                weights: weights,
                limit: limit,
                counting: false,
                tally: &tally
            )
            // Who is worse than these is of no use; a later slot of theirs is.
            search.cap = search.lastStart
            return best
        }
        guard let entry = roster.entry(doctor), entry.doctor.specialties.contains(search.specialty)
        else { return [] }
        return find(entry, &search, in: roster).map { [$0] } ?? []
    }

    /// The doctor with the earliest start that every rule permits; nil when there is none.
    func find(_ entry: DoctorEntry, _ search: inout Search, in roster: Roster) -> Search.Find? {
        var pairing = search.pairing(with: entry)
        guard search.cohortRefusal(pairing, in: roster) == nil,
            search.refusal(&pairing, in: roster) == nil
        else { return nil }
        return find(pairing, in: roster)
    }

    private func later(
        than find: Search.Find,
        by step: Duration,
        _ search: inout Search,
        in roster: Roster
    ) -> Search.Find? {
        var pairing = search.pairing(with: find.entry)
        pairing.start = find.start + step
        guard search.timedRefusal(from: pairing.start, &pairing, in: roster) == nil else {
            return nil
        }
        return self.find(pairing, in: roster)
    }

    private func find(_ pairing: Pairing, in roster: Roster) -> Search.Find {
        let cost = GoalBook.all.reduce(0) { $0 + $1.cost(pairing, in: roster, weights: weights) }
        return Search.Find(entry: pairing.entry, start: pairing.start, cost: cost)
    }
}
