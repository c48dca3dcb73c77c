import Scheduler
public import Signalling
public import Vocabulary

/// Sessions: who came, the consult itself, its outcome.
extension CareLoop {
    /// Takes what the signalling service saw; what is known already, or comes too late, changes
    /// nothing.
    public mutating func sessionProgress(
        _ id: SessionID,
        _ progress: SessionProgress,
        at now: Instant
    ) -> [CareEffect] {
        guard let requestID = requestOfSession[id], var care = cases[requestID],
            var session = care.session, session.id == id, var booking = care.booking
        else { return [] }
        let before = session
        switch progress {
        case .doctorJoined: session.come(.doctor, at: now)
        case .clinicJoined: session.come(.clinic, at: now)
        case .bothPresent:
            session.come(.doctor, at: now)
            session.come(.clinic, at: now)
        case .left(.doctor): session.go(.doctor, at: now)
        case .left(.clinic): session.go(.clinic, at: now)
        case .left(.patient), .left(.observer), .left(.interpreter), .left(.secretary): return []
        case .state(let state): session.follow(state, at: now)
        }
        // Only the room knows: who has come may have lost the connection since.
        let meets = !session.hasMet && progress == .bothPresent
        if meets {
            session.mark(SessionMark.bothPresent, at: now)
            waitSeen(of: care.request, until: now)
            noteSlip(of: care, at: now)
        }
        guard session != before else { return [] }

        var step = CareStep(requestID)
        if let state = CareLoop.state(of: booking, in: session), state != booking.state {
            booking.go(to: state, at: now)
            care.booking = booking
            step.writesBooking = true
            step.say(.booking, meets ? "both ends are in the room" : "one end is in the room")
        }
        care.session = session
        cases[requestID] = care
        step.writesSession = true
        if meets { step.audit("room", "session/\(id)") }
        step.say(.session, session.timeline.last?.what ?? session.state.rawValue)
        return finish(step, at: now) + settle(at: now)
    }

    /// Changes a session's record as somebody in its room asks for: steps, consents, who is
    /// responsible, who is put out.
    public mutating func sessionAmended(
        _ id: SessionID,
        _ amendment: SessionAmendment,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        guard let requestID = requestOfSession[id], var care = cases[requestID],
            var session = care.session, session.id == id
        else { throw .unknownSession }
        session.amend(amendment, at: now)
        care.session = session
        cases[requestID] = care
        var step = CareStep(requestID)
        step.writesSession = true
        step.say(.session, amendment.sentence)
        return finish(step, at: now)
    }

    /// Takes the responsible doctor's outcome, which ends session, booking and request.
    ///
    /// It counts from the moment the doctor was in the room; the planned end gives way to now, so
    /// that the doctor and the station are free at once.
    public mutating func outcomeGiven(
        _ id: SessionID,
        _ outcome: Outcome,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        guard let requestID = requestOfSession[id], var care = cases[requestID],
            var session = care.session, session.id == id, var booking = care.booking
        else { throw .unknownSession }
        guard outcome.by == session.doctor else { throw .notYours }
        switch session.state {
        case .live, .held, .ending: break
        case .scheduled, .waiting, .ended, .cancelled, .expired:
            throw .notInState(session.state.rawValue)
        }
        session.outcome = outcome
        session.state = .ended
        session.mark(SessionState.ended.rawValue, at: now)
        let buffer = booking.doctorFreeAt - booking.end
        booking.go(to: .fulfilled, at: now)
        booking.end = max(now, booking.start)
        booking.doctorFreeAt = booking.end + buffer
        care.session = session
        care.booking = booking
        care.request.state = .fulfilled
        cases[requestID] = care
        var step = CareStep(requestID)
        step.writesBooking = true
        step.writesSession = true
        step.outward.append(.closeSession(session, why: "the consult has an outcome"))
        step.audit("outcome", "session/\(id)")
        step.say(.session, "ended: \(outcome.disposition.rawValue)")
        step.say(.booking, "the consult took place")
        step.say(.request, "the consult has an outcome")
        let effects = finish(step, at: now)
        wakeSearching(for: booking.doctor, site: booking.site, at: now)
        return effects + settle(at: now)
    }

    /// Asks the doctor for the outcome that is missing, and tells operations.
    mutating func remindOfOutcome(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard var care = cases[id] else { return [] }
        care.session?.mark(SessionMark.outcomeReminded, at: now)
        cases[id] = care
        var step = CareStep(id)
        step.writesSession = true
        step.say(.session, "the consult has no outcome yet", isEscalation: true)
        return finish(step, at: now)
    }

    /// The booking's state that the session implies; nil to leave it.
    private static func state(of booking: Booking, in session: SessionRecord) -> BookingState? {
        if session.hasMet { return .inSession }
        let somebodyCame = session.hasJoined(.doctor) || session.hasJoined(.clinic)
        return somebodyCame && booking.state == .confirmed ? .checkedIn : nil
    }
}

extension SessionRecord {
    /// Somebody comes in: the doctor makes the session live, the clinic makes it wait.
    fileprivate mutating func come(_ party: MissingParty, at now: Instant) {
        guard !isThere(party), timeline.count < SessionMark.limit || !hasMet else { return }
        mark(SessionRecord.joined(party), at: now)
        switch (party, state) {
        case (.doctor, .scheduled), (.doctor, .waiting): state = isReady ? .live : .waiting
        case (.clinic, .scheduled): state = .waiting
        case (.clinic, .waiting), (_, .live), (_, .held), (_, .ending), (_, .ended),
            (_, .cancelled), (_, .expired):
            break
        }
    }

    fileprivate mutating func go(_ party: MissingParty, at now: Instant) {
        guard isThere(party), timeline.count < SessionMark.limit || !hasMet else { return }
        mark(SessionRecord.left(party), at: now)
    }

    /// Takes over a state that the room reached, where the session's own states allow it.
    fileprivate mutating func follow(_ next: SessionState, at now: Instant) {
        let target: SessionState? =
            switch (state, next) {
            case (.scheduled, .waiting): .waiting
            case (.scheduled, .live), (.waiting, .live), (.held, .live): .live
            case (.live, .held): .held
            case (.live, .ending), (.held, .ending), (.live, .ended), (.held, .ended): .ending
            default: nil
            }
        guard let target else { return }
        state = target
        mark(target.rawValue, at: now)
    }
}

extension SessionAmendment {
    /// What happened, for people.
    fileprivate var sentence: String {
        switch self {
        case .statement(let statement):
            statement.consents.contains { !$0.granted }
                ? "a consent was taken back" : "what must be known before a consult was recorded"
        case .handedOver: "another doctor is responsible now"
        case .removed: "somebody was put out of the room"
        case .recalled: "somebody who was put out may come again"
        case .locked(true): "the room is locked"
        case .locked(false): "the room is open again"
        case .role: "somebody in the room has another role"
        }
    }
}
