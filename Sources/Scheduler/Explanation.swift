public import Vocabulary

/// A doctor who might have served, and what is in the way.
public struct NearCandidate: Codable, Sendable, Equatable {
    /// The doctor.
    public let doctor: DoctorID
    /// The doctor's name.
    public let name: String
    /// The rules in the way at the first start, a sentence each; empty when nothing is.
    public let blockedBy: [String]

    /// A doctor with what is in the way.
    public init(doctor: DoctorID, name: String, blockedBy: [String]) {
        self.doctor = doctor
        self.name = name
        self.blockedBy = blockedBy
    }
}

/// A doctor who could serve instead, and what choosing that doctor would lose.
public struct OtherChoice: Codable, Sendable, Equatable {
    /// The doctor.
    public let doctor: DoctorID
    /// The doctor's name.
    public let name: String
    /// When the consult could begin.
    public let start: Instant
    /// In what it is worse, a sentence a goal; empty when it is as good.
    public let loses: [String]
}

/// One rule that stands in the way of a request nobody can serve.
public struct Obstacle: Codable, Sendable, Equatable {
    /// The rule's name.
    public let rule: String
    /// How it stands in the way, in a sentence.
    public let text: String
}

/// Something that would let the request be served.
public struct Unlock: Codable, Sendable, Equatable {
    /// The rules it takes out of the way, by name.
    public let rules: [String]
    /// What would have to be given: "a deadline of 15:40", "an interpreter".
    public let text: String
    /// A doctor who could serve then.
    public let doctor: DoctorID
    /// When that doctor could begin.
    public let start: Instant
    /// The booking that would have to move, where it takes no more than that.
    public var booking: BookingID?
}

/// Why this doctor and time; or why none, and what stands in the way.
public struct Explanation: Codable, Sendable, Equatable {
    /// The request.
    public let request: RequestID
    /// Where it stands.
    public let state: RequestState
    /// The answer in a sentence or two.
    public let summary: String
    /// The doctor who is booked, or would be offered the request next.
    public let doctor: DoctorID?
    /// When that consult begins.
    public var start: Instant?
    /// What speaks for that doctor.
    public let reasons: [String]
    /// Who could serve instead, best first, with what each would lose.
    public var alternatives: [OtherChoice] = []
    /// How many doctors were looked at.
    public let considered: Int
    /// How many each rule refused first.
    public let rejections: [Rejection]
    /// Those with the fewest rules in the way, fewest first.
    public let nearest: [NearCandidate]
    /// The smallest set of rules in the way: without all of them somebody could serve, and without
    /// fewer of them nobody.
    public var blocking: [Obstacle] = []
    /// What would let somebody serve, each for itself.
    public var unlocks: [Unlock] = []

    /// An explanation.
    public init(
        request: RequestID,
        state: RequestState,
        summary: String,
        doctor: DoctorID?,
        reasons: [String],
        considered: Int,
        rejections: [Rejection],
        nearest: [NearCandidate]
    ) {
        self.request = request
        self.state = state
        self.summary = summary
        self.doctor = doctor
        self.reasons = reasons
        self.considered = considered
        self.rejections = rejections
        self.nearest = nearest
    }
}

extension Matcher {
    /// Why the booking's doctor, or who would be next and what stands in the way of the others.
    ///
    /// `substitutes` are specialties that people could allow beyond those of the terms.
    public func explain(
        _ request: ConsultRequest,
        booking: Booking?,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms = MatchTerms(),
        substitutes: [Specialty] = []
    ) -> Explanation {
        if let booking { return explain(booking, of: request, in: roster, at: now, terms: terms) }
        guard !request.state.isFinal else {
            return Explanation(
                request: request.id,
                state: request.state,
                summary: "The request is \(request.state.rawValue).",
                doctor: nil,
                reasons: [],
                considered: 0,
                rejections: [],
                nearest: []
            )
        }
        let match = match(request, in: roster, at: now, terms: terms, counting: true)
        guard let best = match.best else {
            let group = explainGroup(
                request,
                in: roster,
                at: now,
                terms: terms,
                considered: match.considered
            )
            if let group { return group }
            let terms = interpreted(terms, request, in: roster) ?? terms
            return Obstruction(request, in: roster, at: now, terms: terms, match: match)
                .explanation(substitutes: substitutes)
        }
        let name = roster.name(of: best.doctor)
        var explanation = Explanation(
            request: request.id,
            state: request.state,
            summary: "\(name) would be asked next: \(best.reasons.joined(separator: "; ")).",
            doctor: best.doctor,
            reasons: best.reasons,
            considered: match.considered,
            rejections: match.rejections,
            nearest: []
        )
        explanation.start = best.start
        explanation.alternatives = choices(
            match.alternatives,
            besides: (best.doctor, best.start),
            request,
            specialty: match.specialty,
            in: roster,
            at: now,
            terms: terms
        )
        return explanation
    }

    private func explain(
        _ booking: Booking,
        of request: ConsultRequest,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms
    ) -> Explanation {
        let name = roster.name(of: booking.doctor)
        let verb = booking.state == .offered ? "is asked for" : "is booked for"
        let why = booking.reasons.isEmpty ? "" : ": \(booking.reasons.joined(separator: "; "))"
        var explanation = Explanation(
            request: request.id,
            state: request.state,
            summary: "\(name) \(verb) \(LocalTime.clock(booking.start, seenAt: now))\(why).",
            doctor: booking.doctor,
            reasons: booking.reasons,
            considered: roster.doctors(of: request.specialty).count,
            rejections: [],
            nearest: []
        )
        explanation.start = booking.start
        // Once it has begun nobody else is a choice.
        guard booking.start > now else { return explanation }
        var terms = terms
        terms.without = booking.id
        let match = match(request, in: roster, at: now, terms: terms)
        explanation.alternatives = choices(
            [match.best].compactMap(\.self) + match.alternatives,
            besides: (booking.doctor, booking.start),
            request,
            specialty: match.specialty,
            in: roster,
            at: now,
            terms: terms
        )
        return explanation
    }

    /// Other candidates with what each loses against the chosen one, goal by goal.
    private func choices(
        _ candidates: [Candidate],
        besides chosen: (doctor: DoctorID, start: Instant),
        _ request: ConsultRequest,
        specialty: Specialty,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms
    ) -> [OtherChoice] {
        guard
            let search = Search(request, specialty: specialty, at: now, terms: terms, in: roster),
            let entry = roster.entry(chosen.doctor)
        else { return [] }
        var best = search.pairing(with: entry)
        best.start = chosen.start
        return candidates.filter { $0.doctor != chosen.doctor }.compactMap { candidate in
            guard let entry = roster.entry(candidate.doctor) else { return nil }
            var other = search.pairing(with: entry)
            other.start = candidate.start
            let worse = GoalBook.all.filter {
                $0.cost(other, in: roster, weights: weights)
                    > $0.cost(best, in: roster, weights: weights)
            }
            return OtherChoice(
                doctor: candidate.doctor,
                name: entry.doctor.name,
                start: candidate.start,
                loses: worse.map { $0.loss(other, in: roster) }
            )
        }
    }
}

extension Roster {
    /// The doctor's name, or the id when the register does not know it.
    func name(of doctor: DoctorID) -> String { self.doctor(doctor)?.name ?? doctor.rawValue }
}
