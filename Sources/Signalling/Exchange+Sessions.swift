public import Vocabulary
import Wire

/// Sessions: who is told what when people come and go, and how a consult ends.
extension Exchange {
    /// Opens a session so that its parties may come; one that is open already is left as it is.
    public mutating func open(_ record: SessionRecord, at now: Instant) {
        guard sessions[record.id] == nil, !record.state.isFinal else { return }
        sessions[record.id] = SessionMachine(record, at: now)
        if !record.isVideoAllowed { _ = sessions[record.id]?.setVideo(false) }
        sessionsOfPatient[record.patient, default: []].append(record.id)
        sessionsOfDoctor[record.doctor, default: []].append(record.id)
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
        if let start = place.startsAt { sessions[session]?.startsAt = start }
        if sessions[session]?.mayEnter(id, place.role, place.entry) == true {
            sessions[session]?.enter(
                id,
                role: place.role,
                name: place.name,
                entry: place.entry,
                at: now
            )
            showRoom(index, place, at: now, into: &effects)
        } else {
            sessions[session]?.wait(
                id,
                role: place.role,
                name: place.name,
                entry: place.entry,
                at: now
            )
            seats[index].isWaiting = true
        }
        queueChanged(by: session, at: now, into: &effects)
        showQueue(index, at: now, into: &effects)
    }

    /// Somebody who is joining sees the room, and the room sees it.
    mutating func showRoom(
        _ index: Int,
        _ place: SessionGrant,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let session = place.session.id
        let id = place.participant
        let areBothPresent = sessions[session]?.connected(id, at: now) == true
        sendSnapshot(index, of: session, at: now, into: &effects)
        announceUp(id, in: session, at: now, into: &effects)
        effects.append(.event(.participantJoined(session, id, place.role, at: now)))
        if areBothPresent { effects.append(.event(.bothPresent(session, at: now))) }
        roomChanged(session, at: now, into: &effects)
        reportChange(of: session, into: &effects)
    }

    mutating func returned(
        _ index: Int,
        to session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let id = seats[index].grant.participant
        switch sessions[session]?.participant(id)?.state {
        case .lobby: return queueChanged(by: session, at: now, into: &effects)
        case .admitted: return letIn(index, to: session, at: now, into: &effects)
        default: break
        }
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
        if sessions[session]?.participant(place.participant)?.state.isInRoom == true {
            announceDown(place.participant, why: why, in: session, at: now, into: &effects)
        }
        sessions[session]?.leave(place.participant, at: now)
        roomChanged(session, at: now, into: &effects)
        if why != .rejoined {
            let event = ExchangeEvent.participantLeft(
                session,
                place.participant,
                place.role,
                at: now
            )
            effects.append(.event(event))
            queueChanged(by: session, at: now, into: &effects)
        }
        reportChange(of: session, into: &effects)
    }

    /// Takes the place out of every index and gives it back.
    mutating func release(_ index: Int) {
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
        queueChanged(by: place.session.id, at: now, into: &effects)
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
        if let length = sessions[session]?.length(at: now), what == SessionState.ended.rawValue {
            waits.note(length)
        }
        for index in seatsHere(of: session) {
            let body = noticeBody(what, at: now)
            sendReliable(index, .notice, body: body, at: now, into: &effects)
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
        sessionsOfDoctor[record.doctor]?.removeAll { $0 == session }
        if sessionsOfDoctor[record.doctor]?.isEmpty == true {
            sessionsOfDoctor[record.doctor] = nil
        }
        sessionsOfPatient[record.patient]?.removeAll { $0 == session }
        if sessionsOfPatient[record.patient]?.isEmpty == true {
            sessionsOfPatient[record.patient] = nil
        }
        queueChanged(of: record.doctor, at: now, into: &effects)
    }

    /// Another doctor has the session from now on.
    mutating func moveQueue(of session: SessionID, to doctor: DoctorID) {
        for (former, ids) in sessionsOfDoctor where ids.contains(session) {
            let left = ids.filter { $0 != session }
            sessionsOfDoctor[former] = left.isEmpty ? nil : left
        }
        sessionsOfDoctor[doctor, default: []].append(session)
    }

    // MARK: Inside

    mutating func reportChange(of session: SessionID, into effects: inout [ExchangeEffect]) {
        if let statement = sessions[session]?.takePresumption() {
            effects.append(.event(.presumed(session, statement)))
        }
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

    /// The seats of everybody in the room and in the lobby.
    private func seatsHere(of session: SessionID) -> [Int] {
        sessions[session]?.here.compactMap { seatOfParticipant[$0.id] } ?? []
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
    /// It was put back into the lobby.
    case held
    /// It was put out.
    case removed
}
