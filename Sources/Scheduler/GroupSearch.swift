import Vocabulary

/// The search for one time that suits everybody whom a group consult needs.
///
/// Each required party has an earliest start at or after a given one. The latest of these is asked
/// again until all agree: no common start lies before it, so the first one found is the earliest.
/// Who is not required joins where free then.
struct GroupSearch {
    /// Somebody without whom the consult is not held.
    enum Party: Equatable {
        /// The doctor of a specialty; 0 is the responsible one.
        case seat(Int)
        /// A further site.
        case site(SiteID)
    }

    /// A common start with who comes.
    struct Plan {
        let start: Instant
        /// The doctor of each seat; nil where one who is not required cannot come.
        let doctors: [Search.Find?]
        let sites: [SiteID]
    }

    /// How many doctors of a seat are looked through for those who agreed before.
    private static let keptLimit = 64
    /// How many starts are tried, and how many for each answer to what would go without somebody.
    static let limit = 300
    static let limitWithout = 60

    let request: ConsultRequest
    let group: GroupDemand
    /// The responsible doctor's specialty, then the further ones.
    let seats: [GroupDemand.Seat]
    let matcher: Matcher
    let roster: Roster
    let now: Instant
    let terms: MatchTerms

    /// Nil when the request is no group's.
    init?(
        _ request: ConsultRequest,
        _ matcher: Matcher,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms
    ) {
        guard let group = request.group else { return nil }
        self.request = request
        self.group = group
        seats = [GroupDemand.Seat(request.specialty)] + group.seats
        self.matcher = matcher
        self.roster = roster
        self.now = now
        self.terms = terms
    }

    /// Everybody who is required.
    var required: [Party] {
        seats.indices.filter { seats[$0].isRequired }.map { .seat($0) }
            + group.sites.filter(\.isRequired).map { .site($0.site) }
    }

    /// The earliest common start of the parties, with everybody who comes then.
    func plan(for parties: [Party]? = nil, tries: Int = GroupSearch.limit) -> Plan? {
        let parties = parties ?? required
        var start = request.earliest
        for _ in 0..<tries {
            guard let next = earliest(of: parties, from: start) else { return nil }
            if next == start, let plan = plan(at: start, for: parties) { return plan }
            guard let later = next > start ? next : nextChange(for: parties, after: start) else {
                return nil
            }
            start = later
        }
        return nil
    }

    /// The first start at or after `start` that every party could keep by itself, as far as one
    /// look tells; nil when one cannot come in time.
    func earliest(of parties: [Party], from start: Instant) -> Instant? {
        var latest = start
        // The sites among themselves first: to ask them costs little, to ask all doctors more.
        var before = latest
        repeat {
            before = latest
            for party in parties {
                guard case .site = party else { continue }
                guard let own = earliest(of: party, from: latest) else { return nil }
                latest = max(latest, own)
            }
        } while latest > before
        for party in parties {
            guard case .seat = party else { continue }
            guard let own = earliest(of: party, from: latest) else { return nil }
            latest = max(latest, own)
        }
        return latest
    }

    /// The first start at or after `start` that the party could keep.
    func earliest(of party: Party, from start: Instant) -> Instant? {
        switch party {
        case .seat(let seat):
            var search = search(seat, from: start)
            return search?.earliest(in: roster, where: suits(seat))
        case .site(let site):
            guard roster.site(site) != nil else { return nil }
            var start = max(start, now)
            while start <= lastStart {
                if isFree(site, at: start) { return start }
                guard let next = roster.row(site).nextEnd(after: start, seenAt: now) else {
                    return nil
                }
                start = next
            }
            return nil
        }
    }

    /// The next start at which one more doctor could come: before it nothing gets better when each
    /// party could come and not all of them together.
    private func nextChange(for parties: [Party], after start: Instant) -> Instant? {
        parties.compactMap { party -> Instant? in
            guard case .seat(let seat) = party else { return nil }
            var search = search(seat, from: start)
            return search?.earliest(in: roster, after: start, where: suits(seat))
        }
        .min()
    }

    // MARK: One start

