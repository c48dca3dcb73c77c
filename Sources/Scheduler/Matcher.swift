public import Vocabulary

/// Finds who can serve a request: rules filter, goals rank.
///
/// Doctors are taken from the index by specialty, a cohort at a time; each gets the earliest start
/// that every timed rule permits. The same roster and request always give the same answer: ties go
/// to the doctor whose id is smaller.
public struct Matcher: Sendable {
    /// How much each goal counts.
    public var weights: GoalWeights
    /// How many alternatives a match carries beside the best.
    public var alternativeLimit = 5

    /// How far ahead a start may lie once the deadline has passed: help next week is none.
    public static let overdueHorizon: Duration = .hours(2)
    /// How far beyond the deadline, or now, a start is looked for when the window is waived.
    public static let waivedHorizon: Duration = .hours(7 * 24)
    /// Routine consults begin on the clock's five minutes.
    static let routineGrid: Int64 = 300_000
    /// How many starts are tried for one doctor; a month's bookings and windows are fewer.
    static let startLimit = 2_000

    /// A matcher with these weights.
    public init(weights: GoalWeights = GoalWeights()) {
        self.weights = weights
    }

    /// Who can serve the request, asked at `now`.
    ///
    /// The request's own specialty is searched first, then each fallback until one has somebody.
    /// Doctors who share a language come first. Only when there is none, or none for whom an emergency
    /// or urgent request would not have to wait, doctors with an interpreter are looked at too.
    /// A group gets the earliest time that suits all who are required, and no alternatives.
    /// A site that the roster does not know has no candidates. `counting` counts refusals also when
    /// somebody can serve; otherwise nobody is looked at who could only be worse.
    public func match(
        _ request: ConsultRequest,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms = MatchTerms(),
        counting: Bool = false
    ) -> Match {
        if request.group != nil {
            return matchGroup(request, in: roster, at: now, terms: terms)
        }
        let plain = search(request, in: roster, at: now, terms: terms, counting: counting)
        let isSoonEnough = plain.best.map { best in
            request.urgency > .urgent || best.start < now + Pairing.reach
        }
        guard isSoonEnough != true, let helped = interpreted(terms, request, in: roster) else {
            return plain
        }
        let found = search(request, in: roster, at: now, terms: helped, counting: counting)
        guard let best = plain.best else { return found }
        guard let other = found.best, other.start < min(best.start, now + Pairing.reach) else {
            return plain
        }
        return found
    }

    /// The terms with interpreters allowed; nil when they are already, or nobody could interpret.
    public func interpreted(
        _ terms: MatchTerms,
        _ request: ConsultRequest,
        in roster: Roster
    ) -> MatchTerms? {
        guard !terms.allowsInterpreter, roster.hasInterpreter(for: request) else { return nil }
        var terms = terms
        terms.allowsInterpreter = true
        return terms
    }

    private func search(
        _ request: ConsultRequest,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms,
        counting: Bool
    ) -> Match {
        let wanted = specialties(request, in: roster, terms)
        var considered = 0
        var tally = [Int](repeating: 0, count: RuleBook.all.count)
        var refusing: [Specialty: RuleSet] = [:]
        for specialty in wanted {
            considered += roster.doctors(of: specialty).count
            guard
                var search = Search(
                    request,
                    specialty: specialty,
                    at: now,
                    terms: terms,
                    in: roster
                )
            else { continue }
            let found = search.run(
                in: roster,
                weights: weights,
                limit: alternativeLimit + 1,
                counting: counting,
                tally: &tally
            )
            refusing[specialty] = search.refusing
            guard !found.isEmpty else { continue }
            let candidates = found.map { candidate($0, of: search, in: roster) }
            return Match(
                best: candidates.first,
                alternatives: Array(candidates.dropFirst()),
                specialty: specialty,
                considered: considered,
                rejections: counting ? Matcher.rejections(tally) : []
            )
        }
        return Match(
            best: nil,
            alternatives: [],
            specialty: wanted.last ?? request.specialty,
            considered: considered,
            rejections: Matcher.rejections(tally),
            refusing: refusing
        )
    }

    /// The request's own specialty, the fallbacks, and any other when the specialty is waived.
    func specialties(
        _ request: ConsultRequest,
        in roster: Roster,
        _ terms: MatchTerms
    ) -> [Specialty] {
        let wanted = [request.specialty] + terms.fallback.filter { $0 != request.specialty }
        guard terms.waived.contains(RuleBook.specialty) else { return wanted }
        return wanted + roster.specialties.filter { !wanted.contains($0) }
    }

    func candidate(_ find: Search.Find, of search: Search, in roster: Roster) -> Candidate {
        var pairing = search.pairing(with: find.entry)
        pairing.start = find.start
        return Candidate(
            doctor: find.entry.doctor.id,
            start: find.start,
            end: pairing.end,
            doctorFreeAt: pairing.doctorFreeAt,
            cost: find.cost,
            reasons: reasons(pairing, in: roster),
            claims: claims(pairing, in: roster)
        )
    }

    private func claims(_ pairing: Pairing, in roster: Roster) -> [Claim] {
        guard !pairing.sharesLanguage, let id = roster.interpreter(for: pairing) else { return [] }
        return [Claim(on: .interpreter(id))]
    }

    private func reasons(_ pairing: Pairing, in roster: Roster) -> [String] {
        var reasons = GoalBook.all.compactMap { $0.reason(pairing, in: roster) }
        if pairing.request.wishedModality != nil {
            reasons.append("by sound: the site's link carries no video")
        }
        guard !pairing.sharesLanguage else { return reasons }
        return reasons + ["with an interpreter of \(pairing.request.languageNames)"]
    }

    static func rejections(_ tally: [Int]) -> [Rejection] {
        zip(RuleBook.all, tally).filter { $0.1 > 0 }.map { rule, count in
            Rejection(rule: rule.name, count: count, text: rule.summary(ofRefusals: count))
        }
    }
}

extension Search.Find {
    /// Whether it costs less, or the same and the doctor's id is smaller.
    func isBetter(than other: Search.Find) -> Bool {
        cost != other.cost ? cost < other.cost : entry.doctor.id < other.entry.doctor.id
    }
}
