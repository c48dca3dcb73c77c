import Vocabulary

/// An obstruction in plain words, without patient data.
extension Obstruction {
    /// How many of the nearest, of the ways out and of the bookings are named.
    private static let nameLimit = 5
    /// How many bookings are tried for one that alone is in the way.
    private static let bookingLimit = 400

    func explanation(substitutes: [Specialty]) -> Explanation {
        let found = ways()
        let rejections = withTimes(match.rejections)
        let blocking = found.first.map { obstacles($0, rejections) } ?? []
        let unlocks = self.unlocks(found, substitutes)
        var explanation = Explanation(
            request: request.id,
            state: request.state,
            summary: summary(rejections, unlocks),
            doctor: nil,
            reasons: [],
            considered: match.considered,
            rejections: rejections,
            nearest: nearest(Obstruction.nameLimit)
        )
        explanation.blocking = blocking
        explanation.unlocks = unlocks
        return explanation
    }

    // MARK: Why none

    private func summary(_ rejections: [Rejection], _ unlocks: [Unlock]) -> String {
        let specialty = match.specialty.rawValue
        let way =
            unlocks.isEmpty
            ? "" : " It would go with \(unlocks.map(\.text).joined(separator: "; or with "))."
        guard match.considered > 0 else {
            return "The register has no doctor of \(specialty).\(way)"
        }
        let timed = Set((RuleBook.common + RuleBook.ofDoctor).map { RuleBook.all[$0].name })
        let standing = rejections.filter { !timed.contains($0.rule) }.map(\.text)
        let times = rejections.filter { timed.contains($0.rule) }.map(\.text)
        let suits = suited.count
        var parts: [String] = []
        if !standing.isEmpty { parts.append(standing.joined(separator: "; ")) }
        if !times.isEmpty {
            let whom = standing.isEmpty ? "" : "of the \(suits) who suit, "
            parts.append(whom + times.joined(separator: "; "))
        }
        let deadline = LocalTime.clock(request.deadline, seenAt: now)
        return "None of \(match.considered) doctors can serve: \(parts.joined(separator: "; "))."
            + " The deadline is \(deadline).\(way)"
    }

    /// The counts, with the time at which the first of those counted could be had again.
    private func withTimes(_ rejections: [Rejection]) -> [Rejection] {
        var next: [Int: Instant] = [:]
        for group in suitedGroups {
            guard let asked = search(group.specialty, RuleSet()), let first = group.entries.first
            else { continue }
            var pairing = asked.pairing(with: first)
            let outlook = Outlook(asked, from: asked.firstStart, in: roster)
            for (place, number) in group.numbers.enumerated() {
                // The board knows of most who are not there that others are sooner.
                if let known = next[RuleBook.attendance], let outlook,
                    outlook.isAway(Int(number)), outlook.nextOpening(Int(number)) >= known
                {
                    continue
                }
                pairing.entry = group.entries[place]
                for rule in RuleBook.ofDoctor where !RuleBook.all[rule].permits(pairing, in: roster)
                {
                    if let time = release(rule, pairing) {
                        next[rule] = min(next[rule] ?? time, time)
                    }
                    break
                }
            }
        }
        return rejections.map { rejection in
            let rule = RuleBook.all.firstIndex { $0.name == rejection.rule }
            guard let time = rule.flatMap({ next[$0] }) else { return rejection }
            let until = LocalTime.clock(time, seenAt: now)
            return Rejection(
                rule: rejection.rule,
                count: rejection.count,
                text: "\(rejection.text), the first until \(until)"
            )
        }
    }

    /// When the rule may let go of the doctor; who is off is not there after a quarter of an hour.
    private func release(_ rule: Int, _ pairing: Pairing) -> Instant? {
        rule == RuleBook.attendance
            ? pairing.entry.duty.nextOpening(after: pairing.start)
            : RuleBook.all[rule].nextChance(pairing, in: roster)
    }

