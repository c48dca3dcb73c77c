public import Vocabulary

/// A doctor who might have served, and what is in the way.
public struct NearCandidate: Codable, Sendable, Equatable {
    /// The doctor.
    public let doctor: DoctorID
    /// The doctor's name.
    public let name: String
    /// The smallest set of rules found in the way, a sentence each; empty when nothing is.
    public let blockedBy: [String]

    /// A doctor with what is in the way.
    public init(doctor: DoctorID, name: String, blockedBy: [String]) {
        self.doctor = doctor
        self.name = name
        self.blockedBy = blockedBy
    }
}

/// Why this doctor; or why none, and what stands in the way.
public struct Explanation: Codable, Sendable, Equatable {
    /// The request.
    public let request: RequestID
    /// Where it stands.
    public let state: RequestState
    /// The answer in a sentence or two.
    public let summary: String
    /// The doctor who is booked, or would be offered the request next.
    public let doctor: DoctorID?
    /// What speaks for that doctor.
    public let reasons: [String]
    /// How many doctors were looked at.
    public let considered: Int
    /// How many each rule refused first.
    public let rejections: [Rejection]
    /// Those with the fewest rules in the way, fewest first.
    public let nearest: [NearCandidate]

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
    /// How many of the nearest an explanation names.
    static let nearestLimit = 5

    /// Why the booking's doctor, or who would be next and what stands in the way of the others.
    public func explain(
        _ request: ConsultRequest,
        booking: Booking?,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms = MatchTerms()
    ) -> Explanation {
        if let booking { return explain(booking, of: request, in: roster, at: now) }
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
        let match = match(request, in: roster, at: now, terms: terms)
        return Explanation(
            request: request.id,
            state: request.state,
            summary: summary(match, request: request, in: roster, at: now),
            doctor: match.best?.doctor,
            reasons: match.best?.reasons ?? [],
            considered: match.considered,
            rejections: match.rejections,
            nearest: match.best == nil ? nearest(request, in: roster, at: now, terms: terms) : []
        )
    }

    private func explain(
        _ booking: Booking,
        of request: ConsultRequest,
        in roster: Roster,
        at now: Instant
    ) -> Explanation {
        let name = roster.doctor(booking.doctor)?.name ?? booking.doctor.rawValue
        let verb = booking.state == .offered ? "is asked for" : "is booked for"
        let why = booking.reasons.isEmpty ? "" : ": \(booking.reasons.joined(separator: "; "))"
        return Explanation(
            request: request.id,
            state: request.state,
            summary: "\(name) \(verb) \(LocalTime.clock(booking.start, seenAt: now))\(why).",
            doctor: booking.doctor,
            reasons: booking.reasons,
            considered: roster.doctors(of: request.specialty).count,
            rejections: [],
            nearest: []
        )
    }

    private func summary(
        _ match: Match,
        request: ConsultRequest,
        in roster: Roster,
        at now: Instant
    ) -> String {
        if let best = match.best {
            let name = roster.doctor(best.doctor)?.name ?? best.doctor.rawValue
            return "\(name) would be asked next: \(best.reasons.joined(separator: "; "))."
        }
        let specialty = match.specialty.rawValue
        guard match.considered > 0 else { return "The register has no doctor of \(specialty)." }
        let counts = match.rejections.map(\.text).joined(separator: "; ")
        let deadline = LocalTime.clock(request.deadline, seenAt: now)
        return
            "None of \(match.considered) doctors can serve: \(counts). The deadline is \(deadline)."
    }

    private func nearest(
        _ request: ConsultRequest,
        in roster: Roster,
        at now: Instant,
        terms: MatchTerms
    ) -> [NearCandidate] {
        var seen: Set<DoctorID> = []
        var blocked: [(near: NearCandidate, count: Int)] = []
        for specialty in [request.specialty] + terms.fallback {
            guard
                let search = Search(
                    request,
                    specialty: specialty,
                    at: now,
                    terms: terms,
                    in: roster
                )
            else { continue }
            for id in roster.doctors(of: specialty) where seen.insert(id).inserted {
                guard let pairing = search.pairing(with: id, in: roster) else { continue }
                let refusals = search.blocking(pairing, in: roster)
                let near = NearCandidate(
                    doctor: id,
                    name: pairing.doctor.name,
                    blockedBy: refusals.map { $0.because(pairing, in: roster) }
                )
                blocked.append((near, refusals.count))
            }
        }
        blocked.sort { ($0.count, $0.near.doctor) < ($1.count, $1.near.doctor) }
        return blocked.prefix(Matcher.nearestLimit).map(\.near)
    }
}

extension Search {
    /// The rules in the way of one doctor: the standing ones, and the timed ones of the first
    /// start unless some later start suits them all.
    func blocking(_ pairing: Pairing, in roster: Roster) -> [any HardRule] {
        let standing = RuleBook.standing.filter { !$0.permits(pairing, in: roster) }
        if hasPermittedStart(pairing, in: roster) { return standing }
        return standing + RuleBook.timed.filter { !$0.permits(pairing, in: roster) }
    }

    private func hasPermittedStart(_ pairing: Pairing, in roster: Roster) -> Bool {
        var pairing = pairing
        for _ in 0..<Matcher.startLimit {
            let refusing = RuleBook.timed.first { !$0.permits(pairing, in: roster) }
            guard let refusing else { return true }
            guard let next = refusing.nextChance(pairing, in: roster), next <= lastStart else {
                return false
            }
            pairing.start = next
        }
        return false
    }
}
