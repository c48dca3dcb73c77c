import Vocabulary

/// Why nobody can serve a request: every doctor with the rules that refuse, and the smallest set
/// of rules without which somebody could.
///
/// A doctor is refused by some rules whatever the start, and by some at each start. A set of rules
/// is enough for a doctor when it holds the former, and some start is permitted by every timed
/// rule outside it. Sets are tried by size, so the first that is enough for anybody is smallest.
struct Obstruction {
    /// Doctors whom the same rules refuse whatever the start.
    struct Group {
        let specialty: Specialty
        let refusals: RuleSet
        private(set) var entries: [DoctorEntry] = []
        private(set) var numbers: [Int32] = []

        mutating func add(_ entry: DoctorEntry) {
            entries.append(entry)
            numbers.append(Int32(entry.number))
        }

        mutating func add(_ cohort: Cohort) {
            entries += cohort.members
            numbers += cohort.numbers
        }
    }

    /// Somebody with the rules in the way at the first start.
    private struct Near {
        let entry: DoctorEntry
        let specialty: Specialty
        let rules: RuleSet
    }

    /// Somebody who could serve without some rules.
    struct Way {
        let rules: RuleSet
        let entry: DoctorEntry
        let specialty: Specialty
        let start: Instant

        func isBetter(than other: Way) -> Bool {
            start != other.start
                ? start < other.start : entry.doctor.id < other.entry.doctor.id
        }
    }

    /// How many rules a smallest set may have that is looked for.
    private static let sizeLimit = 4

    let request: ConsultRequest
    let roster: Roster
    let now: Instant
    let terms: MatchTerms
    let match: Match
    private let groups: [Group]

    init(
        _ request: ConsultRequest,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms,
        match: Match
    ) {
        self.request = request
        self.roster = roster
        self.now = now
        self.terms = terms
        self.match = match
        let wanted = [request.specialty] + terms.fallback.filter { $0 != request.specialty }
        groups = wanted.flatMap {
            Obstruction.groups(request, $0, RuleSet(), in: roster, at: now, terms: terms)
        }
    }

    /// The best way without each set of the smallest size that is enough; empty when none is found.
    func ways() -> [Way] {
        var foreign: [Group]?
        for size in 1...Obstruction.sizeLimit {
            let found = ways(without: size, groups)
            if !found.isEmpty { return found }
            let strangers = foreign ?? self.foreign
            foreign = strangers
            let others = ways(without: size, strangers)
            if !others.isEmpty { return others }
        }
        return []
    }

    /// The best way with one of the specialties that people could allow.
    func way(with specialty: Specialty) -> Way? {
        let groups = Obstruction.groups(
            request,
            specialty,
            RuleSet(places: [RuleBook.specialty]),
            in: roster,
            at: now,
            terms: terms
        )
        return ways(without: 1, groups).first
    }

    /// Doctors of the request's specialties whom no rule refuses whatever the start.
    var suited: [DoctorEntry] { suitedGroups.flatMap(\.entries) }

    /// The same, with the specialty for which each is looked at.
    var suitedGroups: [Group] { groups.filter(\.refusals.isEmpty) }

    /// Those with the fewest rules in the way at the first start.
    func nearest(_ limit: Int) -> [NearCandidate] {
        var seen = TickSet(rows: 1, horizon: roster.numberLimit)
        var nearest: [Near] = []
        for group in groups.sorted(by: { $0.refusals.count < $1.refusals.count }) {
            let isFull = nearest.count == limit
            if isFull, let last = nearest.last, last.rules.count < group.refusals.count { break }
            look(group, for: &nearest, limit, &seen)
        }
        return nearest.map { near in
            let pairing = search(near.specialty, RuleSet())?.pairing(with: near.entry)
            return NearCandidate(
                doctor: near.entry.doctor.id,
                name: near.entry.doctor.name,
                blockedBy: pairing.map { pairing in
                    near.rules.places.map { RuleBook.all[$0].because(pairing, in: roster) }
                } ?? []
            )
        }
    }

    /// Puts those of the group among the nearest who belong there; the board says of most that
    /// they do not.
    private func look(
        _ group: Group,
        for nearest: inout [Near],
        _ limit: Int,
        _ seen: inout TickSet
    ) {
        guard var asked = search(group.specialty, RuleSet()), let first = group.entries.first else {
            return
        }
        var pairing = asked.pairing(with: first)
        let view = asked.view(pairing, in: roster)
        let outlook = Outlook(asked, from: asked.firstStart, in: roster)
        let common = RuleBook.common.count { !RuleBook.all[$0].permits(pairing, in: roster) }
        for (place, number) in group.numbers.enumerated() {
            let number = Int(number)
            guard !seen.contains(0, number) else { continue }
            seen.insert(0, number)
            // Whom no rule refuses whatever the start is refused at each: nobody can serve.
            let isRefused = group.refusals.isEmpty || view.soonest(number) == nil
            let entry = group.entries[place]
            if nearest.count == limit, let last = nearest.last {
                let timed = isRefused ? common + (outlook?.refusals(number) ?? 0) : 0
                let least = group.refusals.count + timed
                guard (least, entry.doctor.id) < (last.rules.count, last.entry.doctor.id) else {
                    continue
                }
            }
            pairing.entry = entry
            pairing.start = asked.firstStart
            var rules = group.refusals
            if isRefused || asked.timedRefusal(&pairing, in: roster) != nil {
                pairing.start = asked.firstStart
                let timed = RuleBook.common + RuleBook.ofDoctor
                for rule in timed where !RuleBook.all[rule].permits(pairing, in: roster) {
                    rules.insert(rule)
                }
            }
            let place =
                nearest.firstIndex {
                    (rules.count, entry.doctor.id) < ($0.rules.count, $0.entry.doctor.id)
                } ?? nearest.endIndex
            guard place < limit else { continue }
            nearest.insert(Near(entry: entry, specialty: group.specialty, rules: rules), at: place)
            if nearest.count > limit { nearest.removeLast() }
        }
    }

