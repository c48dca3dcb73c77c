public import Vocabulary

/// How a consult is held.
public enum Modality: String, Codable, Sendable, CaseIterable {
    /// Sound and picture.
    case video
    /// Sound alone.
    case audio
    /// Answered later, without a meeting.
    case storeAndForward
}

/// Who asked for a consult.
public enum RequestOrigin: String, Codable, Sendable {
    /// A clinic's staff.
    case clinic
    /// The care loop, because of an alarm.
    case alarm
    /// A doctor.
    case doctor
}

/// Where a request stands.
public enum RequestState: String, Codable, Sendable, CaseIterable {
    /// Waiting for a doctor.
    case open
    /// Offered to a doctor who has not answered yet.
    case offered
    /// A doctor accepted; there is a booking.
    case matched
    /// The consult took place and has an outcome.
    case fulfilled
    /// Taken back by whoever asked, or the alarm's cause went.
    case cancelled
    /// The deadline passed without a doctor; shown on the national desk until somebody acts.
    case unmatched

    /// Whether nothing more can follow.
    public var isFinal: Bool {
        switch self {
        case .fulfilled, .cancelled: true
        case .open, .offered, .matched, .unmatched: false
        }
    }
}

/// A request for a consult.
public struct ConsultRequest: Codable, Sendable, Identifiable, Equatable {
    /// The request's id.
    public let id: RequestID
    /// The site that asks.
    public let site: SiteID
    /// The patient it is about.
    public let patient: PatientID
    /// The specialty asked for.
    public let specialty: Specialty
    /// How soon; raised when the alarm behind it worsens, never lowered.
    public var urgency: Urgency
    /// Not before this.
    public var earliest: Instant
    /// To have begun and ended by this; comes nearer when the urgency is raised.
    public var deadline: Instant
    /// Planned length.
    public let durationMinutes: Int
    /// Languages that serve; a doctor must share one.
    public let languages: [Language]
    /// How it is to be held.
    public internal(set) var modality: Modality
    /// What was asked for, where the site's link does not carry it; nil where it does.
    public internal(set) var wishedModality: Modality?
    /// The doctor asked for, if any.
    public let preferredDoctor: DoctorID?
    /// The hospital asked for, if any.
    public let preferredHospital: SiteID?
    /// Free text, sealed (AES-256-GCM, base64); nil when none was given.
    public let sealedReason: String?
    /// Who asked.
    public let origin: RequestOrigin
    /// The alarm that caused it.
    public let alarm: AlarmID?
    /// When it was asked.
    public let openedAt: Instant
    /// Where it stands.
    public var state: RequestState
    /// The live booking, if any.
    public var booking: BookingID?
    /// Doctors who declined; not asked again.
    public var declinedBy: [DoctorID]
    /// Doctors who let the offer run out or did not come; asked again after a pause.
    public var unansweredBy: [DoctorID]
    /// Who is to take part besides; nil when it is no group consult.
    public var group: GroupDemand?
    /// Interpreters who declined; not asked again.
    public var interpretersDeclined: [InterpreterID]?
    /// Who is asked to answer in writing, and the answer; nil unless the modality is
    /// `storeAndForward`.
    public var written: WrittenQuestion?
    /// How far the ringing has come; nil when nobody was rung.
    public var ringing: RingingProgress?
    /// True while it exists only for a slot that is held: it goes when the hold does.
    public var isProvisional: Bool?
    /// When anything in it last changed.
    public var changedAt: Instant

    /// A request record in state `open`.
    public init(
        id: RequestID,
        site: SiteID,
        patient: PatientID,
        specialty: Specialty,
        urgency: Urgency,
        earliest: Instant,
        deadline: Instant,
        durationMinutes: Int,
        languages: [Language],
        modality: Modality = .video,
        preferredDoctor: DoctorID? = nil,
        preferredHospital: SiteID? = nil,
        sealedReason: String? = nil,
        origin: RequestOrigin,
        alarm: AlarmID? = nil,
        openedAt: Instant
    ) {
        self.id = id
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
        self.origin = origin
        self.alarm = alarm
        self.openedAt = openedAt
        self.state = .open
        self.booking = nil
        self.declinedBy = []
        self.unansweredBy = []
        self.ringing = nil
        self.changedAt = openedAt
    }

    /// The same request in another window.
    public func moved(earliest: Instant, deadline: Instant) -> ConsultRequest {
        var request = rewritten(specialty, earliest, deadline)
        request.group = group
        return request
    }

    /// The same request for one doctor of another specialty alone.
    public func asking(_ specialty: Specialty) -> ConsultRequest {
        rewritten(specialty, earliest, deadline)
    }

    private func rewritten(
        _ specialty: Specialty,
        _ earliest: Instant,
        _ deadline: Instant
    ) -> ConsultRequest {
        var request = ConsultRequest(
            id: id,
            site: site,
            patient: patient,
            specialty: specialty,
            urgency: urgency,
            earliest: earliest,
            deadline: deadline,
            durationMinutes: durationMinutes,
            languages: languages,
            modality: modality,
            preferredDoctor: preferredDoctor,
            preferredHospital: preferredHospital,
            sealedReason: sealedReason,
            origin: origin,
            alarm: alarm,
            openedAt: openedAt
        )
        request.declinedBy = declinedBy
        request.unansweredBy = unansweredBy
        request.interpretersDeclined = interpretersDeclined
        request.wishedModality = wishedModality
        return request
    }

    /// The planned length.
    public var duration: Duration { .minutes(durationMinutes) }

    /// The last instant at which a consult of this length can begin and still meet the deadline.
    public var latestStart: Instant { deadline - duration }
}
