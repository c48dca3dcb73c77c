public import Vocabulary

/// A doctor who may serve a request, with the start and what speaks for it.
public struct Candidate: Sendable, Equatable {
    /// The doctor.
    public let doctor: DoctorID
    /// The earliest start that every rule permits.
    public let start: Instant
    /// The planned end.
    public let end: Instant
    /// When the doctor is free again.
    public let doctorFreeAt: Instant
    /// The sum of the goals' costs; less is better.
    public let cost: Double
    /// What speaks for it, one short sentence a goal.
    public internal(set) var reasons: [String]
    /// What is booked beside doctor, station and patient.
    public var claims: [Claim] = []
}

/// How many doctors a rule stood in the way of.
public struct Rejection: Codable, Sendable, Equatable {
    /// The rule's name.
    public let rule: String
    /// How many doctors it refused first.
    public let count: Int
    /// The count as a sentence.
    public let text: String

    /// A count of refusals.
    public init(rule: String, count: Int, text: String) {
        self.rule = rule
        self.count = count
        self.text = text
    }
}

/// What a search found.
public struct Match: Sendable, Equatable {
    /// The best candidate, nil when no doctor may serve.
    public let best: Candidate?
    /// The next best, best first.
    public let alternatives: [Candidate]
    /// The specialty that was searched last: the request's own, or the fallback that had somebody.
    public let specialty: Specialty
    /// How many doctors were looked at.
    public let considered: Int
    /// For each rule that refused somebody, how many; each doctor counts once.
    ///
    /// Empty when somebody can serve, unless it was asked for.
    public let rejections: [Rejection]
    /// The timed rules that refused a start of somebody, by specialty, when nobody can serve.
    var refusing: [Specialty: RuleSet] = [:]
}
