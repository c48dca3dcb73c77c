import Clinical
import Scheduler
import Signalling
import Store
import Vocabulary

// What the API and the live feed show of a record: the record itself and what a reader needs
// beside it.

/// A record and what stands beside it, encoded as one flat object.
struct Beside<Record: Encodable, Extra: Encodable>: Encodable {
    let record: Record
    let extra: Extra

    init(_ record: Record, _ extra: Extra) {
        self.record = record
        self.extra = extra
    }

    func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        try extra.encode(to: encoder)
    }
}

typealias SiteView = Beside<Site, SiteExtra>
typealias DoctorView = Beside<Doctor, DoctorExtra>
typealias AlarmView = Beside<Alarm, AlarmExtra>

struct SiteExtra: Encodable {
    let presence: SitePresenceView
}

struct SitePresenceView: Encodable {
    let staffOnline: Int
    let devicesOnline: Int
    let lastSeenAt: Instant?
}

struct DoctorExtra: Encodable {
    let hospitalName: String
    /// Whether the doctor has an open connection, or had one within the grace.
    let reachable: Bool
    /// When one was last open; nil when none was since the start.
    let lastSeenAt: Instant?
}

struct AlarmExtra: Encodable {
    let siteName: String
}

struct RequestView: Encodable {
    let id: RequestID
    let site: SiteID
    let siteName: String
    /// Left out for who may see figures only.
    var patient: PatientID?
    let specialty: Specialty
    let urgency: Urgency
    let earliest: Instant
    let deadline: Instant
    let durationMinutes: Int
    let languages: [Language]
    let modality: Modality
    /// What was asked for, where the site's link does not carry it.
    let wishedModality: Modality?
    let preferredDoctor: DoctorID?
    let preferredHospital: SiteID?
    /// The free text, opened; left out where only the change is told.
    var reason: String?
    let origin: RequestOrigin
    let alarm: AlarmID?
    let openedAt: Instant
    let state: RequestState
    let booking: BookingID?
    let declinedBy: [DoctorID]
    /// The doctors asked to answer in writing.
    let asked: [DoctorID]?
    /// The answer in writing.
    let answeredBy: DoctorID?
    let answeredAt: Instant?
    /// The text, opened; left out where only the change is told.
    var answer: String?
    let ringing: RingingProgress?
    let furtherSites: [ConsultBody.FurtherSite]?
    let furtherSpecialties: [ConsultBody.FurtherSpecialty]?
    let changedAt: Instant

    init(_ request: ConsultRequest, siteName: String, reason: String? = nil) {
        id = request.id
        site = request.site
        self.siteName = siteName
        patient = request.patient
        specialty = request.specialty
        urgency = request.urgency
        earliest = request.earliest
        deadline = request.deadline
        durationMinutes = request.durationMinutes
        languages = request.languages
        modality = request.modality
        wishedModality = request.wishedModality
        preferredDoctor = request.preferredDoctor
        preferredHospital = request.preferredHospital
        self.reason = reason
        origin = request.origin
        alarm = request.alarm
        openedAt = request.openedAt
        state = request.state
        booking = request.booking
        declinedBy = request.declinedBy
        asked = request.written?.asked
        answeredBy = request.written?.answer?.by
        answeredAt = request.written?.answer?.at
        ringing = request.ringing
        furtherSites = request.group?.furtherSites
        furtherSpecialties = request.group?.furtherSpecialties
        changedAt = request.changedAt
    }
}

struct BookingView: Encodable {
    let id: BookingID
    let request: RequestID
    let doctor: DoctorID
    let doctorName: String
    let site: SiteID
    let siteName: String
    /// Left out for who may see figures only.
    var patient: PatientID?
    let start: Instant
    let end: Instant
    let state: BookingState
    let answerBy: Instant?
    /// When the responsible doctor of a group agreed, while others are awaited.
    let acceptedAt: Instant?
    let session: SessionID?
    /// The booking in whose place it comes, or came.
    let replaces: BookingID?
    let reasons: [String]
    let ring: Ring?
    /// Who else has part in it; left out when nobody.
    let claims: [ClaimView]?
    let urgency: Urgency?
    let specialty: Specialty?
    let madeAt: Instant
    let changedAt: Instant

