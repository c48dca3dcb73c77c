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
        let able = doctors.filter { mayServe($0.doctor, question.urgency) }
        guard let first = sites.first else {
            return starts(question, of: able, at: nil, in: roster).map(\.start).min()
        }
        let free = starts(question, of: able, at: first, in: roster)
        let begins = sites.compactMap { chosen(question, at: $0, among: free) }
        let total = begins.reduce(Int64(0)) { $0 + ($1 - question.now).wholeMilliseconds }
        let planned =
            begins.isEmpty ? nil : question.now + .milliseconds(total / Int64(begins.count))
        guard question.urgency <= .urgent, let due = urgently.due[question.urgency] else {
            return planned
        }
        return hastened(planned, question, at: first, among: doctors, within: due)
    }

    /// When each of the doctors could begin who can.
    func starts(
        _ question: WaitQuestion,
        of doctors: [FreeTime],
        at site: Site?,
        in roster: Roster
    ) -> [(doctor: DoctorID, start: Instant)] {
        doctors.compactMap { time in
            question.start(of: time, at: site, in: roster).map { (time.doctor.id, $0) }
        }
    }

    /// Some of the sites that can ask, spread over all of them.
    func sample(of province: ProvinceID?) -> [Site] {
        let all = roster.sites.filter {
            $0.stations > 0 && (province == nil || $0.province == province)
        }
        let count = min(all.count, Forecaster.sampledSites)
        return (0..<count).map { all[$0 * all.count / count] }
    }

    func asking(
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
        among free: [(doctor: DoctorID, start: Instant)]
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
        for (doctor, start) in free {
            guard let entry = roster.entry(doctor) else { continue }
            var pairing = search.pairing(with: entry)
            pairing.start = start
            let cost = GoalBook.all.reduce(0) {
                $0 + $1.cost(pairing, in: roster, weights: weights)
            }
            if best.map({ (cost, start) < $0 }) ?? true { best = (cost, start) }
        }
        return best?.start
    }
}
