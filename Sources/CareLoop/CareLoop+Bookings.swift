import Scheduler
import Signalling
public import Vocabulary

/// Bookings: the doctor's answer, taking back, checking in, not coming.
extension CareLoop {
    /// Takes a doctor's answer to an offer; the same answer again changes nothing.
    ///
    /// On yes the booking is confirmed, the session scheduled and both ends told in one step; the
    /// others who are rung are told that it is taken. On no the next doctor is asked.
    public mutating func offerAnswered(
        _ id: BookingID,
        _ answer: OfferAnswer,
        by doctor: DoctorID,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        let (care, booking) = try live(id)
        guard booking.doctor == doctor else {
            return try invitationAnswered(booking, of: care, answer, by: doctor, at: now)
        }
        switch (booking.state, answer) {
        case (.offered, _) where booking.answerBy.map { $0 <= now } ?? false: throw .tooLate
        case (.offered, _) where booking.isProposed:
            return moveAnswered(care, booking, answer, at: now)
        case (.offered, .accept) where booking.isRinging:
            guard canBegin(booking, of: care, at: now) else {
                // The next look makes it void and goes on.
                newlyBooked.insert(doctor)
                throw .timeTaken
            }
            let cleared = clearWay(for: booking, at: now)
            return cleared + accept(care, booking, at: now) + settle(at: now)
        case (.offered, .accept) where care.request.group != nil:
            guard booking.acceptedAt == nil else { return [] }
            return acceptTogether(care, booking, at: now) + settle(at: now)
        case (.offered, .accept): return accept(care, booking, at: now) + settle(at: now)
        case (.offered, .decline) where booking.isRinging:
            return endRing(booking, as: .declined, why: "the doctor declined", at: now)
        case (.offered, .decline): return decline(care, booking, at: now) + settle(at: now)
        case (.confirmed, .accept), (.checkedIn, .accept), (.inSession, .accept): return []
        case (.confirmed, .decline), (.checkedIn, .decline), (.inSession, .decline),
            (.held, _), (.fulfilled, _), (.noShow, _), (.cancelled, _), (.declined, _),
            (.expired, _):
            throw .notInState(booking.state.rawValue)
        }
    }

    /// Takes a booking back before the two are in consult.
    ///
    /// By the doctor: the request goes to another one. By operations: the same. By an interpreter:
    /// another one comes in that time if there is one, else the request goes on. By a further doctor or
    /// site of a group: that one's part. By the site: the
    /// request is taken back with it, unless an alarm made it, which only cancelling the request
    /// itself ends; then it goes to another doctor.
    public mutating func bookingCancelled(
        _ id: BookingID,
        by party: CareParty,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        let (found, booking) = try live(id)
        if case .interpreter(let interpreter) = party {
            return try interpreterWithdrew(interpreter, from: booking, of: found, at: now)
        }
        if case .doctor(let doctor) = party, doctor != booking.doctor {
            return try invitationAnswered(booking, of: found, .decline, by: doctor, at: now)
        }
        if case .site(let site) = party, site != booking.site {
            return try siteLeft(site, booking, of: found, at: now)
        }
        try check(party, may: booking)
        if booking.isProposed {
            let isNo = party == .doctor(booking.doctor)
            let why = isNo ? "the doctor declined" : "the move was taken back"
            return endMove(found, as: isNo ? .declined : .cancelled, why, at: now)
                + settle(at: now)
        }
        if booking.state == .inSession { throw .notInState(booking.state.rawValue) }
        if booking.state == .held {
            return endHold(found, as: .cancelled, at: now) + settle(at: now)
        }
        var care = found
        if case .site = party, care.request.origin != .alarm {
            let why = "the site cancelled the booking"
            return cancel(care.request.id, why: why, at: now) + settle(at: now)
        }
        let why = "the booking was cancelled; another doctor is sought"
        if booking.isRinging {
            return endRing(booking, as: .withdrawn, why: why, at: now)
        }
        care.request.declinedBy.append(booking.doctor)
        return givenBack(care, as: .cancelled, why, isEscalation: true, at: now) + settle(at: now)
    }

    /// Notes that one end is there.
    public mutating func checkedIn(
        _ id: BookingID,
        by party: CareParty,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        let (care, found) = try live(id)
        var booking = found
        try check(party, may: booking)
        switch booking.state {
        case .checkedIn, .inSession: return []
        case .confirmed: break
        case .offered, .held, .fulfilled, .noShow, .cancelled, .declined, .expired:
            throw .notInState(booking.state.rawValue)
        }
        booking.go(to: .checkedIn, at: now)
        var step = change(care, to: booking, "checkIn")
        step.say(.booking, "one end is there")
        return finish(step, at: now)
    }

