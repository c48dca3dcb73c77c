import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// What a command of the API made of the care loop.
struct Decided: Sendable {
    let effects: [CareEffect]
    let view: any Encodable & Sendable
    /// The verb and the object of its audit entry.
    let action: String
    let object: String
}

extension Services {
    /// Hands a command to the care loop and answers once it is durable.
    ///
    /// The audit entry and the answer to the idempotency key are in the command's transaction, so
    /// a repetition after a crash gets the first answer and changes nothing.
    func decide(
        _ call: APICall,
        status: Int,
        _ command: @escaping @Sendable (inout CareLoop, Instant) throws -> Decided
    ) async throws -> APIAnswer {
        let answer = Guarded<APIAnswer?>(nil)
        try await care.command { loop, now in
            let decided = try command(&loop, now)
            let made = try APIAnswer.json(decided.view, status: status)
            let changes = try changes(call, decided.action, decided.object, keeping: made)
            answer.withLock { $0 = made }
            return CareDecision(decided.effects, with: changes)
        }
        guard let made = answer.withLock({ $0 }) else { throw Problem.notReady }
        return made
    }

    /// As whom the caller acts on a booking.
    func party(_ call: APICall, _ booking: Booking) throws -> CareParty {
        let principal = try call.principal()
        if let site = principal.site, booking.sites.contains(site) { return .site(site) }
        if let interpreter = principal.interpreter { return .interpreter(interpreter) }
        return try party(call, site: booking.site)
    }

    /// As whom the caller acts in the care loop.
    func party(_ call: APICall, site: SiteID) throws -> CareParty {
        let principal = try call.principal()
        if principal.site == site { return .site(site) }
        if let doctor = principal.doctor { return .doctor(doctor) }
        if principal.roles.contains(.administrator) { return .operations }
        throw Problem.notFound
    }
}

extension [CareEffect] {
    /// The request as the effects store it last.
    func request(_ id: RequestID) -> ConsultRequest? {
        records { if case .request(let request) = $0, request.id == id { request } else { nil } }
    }

    /// The booking as the effects store it last.
    func booking(_ id: BookingID) -> Booking? {
        records { if case .booking(let booking) = $0, booking.id == id { booking } else { nil } }
    }

    /// The booking that comes in another one's place, as the effects store it last.
    func booking(insteadOf id: BookingID, with doctor: DoctorID) -> Booking? {
        records {
            if case .booking(let booking) = $0, booking.replaces == id, booking.doctor == doctor {
                booking
            } else {
                nil
            }
        }
    }

    /// The session as the effects store it last.
    func session(_ id: SessionID) -> SessionRecord? {
        records { if case .session(let session) = $0, session.id == id { session } else { nil } }
    }

    private func records<Record>(_ pick: (CareRecord) -> Record?) -> Record? {
        var found: Record?
        for case .store(let records) in self {
            for record in records { found = pick(record) ?? found }
        }
        return found
    }
}

extension CareRefusal: Refusal {
    /// What the API answers.
    var problem: Problem {
        switch self {
        case .unknownRequest, .unknownBooking, .unknownSession, .unknownSite, .notYours:
            Problem.notFound
        case .slotTaken, .otherDoctor, .tooLate, .taken, .timeTaken, .notInState, .duplicate:
            Problem(409, code, description)
        case .badWindow: Problem(422, code, description)
        }
    }
}

extension GatewayError: Refusal {
    /// What the API answers.
    var problem: Problem {
        switch self {
        case .store, .stopped, .broker, .partitioning, .memory: Problem.notReady
        case .ward(let error): Problem(409, "alarmState", "\(error)")
        case .unknownAlarm: Problem.notFound
        case .tooManyCommands: Problem(409, "tooManyCommands", "\(self)")
        }
    }
}
