import Scheduler
import Signalling
import Store
import Vocabulary

/// Whether somebody may still have the place that is stored: accounts and bookings change while a
/// server is down.
struct PlaceRights {
    let accounts: Accounts
    let store: any Store
    let places: RoomPlaces

    /// What the place allows today; nil when the account is disabled, the booking is over, or
    /// either would not give this place any more.
    func grant(of record: PlaceRecord, in sessions: [SessionRecord]) async -> Grant? {
        guard let principal = await accounts.principal(of: record.principal) else { return nil }
        switch record.scope {
        case .session(let id, let role):
            guard let session = sessions.first(where: { $0.id == id }),
                let booking = try? await store.booking(session.booking), booking.state.isLive,
                let place = await place(
                    record.participant,
                    of: principal,
                    as: role,
                    booking,
                    session
                )
            else { return nil }
            return .session(
                SessionGrant(
                    session: session,
                    participant: record.participant,
                    role: role,
                    name: record.name,
                    principal: principal.user,
                    doctor: place.isPerson ? principal.doctor : nil,
                    entry: place.entry,
                    startsAt: booking.start
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

extension PlaceRights {
    /// What the place is by the booking; a moderator may have made something else of it.
    private func place(
        _ participant: ParticipantID,
        of principal: Principal,
        as role: ParticipantRole,
        _ booking: Booking,
        _ session: SessionRecord
    ) async -> RoomPlace? {
        if let place = await places.place(of: principal, as: role, in: booking, session) {
            return place
        }
        let isMade = session.roles?.contains { $0.participant == participant && $0.role == role }
        guard isMade == true, let own = booking.place(of: principal) else { return nil }
        return RoomPlace(role: role, claimant: own.claimant, isOwn: false)
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