    /// Takes the word of one end that the other did not come; from the start of the booking on,
    /// and not while the other is in the room.
    public mutating func noShowReported(
        _ id: BookingID,
        by party: CareParty,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        let (care, booking) = try live(id)
        try check(party, may: booking)
        guard let session = care.session, !session.hasMet, booking.start <= now,
            !booking.isProposed
        else {
            throw .notInState(booking.state.rawValue)
        }
        let missing: MissingParty =
            switch party {
            case .doctor: .clinic
            case .site, .interpreter: .doctor
            case .operations: session.isThere(.doctor) ? .clinic : .doctor
            }
        guard !session.isThere(missing) else { throw .notInState(booking.state.rawValue) }
        return noShow(care.request.id, missing: missing, at: now) + settle(at: now)
    }

    /// Ends a booking to which one end did not come.
    ///
    /// The doctor: another one is sought. The clinic: the request ends with the booking, unless an
    /// alarm made it; then people are told and it is offered again.
    mutating func noShow(
        _ id: RequestID,
        missing: MissingParty,
        at now: Instant
    ) -> [CareEffect] {
        guard var care = cases[id], let booking = care.booking else { return [] }
        let why: String
        switch missing {
        case .doctor:
            care.request.unansweredBy.append(booking.doctor)
            why = "the doctor did not come; another one is sought"
        case .clinic:
            missSeen(of: booking)
            guard care.request.origin == .alarm else {
                return cancel(id, as: .noShow, why: "the clinic did not come", at: now)
            }
            why = "the clinic did not come; the request stays open"
        }
        return givenBack(care, as: .noShow, why, isEscalation: true, at: now)
    }

    mutating func accept(
        _ found: CareCase,
        _ offered: Booking,
        in begun: CareStep? = nil,
        at now: Instant
    ) -> [CareEffect] {
        var care = found
        var step = begun ?? CareStep(care.request.id)
        var booking = interpreted(self.begun(offered, of: care, at: now), of: care, at: now)
        if booking.isRinging { silence(&care, for: &booking, in: &step, at: now) }
        let session = SessionRecord(
            id: .fresh("ses", using: &random),
            booking: booking.id,
            request: care.request.id,
            patient: care.request.patient,
            site: care.request.site,
            doctor: booking.doctor,
            urgency: care.request.urgency,
            isExplicit: policy(of: care.request.site).explicitConsent,
            firstLevel: firstLevel(of: care.request),
            at: now
        )
        booking.go(to: .confirmed, at: now)
        booking.toldAt = now
        booking.session = session.id
        care.booking = booking
        care.session = session
        care.request.state = .matched
        cases[care.request.id] = care
        step.writesBooking = true
        step.writesSession = true
        step.audit("accept", "booking/\(booking.id)")
        step.outward.append(.openSession(session))
        step.say(.booking, "the doctor accepted")
        step.say(.request, "a doctor accepted")
        step.say(.session, "scheduled")
        return finish(step, at: now)
    }

    /// How much of its media the asking end begins with; nil for all.
    private func firstLevel(of request: ConsultRequest) -> MediaLevel? {
        if roster.site(request.site)?.link == .text { return .text }
        return request.modality == .audio ? .audio : nil
    }

    /// The booking, begun at `now` if it was to begin while the doctor made up their mind and
    /// nothing is in the way; otherwise as it was.
    func begun(_ booking: Booking, of care: CareCase, at now: Instant) -> Booking {
        guard booking.start < now else { return booking }
        let end = now + care.request.duration
        let freeAt = end + (booking.doctorFreeAt - booking.end)
        let id = care.place?.id ?? booking.id
        var moved = booking
        moved.start = now
        moved.end = end
        guard
            booking.isRinging
                ? hasInterpreter(booking, of: care, from: now, until: end, at: now)
                : roster.hasRoom(forClaimsOf: moved, at: now, ignoring: id),
            roster.isFree(booking.doctor, from: now, until: freeAt, at: now, ignoring: id),
            roster.isFree(booking.patient, from: now, until: end, at: now, ignoring: id),
            roster.hasFreeStation(booking.site, from: now, until: end, at: now, ignoring: id)
        else { return booking }
        moved.doctorFreeAt = freeAt
        return moved
    }

    private mutating func decline(
        _ found: CareCase,
        _ booking: Booking,
        at now: Instant
    ) -> [CareEffect] {
        var care = found
        care.request.declinedBy.append(booking.doctor)
        return givenBack(care, as: .declined, "the doctor declined", at: now)
    }

    func live(_ id: BookingID) throws(CareRefusal) -> (CareCase, Booking) {
        guard let care = requestOfBooking[id].flatMap({ cases[$0] }) else { throw .unknownBooking }
        guard let booking = care.live.first(where: { $0.id == id }) else {
            throw care.endedRings[id] == .taken ? .taken : .tooLate
        }
        return (care, booking)
    }

    func check(_ party: CareParty, may booking: Booking) throws(CareRefusal) {
        switch party {
        case .operations: return
        case .site(let site): guard site == booking.site else { throw .notYours }
        case .doctor(let doctor): guard doctor == booking.doctor else { throw .notYours }
        case .interpreter: throw .notYours
        }
    }
}
