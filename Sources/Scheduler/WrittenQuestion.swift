public import Vocabulary

/// Who is asked to answer a store-and-forward request in writing, and the answer.
public struct WrittenQuestion: Codable, Sendable, Equatable {
    /// The doctors asked so far, in the order in which they were: only they see the question.
    public var asked: [DoctorID]
    /// When the last of them were asked.
    public var askedAt: Instant
    /// The answer, once there is one.
    public var answer: WrittenAnswer?

    /// A question that these doctors were asked.
    public init(asked: [DoctorID], askedAt: Instant) {
        self.asked = asked
        self.askedAt = askedAt
    }
}

/// A doctor's answer in writing; it takes the place of a consult.
public struct WrittenAnswer: Codable, Sendable, Equatable {
    /// The responsible doctor.
    public let by: DoctorID
    /// The text, sealed (AES-256-GCM, base64).
    public let sealedText: String
    /// When it was given.
    public let at: Instant

    /// An answer.
    public init(by doctor: DoctorID, sealedText: String, at: Instant) {
        self.by = doctor
        self.sealedText = sealedText
        self.at = at
    }
}

extension Matcher {
    /// The doctors who may answer the request in writing, best first.
    ///
    /// Every rule that does not depend on time holds for them, and nothing is booked. The doctor and
    /// the hospital wished for come first, then who is there, then who has worked least today.
    public func writers(
        for request: ConsultRequest,
        in roster: Roster,
        at now: Instant
    ) -> [DoctorID] {
        guard
            let search = Search(
                request,
                specialty: request.specialty,
                at: now,
                terms: MatchTerms(),
                in: roster
            )
        else { return [] }
        let today = LocalTime.dayNumber(of: now)
        let pairings = roster.doctors(of: request.specialty)
            .compactMap { search.pairing(with: $0, in: roster) }
            .filter { pairing in RuleBook.standing.allSatisfy { $0.permits(pairing, in: roster) } }
        func rank(_ pairing: Pairing) -> (Int, Int, Int, Int, DoctorID) {
            let doctor = pairing.doctor
            return (
                doctor.id == request.preferredDoctor ? 0 : 1,
                doctor.hospital == request.preferredHospital ? 0 : 1,
                doctor.presence == .off ? 1 : 0,
                roster.loadMinutes(of: doctor.id, onDay: today),
                doctor.id
            )
        }
        return pairings.sorted { rank($0) < rank($1) }.map(\.doctor.id)
    }
}