    init(
        _ booking: Booking,
        request: ConsultRequest?,
        names: BookingNames,
        seesPatient: Bool = true
    ) {
        id = booking.id
        self.request = booking.request
        doctor = booking.doctor
        doctorName = names[.doctor(booking.doctor)]
        site = booking.site
        siteName = names[.site(booking.site)]
        patient = seesPatient ? booking.patient : nil
        start = booking.start
        end = booking.end
        state = booking.state
        answerBy = booking.answerBy
        acceptedAt = booking.acceptedAt
        session = booking.session
        replaces = booking.replaces
        reasons = booking.reasons
        ring = booking.ring
        claims = booking.claims?.map { ClaimView($0, name: names[$0.on]) }
        urgency = request?.urgency
        specialty = request?.specialty
        madeAt = booking.madeAt
        changedAt = booking.changedAt
    }
}

/// Who else has part in a booking.
struct ClaimView: Encodable {
    let kind: String
    let id: String
    let name: String
    let specialty: Specialty?
    let required: Bool
    let state: ClaimState

    init(_ claim: Claim, name: String) {
        kind = claim.on.kind
        id = claim.on.id
        self.name = name
        specialty = claim.specialty
        required = claim.isRequired
        state = claim.state
    }
}

/// The names that stand beside a booking.
struct BookingNames: Sendable {
    fileprivate var byClaimant: [Claimant: String] = [:]

    /// A name; empty when the registry has none.
    subscript(claimant: Claimant) -> String { byClaimant[claimant] ?? "" }
}

extension Directory {
    /// The names of everybody who has part in a booking.
    func names(of booking: Booking, beside doctor: DoctorID? = nil) -> BookingNames {
        names(
            of: [.doctor(booking.doctor), .site(booking.site)] + (booking.claims ?? []).map(\.on)
                + [doctor].compactMap { $0.map { .doctor($0) } }
        )
    }

    /// The names of those who are listed.
    func names(of claimants: [Claimant]) -> BookingNames {
        var names = BookingNames()
        for claimant in claimants {
            names.byClaimant[claimant] =
                switch claimant {
                case .doctor(let id): doctor(id)?.name
                case .site(let id): site(id)?.name
                case .interpreter(let id): interpreter(id)?.name
                case .patient: nil
                }
        }
        return names
    }
}

struct SessionView: Encodable {
    let id: SessionID
    let booking: BookingID
    let request: RequestID
    /// Left out for who may see figures only.
    var patient: PatientID?
    let site: SiteID
    let doctor: DoctorID
    let state: SessionState
    let urgency: Urgency?
    let timeline: [SessionEvent]
    /// The steps before the consult.
    let steps: [SessionStep]
    /// Every consent given or taken back, oldest first.
    let consents: [ConsentEntry]
    let outcome: OutcomeView?
    let changedAt: Instant

    init(_ session: SessionRecord, note: String?) {
        id = session.id
        booking = session.booking
        request = session.request
        patient = session.patient
        site = session.site
        doctor = session.doctor
        state = session.state
        urgency = session.urgency
        timeline = session.timeline
        steps = session.steps ?? []
        consents = session.consents ?? []
        outcome = session.outcome.map { OutcomeView($0, note: note ?? "") }
        changedAt = session.changedAt
    }
}

struct OutcomeView: Encodable {
    let disposition: Disposition
    let note: String
    let by: DoctorID
    let at: Instant

    init(_ outcome: Outcome, note: String) {
        disposition = outcome.disposition
        self.note = note
        by = outcome.by
        at = outcome.at
    }
}
