import Vocabulary

/// Group consults: one time for several specialties and sites.
extension Matcher {
    /// The earliest time that suits everybody who is required, with all who come then.
    ///
    /// As for one doctor, interpreters are thought of only when it does not go without.
    func matchGroup(
        _ request: ConsultRequest,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms
    ) -> Match {
        let considered = ([request.specialty] + (request.group?.seats.map(\.specialty) ?? []))
            .reduce(0) { $0 + roster.doctors(of: $1).count }
        var found: Candidate?
        for terms in [terms, interpreted(terms, request, in: roster)].compactMap(\.self)
        where found == nil {
            let search = GroupSearch(request, self, in: roster, at: now, terms: terms)
            found = search.flatMap { search in
                search.plan().flatMap { candidate($0, of: search, in: roster) }
            }
        }
        return Match(
            best: found,
            alternatives: [],
            specialty: request.specialty,
            considered: considered,
            rejections: []
        )
    }

    /// The plan as what is offered: the responsible doctor, and a claim on everybody else.
    private func candidate(
        _ plan: GroupSearch.Plan,
        of group: GroupSearch,
        in roster: Roster
    ) -> Candidate? {
        guard let lead = plan.doctors[0], let search = group.search(0, from: plan.start) else {
            return nil
        }
        var candidate = candidate(lead, of: search, in: roster)
        candidate.claims = doctorClaims(plan, of: group)
        candidate.claims += plan.sites.map { site in
            let isRequired = group.group.sites.first { $0.site == site }?.isRequired ?? false
            return Claim(on: .site(site), isRequired: isRequired, state: .accepted)
        }
        candidate.claims += interpreterClaims(plan, of: group, in: roster)
        let doctors = candidate.claims.count { $0.doctor != nil }
        candidate.reasons.append(
            "one time for \(doctors + 1) doctors and \(plan.sites.count + 1) sites"
        )
        return candidate
    }

    private func doctorClaims(_ plan: GroupSearch.Plan, of group: GroupSearch) -> [Claim] {
        zip(group.seats, plan.doctors).dropFirst().compactMap { seat, find in
            find.map { find in
                Claim(
                    on: .doctor(find.entry.doctor.id),
                    specialty: seat.specialty,
                    isRequired: seat.isRequired,
                    bufferMinutes: find.entry.doctor.bufferMinutes
                )
            }
        }
    }

    /// An interpreter for each doctor who shares no language; one who can help several comes once.
    private func interpreterClaims(
        _ plan: GroupSearch.Plan,
        of group: GroupSearch,
        in roster: Roster
    ) -> [Claim] {
        var chosen: [Interpreter] = []
        for (seat, find) in plan.doctors.enumerated() {
            guard let find, let search = group.search(seat, from: plan.start) else { continue }
            var pairing = search.pairing(with: find.entry)
            pairing.start = plan.start
            let languages = find.entry.doctor.languages
            let isHelped = chosen.contains { $0.languages.contains(where: languages.contains) }
            guard !pairing.sharesLanguage, !isHelped,
                let id = roster.interpreter(for: pairing), let one = roster.interpreter(id)
            else { continue }
            chosen.append(one)
        }
        return chosen.map { Claim(on: .interpreter($0.id)) }
    }
}

/// Why a group finds no common time, in plain words.
extension Matcher {
    /// The rule's name in explanations of groups.
    static let groupRule = "group"

    /// Who of the required ones stands in the way: whoever could not come at all, else whoever
    /// alone keeps the others from meeting.
    func explainGroup(
        _ request: ConsultRequest,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms,
        considered: Int
    ) -> Explanation? {
        let terms = interpreted(terms, request, in: roster) ?? terms
        guard let search = GroupSearch(request, self, in: roster, at: now, terms: terms) else {
            return nil
        }
        let required = search.required
        let absent = required.filter { search.earliest(of: $0, from: request.earliest) == nil }
        var unlocks: [Unlock] = []
        for party in required where absent.isEmpty || absent == [party] {
            let others = required.filter { $0 != party }
            guard let plan = search.plan(for: others, tries: GroupSearch.limitWithout),
                let lead = plan.doctors[0]
            else { continue }
            unlocks.append(
                Unlock(
                    rules: [Matcher.groupRule],
                    text: "\(name(of: party, search, roster)) not required, at "
                        + LocalTime.clock(plan.start, seenAt: now),
                    doctor: lead.entry.doctor.id,
                    start: plan.start
                )
            )
        }
        let blocking = absent.map { party in
            Obstacle(
                rule: Matcher.groupRule,
                text: "\(name(of: party, search, roster)) could not come at all: "
                    + reason(party, request, search, in: roster, at: now, terms: terms)
            )
        }
        var explanation = Explanation(
            request: request.id,
            state: request.state,
            summary: summary(blocking, unlocks, request, at: now),
            doctor: nil,
            reasons: [],
            considered: considered,
            rejections: [],
            nearest: []
        )
        explanation.blocking =
            blocking.isEmpty
            ? [Obstacle(rule: Matcher.groupRule, text: "the required ones share no free time")]
            : blocking
        explanation.unlocks = unlocks
        return explanation
    }

    private func summary(
        _ blocking: [Obstacle],
        _ unlocks: [Unlock],
        _ request: ConsultRequest,
        at now: Instant
    ) -> String {
        let why =
            blocking.isEmpty
            ? "The required ones share no free time" : blocking.map(\.text).joined(separator: "; ")
        let deadline = LocalTime.clock(request.deadline, seenAt: now)
        let ways = unlocks.map(\.text).joined(separator: "; or with ")
        return "\(why). The deadline is \(deadline)."
            + (ways.isEmpty ? "" : " It would go with \(ways).")
    }

    private func name(
        of party: GroupSearch.Party,
        _ search: GroupSearch,
        _ roster: Roster
    ) -> String {
        switch party {
        case .seat(let seat): "a doctor of \(search.seats[seat].specialty.rawValue)"
        case .site(let site): roster.site(site)?.name ?? site.rawValue
        }
    }

    private func reason(
        _ party: GroupSearch.Party,
        _ request: ConsultRequest,
        _ search: GroupSearch,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms
    ) -> String {
        switch party {
        case .site: return "no station is free"
        case .seat(let seat):
            let alone = request.asking(search.seats[seat].specialty)
            let rejections = match(alone, in: roster, at: now, terms: terms).rejections
            return rejections.isEmpty
                ? "the register has none" : rejections.map(\.text).joined(separator: "; ")
        }
    }
}
