import Vocabulary

/// One search for one specialty: what is the same for every doctor looked at.
struct Search {
    /// A doctor whom every rule permits, with the start and the goals' cost.
    struct Find {
        let entry: DoctorEntry
        let start: Instant
        let cost: Double
    }

    /// What the rules that do not concern the doctor say of a start.
    private struct CommonStart {
        /// The first start from there on that they all permit; nil when there is none in time.
        let start: Instant?
        /// Which of them refused first on the way; nil when they permit at once.
        let refusing: Int?
    }

    /// A rule that is not timed and can refuse only some.
    private struct Suspicion {
        let rule: Int
        /// The doctors' numbers, as bits: there may be thousands.
        var doctors: TickSet
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

    /// The consult's length, and the first instant out of immediate reach.
    let lengthMilliseconds: Int64
    let reachEnd: Instant
    /// The doctors of the booking that the terms leave out: the board knows too much of them.
    let exempt: [Int]

    private let ignored: Int32
    private let cohortRules: [Int]
    private let openRules: [Int]
    private let suspicions: [Suspicion]
    private let commonRules: [Int]
    private let doctorRules: [Int]
    /// No start after this is of use, because a better one is known.
    var cap: Instant
    /// Every timed rule that has refused a start so far.
    private(set) var refusing = RuleSet()
    private var common: [Instant: CommonStart] = [:]
    private var opening: CommonStart?

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
        lastStart = Search.lastStart(request, terms, at: now)
        cap = lastStart
        let soonest = max(now, request.earliest)
        let withLead = max(now + terms.lead, request.earliest)
        firstStart = withLead <= lastStart ? withLead : soonest
        ignored = roster.number(of: terms.without)
        exempt = roster.doctorNumbers(of: ignored)
        lengthMilliseconds = request.duration.wholeMilliseconds
        reachEnd = now + Pairing.reach
        func asked(_ places: [Int]) -> [Int] { places.filter { !terms.waived.contains($0) } }
        cohortRules = asked(RuleBook.ofCohort)
        commonRules = asked(RuleBook.common)
        doctorRules = asked(RuleBook.ofDoctor).filter {
            // Without interpreters the language rule has asked already.
            $0 != RuleBook.interpreter || terms.allowsInterpreter
        }
        var openRules: [Int] = []
        var suspicions: [Suspicion] = []
        for rule in asked(RuleBook.standing) {
            if let suspects = RuleBook.all[rule].suspects(request, terms) {
                guard !suspects.isEmpty else { continue }
                var doctors = TickSet(rows: 1, horizon: roster.numberLimit)
                for doctor in suspects {
                    if let number = roster.entry(doctor)?.number { doctors.insert(0, number) }
                }
                suspicions.append(Suspicion(rule: rule, doctors: doctors))
            } else {
                openRules.append(rule)
            }
        }
        self.openRules = openRules
        self.suspicions = suspicions
    }

    /// The best of the permitted doctors, best first, at most `limit`.
    ///
    /// The board says of each when and at what cost the doctor could serve at best; the rules and
    /// the goals settle it, the most promising first, until nobody can be better. `tally` counts the
    /// first refusing rule of each one who is not permitted; without `counting` only when there is
    /// nobody, for then who could only be worse is not looked at.
    mutating func run(
        in roster: Roster,
        weights: GoalWeights,
        limit: Int,
        counting: Bool,
        tally: inout [Int]
    ) -> [Find] {
        let cohorts = roster.cohorts(of: specialty)
        guard let any = cohorts.lazy.compactMap(\.members.first).first else { return [] }
        var pairing = pairing(with: any)
        var (prospects, hopeless) = survey(cohorts, &pairing, in: roster, weights, &tally)
        if !counting { prospects.promote(limit * 2) }
        var best: [Find] = []
        for prospect in prospects {
            let isFull = best.count == limit
            if isFull, !counting, prospect.floor > best[limit - 1].cost { continue }
            pairing.entry = prospect.entry(cohorts)
            if let rule = refusal(&pairing, in: roster) {
                tally[rule] += 1
                continue
            }
            let worst = isFull ? best.last : nil
            guard let cost = cost(pairing, atMost: worst?.cost, in: roster, weights: weights)
            else { continue }
            let find = Find(entry: pairing.entry, start: pairing.start, cost: cost)
            if let worst, !find.isBetter(than: worst) { continue }
            let place = best.firstIndex { find.isBetter(than: $0) } ?? best.endIndex
            best.insert(find, at: place)
            if best.count > limit { best.removeLast() }
            if !counting, best.count == limit { cap(at: best[limit - 1].cost, pairing, weights) }
        }
        if counting || best.isEmpty { count(hopeless, of: cohorts, &pairing, in: roster, &tally) }
        return best
    }

