import Vocabulary
import Wire

/// Who waits for which doctor, and who is told of it.
extension Exchange {
    /// What somebody in a lobby was told last.
    struct LobbyPlace: Sendable, Equatable {
        let position: Int
        let urgency: Urgency
        /// Consults before it, those under way included.
        let ahead: Int
    }

    /// The session or its people changed: whoever waits for its doctor may have another place now.
    ///
    /// `former` is the doctor who was responsible before a hand-over.
    mutating func queueChanged(
        by session: SessionID,
        formerly former: DoctorID? = nil,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let doctor = sessions[session]?.record.doctor else { return }
        for doctor in [former, doctor].compactMap(\.self) {
            queueChanged(of: doctor, at: now, into: &effects)
        }
    }

    /// Looks at a doctor's queue again and tells whom it concerns, where it changed.
    mutating func queueChanged(
        of doctor: DoctorID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let before = queues[doctor] ?? []
        let ids = sessionsOfDoctor[doctor] ?? []
        let after = QueuePlace.order(ids.compactMap { sessions[$0]?.waiting })
        queues[doctor] = after.isEmpty ? nil : after
        for place in after { tellWaiting(place, of: doctor, at: now, into: &effects) }
        guard before != after else { return }
        tell(
            [.desk(.doctor(doctor))],
            .queue,
            body: queueBody(after, at: now),
            at: now,
            into: &effects
        )
        tellSites(before, after, at: now, into: &effects)
        tellHosts(of: doctor, before, after, at: now, into: &effects)
    }

    /// How long the place's people have to expect to wait.
    private func expectedWait(_ place: QueuePlace, of doctor: DoctorID, at now: Instant) -> Duration
    {
        guard !place.waiting.isAtHand else { return .zero }
        return waits.wait(
            ahead: place.ahead,
            underWay: liveSince(of: doctor).map { now - $0 },
            plannedIn: place.waiting.startsAt.map { max($0 - now, .zero) } ?? .zero
        )
    }

    /// Since when the doctor's consult has been under way; of several the one that began last.
    private func liveSince(of doctor: DoctorID) -> Instant? {
        sessionsOfDoctor[doctor]?.compactMap { sessions[$0]?.liveSince }.max()
    }

    // MARK: Telling

    /// Those in the lobby, and the clinic of a session that has not begun, learn their place.
    private mutating func tellWaiting(
        _ place: QueuePlace,
        of doctor: DoctorID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let isUnderWay = liveSince(of: doctor) != nil && !place.waiting.isAtHand
        for (number, person) in place.waiting.people.enumerated() {
            guard let index = seatOfParticipant[person.participant],
                seats[index].isWaiting || person.role == .clinic
            else { continue }
            let shown = LobbyPlace(
                position: place.waiting.isAtHand ? number + 1 : place.position,
                urgency: place.waiting.urgency,
                ahead: place.ahead + (isUnderWay ? 1 : 0)
            )
            guard seats[index].lobby != shown else { continue }
            seats[index].lobby = shown
            let wait = expectedWait(place, of: doctor, at: now)
            sendLobby(index, shown, expecting: wait, at: now, into: &effects)
        }
    }

    /// Tells somebody in the lobby once more where it stands.
    mutating func repeatLobby(
        _ index: Int,
        of session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        seats[index].lobby = nil
        queueChanged(by: session, at: now, into: &effects)
    }

    private mutating func sendLobby(
        _ index: Int,
        _ place: LobbyPlace,
        expecting wait: Duration,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("position")
            writer.value(place.position)
            writer.key("expectedWaitSeconds")
            writer.value(wait.components.seconds)
            writer.member("urgency", place.urgency.rawValue)
        }
        sendReliable(index, .lobby, body: writer.bytes, at: now, into: &effects)
    }

    /// The clinics whose sessions are in the queue, or were, learn what waits of theirs.
    private mutating func tellSites(
        _ before: [QueuePlace],
        _ after: [QueuePlace],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        for site in Set((before + after).map(\.waiting.site)).sorted()
        where desks[.site(site)] != nil {
            let own = { (places: [QueuePlace]) in places.filter { $0.waiting.site == site } }
            guard own(before) != own(after) else { continue }
            let body = queueBody(waiting(at: site), at: now)
            tell([.desk(.site(site))], .queue, body: body, at: now, into: &effects)
        }
    }

    /// Doctors and secretaries in the rooms learn who waits: the responsible doctor of the whole
    /// queue, the others of their own session, because a queue names other clinics.
    private mutating func tellHosts(
        of doctor: DoctorID,
        _ before: [QueuePlace],
        _ after: [QueuePlace],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        for session in sessionsOfDoctor[doctor] ?? [] {
            let own = { (places: [QueuePlace]) in places.filter { $0.waiting.session == session } }
            let isTouched = own(before) != own(after)
            for index in seatsInRoom(of: session) where isHost(index) {
                let seesAll = seats[index].grant.doctor == doctor
                guard seesAll || isTouched else { continue }
                sendQueue(index, seesAll ? after : own(after), at: now, into: &effects)
            }
        }
    }

    /// What waits now, for somebody who has just come: nothing when nobody waits.
    mutating func showQueue(_ index: Int, at now: Instant, into effects: inout [ExchangeEffect]) {
        guard !seats[index].seesQueue else { return }
        let places: [QueuePlace]
        switch seats[index].grant {
        case .desk(let desk):
            let ofDoctors = desk.hears.flatMap { topic -> [QueuePlace] in
                switch topic {
                case .doctor(let doctor): queues[doctor] ?? []
                case .site(let site): waiting(at: site)
                case .interpreter, .nation, .figures: []
                }
            }
            places = ofDoctors
        case .session(let place):
            guard isHost(index), let doctor = sessions[place.session.id]?.record.doctor
            else { return }
            let all = queues[doctor] ?? []
            places =
                place.doctor == doctor
                ? all : all.filter { $0.waiting.session == place.session.id }
        }
        sendQueue(index, places, at: now, into: &effects)
    }

    /// That nobody waits is news only to whoever was told that somebody does.
    private mutating func sendQueue(
        _ index: Int,
        _ places: [QueuePlace],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard seats[index].seesQueue || !places.isEmpty else { return }
        seats[index].seesQueue = !places.isEmpty
        let body = queueBody(places, at: now)
        sendReliable(index, .queue, body: body, at: now, into: &effects)
    }

    private func waiting(at site: SiteID) -> [QueuePlace] {
        queues.values.flatMap { $0.filter { $0.waiting.site == site } }
            .sorted {
                ($0.waiting.urgency, $0.waiting.since, $0.waiting.session)
                    < ($1.waiting.urgency, $1.waiting.since, $1.waiting.session)
            }
    }

    private func queueBody(_ places: [QueuePlace], at now: Instant) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + places.count * 256)
        writer.object { writer in
            writer.key("waiting")
            writer.array { writer in
                for place in places.prefix(Exchange.queueLimit) {
                    guard let doctor = sessions[place.waiting.session]?.record.doctor
                    else { continue }
                    let wait = expectedWait(place, of: doctor, at: now)
                    place.write(expecting: wait, to: &writer)
                }
            }
        }
        return writer.bytes
    }

    /// The most sessions in one `queue`; those that wait longest for the most urgent are first.
    static let queueLimit = 50
}
