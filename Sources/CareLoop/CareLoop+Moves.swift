public import Scheduler
import Signalling
public import Vocabulary

/// Moving a booking to another time, and reminding both ends of the time that holds.
extension CareLoop {
    /// Moves a booking within its doctor's time; the old slot is kept until the new one is written,
    /// and goes to whoever waits in the same step.
    ///
    /// With another `doctor` that one is asked first (`CareLoop+OtherDoctor`).
    ///
    /// What people agree on may lie beyond the request's window, which is then widened. Refused with
    /// `slotTaken` when a rule or somebody else stands in the way; the booking is then as it was.
    public mutating func bookingMoved(
        _ id: BookingID,
        to start: Instant,
        doctor: DoctorID? = nil,
        by party: CareParty,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        var (care, booking) = try live(id)
        try check(party, may: booking)
        guard booking.isMovable else { throw .notInState(booking.state.rawValue) }
        if let doctor, doctor != booking.doctor {
            return try movedToAnother(care, booking, start, doctor, by: party, at: now)
        }
        guard start != booking.start else { return [] }
        let slot = try slotInstead(of: booking, care.request, booking.doctor, start, care, at: now)
        var last = CareStep(care.request.id)
        withdrawMove(&care, "the booking was moved otherwise", in: &last, at: now)
        let before = booking.start
        // What people agree on is no slip.
        care.plannedStart = slot.start
        care.beforeMove = BeforeMove(care, booking, at: now)
        booking.start = slot.start
        booking.end = slot.end
        booking.doctorFreeAt = slot.doctorFreeAt
        booking.reasons = slot.reasons
        let claims = booking.state == .offered ? slot.claims : slot.keeping(booking).claims
        booking.claims = claims.isEmpty ? nil : claims
        // A yes was to another time.
        booking.acceptedAt = nil
        if booking.state == .offered { booking.replaces = nil }
        booking.changedAt = now
        booking.toldAt = now
        care.request.deadline = max(care.request.deadline, slot.end)
        if booking.state == .offered {
            booking.answerBy = answerBy(care, start: slot.start, at: now)
        }
        var step = change(care, to: booking, "move")
        step.given += last.given
        step.outward += last.outward
        step.outward += dismissals(from: care.beforeMove?.booking, to: booking)
        let clock = LocalTime.clock(before, seenAt: now)
        step.say(.booking, "moved from \(clock) to \(LocalTime.clock(start, seenAt: now))")
        let effects = finish(step, at: now)
        wakeSearching(for: booking.doctor, site: booking.site, at: now)
        return effects + settle(at: now)
    }

    /// The slot at this start to which the booking could move, for all of its request or for what is
    /// asked of this doctor alone, if every rule permits it.
    func slotInstead(
        of booking: Booking,
        _ request: ConsultRequest,
        _ doctor: DoctorID,
        _ start: Instant,
        _ care: CareCase,
        at now: Instant
    ) throws(CareRefusal) -> Candidate {
        var trial = self
        // A move that waits for its yes gives way to this one.
        if var other = care.proposed {
            other.go(to: .cancelled, at: now)
            trial.roster.note(other)
        }
        var terms = terms(of: care, at: now)
        terms.without = booking.id
        terms.isOverdue = false
        terms.kept = Set(booking.doctors)
        guard start >= now,
            let slot = trial.slot(of: request, doctor, at: start, terms: terms, now)
        else { throw .slotTaken }
        return slot
    }

    /// Takes a move back whose commit was refused: request and booking stand as the store has them;
    /// nil when it was no move.
    mutating func moveRefused(_ care: inout CareCase, at now: Instant) -> [CareEffect]? {
        guard let before = care.beforeMove, let booking = care.booking,
            before.at == booking.changedAt
        else { return nil }
        let isSame = before.booking.id == booking.id
        guard isSame || booking.replaces == before.booking.id else { return nil }
        care.request = before.request
        care.booking = before.booking
        care.session = before.session
        care.beforeMove = nil
        roster.note(before.booking)
        if let session = before.session { requestOfSession[session.id] = care.request.id }
        if !isSame { return swapRefused(care, booking, at: now) }
        cases[care.request.id] = care
        index(care)
        return []
    }

    /// Other slots of the booking's doctor, or of another one, for whoever wants to move it; with
    /// `othersOnly` of anybody but the booking's doctor, best first.
    public func slotsInstead(
        of booking: Booking,
        for request: ConsultRequest,
        doctor: DoctorID? = nil,
        othersOnly: Bool = false,
        from earliest: Instant? = nil,
        _ limit: Int,
        at now: Instant
    ) -> [Candidate] {
        var terms = MatchTerms()
        terms.without = booking.id
        if othersOnly { terms.excluded = Set(booking.doctors + request.declinedBy) }
        let first = max(now, request.earliest, earliest ?? now)
        let window = request.moved(
            earliest: first,
            deadline: max(request.deadline, first + .hours(24 * 14))
        )
        return slots(
            of: window,
            doctor: othersOnly ? nil : doctor ?? booking.doctor,
            limit: limit,
            terms: terms,
            at: now
        )
    }

    /// Tells both ends when their booking begins, if a reminder is due.
    mutating func remindOfStart(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard var care = cases[id], var booking = care.booking, let session = care.session,
            let due = booking.reminderDue(policy(of: booking.site), often: care.needsReminding),
            !session.hasMet, due <= now
        else { return [] }
        guard now < booking.start else {
            // The process was away; whoever came knows by now.
            care.booking?.toldAt = booking.start
            cases[id] = care
            index(care)
            return []
        }
        booking.toldAt = now
        booking.changedAt = now
        care.booking = booking
        cases[id] = care
        var step = CareStep(id)
        step.writesBooking = true
        step.say(
            .booking,
            "reminder: it begins at \(LocalTime.clock(booking.start, seenAt: now))"
        )
        return finish(step, at: now)
    }
}

extension Booking {
    /// Whether it can be moved: it stands, and nobody is there yet.
    var isMovable: Bool {
        switch state {
        case .confirmed: true
        case .offered: !isRinging && !isProposed
        case .held, .checkedIn, .inSession, .fulfilled, .noShow, .cancelled, .declined, .expired:
            false
        }
    }

    /// When both ends are to be reminded next; nil when they know already.
    func reminderDue(_ policy: LoopPolicy, often: Bool) -> Instant? {
        guard let toldAt, state == .confirmed else { return nil }
        let ahead = policy.reminders + (often ? policy.moreReminders : [])
        return ahead.map { start - $0 }.filter { $0 > toldAt }.min()
    }
}
