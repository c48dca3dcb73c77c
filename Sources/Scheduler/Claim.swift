public import Vocabulary

/// Who or what can be taken for a time: nobody and nothing is taken twice at once, but for the
/// stations of a site.
///
/// Written as `kind/id`: `doctor/doc-1`, `interpreter/int-1`.
public enum Claimant: Hashable, Sendable {
    /// A doctor.
    case doctor(DoctorID)
    /// One station of a site.
    case site(SiteID)
    /// A patient.
    case patient(PatientID)
    /// An interpreter.
    case interpreter(InterpreterID)

    /// The kind: `doctor`, `site`, `patient`, `interpreter`.
    public var kind: String {
        switch self {
        case .doctor: "doctor"
        case .site: "site"
        case .patient: "patient"
        case .interpreter: "interpreter"
        }
    }

    /// The identifier's text.
    public var id: String {
        switch self {
        case .doctor(let id): id.rawValue
        case .site(let id): id.rawValue
        case .patient(let id): id.rawValue
        case .interpreter(let id): id.rawValue
        }
    }
}

extension Claimant: RawRepresentable, Codable {
    /// `kind/id`.
    public var rawValue: String { "\(kind)/\(id)" }

    /// The claimant that the text names, or nil.
    public init?(rawValue: String) {
        let parts = rawValue.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let id = String(parts[1])
        let claimant: Claimant? =
            switch parts[0] {
            case "doctor": DoctorID(rawValue: id).map { .doctor($0) }
            case "site": SiteID(rawValue: id).map { .site($0) }
            case "patient": PatientID(rawValue: id).map { .patient($0) }
            case "interpreter": InterpreterID(rawValue: id).map { .interpreter($0) }
            default: nil
            }
        guard let claimant else { return nil }
        self = claimant
    }
}

/// How a claim stands with whoever it is on.
public enum ClaimState: String, Codable, Sendable, CaseIterable {
    /// Booked, and no answer yet.
    case invited
    /// Agreed to.
    case accepted
    /// Given back: it takes no time any more.
    case declined
}

/// What a booking takes beside its doctor, station and patient: held, moved and given back with it.
public struct Claim: Codable, Sendable, Equatable {
    /// On whom.
    public let on: Claimant
    /// What a further doctor is there for; nil for others.
    public let specialty: Specialty?
    /// Whether the consult cannot be held without.
    public let isRequired: Bool
    /// Minutes that stay taken after the booking's end.
    public let bufferMinutes: Int
    /// How it stands.
    public var state: ClaimState

    /// A claim; by default it is required and not answered.
    public init(
        on claimant: Claimant,
        specialty: Specialty? = nil,
        isRequired: Bool = true,
        bufferMinutes: Int = 0,
        state: ClaimState = .invited
    ) {
        on = claimant
        self.specialty = specialty
        self.isRequired = isRequired
        self.bufferMinutes = bufferMinutes
        self.state = state
    }

    /// The doctor it is on, if it is on one.
    public var doctor: DoctorID? { if case .doctor(let id) = on { id } else { nil } }
    /// The site it is on, if it is on one.
    public var site: SiteID? { if case .site(let id) = on { id } else { nil } }
    /// The interpreter it is on, if it is on one.
    public var interpreter: InterpreterID? {
        if case .interpreter(let id) = on { id } else { nil }
    }
}

/// A claimant's time that a booking takes, half-open.
public struct TakenTime: Sendable, Equatable {
    /// Whose.
    public let claimant: Claimant
    /// Its first instant.
    public let from: Instant
    /// The first instant after it.
    public let until: Instant

    /// Whether both are on the same claimant and share an instant.
    public func meets(_ other: TakenTime) -> Bool {
        claimant == other.claimant && from < other.until && other.from < until
    }
}

extension Booking {
    /// The claims that stand.
    public var standing: [Claim] { claims?.filter { $0.state != .declined } ?? [] }
    /// Every doctor who is to come, the responsible one first.
    public var doctors: [DoctorID] { [doctor] + standing.compactMap(\.doctor) }
    /// Every site that takes part, the asking one first.
    public var sites: [SiteID] { [site] + standing.compactMap(\.site) }
    /// The interpreters who are to come.
    public var interpreters: [InterpreterID] { standing.compactMap(\.interpreter) }

    /// Everybody whom it concerns or did concern, those too who gave their part back.
    public var concerned: (doctors: [DoctorID], sites: [SiteID], interpreters: [InterpreterID]) {
        let claims = claims ?? []
        return (
            [doctor] + claims.compactMap(\.doctor), [site] + claims.compactMap(\.site),
            claims.compactMap(\.interpreter)
        )
    }

    /// The first instant after the claim's time.
    public func end(of claim: Claim) -> Instant { end + .minutes(claim.bufferMinutes) }

    /// Everything that the booking takes while it takes time.
    public var taken: [TakenTime] {
        [
            TakenTime(claimant: .doctor(doctor), from: start, until: doctorFreeAt),
            TakenTime(claimant: .site(site), from: start, until: end),
            TakenTime(claimant: .patient(patient), from: start, until: end),
        ]
            + standing.map {
                TakenTime(claimant: $0.on, from: start, until: end(of: $0))
            }
    }

    /// Writes down how a claim stands; what is not claimed changes nothing.
    public mutating func answer(_ claimant: Claimant, _ state: ClaimState) {
        guard let place = claims?.firstIndex(where: { $0.on == claimant }) else { return }
        claims?[place].state = state
    }
}
