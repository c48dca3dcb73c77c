public import Vocabulary

/// Finds who can serve a request: rules filter, goals rank.
///
/// Doctors are taken from the index by specialty; each gets the earliest start that every timed
/// rule permits. The same roster and request always give the same answer: ties go to the doctor
/// whose id is smaller.
public struct Matcher: Sendable {
    /// How much each goal counts.
    public var weights: GoalWeights
    /// How many alternatives a match carries beside the best.
    public var alternativeLimit = 5

    /// How far ahead a start may lie once the deadline has passed: help next week is none.
    public static let overdueHorizon: Duration = .hours(2)
    /// Routine consults begin on the clock's five minutes.
    static let routineGrid: Int64 = 300_000
    /// How many starts are tried for one doctor; a day's bookings are far fewer.
    static let startLimit = 200

    /// A matcher with these weights.
    public init(weights: GoalWeights = GoalWeights()) {
        self.weights = weights
    }

    /// Who can serve the request, asked at `now`.
    ///
    /// The request's own specialty is searched first, then each fallback until one has somebody.
    /// A site that the roster does not know has no candidates.
    public func match(
        _ request: ConsultRequest,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms = MatchTerms()
    ) -> Match {
        let wanted = [request.specialty] + terms.fallback.filter { $0 != request.specialty }
        var considered = 0
        var tally = [Int](repeating: 0, count: RuleBook.all.count)
        for specialty in wanted {
            let search = Search(request, specialty: specialty, at: now, terms: terms, in: roster)
            let found = search?.run(in: roster, weights: weights, tally: &tally) ?? []
            considered += roster.doctors(of: specialty).count
            guard !found.isEmpty else { continue }
            return result(
                found,
                search: search,
                specialty: specialty,
                considered: considered,
                tally: tally,
                roster: roster
            )
        }
        return Match(
            best: nil,
            alternatives: [],
            specialty: wanted.last ?? request.specialty,
            considered: considered,
            rejections: Matcher.rejections(tally)
        )
    }

    private func result(
        _ found: [Search.Find],
        search: Search?,
        specialty: Specialty,
        considered: Int,
        tally: [Int],
        roster: Roster
    ) -> Match {
        let ranked = found.sorted {
            ($0.cost, $0.pairing.doctor.id) < ($1.cost, $1.pairing.doctor.id)
        }
        let candidates = ranked.prefix(alternativeLimit + 1).map { find in
            Candidate(
                doctor: find.pairing.doctor.id,
                start: find.pairing.start,
                end: find.pairing.end,
                doctorFreeAt: find.pairing.doctorFreeAt,
                cost: find.cost,
                reasons: GoalBook.all.compactMap { $0.reason(find.pairing, in: roster) }
            )
        }
        return Match(
            best: candidates.first,
            alternatives: Array(candidates.dropFirst()),
            specialty: specialty,
            considered: considered,
            rejections: Matcher.rejections(tally)
        )
    }

    static func rejections(_ tally: [Int]) -> [Rejection] {
        zip(RuleBook.all, tally).filter { $0.1 > 0 }.map { rule, count in
            Rejection(rule: rule.name, count: count, text: rule.summary(ofRefusals: count))
        }
    }
}
