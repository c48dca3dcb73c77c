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
        var common: [Instant: CommonStart] = [:]
        for id in roster.doctors(of: specialty) {
            guard let pairing = pairing(with: id, in: roster) else { continue }
            switch permitted(pairing, in: roster, common: &common) {
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

    /// What the rules that do not concern the doctor say of a start.
    struct CommonStart {
        /// The first start from there on that they all permit; nil when there is none in time.
        let start: Instant?
        /// Which of them refused first on the way; nil when they permit at once.
        let refusing: Int?
    }

    /// The pairing at the earliest start that every rule permits, or the first refusal.
    ///
    /// `common` keeps what was found out for every doctor alike.
    func permitted(
        _ pairing: Pairing,
        in roster: Roster,
        common: inout [Instant: CommonStart]
    ) -> Result<Pairing, Refusal> {
        for (place, rule) in RuleBook.all.enumerated()
        where !rule.isTimed && !rule.permits(pairing, in: roster) {
            return .failure(Refusal(rule: place))
        }
        var pairing = pairing
        var first: Int?
        for _ in 0..<Matcher.startLimit {
            let found = common[pairing.start] ?? commonStart(pairing, in: roster)
            common[pairing.start] = found
            first = first ?? found.refusing
            guard let start = found.start else { break }
            pairing.start = start
            let place = RuleBook.ofDoctor.first {
                !RuleBook.all[$0].permits(pairing, in: roster)
            }
            guard let place else { return .success(pairing) }
            first = first ?? place
            guard let next = RuleBook.all[place].nextChance(pairing, in: roster),
                next <= lastStart
            else { break }
            pairing.start = next
        }
        return .failure(Refusal(rule: first ?? 0))
    }

    private func commonStart(_ pairing: Pairing, in roster: Roster) -> CommonStart {
        var pairing = pairing
        var first: Int?
        for _ in 0..<Matcher.startLimit {
            pairing.start = onGrid(pairing.start)
            let place = RuleBook.common.first {
                !RuleBook.all[$0].permits(pairing, in: roster)
            }
            guard let place else { return CommonStart(start: pairing.start, refusing: first) }
            first = first ?? place
            guard let next = RuleBook.all[place].nextChance(pairing, in: roster),
                next <= lastStart
            else { break }
            pairing.start = next
        }
        return CommonStart(start: nil, refusing: first)
    }

    /// Routine starts are rounded up to the grid; nobody waits for a clock who is in need.
    private func onGrid(_ start: Instant) -> Instant {
        guard request.urgency == .routine else { return start }
        let grid = Matcher.routineGrid
        let steps = (start.milliseconds + grid - 1) / grid
        return Instant(milliseconds: steps * grid)
    }
}