    /// Those who may serve as far as the board knows, with the least cost, and those who may not.
    private mutating func survey(
        _ cohorts: [Cohort],
        _ pairing: inout Pairing,
        in roster: Roster,
        _ weights: GoalWeights,
        _ tally: inout [Int]
    ) -> (prospects: [Prospect], hopeless: [Prospect]) {
        let view = view(pairing, in: roster)
        var floor = CostFloor(self, in: roster, weights: weights)
        var prospects: [Prospect] = []
        var hopeless: [Prospect] = []
        for (place, cohort) in cohorts.enumerated() {
            guard let first = cohort.members.first else { continue }
            pairing.entry = first
            if let rule = cohortRefusal(pairing, in: roster) {
                tally[rule] += cohort.members.count
                continue
            }
            for (member, number) in cohort.numbers.enumerated() {
                let number = Int(number)
                guard let start = view.soonest(number) else {
                    hopeless.append(Prospect(cohort: place, member: member))
                    continue
                }
                let cost = floor.cost(number, from: start)
                prospects.append(Prospect(cohort: place, member: member, floor: cost))
            }
        }
        return (prospects, hopeless)
    }

    /// Counts those whom the board has passed over, by the rule that refuses each first.
    private mutating func count(
        _ hopeless: [Prospect],
        of cohorts: [Cohort],
        _ pairing: inout Pairing,
        in roster: Roster,
        _ tally: inout [Int]
    ) {
        let view = view(pairing, in: roster)
        let opening = firstCommonStart(pairing, in: roster)
        for prospect in hopeless {
            let cohort = cohorts[Int(prospect.cohort)]
            let number = Int(cohort.numbers[Int(prospect.member)])
            passOver(number, view)
            let isOpen = openRules.isEmpty && !isSuspected(number)
            if isOpen, let rule = opening.refusing ?? view.firstRefusal(number, doctorRules) {
                tally[rule] += 1
                continue
            }
            pairing.entry = cohort.members[Int(prospect.member)]
            tally[firstRefusal(&pairing, opening, in: roster)] += 1
        }
    }

    /// The rule that first refuses a doctor who has no start.
    private func firstRefusal(
        _ pairing: inout Pairing,
        _ opening: CommonStart,
        in roster: Roster
    ) -> Int {
        if let rule = standingRefusal(pairing, in: roster) ?? opening.refusing { return rule }
        guard let start = opening.start else { return RuleBook.window }
        pairing.start = start
        let rule = doctorRules.first { !RuleBook.all[$0].permits(pairing, in: roster) }
        return rule ?? RuleBook.window
    }

    /// What the board says of the doctors' first starts.
    mutating func view(_ pairing: Pairing, in roster: Roster) -> BoardView {
        guard let start = firstCommonStart(pairing, in: roster).start, start <= lastStart else {
            return .noStart
        }
        return Outlook(self, from: start, in: roster).map(BoardView.known) ?? .unknown(from: start)
    }

    /// Takes note of a doctor who has no start, as if the rules had been asked.
    mutating func passOver(_ number: Int, _ view: BoardView) {
        refusing.insert(RuleBook.window)
        if case .known(let outlook) = view { refusing = refusing.union(outlook.refusing(number)) }
    }

    func asks(_ rule: Int) -> Bool { doctorRules.contains(rule) }

    /// Whether a rule that is neither timed nor a cohort's may refuse somebody of the cohort.
    func maySuspect(_ cohort: Cohort) -> Bool {
        guard openRules.isEmpty else { return true }
        return !suspicions.isEmpty && cohort.numbers.contains { isSuspected(Int($0)) }
    }

    private func isSuspected(_ number: Int) -> Bool {
        suspicions.contains { $0.doctors.contains(0, number) }
    }

    /// Passes over starts that alone cost more.
    private mutating func cap(at cost: Double, _ pairing: Pairing, _ weights: GoalWeights) {
        for goal in GoalBook.all {
            if let last = goal.lastStart(pairing, costing: cost, weights: weights) {
                cap = min(cap, last)
            }
        }
    }

    /// What the goals cost together; nil once that is certain to be more than `limit`, for no goal
    /// costs less than nothing.
    private func cost(
        _ pairing: Pairing,
        atMost limit: Double?,
        in roster: Roster,
        weights: GoalWeights
    ) -> Double? {
        var cost = 0.0
        for goal in GoalBook.all {
            cost += goal.cost(pairing, in: roster, weights: weights)
            if let limit, cost > limit { return nil }
        }
        return cost
    }

    func pairing(with entry: DoctorEntry) -> Pairing {
        Pairing(
            request: request,
            site: site,
            specialty: specialty,
            terms: terms,
            now: now,
            start: firstStart,
            entry: entry,
            ignored: ignored,
            lengthMilliseconds: lengthMilliseconds,
            reachEnd: reachEnd
        )
    }

