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
    /// Rules that are not asked: what would be possible without them.
    public var waived = RuleSet()
    /// A live booking taken as if it were not: what would be possible without it.
    public var without: BookingID?
    /// Whether hospitals below provincial level may serve an emergency or urgent request.
    public var allowsAnyTier = false
    /// Whether an interpreter may speak between doctor and patient; the matcher tries without first.
    public var allowsInterpreter = false
    /// Doctors of a group who agreed to the time before: they are preferred.
    public var kept: Set<DoctorID> = []
    /// The only doctor who may be responsible for a group.
    public var only: DoctorID?

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
    public var doctor: Doctor { entry.doctor }
    /// The doctor's hospital; nil when the roster does not know it.
    public var hospital: Site? { entry.hospital }
    /// What the search may do.
    public let terms: MatchTerms
    /// When the question is asked.
    public let now: Instant
    /// When the consult would begin.
    public var start: Instant

    /// The doctor's entry in the roster.
    var entry: DoctorEntry
    /// The number of the booking that the terms leave out.
    let ignored: Int32
    /// The consult's length, and the first instant out of reach: asked for each doctor and start,
    /// and a `Duration` is divided each time.
    let lengthMilliseconds: Int64
    let reachEnd: Instant

    /// When the consult would end.
    public var end: Instant { Instant(milliseconds: start.milliseconds + lengthMilliseconds) }
    /// When the doctor would be free again.
    public var doctorFreeAt: Instant {
        Instant(
            milliseconds: start.milliseconds + lengthMilliseconds + entry.bufferMilliseconds
        )
    }
    /// Whether the consult would begin so soon that what counts is who is there now.
    public var isImmediate: Bool { start < reachEnd }

    /// How far ahead a doctor who is present counts as there, and one who is not needs to be told.
    public static let reach: Duration = .minutes(15)
}