    /// Who comes at this start; nil when it does not suit all the parties together.
    private func plan(at start: Instant, for parties: [Party]) -> Plan? {
        let needed = seats.indices.filter { parties.contains(.seat($0)) }
        let sites = group.sites.map(\.site).filter { isFree($0, at: start) }
        let areThere = parties.allSatisfy { party in
            if case .site(let site) = party { sites.contains(site) } else { true }
        }
        guard areThere else { return nil }
        let others = seats.indices.filter { !needed.contains($0) }
        let choices = seats.indices.map { self.choices($0, at: start) }
        var taken: [Int: Int] = [:]
        for seat in needed {
            var asked: Set<Int> = []
            guard seatOne(seat, choices, &taken, &asked) else { return nil }
        }
        for seat in others {
            var asked: Set<Int> = []
            _ = seatOne(seat, choices, &taken, &asked)
        }
        return Plan(
            start: start,
            doctors: seats.indices.map { seat in
                choices[seat].first { taken[$0.entry.number] == seat }
            },
            sites: sites
        )
    }

    /// Gives the seat a doctor, and those who lose theirs by it another one (Kuhn's augmentation).
    private func seatOne(
        _ seat: Int,
        _ choices: [[Search.Find]],
        _ taken: inout [Int: Int],
        _ asked: inout Set<Int>
    ) -> Bool {
        for find in choices[seat] where asked.insert(find.entry.number).inserted {
            if let other = taken[find.entry.number], !seatOne(other, choices, &taken, &asked) {
                continue
            }
            taken[find.entry.number] = seat
            return true
        }
        return false
    }

    /// The doctors of the seat who could begin exactly then, best first, those who agreed before
    /// in front; more than there are seats, so that leaving out the others loses no solution.
    private func choices(_ seat: Int, at start: Instant) -> [Search.Find] {
        guard var search = search(seat, from: start, until: start + request.duration) else {
            return []
        }
        var tally = [Int](repeating: 0, count: RuleBook.all.count)
        let found = search.run(
            in: roster,
            weights: matcher.weights,
            limit: terms.kept.isEmpty && terms.only == nil
                ? seats.count + 1 : GroupSearch.keptLimit,
            counting: false,
            tally: &tally
        )
        let fitting = found.filter { $0.start == start && suits(seat)($0.entry.doctor.id) }
        let kept = fitting.filter { terms.kept.contains($0.entry.doctor.id) }
        return kept + fitting.filter { !terms.kept.contains($0.entry.doctor.id) }
    }

    /// Whether a doctor may have the seat, beside what the rules say.
    private func suits(_ seat: Int) -> (DoctorID) -> Bool {
        guard seat == 0, let only = terms.only else { return { _ in true } }
        return { $0 == only }
    }

    private func isFree(_ site: SiteID, at start: Instant) -> Bool {
        let end = start + request.duration
        let isOpen =
            request.urgency <= .urgent
            || roster.site(site)?.isOpen(from: start, until: end) ?? true
        return isOpen
            && roster.hasFreeStation(
                site,
                from: start,
                until: end,
                at: now,
                ignoring: terms.without
            )
    }

    func search(_ seat: Int, from start: Instant, until deadline: Instant? = nil) -> Search? {
        Search(
            request.moved(earliest: start, deadline: deadline ?? request.deadline),
            specialty: seats[seat].specialty,
            at: now,
            terms: terms,
            in: roster
        )
    }

    private var lastStart: Instant {
        terms.isOverdue ? now + Matcher.overdueHorizon : request.latestStart
    }
}

extension Search {
    /// The first start, after `start` if one is given, from which on any of the doctors that fit is
    /// permitted; nil when none is.
    mutating func earliest(
        in roster: Roster,
        after start: Instant = .distantPast,
        where fits: (DoctorID) -> Bool
    ) -> Instant? {
        var best: Instant?
        for cohort in roster.cohorts(of: specialty) {
            guard let first = cohort.members.first else { continue }
            var pairing = pairing(with: first)
            guard cohortRefusal(pairing, in: roster) == nil else { continue }
            for entry in cohort.members where fits(entry.doctor.id) {
                pairing.entry = entry
                guard refusal(&pairing, in: roster) == nil, pairing.start > start else { continue }
                // Who could only come later need not be asked on.
                best = min(best ?? pairing.start, pairing.start)
                cap = min(cap, pairing.start)
            }
        }
        return best
    }
}
