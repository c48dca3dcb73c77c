public import Vocabulary

/// Where a consult session stands.
public enum SessionState: String, Codable, Sendable, CaseIterable {
    /// Booked; nobody is there.
    case scheduled
    /// Somebody is there, no admitted doctor yet.
    case waiting
    /// An admitted doctor is there.
    case live
    /// Paused by the doctor.
    case held
    /// Being closed; the outcome is awaited.
    case ending
    /// Over, with an outcome.
    case ended
    /// Taken back before it began.
    case cancelled
    /// Nobody came in time.
    case expired

    /// Whether nothing more can follow.
    public var isFinal: Bool {
        switch self {
        case .ended, .cancelled, .expired: true
        case .scheduled, .waiting, .live, .held, .ending: false
        }
    }
}

/// What somebody is in a session; comes from the booking, never from who came first.
public enum ParticipantRole: String, Codable, Sendable, CaseIterable {
    /// The consulted doctor, who is responsible.
    case doctor
    /// The asking clinic's staff.
    case clinic
    /// The patient.
    case patient
    /// Watches.
    case observer
    /// Interprets.
    case interpreter
    /// Keeps the record.
    case secretary
}

/// What becomes of the patient after the consult.
public enum Disposition: String, Codable, Sendable, CaseIterable {
    /// Stays and is treated at the asking site.
    case treatLocally
    /// Is moved to a higher level.
    case transfer
    /// Another consult is to follow.
    case followUp
    /// Nothing more is needed.
    case discharged
}

/// The result of a consult, reported back to the asking clinic.
public struct Outcome: Codable, Sendable, Equatable {
    /// What becomes of the patient.
    public let disposition: Disposition
    /// Free text, sealed (AES-256-GCM, base64).
    public let sealedNote: String
    /// The responsible doctor.
    public let by: DoctorID
    /// When it was given.
    public let at: Instant

    /// An outcome record.
    public init(disposition: Disposition, sealedNote: String, by: DoctorID, at: Instant) {
        self.disposition = disposition
        self.sealedNote = sealedNote
        self.by = by
        self.at = at
    }
}

/// One dated line of a session's history.
public struct SessionEvent: Codable, Sendable, Equatable {
    /// What happened: `scheduled`, `doctorJoined`, `clinicJoined`, `live`, `bothPresent`, `ended` ….
    public let what: String
    /// When it happened.
    public let at: Instant

    /// The first time both ends were in the room: what a wait is measured to.
    public static let bothPresent = "bothPresent"

    /// A dated line.
    public init(what: String, at: Instant) {
        self.what = what
        self.at = at
    }
}

/// A consult session as it is stored: outlives every socket and the process.
public struct SessionRecord: Codable, Sendable, Identifiable, Equatable {
    /// The session's id.
    public let id: SessionID
    /// The booking it carries out.
    public let booking: BookingID
    /// The request behind the booking.
    public let request: RequestID
    /// The patient.
    public let patient: PatientID
    /// The asking site.
    public let site: SiteID
    /// The responsible doctor: the booking's, until a hand-over.
    public var doctor: DoctorID
    /// How soon it was needed, as asked or as checked since; nil in records of earlier versions.
    public var urgency: Urgency?
    /// How much of its media the clinic's end begins with; nil for all.
    public let firstLevel: MediaLevel?
    /// Whether nothing is presumed: steps and consents must be stated.
    public var isExplicit: Bool?
    /// The steps before the consult that were taken; nil while there are none.
    public var steps: [SessionStep]?
    /// Every consent given or taken back, oldest first; nil while nobody said anything.
    public var consents: [ConsentEntry]?
    /// Who was put out and may not come again; nil when nobody ever was.
    public var removed: [ParticipantID]?
    /// What participants are, where it is not what the booking says; nil when all are that.
    public var roles: [RoleChange]?
    /// Whether newcomers must be let in; nil when it was never locked.
    public var isLocked: Bool?
    /// Where it stands.
    public var state: SessionState
    /// What happened, oldest first.
    public var timeline: [SessionEvent]
    /// The result, once given.
    public var outcome: Outcome?
    /// When anything in it last changed.
    public var changedAt: Instant

    /// A session record in state `scheduled`.
    public init(
        id: SessionID,
        booking: BookingID,
        request: RequestID,
        patient: PatientID,
        site: SiteID,
        doctor: DoctorID,
        urgency: Urgency? = nil,
        isExplicit: Bool = false,
        firstLevel: MediaLevel? = nil,
        at: Instant
    ) {
        self.id = id
        self.booking = booking
        self.request = request
        self.patient = patient
        self.site = site
        self.doctor = doctor
        self.urgency = urgency
        self.isExplicit = isExplicit ? true : nil
        self.firstLevel = firstLevel
        self.state = .scheduled
        self.timeline = [SessionEvent(what: "scheduled", at: at)]
        self.outcome = nil
        self.changedAt = at
    }
}