    /// The first rule that refuses all who are like this doctor.
    func cohortRefusal(_ pairing: Pairing, in roster: Roster) -> Int? {
        cohortRules.first { !RuleBook.all[$0].permits(pairing, in: roster) }
    }

    /// Every rule that refuses all who are like this doctor.
    func cohortRefusals(_ pairing: Pairing, in roster: Roster) -> RuleSet {
        RuleSet(places: cohortRules.filter { !RuleBook.all[$0].permits(pairing, in: roster) })
    }

    /// Every rule that is neither timed nor a cohort's and refuses the doctor.
    func standingRefusals(_ pairing: Pairing, in roster: Roster) -> RuleSet {
        guard standingRefusal(pairing, in: roster) != nil else { return RuleSet() }
        let rules = openRules + suspicions.map(\.rule)
        return RuleSet(places: rules.filter { !RuleBook.all[$0].permits(pairing, in: roster) })
    }

    /// Moves the pairing to the earliest start that every rule permits, or says which refused
    /// first; the rules of the cohort are not asked again.
    mutating func refusal(_ pairing: inout Pairing, in roster: Roster) -> Int? {
        standingRefusal(pairing, in: roster) ?? timedRefusal(&pairing, in: roster)
    }

    /// The first rule that is neither timed nor a cohort's and refuses the doctor.
    func standingRefusal(_ pairing: Pairing, in roster: Roster) -> Int? {
        for suspicion in suspicions
        where suspicion.doctors.contains(0, pairing.entry.number)
            && !RuleBook.all[suspicion.rule].permits(pairing, in: roster)
        {
            return suspicion.rule
        }
        return openRules.first { !RuleBook.all[$0].permits(pairing, in: roster) }
    }

    /// Moves the pairing to the earliest start that every timed rule permits, or says which
    /// refused first.
    mutating func timedRefusal(_ pairing: inout Pairing, in roster: Roster) -> Int? {
        timedRefusal(from: firstStart, &pairing, in: roster)
    }

    /// The same from another start on.
    mutating func timedRefusal(
        from start: Instant,
        _ pairing: inout Pairing,
        in roster: Roster
    ) -> Int? {
        pairing.start = start
        var first: Int?
        for _ in 0..<Matcher.startLimit {
            let found = commonStart(pairing, in: roster)
            first = first ?? found.refusing
            guard let start = found.start, start <= cap else { break }
            pairing.start = start
            let place = doctorRules.first { !RuleBook.all[$0].permits(pairing, in: roster) }
            guard let place else { return nil }
            first = first ?? place
            refusing.insert(place)
            guard let next = RuleBook.all[place].nextChance(pairing, in: roster) else { break }
            guard next <= cap else {
                refusing.insert(RuleBook.window)
                break
            }
            pairing.start = next
        }
        return first ?? RuleBook.window
    }

    /// What is kept of a start that was asked for another doctor, or found out now.
    private mutating func commonStart(_ pairing: Pairing, in roster: Roster) -> CommonStart {
        if pairing.start == firstStart { return firstCommonStart(pairing, in: roster) }
        if let known = common[pairing.start] { return known }
        let found = findCommonStart(pairing, in: roster)
        common[pairing.start] = found
        return found
    }

    private mutating func firstCommonStart(_ asked: Pairing, in roster: Roster) -> CommonStart {
        if let opening { return opening }
        var pairing = asked
        pairing.start = firstStart
        let found = findCommonStart(pairing, in: roster)
        opening = found
        return found
    }

    private mutating func findCommonStart(_ asked: Pairing, in roster: Roster) -> CommonStart {
        var pairing = asked
        var first: Int?
        for _ in 0..<Matcher.startLimit {
            pairing.start = onGrid(pairing.start)
            let place = commonRules.first { !RuleBook.all[$0].permits(pairing, in: roster) }
            guard let place else {
                let isInTime = pairing.start <= lastStart
                if !isInTime { refusing.insert(RuleBook.window) }
                return CommonStart(start: isInTime ? pairing.start : nil, refusing: first)
            }
            first = first ?? place
            refusing.insert(place)
            guard let next = RuleBook.all[place].nextChance(pairing, in: roster) else { break }
            guard next <= lastStart else {
                refusing.insert(RuleBook.window)
                break
            }
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

    private static func lastStart(
        _ request: ConsultRequest,
        _ terms: MatchTerms,
        at now: Instant
    ) -> Instant {
        if terms.waived.contains(RuleBook.window) {
            return max(now, request.latestStart) + Matcher.waivedHorizon
        }
        return terms.isOverdue ? now + Matcher.overdueHorizon : request.latestStart
    }
}