    func search(_ specialty: Specialty, _ waived: RuleSet) -> Search? {
        var terms = terms
        terms.waived = terms.waived.union(waived)
        return Search(request, specialty: specialty, at: now, terms: terms, in: roster)
    }

    // MARK: Sets by size

    /// Every doctor of another specialty, of whom the specialty's rule is one refusal.
    private var foreign: [Group] {
        let wanted = [request.specialty] + terms.fallback
        return roster.specialties.filter { !wanted.contains($0) }.flatMap {
            Obstruction.groups(
                request,
                $0,
                RuleSet(places: [RuleBook.specialty]),
                in: roster,
                at: now,
                terms: terms
            )
        }
    }

    /// The best way without each set of this size that is enough, when no smaller one is.
    ///
    /// A rule that refused nothing while the rest of a set was waived adds nothing to the rest, and
    /// the rest is known not to be enough.
    private func ways(without size: Int, _ groups: [Group]) -> [Way] {
        var best: [RuleSet: Way] = [:]
        for group in groups where group.refusals.count <= size {
            var refusing: [RuleSet: RuleSet] = [:]
            for count in 0...(size - group.refusals.count) {
                for timed in Obstruction.timedSets(of: count) {
                    let idle = timed.places.first { rule in
                        !(refusing[timed.without(rule)]?.contains(rule) ?? false)
                    }
                    if let idle {
                        refusing[timed] = refusing[timed.without(idle)]
                        continue
                    }
                    let rules = group.refusals.union(timed)
                    // The match itself was the search that waives nothing.
                    if rules.isEmpty, let known = match.refusing[group.specialty] {
                        refusing[timed] = known
                        continue
                    }
                    let (found, refused) = way(group, rules)
                    refusing[timed] = refused
                    guard let found, rules.count == size else { continue }
                    if let known = best[rules], !found.isBetter(than: known) { continue }
                    best[rules] = found
                }
            }
        }
        return best.values.sorted {
            (Obstruction.ease($0.rules), $0.start, $0.entry.doctor.id)
                < (Obstruction.ease($1.rules), $1.start, $1.entry.doctor.id)
        }
    }

    /// The best way without these rules, and the rules that refused meanwhile.
    private func way(_ group: Group, _ rules: RuleSet) -> (way: Way?, refusing: RuleSet) {
        guard var asked = search(group.specialty, rules), let first = group.entries.first else {
            return (nil, RuleSet())
        }
        var best: Way?
        var pairing = asked.pairing(with: first)
        let view = asked.view(pairing, in: roster)
        for (place, number) in group.numbers.enumerated() {
            guard let soonest = view.soonest(Int(number)) else {
                asked.passOver(Int(number), view)
                continue
            }
            guard soonest <= asked.cap else { continue }
            let entry = group.entries[place]
            pairing.entry = entry
            guard asked.timedRefusal(&pairing, in: roster) == nil else { continue }
            let found = Way(
                rules: rules,
                entry: entry,
                specialty: group.specialty,
                start: pairing.start
            )
            if best.map(found.isBetter) ?? true { best = found }
            asked.cap = best?.start ?? asked.cap
        }
        return (best, asked.refusing)
    }

    /// Which set is named when several are smallest: what is easiest to change comes first.
    private static func ease(_ rules: RuleSet) -> Int {
        let order = [
            "window", "doctorFree", "attendance", "unbrokenRun", "dailyLoad", "station", "siteOpen",
            "patientFree",
            "declined",
            "interpreter", "language", "licence", "tier", "specialty",
        ]
        return rules.names.reduce(0) { $0 + (order.firstIndex(of: $1) ?? order.count) }
    }

    /// Every set of so many timed rules.
    private static func timedSets(of size: Int) -> [RuleSet] {
        let timed = RuleBook.common + RuleBook.ofDoctor
        return (0..<(1 << timed.count)).filter { $0.nonzeroBitCount == size }.map { bits in
            RuleSet(places: timed.indices.filter { bits & (1 << $0) != 0 }.map { timed[$0] })
        }
    }

    private static func groups(
        _ request: ConsultRequest,
        _ specialty: Specialty,
        _ given: RuleSet,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms
    ) -> [Group] {
        guard let search = Search(request, specialty: specialty, at: now, terms: terms, in: roster)
        else { return [] }
        var groups: [Group] = []
        var placeOf: [RuleSet: Int] = [:]
        func place(_ refusals: RuleSet) -> Int {
            if let place = placeOf[refusals] { return place }
            placeOf[refusals] = groups.count
            groups.append(Group(specialty: specialty, refusals: refusals))
            return groups.count - 1
        }
        for cohort in roster.cohorts(of: specialty) {
            guard let first = cohort.members.first else { continue }
            var pairing = search.pairing(with: first)
            let shared = search.cohortRefusals(pairing, in: roster)
            let refusals = given.union(shared)
            guard search.maySuspect(cohort) else {
                groups[place(refusals)].add(cohort)
                continue
            }
            for entry in cohort.members {
                pairing.entry = entry
                let own = search.standingRefusals(pairing, in: roster)
                groups[place(refusals.union(own))].add(entry)
            }
        }
        return groups
    }
}
