import Scheduler
import Signalling
import Store
import Vocabulary

/// Whether somebody may still have the place that is stored: accounts and bookings change while a
/// server is down.
struct PlaceRights {
    let accounts: Accounts
    let store: any Store

    /// What the place allows today; nil when the account is disabled, the booking is over, or
    /// either would not give this place any more.
    func grant(of record: PlaceRecord, in sessions: [SessionRecord]) async -> Grant? {
        guard let principal = await accounts.principal(of: record.principal) else { return nil }
        switch record.scope {
        case .session(let id, let role):
            guard let session = sessions.first(where: { $0.id == id }),
                let booking = try? await store.booking(session.booking), booking.state.isLive,
                booking.place(of: principal)?.role == role
            else { return nil }
            return .session(
                SessionGrant(
                    session: session,
                    participant: record.participant,
                    role: role,
                    name: record.name,
                    principal: principal.user,
                    doctor: principal.doctor
                )
            )
        case .desk(let hears):
            guard !hears.isEmpty, Set(hears) == Set(DeskTopic.topics(of: principal)) else {
                return nil
            }
            return .desk(
                DeskGrant(
                    participant: record.participant,
                    principal: principal.user,
                    hears: hears,
                    site: principal.site,
                    doctor: principal.doctor
                )
            )
        }
    }
}

extension DeskTopic {
    /// What the live feed of somebody carries.
    static func topics(of principal: Principal) -> [DeskTopic] {
        var topics: [DeskTopic] = []
        for role in principal.roles {
            switch role {
            case .administrator: topics.append(.nation)
            case .observer: topics.append(.figures)
            case .clinic: if let site = principal.site { topics.append(.site(site)) }
            case .doctor: if let doctor = principal.doctor { topics.append(.doctor(doctor)) }
            case .interpreter:
                if let interpreter = principal.interpreter {
                    topics.append(.interpreter(interpreter))
                }
            case .auditor, .integration, .device: break
            }
        }
        return topics
    }
}
