import Vocabulary

/// What is done for who cannot wait for a doctor of the specialty.
extension Forecaster {
    /// When the consult of an emergency or urgent request would begin that a plan gives `planned`.
    ///
    /// Without a known site one of those that could ask stands for all.
    func hastened(
        _ planned: Instant?,
        _ question: WaitQuestion,
        at site: Site,
        among doctors: [FreeTime],
        within due: Duration
    ) -> Instant? {
        let reach = question.now + Pairing.reach
        if let planned, planned < reach { return planned }
        let standIn = standIn(for: question, at: site, among: doctors, in: roster)
        if let standIn, standIn < reach { return standIn }
        // Within its time a start is planned and told. Beyond it who is free first is asked, and a
        // consult under way ends when it ends, not when it was to end.
        if let planned, planned <= question.now + due { return planned }
        if let displacing = displacing(question, at: site, within: due) { return displacing }
        let expected = expectingEnds(question, at: site)
        let able = doctors.filter { mayServe($0.doctor, question.urgency) }
        let first = starts(question, of: able, at: site, in: expected).map(\.start).min()
        let other = self.standIn(for: question, at: site, among: doctors, in: expected)
        return [first, other].compactMap(\.self).min()
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

    /// The roster as somebody finds it who is searched for until a doctor is free: a consult that
    /// goes on is expected to last as long as those that lasted so long already.
    private func expectingEnds(_ question: WaitQuestion, at site: Site) -> Roster {
        let now = question.now
        let soon = now + .hours(1)
        let standIns = urgently.standIns[question.urgency]?[question.specialty] ?? []
        var running =
            question.isOfSite ? roster.bookings(at: site.id, from: now, until: soon, at: now) : []
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
