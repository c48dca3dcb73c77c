public import Vocabulary
import Wire

/// Sessions: who is told what when people come and go, and how a consult ends.
extension Exchange {
    /// Opens a session so that its parties may come; one that is open already is left as it is.
    public mutating func open(_ record: SessionRecord, at now: Instant) {
        guard sessions[record.id] == nil, !record.state.isFinal else { return }
        sessions[record.id] = SessionMachine(record, at: now)
        sessionsOfPatient[record.patient, default: []].append(record.id)
        armEmptiness(of: record.id)
    }

    /// Opens the sessions that were open before a restart.
    public mutating func restore(_ records: [SessionRecord], at now: Instant) {
        for record in records { open(record, at: now) }
    }

    /// The session's record as it is now, nil when it is not open.
    public func session(_ id: SessionID) -> SessionRecord? { sessions[id]?.record }

    /// Every open session with who is in its room, by id.
    public var rooms: [Room] {
        sessions.sorted { $0.key < $1.key }.map { id, machine in
            Room(
                session: id,
                state: machine.record.state,
                roles: Set(machine.inRoom.map(\.role)),
                haveMet: machine.haveMet
            )
        }
    }

    /// The outcome is durable: who gave it is told so, and everybody that the session is over.
    ///
    /// False when it is not of the responsible doctor or the session is not that far.
    @discardableResult
    public mutating func conclude(
        _ session: SessionID,
        with outcome: Outcome,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> Bool {
        guard sessions[session]?.conclude(with: outcome, at: now) == true else { return false }
        if let pending = pendingOutcomes.removeValue(forKey: session) {
            accept(pending, at: now, into: &effects)
        }
        finish(session, "ended", at: now, into: &effects)
        return true
    }

    /// The session is cancelled or expired, which the care loop has decided; false when it is over.
    @discardableResult
    public mutating func close(
        _ session: SessionID,
        as state: SessionState,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> Bool {
        guard sessions[session]?.close(as: state, at: now) == true else { return false }
        finish(session, state.rawValue, at: now, into: &effects)
        return true
    }

    // MARK: Coming and going

    mutating func enter(
        _ index: Int,
        _ place: SessionGrant,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let session = place.session.id
        let id = place.participant
        sessions[session]?.enter(id, role: place.role, name: place.name)
        let areBothPresent = sessions[session]?.connected(id, at: now) == true
        sendSnapshot(index, of: session, at: now, into: &effects)
        announceUp(id, in: session, at: now, into: &effects)
        effects.append(.event(.participantJoined(session, id, place.role, at: now)))
        if areBothPresent { effects.append(.event(.bothPresent(session, at: now))) }
        settleTopology(of: session, at: now, into: &effects)
        reportChange(of: session, into: &effects)
    }

    mutating func returned(
        _ index: Int,
        to session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let id = seats[index].grant.participant
        if sessions[session]?.connected(id, at: now) == true {
            effects.append(.event(.bothPresent(session, at: now)))
        }
        announceState(of: index, in: session, at: now, into: &effects)
        renewRelay(index, at: now, into: &effects)
        settleTopology(of: session, at: now, into: &effects)
        reportChange(of: session, into: &effects)
    }

    /// Frees a place: the participant left, did not come back, or comes again from the start.
    mutating func vacate(
        _ index: Int,
        why: Departure,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let seat = seats[index]
        if let socket = seat.socket, sockets[socket] != nil {
            effects.append(.close(socket, .superseded, reason: why.rawValue))
            _ = forget(socket)
        }
        release(index)
        guard case .session(let place) = seat.grant else { return }
        let session = place.session.id
        if pendingOutcomes[session]?.seat == seat.key { pendingOutcomes[session] = nil }
        announceDown(place.participant, why: why, in: session, at: now, into: &effects)
        sessions[session]?.leave(place.participant, at: now)
        settleTopology(of: session, at: now, into: &effects)
        armEmptiness(of: session)
        if why != .rejoined {
            let event = ExchangeEvent.participantLeft(
                session,
                place.participant,
                place.role,
                at: now
            )
            effects.append(.event(event))
        }
        reportChange(of: session, into: &effects)
    }

    /// Takes the place out of every index and gives it back.
    private mutating func release(_ index: Int) {
        let seat = seats[index]
        markPlace(index)
        requestRoom.changed(by: -seat.requests.count)
        seatOfParticipant[seat.grant.participant] = nil
        seatOfToken[seat.token] = nil
        if let previous = seat.previousToken { seatOfToken[previous] = nil }
        for patient in seat.subscriptions {
            subscribers[patient]?.removeAll { $0 == index }
            if subscribers[patient]?.isEmpty == true { subscribers[patient] = nil }
        }
        if case .desk(let desk) = seat.grant {
            for topic in desk.hears {
                desks[topic]?.removeAll { $0 == index }
                if desks[topic]?.isEmpty == true { desks[topic] = nil }
            }
        }
        seats.giveBack(index)
    }

    // MARK: Ending

    /// A party closes the consult.
    mutating func end(
        _ index: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant else { return notInSession }
        guard place.role == .doctor || place.role == .clinic else {
            return .refused(.forbidden, "the doctor or the clinic ends a consult")
        }
        guard sessions[place.session.id]?.end(at: now) == true else {
            return .refused(.notReady, "the consult is not under way")
        }
        notify(place.session.id, "ending", at: now, into: &effects)
        reportChange(of: place.session.id, into: &effects)
        return .ok
    }

    /// The doctor gives the result; it counts once it is durable.
    mutating func offerOutcome(
        _ index: Int,
        _ pending: PendingReply,
        _ disposition: Disposition,
        _ note: String,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant else { return notInSession }
        let session = place.session.id
        guard place.role == .doctor, let doctor = place.doctor, let machine = sessions[session]
        else { return .refused(.forbidden, "only the responsible doctor gives the outcome") }
        if let code = machine.mayConclude(by: doctor) {
            return .refused(code, "the outcome cannot be given now or by you")
        }
        guard pendingOutcomes[session] == nil else {
            return .refused(.busy, "an outcome is being stored")
        }
        pendingOutcomes[session] = pending
        let offer = OutcomeOffer(
            session: session,
            disposition: disposition,
            note: note,
            by: doctor,
            at: now
        )
        effects.append(.event(.outcomeOffered(pending, offer)))
        return .pending
    }

    private mutating func finish(
        _ session: SessionID,
        _ what: String,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        notify(session, what, at: now, into: &effects)
        for index in seatsInRoom(of: session) {
            if let socket = seats[index].socket {
                effects.append(.close(socket, .ended, reason: what))
                _ = forget(socket)
            }
            release(index)
        }
        reportChange(of: session, into: &effects)
        pendingOutcomes[session] = nil
        tickets.void(session)
        guard let record = sessions.removeValue(forKey: session)?.record else { return }
        sessionsOfPatient[record.patient]?.removeAll { $0 == session }
        if sessionsOfPatient[record.patient]?.isEmpty == true {
            sessionsOfPatient[record.patient] = nil
        }
    }

    // MARK: Inside

    mutating func reportChange(of session: SessionID, into effects: inout [ExchangeEffect]) {
        guard let record = sessions[session]?.takeChange() else { return }
        effects.append(.event(.sessionChanged(record)))
    }

    /// Looks at the session again when it has been empty for as long as it may.
    mutating func armEmptiness(of session: SessionID) {
        guard let since = sessions[session]?.emptySince else { return }
        deadlines.insert(.empty(session), at: since + SessionMachine.absenceLimit)
    }

    func seatsInRoom(of session: SessionID) -> [Int] {
        sessions[session]?.inRoom.compactMap { seatOfParticipant[$0.id] } ?? []
    }
}

/// An open session as its room is: who has a place, away for a while or not.
public struct Room: Sendable, Equatable {
    /// The session.
    public let session: SessionID
    /// Where it stands.
    public let state: SessionState
    /// The roles of those who are there.
    public let roles: Set<ParticipantRole>
    /// Whether doctor and clinic have been connected at once.
    public let haveMet: Bool

    /// A room with people of these roles in it.
    public init(
        session: SessionID,
        state: SessionState,
        roles: Set<ParticipantRole>,
        haveMet: Bool
    ) {
        self.session = session
        self.state = state
        self.roles = roles
        self.haveMet = haveMet
    }
}

/// Why a participant went, as its peers are told.
enum Departure: String, Sendable, CaseIterable {
    /// By its own wish.
    case left
    /// It did not come back in time.
    case absent
    /// It comes again from the start.
    case rejoined
    /// It lost messages; its links begin anew.
    case gap
}
