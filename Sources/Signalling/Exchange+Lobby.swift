import Vocabulary
import Wire

/// The lobby: who waits there, who is let in, and who goes back.
extension Exchange {
    /// Whether somebody may let people in and hold them back: a doctor or the secretary.
    func isHost(_ index: Int) -> Bool {
        guard case .session(let place) = seats[index].grant, !seats[index].isWaiting
        else { return false }
        return place.role == .doctor || place.role == .secretary
    }

    var onlyHosts: RequestLog.Answer {
        .refused(.forbidden, "a doctor or the secretary does this")
    }

    var noSuchParticipant: RequestLog.Answer { .refused(.noPeer, "no such participant") }

    /// What somebody in the lobby may not do; nil when it may.
    func refusalInLobby(_ type: MessageType?) -> RequestLog.Answer? {
        switch type {
        case .knock, .leave, .heartbeat, .hello, .resume, nil: nil
        default: .refused(.notAdmitted, "wait in the lobby until you are let in")
        }
    }

    // MARK: Letting in

    /// A host lets somebody in: the participant given, or with a recall everybody who was put
    /// back with the whole session.
    mutating func admit(
        _ index: Int,
        _ id: ParticipantID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard let session = seats[index].session else { return notInSession }
        guard isHost(index) else { return onlyHosts }
        guard let guest = sessions[session]?.participant(id), guest.state == .lobby,
            let target = seatOfParticipant[id]
        else { return noSuchParticipant }
        if guest.entry == .trainee, sessions[session]?.record.isGranted(.trainee) != true {
            return .refused(.consentRequired, "the patient has not consented to trainees")
        }
        sessions[session]?.admit(id)
        if seats[target].socket != nil { letIn(target, to: session, at: now, into: &effects) }
        queueChanged(by: session, at: now, into: &effects)
        showQueue(target, at: now, into: &effects)
        return .ok
    }

    /// Somebody who need not wait any more enters the room.
    mutating func letIn(
        _ index: Int,
        to session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard case .session(let place) = seats[index].grant else { return }
        seats[index].isWaiting = false
        seats[index].lobby = nil
        markPlace(index)
        sessions[session]?.letIn(place.participant)
        showRoom(index, place, at: now, into: &effects)
    }

    /// A host refuses somebody who waits.
    mutating func deny(
        _ index: Int,
        _ id: ParticipantID,
        why: String?,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard let session = seats[index].session else { return notInSession }
        guard isHost(index) else { return onlyHosts }
        guard sessions[session]?.participant(id)?.state == .lobby,
            let target = seatOfParticipant[id]
        else { return noSuchParticipant }
        let notice = noticeBody("denied", why: why, at: now)
        sendReliable(target, .notice, body: notice, at: now, into: &effects)
        dismiss(target, as: .denied, close: .forbidden, at: now, into: &effects)
        return .ok
    }

    // MARK: Holding back

    /// A host puts somebody back into the lobby, or pauses the consult and puts everybody there.
    mutating func hold(
        _ index: Int,
        _ id: ParticipantID?,
        why: String?,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard let session = seats[index].session else { return notInSession }
        guard isHost(index) else { return onlyHosts }
        guard let id else { return holdAll(session, why: why, at: now, into: &effects) }
        guard let guest = sessions[session]?.participant(id), guest.state.isInRoom,
            let target = seatOfParticipant[id]
        else { return noSuchParticipant }
        guard guest.role != .doctor, target != index else {
            return .refused(.forbidden, "a doctor is never put back, nor does one do it to oneself")
        }
        notify(session, "held", of: id, why: why, at: now, into: &effects)
        sendBack(target, isAlone: true, at: now, into: &effects)
        queueChanged(by: session, at: now, into: &effects)
        return .ok
    }

    private mutating func holdAll(
        _ session: SessionID,
        why: String?,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard sessions[session]?.hold(at: now) == true else {
            return .refused(.notReady, "the consult is not under way")
        }
        notify(session, "held", why: why, at: now, into: &effects)
        for id in sessions[session]?.heldBack ?? [] {
            guard let target = seatOfParticipant[id] else { continue }
            sendBack(target, isAlone: false, at: now, into: &effects)
        }
        reportChange(of: session, into: &effects)
        queueChanged(by: session, at: now, into: &effects)
        return .ok
    }

    /// Somebody leaves the room for the lobby: no media, no vital signs, no chat from there.
    mutating func sendBack(
        _ index: Int,
        isAlone: Bool,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard case .session(let place) = seats[index].grant else { return }
        let session = place.session.id
        announceDown(place.participant, why: .held, in: session, at: now, into: &effects)
        sessions[session]?.sendBack(place.participant, isAlone: isAlone, at: now)
        seats[index].isWaiting = true
        seats[index].lobby = nil
        markPlace(index)
        endSubscriptions(of: index)
        roomChanged(session, at: now, into: &effects)
    }

    /// A host lets somebody in again, takes a removal back, or goes on with the consult.
    mutating func recall(
        _ index: Int,
        _ pending: PendingReply,
        _ id: ParticipantID?,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard let session = seats[index].session else { return notInSession }
        guard isHost(index) else { return onlyHosts }
        guard let id else { return recallAll(session, at: now, into: &effects) }
        if sessions[session]?.record.isRemoved(id) == true {
            return offer(.recalled(id), by: index, pending, at: now, into: &effects)
        }
        return admit(index, id, at: now, into: &effects)
    }

    private mutating func recallAll(
        _ session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard sessions[session]?.recall(at: now) == true else {
            return .refused(.notReady, "the consult is not held")
        }
        notify(session, "recalled", at: now, into: &effects)
        for id in sessions[session]?.returning ?? [] {
            guard let target = seatOfParticipant[id] else { continue }
            sessions[session]?.admit(id)
            if seats[target].socket != nil { letIn(target, to: session, at: now, into: &effects) }
        }
        reportChange(of: session, into: &effects)
        queueChanged(by: session, at: now, into: &effects)
        return .ok
    }

    // MARK: Dismissing

    /// Somebody is refused in the lobby or put out: told so before, gone now.
    mutating func dismiss(
        _ index: Int,
        as state: ParticipantState,
        close code: CloseCode,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let seat = seats[index]
        guard case .session(let place) = seat.grant else { return }
        let session = place.session.id
        let wasInRoom = sessions[session]?.participant(place.participant)?.state.isInRoom == true
        if let socket = seat.socket, sockets[socket] != nil {
            effects.append(.close(socket, code, reason: state.rawValue))
            _ = forget(socket)
        }
        release(index)
        if wasInRoom {
            announceDown(place.participant, why: .removed, in: session, at: now, into: &effects)
        }
        sessions[session]?.dismiss(place.participant, as: state, at: now)
        armEmptiness(of: session)
        let event = ExchangeEvent.participantLeft(
            session,
            place.participant,
            place.role,
            at: now
        )
        effects.append(.event(event))
        roomChanged(session, at: now, into: &effects)
        reportChange(of: session, into: &effects)
        queueChanged(by: session, at: now, into: &effects)
    }

    /// The room has other people in it now: the way of the media may change with them.
    mutating func roomChanged(
        _ session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        settleTopology(of: session, at: now, into: &effects)
        armEmptiness(of: session)
    }
}
