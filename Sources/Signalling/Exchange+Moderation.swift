import Vocabulary
import Wire

/// Hand-over to another doctor, and what the responsible doctor and the secretary may do to others.
extension Exchange {
    // MARK: Hand-over

    /// The responsible doctor offers the consult to another one in the room.
    mutating func offerHandover(
        _ index: Int,
        to id: ParticipantID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant,
            let machine = sessions[place.session.id]
        else { return notInSession }
        guard place.doctor == machine.record.doctor else {
            return .refused(.forbidden, "only the responsible doctor hands the consult over")
        }
        guard machine.participant(id)?.state.isInRoom == true, let target = seatOfParticipant[id]
        else { return noSuchParticipant }
        guard let doctor = seats[target].grant.doctor, doctor != machine.record.doctor else {
            return .refused(.forbidden, "only another doctor can take the consult over")
        }
        guard machine.record.state == .live || machine.record.state == .held else {
            return .refused(.notReady, "the consult is not under way")
        }
        sessions[place.session.id]?.handover = id
        notify(place.session.id, "handover", of: id, at: now, into: &effects)
        return .ok
    }

    /// The doctor to whom the consult is offered takes it, or does not.
    mutating func answerHandover(
        _ index: Int,
        _ pending: PendingReply,
        accepts: Bool,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant,
            let machine = sessions[place.session.id]
        else { return notInSession }
        guard machine.handover == place.participant, let doctor = place.doctor else {
            return .refused(.forbidden, "the consult is not offered to you")
        }
        guard pendingOutcomes[place.session.id] == nil else {
            return .refused(.busy, "an outcome is being stored")
        }
        sessions[place.session.id]?.handover = nil
        guard accepts else {
            notify(
                place.session.id,
                "handoverRefused",
                of: place.participant,
                at: now,
                into: &effects
            )
            return .ok
        }
        let amendment = SessionAmendment.handedOver(to: doctor, as: place.participant)
        return offer(amendment, by: index, pending, at: now, into: &effects)
    }

    /// The other doctor is responsible now, whatever it was in the room before.
    mutating func handedOver(
        _ session: SessionID,
        to doctor: DoctorID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        moveQueue(of: session, to: doctor)
        for index in seatsInRoom(of: session) where seats[index].grant.doctor == doctor {
            let id = seats[index].grant.participant
            setRole(.doctor, of: index, in: session)
            announceState(of: index, in: session, at: now, into: &effects)
            notify(session, "handedOver", of: id, at: now, into: &effects)
            effects.append(.event(.participantJoined(session, id, .doctor, at: now)))
        }
    }

    // MARK: Moderation

    /// The responsible doctor or the secretary does something to a participant or the session.
    mutating func moderate(
        _ index: Int,
        _ pending: PendingReply,
        _ act: ModerationAct,
        _ id: ParticipantID?,
        role: ParticipantRole?,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant,
            let machine = sessions[place.session.id]
        else { return notInSession }
        guard place.role == .secretary || place.doctor == machine.record.doctor else {
            return .refused(.forbidden, "the responsible doctor or the secretary does this")
        }
        switch act {
        case .lock, .unlock:
            let amendment = SessionAmendment.locked(act == .lock)
            return offer(amendment, by: index, pending, at: now, into: &effects)
        case .present:
            let isThere = present(id, in: place.session.id, at: now, into: &effects)
            return isThere ? .ok : noSuchParticipant
        case .mute, .unmute, .remove, .role: break
        }
        guard let id, let target = machine.participant(id), !target.state.isOver,
            let seat = seatOfParticipant[id]
        else { return noSuchParticipant }
        switch act {
        case .mute, .unmute:
            mute(seat, act == .mute, in: place.session.id, at: now, into: &effects)
            return .ok
        case .remove:
            guard target.role != .doctor, seat != index else {
                return .refused(
                    .forbidden,
                    "a doctor is never put out, nor does one do it to oneself"
                )
            }
            let amendment = SessionAmendment.removed(id, doctor: seats[seat].grant.doctor)
            return offer(amendment, by: index, pending, at: now, into: &effects)
        case .role:
            guard let role, target.role.canChange, role.canChange else {
                return .refused(.forbidden, "the booking decides who is doctor and clinic")
            }
            return offer(.role(id, role), by: index, pending, at: now, into: &effects)
        case .lock, .unlock, .present: return .ok
        }
    }

    /// Everybody learns that somebody is asked to be silent; its own client sees to that.
    private mutating func mute(
        _ index: Int,
        _ isMuted: Bool,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let id = seats[index].grant.participant
        sessions[session]?.change(id) { $0.isMuted = isMuted }
        let what = isMuted ? "mute" : "unmute"
        notify(session, what, of: id, at: now, into: &effects)
    }

    /// Somebody is put out, durably: its tickets open nothing until it is recalled.
    mutating func remove(
        _ id: ParticipantID,
        from session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seatOfParticipant[id], seats[index].session == session,
            sessions[session]?.record.isResponsible(seats[index].grant.doctor) == false
        else { return }
        dismiss(index, as: .removed, close: .ended, at: now, into: &effects)
    }

    /// A participant is something else from now on.
    mutating func change(
        _ id: ParticipantID,
        to role: ParticipantRole,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seatOfParticipant[id], seats[index].session == session else { return }
        guard seats[index].grant.doctor != sessions[session]?.record.doctor else { return }
        setRole(role, of: index, in: session)
        if !role.seesVitals { endSubscriptions(of: index) }
        if !seats[index].isWaiting {
            announceState(of: index, in: session, at: now, into: &effects)
        }
        notify(session, "role", of: id, role: role, at: now, into: &effects)
    }

    /// Makes a participant something else, in its place and in the room.
    private mutating func setRole(
        _ role: ParticipantRole,
        of index: Int,
        in session: SessionID
    ) {
        guard case .session(var place) = seats[index].grant else { return }
        place.role = role
        seats[index].grant = .session(place)
        markPlace(index)
        sessions[session]?.change(place.participant) { $0.role = role }
    }
}

extension ParticipantRole {
    /// Whether a moderator may make it something else, or something else it: the parties of the
    /// booking stay what they are.
    fileprivate var canChange: Bool {
        switch self {
        case .patient, .observer, .interpreter, .secretary: true
        case .doctor, .clinic: false
        }
    }
}
