import Vocabulary

/// Which of the doctors who can begin would be chosen.
extension Forecaster {
    /// Sites that are looked at for a mean; more would say much the same.
    static let sampledSites = 8

    /// When the consult of somebody who asks now would begin, in the mean over sites.
    ///
    /// The matcher weighs an early start against a near hospital and a fair load, so that it depends
    /// on who asks. Nil when nobody can begin. `doctors` are those of the specialty, with what the
    /// forecast has given them already.
    func start(_ question: WaitQuestion, at sites: [Site], among doctors: [FreeTime]) -> Instant? {
        let starts = sites.compactMap { start(question, at: $0, among: doctors) }
        guard !starts.isEmpty else { return nil }
        let total = starts.reduce(Int64(0)) { $0 + ($1 - question.now).wholeMilliseconds }
        return question.now + .milliseconds(total / Int64(starts.count))
    }

    /// When it would begin at one site.
    private func start(
        _ question: WaitQuestion,
        at site: Site,
        among doctors: [FreeTime]
    ) -> Instant? {
        let able = doctors.filter { mayServe($0.doctor, question.urgency) }
        let planned = chosen(question, at: site, among: able, in: roster)
        guard question.urgency <= .urgent, let due = urgently.due[question.urgency] else {
            return planned
        }
        let reach = question.now + Pairing.reach
        if let planned, planned < reach { return planned }
        let standIn = standIn(for: question, at: site, among: doctors, in: roster)
        if let standIn, standIn < reach { return standIn }
        // Within its time a start is planned and told. Beyond it who is free first is asked, and a
        // consult under way ends when it ends, not when it was to end.
        if let planned, planned <= question.now + due { return planned }
        if let displacing = displacing(question, at: site, within: due) { return displacing }
        let expected = expectingEnds(question, at: site)
        let found = [
            chosen(question, at: site, among: able, in: expected),
            self.standIn(for: question, at: site, among: doctors, in: expected),
        ]
        return found.compactMap(\.self).min()
    }

    /// When the first of those could begin who serve in the specialty's stead and are there: who
    /// is off and not on call is not rung.
    private func standIn(
        for question: WaitQuestion,
        at site: Site,
        among doctors: [FreeTime],
        in roster: Roster
    ) -> Instant? {
        guard let others = urgently.standIns[question.urgency]?[question.specialty] else {
            return nil
        }
        let standIns = others.flatMap { roster.doctors(of: $0) }
            .compactMap { roster.doctor($0) }
            .filter { $0.serves(site.province) }
            .map { FreeTime($0, at: question.now) }
        return (doctors + standIns)
            .compactMap { time in
                var time = time
                time.needsPresence = true
                return question.start(of: time, at: site, in: roster)
            }
            .min()
    }

    /// When it would begin in the place of a booking that may be moved; nil without such.
    private func displacing(
        _ question: WaitQuestion,
        at site: Site,
        within due: Duration
    ) -> Instant? {
        guard question.urgency == .emergency, !urgently.movable.isEmpty else { return nil }
        let doctors = Set(roster.doctors(of: question.specialty))
        let request = asking(question, at: site, within: due)
        // A doctor's own buffer may reach a little further; no buffer is longer than an hour.
        let end = request.deadline + .hours(1)
        let inTheWay = urgently.movable.filter {
            $0.start < end && ($0.site == site.id || doctors.contains($0.doctor))
        }
        return Matcher(weights: weights)
            .displacement(for: request, among: inTheWay, in: roster, at: question.now)?
            .candidate.start
    }

    /// Some of the sites that can ask, spread over all of them.
    func sample(of province: ProvinceID?) -> [Site] {
        let all = roster.sites.filter {
            $0.stations > 0 && (province == nil || $0.province == province)
        }
        let count = min(all.count, Forecaster.sampledSites)
        return (0..<count).map { all[$0 * all.count / count] }
    }

    private func asking(
        _ question: WaitQuestion,
        at site: Site,
        within due: Duration = Forecaster.longestWait
    ) -> ConsultRequest {
        ConsultRequest(
            id: RequestID(trusted: "forecast"),
            site: site.id,
            patient: PatientID(trusted: "forecast"),
            specialty: question.specialty,
            urgency: question.urgency,
            earliest: question.now,
            deadline: question.now + due + question.length,
            durationMinutes: Int(question.length.wholeMilliseconds / 60_000),
            languages: [],
            origin: .clinic,
            openedAt: question.now
        )
    }

    /// The start of the doctor who costs least.
    private func chosen(
        _ question: WaitQuestion,
        at site: Site,
        among doctors: [FreeTime],
        in roster: Roster
    ) -> Instant? {
        let request = asking(question, at: site)
        guard
            let search = Search(
                request,
                specialty: request.specialty,
                at: question.now,
                terms: MatchTerms(),
                in: roster
            )
        else { return nil }
        var best: (cost: Double, start: Instant)?
        for time in doctors {
            guard let entry = roster.entry(time.doctor.id),
                let start = question.start(of: time, at: site, in: roster)
            else { continue }
            var pairing = search.pairing(with: entry)
            pairing.start = start
            let cost = GoalBook.all.reduce(0) {
                $0 + $1.cost(pairing, in: roster, weights: weights)
            }
            if best.map({ (cost, start) < $0 }) ?? true { best = (cost, start) }
        }
        return best?.start
    }

    /// The roster as somebody finds it who is searched for until a doctor is free: a consult that
    /// goes on is expected to last as long as those that lasted so long already.
    private func expectingEnds(_ question: WaitQuestion, at site: Site) -> Roster {
        let now = question.now
        let soon = now + .hours(1)
        let standIns = urgently.standIns[question.urgency]?[question.specialty] ?? []
        var running = roster.bookings(at: site.id, from: now, until: soon, at: now)
        for doctor in ([question.specialty] + standIns).flatMap({ roster.doctors(of: $0) }) {
            running += roster.bookings(of: doctor, from: now, until: soon, at: now)
        }
        var changed = roster
        for var booking in running where booking.state == .inSession {
            let known = roster.doctor(booking.doctor)?.specialties ?? []
            let specialty = known.first { $0 == question.specialty } ?? known.first
            let buffer = booking.doctorFreeAt - booking.end
            let elapsed = Double((now - booking.start).wholeMilliseconds) / 60_000
            let left = history.remainingMinutes(specialty ?? question.specialty, after: elapsed)
            booking.end = now + .milliseconds(Int64(left * 60_000))
            booking.doctorFreeAt = booking.end + buffer
            changed.note(booking)
        }
        return changed
    }
}

/// What is asked of a forecast's wait: for whom, for how long, and when.
struct WaitQuestion {
    let urgency: Urgency
    let specialty: Specialty
    /// How long a gap is needed.
    let length: Duration
    /// No start is tried before this.
    let earliest: Instant
    let now: Instant
    /// Whether it is known who asks, so that the site's stations and opening count.
    let isOfSite: Bool

    /// The first start of the doctor within the longest wait at which the site can hold a consult.
    func start(of time: FreeTime, at site: Site, in roster: Roster) -> Instant? {
        time.nextStart(
            from: earliest,
            for: length,
            onDuty: urgency <= .urgent,
            until: now + Forecaster.longestWait,
            at: isOfSite ? site : nil,
            in: roster
        )
    }
}
