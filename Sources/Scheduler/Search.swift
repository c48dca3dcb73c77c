import Vocabulary

/// One search for one specialty: what is the same for every doctor looked at.
struct Search {
    /// A doctor whom every rule permits, with the start and the goals' cost.
    struct Find {
        let pairing: Pairing
        let cost: Double
    }

    let request: ConsultRequest
    let specialty: Specialty
    let site: Site
    let terms: MatchTerms
    let now: Instant
    /// The first start that is tried.
    let firstStart: Instant
    /// No start after this is tried.
    let lastStart: Instant

    /// Nil when the roster does not know the request's site.
    init?(
        _ request: ConsultRequest,
        specialty: Specialty,
        at now: Instant,
        terms: MatchTerms,
        in roster: Roster
    ) {
        guard let site = roster.site(request.site) else { return nil }
        self.request = request
        self.specialty = specialty
        self.site = site
        self.terms = terms
        self.now = now
        self.lastStart = terms.isOverdue ? now + Matcher.overdueHorizon : request.latestStart
        let soonest = max(now, request.earliest)
        let withLead = max(now + terms.lead, request.earliest)
        self.firstStart = withLead <= lastStart ? withLead : soonest
    }

    /// Every permitted doctor; `tally` counts the first refusing rule of each other one.
    func run(in roster: Roster, weights: GoalWeights, tally: inout [Int]) -> [Find] {
        var finds: [Find] = []
        for id in roster.doctors(of: specialty) {
            guard let pairing = pairing(with: id, in: roster) else { continue }
            switch permitted(pairing, in: roster) {
            case .success(let pairing):
                let cost = GoalBook.all.reduce(0) {
                    $0 + $1.cost(pairing, in: roster, weights: weights)
                }
                finds.append(Find(pairing: pairing, cost: cost))
            case .failure(let refusal): tally[refusal.rule] += 1
            }
        }
        return finds
    }

    func pairing(with id: DoctorID, in roster: Roster) -> Pairing? {
        guard let doctor = roster.doctor(id) else { return nil }
        return Pairing(
            request: request,
            site: site,
            specialty: specialty,
            doctor: doctor,
            hospital: roster.site(doctor.hospital),
            terms: terms,
            now: now,
            start: firstStart
        )
    }

    /// Which rule of `RuleBook.all` refused first.
    struct Refusal: Error {
        let rule: Int
    }

    /// The pairing at the earliest start that every rule permits, or the first refusal.
    func permitted(_ pairing: Pairing, in roster: Roster) -> Result<Pairing, Refusal> {
        for (place, rule) in RuleBook.all.enumerated()
        where !rule.isTimed && !rule.permits(pairing, in: roster) {
            return .failure(Refusal(rule: place))
        }
        var pairing = pairing
        var first: Int?
        for _ in 0..<Matcher.startLimit {
            pairing.start = onGrid(pairing.start)
            guard let place = refusingTimedRule(pairing, in: roster) else {
                return .success(pairing)
            }
            first = first ?? place
            guard let next = RuleBook.all[place].nextChance(pairing, in: roster),
                next <= lastStart
            else { break }
            pairing.start = next
        }
        return .failure(Refusal(rule: first ?? 0))
    }

    private func refusingTimedRule(_ pairing: Pairing, in roster: Roster) -> Int? {
        RuleBook.all.indices.first { place in
            RuleBook.all[place].isTimed && !RuleBook.all[place].permits(pairing, in: roster)
        }
    }

    /// Routine starts are rounded up to the grid; nobody waits for a clock who is in need.
    private func onGrid(_ start: Instant) -> Instant {
        guard request.urgency == .routine else { return start }
        let grid = Matcher.routineGrid
        let steps = (start.milliseconds + grid - 1) / grid
        return Instant(milliseconds: steps * grid)
    }
}
