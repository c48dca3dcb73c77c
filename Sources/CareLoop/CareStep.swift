import Scheduler
import Signalling
import Vocabulary

/// What one request's change writes, and whom it tells, collected until the change is whole.
struct CareStep {
    enum Subject {
        case request
        case booking
        case session
    }

    struct Saying {
        let subject: Subject
        let why: String
        let isEscalation: Bool
    }

    let id: RequestID
    /// Records that this step took out of the case, and rings: they do not change any more in it.
    var given: [CareRecord] = []
    var writesBooking = false
    var writesSession = false
    var sayings: [Saying] = []
    /// Notices about records that left the case, and everything that is not a notice.
    var outward: [CareEffect] = []

    init(_ id: RequestID) {
        self.id = id
    }

    mutating func say(_ subject: Subject, _ why: String, isEscalation: Bool = false) {
        sayings.append(Saying(subject: subject, why: why, isEscalation: isEscalation))
    }

    mutating func audit(_ what: String, _ object: String) {
        outward.append(.audit(what: what, object: object))
    }

    /// The step's effects, with the records as the case has them at its end.
    func effects(_ care: CareCase) -> [CareEffect] {
        var records: [CareRecord] = [.request(care.request)]
        records += given
        if writesBooking, let booking = care.booking { records.append(.booking(booking)) }
        if writesSession, let session = care.session { records.append(.session(session)) }
        return [.store(records)] + outward + sayings.compactMap { notice($0, care) }
    }

    private func notice(_ saying: Saying, _ care: CareCase) -> CareEffect? {
        let site = CareAudience.site(care.request.site)
        switch saying.subject {
        case .request:
            return .tell([site, .operations], saying.notice(.request(care.request)))
        case .booking:
            guard let booking = care.booking else { return nil }
            return .tell(booking.audience, saying.notice(.booking(booking)))
        case .session:
            guard let session = care.session else { return nil }
            var concerned = care.booking?.audience ?? [site, .operations]
            // After a hand-over it is not the booking's doctor who is responsible.
            if !concerned.contains(.doctor(session.doctor)) {
                concerned.append(.doctor(session.doctor))
            }
            return .tell(concerned, saying.notice(.session(session)))
        }
    }
}

extension CareStep.Saying {
    func notice(_ subject: CareRecord) -> Notice {
        Notice(subject: subject, why: why, isEscalation: isEscalation)
    }
}
