public import Vocabulary

/// What a search may do beyond the request's own words.
public struct MatchTerms: Sendable, Equatable {
    /// Specialties that serve when nobody of the request's own can, in order.
    public var fallback: [Specialty]
    /// Whether the deadline has passed and somebody is still needed: the window no longer binds.
    public var isOverdue: Bool
    /// Time to leave before the start, so that the doctor can answer; given up when the window
    /// is too short for it.
    public var lead: Duration
    /// Doctors not to be considered this time.
    public var excluded: Set<DoctorID>
    /// Whether hospitals below provincial level may serve an emergency or urgent request.
    public var allowsAnyTier = false

    /// Terms; by default none.
    public init(
        fallback: [Specialty] = [],
        isOverdue: Bool = false,
        lead: Duration = .zero,
        excluded: Set<DoctorID> = []
    ) {
        self.fallback = fallback
        self.isOverdue = isOverdue
        self.lead = lead
        self.excluded = excluded
    }
}

/// One question put to the rules and the goals.
///
/// May, and should, this doctor serve this request from this start?
public struct Pairing: Sendable {
    /// The request.
    public let request: ConsultRequest
    /// The asking site.
    public let site: Site
    /// The specialty that is looked for, the request's own or a fallback.
    public let specialty: Specialty
    /// The doctor.
    public let doctor: Doctor
    /// The doctor's hospital; nil when the roster does not know it.
    public let hospital: Site?
    /// What the search may do.
    public let terms: MatchTerms
    /// When the question is asked.
    public let now: Instant
    /// When the consult would begin.
    public var start: Instant

    /// When the consult would end.
    public var end: Instant { start + request.duration }
    /// When the doctor would be free again.
    public var doctorFreeAt: Instant { end + .minutes(doctor.bufferMinutes) }
    /// Whether the consult would begin so soon that what counts is who is there now.
    public var isImmediate: Bool { start < now + Pairing.reach }

    /// How far ahead a doctor who is present counts as there, and one who is not needs to be told.
    public static let reach: Duration = .minutes(15)
}
