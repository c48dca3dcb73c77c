public import Vocabulary

/// Where a booking stands.
public enum BookingState: String, Codable, Sendable, CaseIterable {
    /// Offered to the doctor, who has until `answerBy`.
    case offered
    /// Held while somebody decides.
    case held
    /// Accepted: both ends are told.
    case confirmed
    /// One end is there.
    case checkedIn
    /// The session is live.
    case inSession
    /// The session ended with an outcome.
    case fulfilled
    /// A party did not come within its grace.
    case noShow
    /// Taken back.
    case cancelled
    /// The doctor declined.
    case declined
    /// The offer or the hold ran out.
    case expired

    /// Whether it stands: it occupies the doctor and the station, unless it is a ring.
    public var isLive: Bool {
        switch self {
        case .offered, .held, .confirmed, .checkedIn, .inSession: true
        case .fulfilled, .noShow, .cancelled, .declined, .expired: false
        }
    }
}

/// A doctor and a station kept for one request, from start until end, half-open.
public struct Booking: Codable, Sendable, Identifiable, Equatable {
    /// The booking's id.
    public let id: BookingID
    /// The request it serves.
    public let request: RequestID
    /// The doctor.
    public let doctor: DoctorID
    /// The asking site, which gives the station.
    public let site: SiteID
    /// The patient.
    public let patient: PatientID
    /// Its first instant.
    public var start: Instant
    /// The first instant after it.
    public var end: Instant
    /// The first instant at which the doctor is free again: the end and the buffer.
    public var doctorFreeAt: Instant
    /// Where it stands.
    public var state: BookingState
    /// By when the doctor must answer an offer; nil once answered.
    public var answerBy: Instant?
    /// When the responsible doctor of a group said yes while others are awaited.
    public var acceptedAt: Instant?
    /// When both ends were last told when it begins: with the yes, a move, a reminder.
    public var toldAt: Instant?
    /// The session of the consult, once there is one.
    public var session: SessionID?
    /// The emergency that took its place, when one did.
    public var displacedFor: RequestID?
    /// The booking in whose place it comes with its doctor's yes; nil for any other.
    public var replaces: BookingID?
    /// What makes the offer a ring; nil for an offer to one doctor alone.
    public var ring: Ring?
    /// What it takes beside doctor, station and patient; nil when nothing.
    public var claims: [Claim]?
    /// Why this doctor: one sentence a goal, best first.
    public var reasons: [String]
    /// When it was made.
    public let madeAt: Instant
    /// When anything in it last changed.
    public var changedAt: Instant

    /// A booking record.
    public init(
        id: BookingID,
        request: RequestID,
        doctor: DoctorID,
        site: SiteID,
        patient: PatientID,
        start: Instant,
        end: Instant,
        doctorFreeAt: Instant,
        state: BookingState,
        answerBy: Instant?,
        reasons: [String],
        ring: Ring? = nil,
        claims: [Claim] = [],
        madeAt: Instant
    ) {
        self.id = id
        self.request = request
        self.doctor = doctor
        self.site = site
        self.patient = patient
        self.start = start
        self.end = end
        self.doctorFreeAt = doctorFreeAt
        self.state = state
        self.answerBy = answerBy
        self.session = nil
        self.displacedFor = nil
        self.replaces = nil
        self.ring = ring
        self.claims = claims.isEmpty ? nil : claims
        self.reasons = reasons
        self.madeAt = madeAt
        self.changedAt = madeAt
    }

    /// Whether it rings: the doctor is asked and others are too, and nobody's time is taken yet.
    public var isRinging: Bool { state == .offered && ring != nil }

    /// Whether it is a move to another doctor that waits for the yes; until then the booking that
    /// it replaces stands.
    ///
    /// A group's may wait for others after that, and is none any more.
    public var isProposed: Bool { state == .offered && replaces != nil && acceptedAt == nil }

    /// Whether the scheduler keeps its doctor for it.
    public var keepsDoctor: Bool { state.isLive && !isRinging }

    /// Whether it occupies doctor, station and patient for good, which no two may do at once.
    ///
    /// A proposed move does not: station and patient are the old booking's yet, and the two may
    /// overlap.
    public var takesTime: Bool { keepsDoctor && !isProposed }
}