    private func obstacles(_ way: Way, _ rejections: [Rejection]) -> [Obstacle] {
        way.rules.places.map { place in
            let rule = RuleBook.all[place]
            let counted = rejections.first { $0.rule == rule.name }?.text
            return Obstacle(rule: rule.name, text: counted ?? sentence(of: rule, way))
        }
    }

    /// What a rule that counted nobody first says of the doctor who comes nearest.
    private func sentence(of rule: any HardRule, _ way: Way) -> String {
        guard let asked = search(way.specialty, RuleSet()) else { return rule.name }
        var pairing = asked.pairing(with: way.entry)
        pairing.start = way.start
        if rule.permits(pairing, in: roster) { pairing.start = asked.firstStart }
        return rule.because(pairing, in: roster)
    }

    // MARK: What would unlock it

    private func unlocks(_ ways: [Way], _ substitutes: [Specialty]) -> [Unlock] {
        var unlocks: [Unlock] = []
        for way in ways.prefix(Obstruction.nameLimit) {
            guard way.rules.names == [DoctorFreeRule().name] else {
                unlocks.append(unlock(way))
                continue
            }
            // What has begun cannot move.
            let moves = movable()
            unlocks += moves.isEmpty && ways.count == 1 ? [unlock(way)] : moves
        }
        let known = Set([request.specialty] + terms.fallback)
        for specialty in substitutes where !known.contains(specialty) {
            guard !unlocks.contains(where: { $0.rules == ["specialty"] }) else { break }
            if let other = way(with: specialty) { unlocks.append(unlock(other)) }
        }
        return unlocks
    }

    private func unlock(_ way: Way) -> Unlock {
        let parts = way.rules.places.map { place -> String in
            let rule = RuleBook.all[place]
            if place == RuleBook.window {
                let end = way.start + request.duration
                return "a deadline of \(LocalTime.clock(end, seenAt: now))"
            }
            if place == RuleBook.specialty { return "a doctor of \(way.specialty.rawValue)" }
            return rule.remedy(request) ?? "\(way.entry.doctor.name), if \(rule.name) allowed it"
        }
        return Unlock(
            rules: way.rules.names,
            text: parts.joined(separator: " and "),
            doctor: way.entry.doctor.id,
            start: way.start
        )
    }

    /// Bookings each of which alone keeps a suited doctor from serving in time, soonest first.
    private func movable() -> [Unlock] {
        guard let asked = search(request.specialty, RuleSet()) else { return [] }
        var found: [Unlock] = []
        var tried = 0
        for entry in suited where tried < Obstruction.bookingLimit {
            let end = asked.lastStart + request.duration + .minutes(entry.doctor.bufferMinutes)
            let bookings = roster.bookings(
                of: entry.doctor.id,
                from: asked.firstStart,
                until: end,
                at: now
            )
            for booking in bookings where tried < Obstruction.bookingLimit {
                tried += 1
                if let move = moved(booking, entry) { found.append(move) }
            }
        }
        let best = found.sorted { ($0.start, $0.doctor) < ($1.start, $1.doctor) }
        return Array(best.prefix(Obstruction.nameLimit / 2 + 1))
    }

    private func moved(_ booking: Booking, _ entry: DoctorEntry) -> Unlock? {
        var terms = terms
        terms.without = booking.id
        let wanted = [request.specialty] + terms.fallback
        guard booking.start > now,
            let specialty = wanted.first(where: entry.doctor.specialties.contains),
            var search = Search(request, specialty: specialty, at: now, terms: terms, in: roster)
        else { return nil }
        var pairing = search.pairing(with: entry)
        guard search.timedRefusal(&pairing, in: roster) == nil else { return nil }
        let time = LocalTime.clock(booking.start, seenAt: now)
        return Unlock(
            rules: [DoctorFreeRule().name],
            text: "\(entry.doctor.name)'s consult of \(time) moved",
            doctor: entry.doctor.id,
            start: pairing.start,
            booking: booking.id
        )
    }
}
