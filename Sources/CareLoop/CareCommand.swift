public import Scheduler
public import Signalling
public import Vocabulary

/// What staff or a doctor ask for when they ask for a consult; what is left out gets a default.
public struct ConsultDraft: Sendable, Equatable {
    /// The site that asks.
    public var site: SiteID
    /// The patient.
    public var patient: PatientID
    /// The specialty.
    public var specialty: Specialty
    /// How soon.
    public var urgency: Urgency
    /// Not before this; nil for at once.
    public var earliest: Instant?
    /// To have ended by this; nil for the policy's.
    public var deadline: Instant?
    /// Planned length, 5…240; nil for the policy's.
    public var durationMinutes: Int?
    /// Languages that serve.
    public var languages: [Language]
    /// How it is to be held.
    public var modality: Modality
    /// The doctor wished for.
    public var preferredDoctor: DoctorID?
    /// The hospital wished for.
    public var preferredHospital: SiteID?
    /// Free text, sealed.
    public var sealedReason: String?
    /// Who is to take part besides; nil for one doctor and the asking site alone.
    public var group: GroupDemand?
    /// Who asks.
    public var origin: RequestOrigin

    /// A draft of a request.
    public init(
        site: SiteID,
        patient: PatientID,
        specialty: Specialty,
        urgency: Urgency,
        earliest: Instant? = nil,
        deadline: Instant? = nil,
        durationMinutes: Int? = nil,
        languages: [Language] = [.vietnamese],
        modality: Modality = .video,
        preferredDoctor: DoctorID? = nil,
        preferredHospital: SiteID? = nil,
        sealedReason: String? = nil,
        group: GroupDemand? = nil,
        origin: RequestOrigin = .clinic
    ) {
        self.site = site
        self.patient = patient
        self.specialty = specialty
        self.urgency = urgency
        self.earliest = earliest
        self.deadline = deadline
        self.durationMinutes = durationMinutes
        self.languages = languages
        self.modality = modality
        self.preferredDoctor = preferredDoctor
        self.preferredHospital = preferredHospital
        self.sealedReason = sealedReason
        self.group = group
        self.origin = origin
    }
}

/// A doctor's answer to an offer.
public enum OfferAnswer: Sendable {
    /// Takes it.
    case accept
    /// Does not take it.
    case decline
}

/// Who gives a command.
public enum CareParty: Sendable, Equatable {
    /// The staff of a site.
    case site(SiteID)
    /// A doctor.
    case doctor(DoctorID)
    /// An interpreter.
    case interpreter(InterpreterID)
    /// The operations desk.
    case operations
}

/// What the signalling service saw in a session.
public enum SessionProgress: Sendable, Equatable {
    /// The doctor is in the room.
    case doctorJoined
    /// The clinic's staff are in the room.
    case clinicJoined
    /// Both are connected at once: they have met.
    case bothPresent
    /// Somebody left for good.
    case left(ParticipantRole)
    /// The room's state: `live`, `held` and `ending` are taken over, an end without an outcome
    /// counts as `ending`, the other states are the care loop's own to decide.
    case state(SessionState)
}

/// Why a command was not carried out.
public enum CareRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no such request, or it is over.
    case unknownRequest
    /// There is no such booking, or its request is over.
    case unknownBooking
    /// There is no such session, or it is over.
    case unknownSession
    /// The site is not in the register.
    case unknownSite
    /// It belongs to somebody else.
    case notYours
    /// The time for it has passed.
    case tooLate
    /// Another doctor was first.
    case taken
    /// The doctor's time or the site's station was booked meanwhile.
    case timeTaken
    /// Its state, named, does not allow it.
    case notInState(String)
    /// The patient has an open request for the same specialty.
    case duplicate(RequestID)
    /// The slot is taken, or a rule stands in its way.
    case slotTaken
    /// A group's responsible doctor is exchanged in the group's own time only.
    case otherDoctor
    /// The window is shorter than the consult, or the length is not 5…240 min.
    case badWindow

    /// A short code for the API.
    public var code: String {
        switch self {
        case .unknownRequest: "unknown_request"
        case .unknownBooking: "unknown_booking"
        case .unknownSession: "unknown_session"
        case .unknownSite: "unknown_site"
        case .notYours: "forbidden"
        case .tooLate: "too_late"
        case .taken: "taken"
        case .timeTaken: "time_taken"
        case .notInState: "not_in_state"
        case .duplicate: "duplicate"
        case .slotTaken: "slot_taken"
        case .otherDoctor: "other_doctor"
        case .badWindow: "bad_window"
        }
    }

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .unknownRequest: "No open request has this id."
        case .unknownBooking: "No open request has a booking of this id."
        case .unknownSession: "No open session has this id."
        case .unknownSite: "The site is not in the register."
        case .notYours: "It belongs to somebody else."
        case .tooLate: "The time to answer has passed; the request has gone on."
        case .taken: "Another doctor has taken the request."
        case .timeTaken: "The time was booked otherwise meanwhile; the request has gone on."
        case .notInState(let state): "It is \(state), which does not allow this."
        case .duplicate(let id): "The patient has an open request for this specialty: \(id)."
        case .slotTaken:
            "The doctor, the station or the patient is not free then; choose another slot."
        case .otherDoctor:
            "A group goes to another responsible doctor at its own start only; move it to the other time"
                + " first, or ask for its own."
        case .badWindow:
            "A consult lasts 5 to 240 minutes and must fit between earliest and deadline."
        }
    }
}
