public import Vocabulary

/// What a ticket allows: a place in one consult, or a person's live feed.
public enum Grant: Sendable, Equatable {
    /// A place in a session.
    case session(SessionGrant)
    /// The live feed of a signed-in person.
    case desk(DeskGrant)

    /// The participant that the holder is.
    public var participant: ParticipantID {
        switch self {
        case .session(let grant): grant.participant
        case .desk(let grant): grant.participant
        }
    }

    /// The session of the place, nil for a live feed.
    var session: SessionID? {
        switch self {
        case .session(let grant): grant.session.id
        case .desk: nil
        }
    }

    /// The account behind it.
    public var principal: UserID {
        switch self {
        case .session(let grant): grant.principal
        case .desk(let grant): grant.principal
        }
    }
}

/// A place in a session.
public struct SessionGrant: Sendable, Equatable {
    /// How a participant gets from its ticket into the room.
    public enum Entry: String, Codable, Sendable {
        /// At once, as the parties of a booking do.
        case direct
        /// Through the lobby, when it is let in.
        case lobby
        /// Through the lobby, and only with the patient's consent to people in training.
        case trainee
    }

    /// The session; it is opened with this record when it is not open.
    public let session: SessionRecord
    /// The participant: the same id each time the same person joins the same session.
    public let participant: ParticipantID
    /// What it is in the session, from the booking; the record may say otherwise.
    public internal(set) var role: ParticipantRole
    /// What the others see.
    public let name: String
    /// The account.
    public let principal: UserID
    /// The doctor that the account is; only the session's own may give the outcome.
    public let doctor: DoctorID?
    /// How it enters.
    public let entry: Entry
    /// When the consult is planned to begin; nil when that is not known.
    public let startsAt: Instant?

    /// A place in a session.
    public init(
        session: SessionRecord,
        participant: ParticipantID,
        role: ParticipantRole,
        name: String,
        principal: UserID,
        doctor: DoctorID? = nil,
        entry: Entry = .direct,
        startsAt: Instant? = nil
    ) {
        self.session = session
        self.participant = participant
        self.role = role
        self.name = name
        self.principal = principal
        self.doctor = doctor
        self.entry = entry
        self.startsAt = startsAt
    }
}

/// A person's live feed: alarms, requests, bookings and sessions as they change.
public struct DeskGrant: Sendable, Equatable {
    /// The participant: a fresh id for each ticket.
    public let participant: ParticipantID
    /// The account.
    public let principal: UserID
    /// What the feed carries.
    public let hears: [DeskTopic]
    /// The site of a clinic account.
    public let site: SiteID?
    /// The doctor of a doctor's account.
    public let doctor: DoctorID?

    /// A live feed.
    public init(
        participant: ParticipantID,
        principal: UserID,
        hears: [DeskTopic],
        site: SiteID? = nil,
        doctor: DoctorID? = nil
    ) {
        self.participant = participant
        self.principal = principal
        self.hears = hears
        self.site = site
        self.doctor = doctor
    }
}

/// What a live feed may listen to.
public enum DeskTopic: Hashable, Sendable, Codable {
    /// What concerns a site.
    case site(SiteID)
    /// What concerns a doctor.
    case doctor(DoctorID)
    /// What concerns an interpreter.
    case interpreter(InterpreterID)
    /// Everything.
    case nation
    /// Everything, but without patient data.
    case figures
}

/// Whom a message is for.
public enum Audience: Hashable, Sendable {
    /// The feeds that listen to a topic.
    case desk(DeskTopic)
    /// Everybody in a session.
    case session(SessionID)
    /// Everybody in the sessions about a patient.
    case patient(PatientID)
    /// One participant.
    case participant(ParticipantID)
}
