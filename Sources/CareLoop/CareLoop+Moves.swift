public import Scheduler
import Signalling
public import Vocabulary

/// Moving a booking to another time, and reminding both ends of the time that holds.
extension CareLoop {
    /// Moves a booking within its doctor's time; the old slot is kept until the new one is written,
    /// and goes to whoever waits in the same step.
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
        guard doctor.map({ $0 == booking.doctor }) ?? true else { throw .otherDoctor }
        switch booking.state {
        case .confirmed: break
        case .offered where !booking.isRinging: break
        case .offered, .held, .checkedIn, .inSession, .fulfilled, .noShow, .cancelled, .declined,
            .expired:
            throw .notInState(booking.state.rawValue)
        }
        guard start != booking.start else { return [] }
        var terms = terms(of: care, at: now)
        terms.without = id
        terms.isOverdue = false
        terms.kept = Set(booking.doctors)
        guard start >= now,
            let slot = slot(of: care.request, booking.doctor, at: start, terms: terms, now)
        else { throw .slotTaken }
        let before = booking.start
        // What people agree on is no slip.
        care.plannedStart = slot.start
        care.beforeMove = (care.request, booking, now)
        booking.start = slot.start
        booking.end = slot.end
        booking.doctorFreeAt = slot.doctorFreeAt
        booking.reasons = slot.reasons
        let claims = booking.state == .offered ? slot.claims : slot.keeping(booking).claims
        booking.claims = claims.isEmpty ? nil : claims
        // A yes was to another time.
        booking.acceptedAt = nil
        booking.changedAt = now
        booking.toldAt = now
        care.request.deadline = max(care.request.deadline, slot.end)
        if booking.state == .offered {
            booking.answerBy = answerBy(care, start: slot.start, at: now)
        }
        var step = change(care, to: booking, "move")
        step.outward += dismissals(from: care.beforeMove?.booking, to: booking)
        let clock = LocalTime.clock(before, seenAt: now)
        step.say(.booking, "moved from \(clock) to \(LocalTime.clock(start, seenAt: now))")
        let effects = finish(step, at: now)
        wakeSearching(for: booking.doctor, site: booking.site, at: now)
        return effects + settle(at: now)
    }

    /// Takes a move back whose commit was refused: request and booking stand as the store has them.
    mutating func moveRefused(_ care: inout CareCase, at now: Instant) -> Bool {
        guard let before = care.beforeMove, let booking = care.booking,
            before.booking.id == booking.id, before.at == booking.changedAt
        else { return false }
        care.request = before.request
        care.booking = before.booking
        care.beforeMove = nil
        cases[care.request.id] = care
        roster.note(before.booking)
        index(care)
        return true
    }

    /// Other slots of the booking's doctor, for whoever wants to move it.
    public func slotsInstead(
        of booking: Booking,
        for request: ConsultRequest,
        _ limit: Int,
        at now: Instant
    ) -> [Candidate] {
        var terms = MatchTerms()
        terms.without = booking.id
        let window = request.moved(
            earliest: max(now, request.earliest),
            deadline: max(request.deadline, now + .hours(24 * 14))
        )
        return slots(of: window, doctor: booking.doctor, limit: limit, terms: terms, at: now)
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
    /// When both ends are to be reminded next; nil when they know already.
    func reminderDue(_ policy: LoopPolicy, often: Bool) -> Instant? {
        guard let toldAt, state == .confirmed else { return nil }
        let ahead = policy.reminders + (often ? policy.moreReminders : [])
        return ahead.map { start - $0 }.filter { $0 > toldAt }.min()
    }
}
