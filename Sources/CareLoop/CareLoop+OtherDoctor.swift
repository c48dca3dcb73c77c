import Scheduler
import Signalling
import Vocabulary

/// Moving a booking to another doctor, in one step.
///
/// The other doctor is asked; meanwhile the booking stands with the doctor it has, so that there is
/// no moment without a slot. The scheduler keeps the other doctor's time for it. With the yes both
/// bookings change in one transaction; without it everything is as it was. When the old one goes
/// first, because its doctor takes it back, the move becomes the request's offer.
///
/// Of a group the responsible doctor is exchanged so, in the group's own time: the others have agreed
/// to that and keep their answers. When such a booking goes first, its time is tried anew as always.
extension CareLoop {
    /// Asks another doctor to take the booking over at that time; operations decide for the doctor.
    ///
    /// Refused for a group in another time than its own, to which everybody else has agreed, and for
    /// one of its further doctors, who has a part already.
    mutating func movedToAnother(
        _ found: CareCase,
        _ booking: Booking,
        _ start: Instant,
        _ doctor: DoctorID,
        by party: CareParty,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        let isGroup = found.request.group != nil
        guard !isGroup || start == booking.start else { throw .otherDoctor }
        guard !booking.doctors.contains(doctor) else { throw .slotTaken }
        // What the rest of a group takes is theirs already.
        let asked = isGroup ? found.request.asking(found.request.specialty) : found.request
        let slot = try slotInstead(of: booking, asked, doctor, start, found, at: now)
        var care = found
        var step = CareStep(care.request.id)
        withdrawMove(&care, "another doctor is asked instead", in: &step, at: now)
        var offer = offered(care.request, to: slot, until: now, at: now)
        offer.replaces = booking.id
        offer.answerBy = moveEnd(care, offer, instead: booking, at: now)
        care.proposed = offer
        requestOfBooking[offer.id] = care.request.id
        roster.note(offer)
        cases[care.request.id] = care
        step.given.append(.booking(offer))
        step.audit("offer", "booking/\(offer.id)")
        guard party != .operations else {
            return finish(step, at: now) + take(care, offer, at: now) + settle(at: now)
        }
        step.outward.append(offer.told("asked to take a consult over from another doctor"))
        return finish(step, at: now) + settle(at: now)
    }

    /// The other doctor's answer.
    mutating func moveAnswered(
        _ found: CareCase,
        _ offer: Booking,
        _ answer: OfferAnswer,
        at now: Instant
    ) -> [CareEffect] {
        guard answer == .decline else { return take(found, offer, at: now) + settle(at: now) }
        return endMove(found, as: .declined, "the doctor declined", at: now) + settle(at: now)
    }

    /// Ends the move that waits for its yes; the booking stands as it was.
    mutating func endMove(
        _ found: CareCase,
        as state: BookingState,
        _ why: String,
        at now: Instant
    ) -> [CareEffect] {
        guard let offer = found.proposed else { return [] }
        var care = found
        switch state {
        case .declined: care.request.declinedBy.append(offer.doctor)
        case .expired: care.request.unansweredBy.append(offer.doctor)
        case .offered, .held, .confirmed, .checkedIn, .inSession, .fulfilled, .noShow, .cancelled:
            break
        }
        var step = CareStep(care.request.id)
        withdrawMove(&care, "\(why); the booking stands as it was", as: state, in: &step, at: now)
        cases[care.request.id] = care
        return finish(step, at: now)
    }

    /// Ends the move that waits for its yes within another change, if there is one.
    mutating func withdrawMove(
        _ care: inout CareCase,
        _ why: String,
        as state: BookingState = .cancelled,
        in step: inout CareStep,
        at now: Instant
    ) {
        guard var offer = care.proposed else { return }
        offer.go(to: state, at: now)
        care.proposed = nil
        requestOfBooking[offer.id] = nil
        roster.note(offer)
        wakeSearching(for: offer.doctor, site: offer.site, at: now)
        step.given.append(.booking(offer))
        step.audit(state.rawValue, "booking/\(offer.id)")
        step.outward.append(offer.told(why))
    }

    /// Ends the move when the booking that it would replace is not there to be replaced any more.
    mutating func dropMove(_ care: inout CareCase, in step: inout CareStep, at now: Instant) {
        guard let offer = care.proposed else { return }
        if let booking = care.booking, booking.id == offer.replaces, booking.isMovable { return }
        if care.isGivenBack, care.request.group == nil { return }
        withdrawMove(&care, "it is not to be moved any more", in: &step, at: now)
    }

    /// Has the move stand for a request whose booking was given back.
    mutating func promoteMove(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard var care = cases[id], care.isGivenBack, var offer = care.proposed else { return [] }
        offer.replaces = nil
        offer.changedAt = now
        care.proposed = nil
        care.booking = offer
        care.request.state = .offered
        care.nextTry = nil
        care.askAgainAt = nil
        var step = change(care, to: offer, "offer")
        step.say(.request, "the doctor who was asked to take it over is awaited")
        return finish(step, at: now)
    }

    /// The database refused the exchange: the old booking stands, the move is void.
    mutating func swapRefused(
        _ found: CareCase,
        _ taken: Booking,
        at now: Instant
    ) -> [CareEffect] {
        var care = found
        if let session = taken.session { requestOfSession[session] = nil }
        if care.lastBooking == care.booking?.id { care.lastBooking = nil }
        // The store has the offer yet.
        var offer = taken
        offer.state = .offered
        offer.session = nil
        offer.acceptedAt = nil
        care.proposed = offer
        return endMove(care, as: .cancelled, "the time was taken by another booking", at: now)
    }

    /// The exchange: the old booking ends and the new one is certain, in one transaction.
    private mutating func take(
        _ found: CareCase,
        _ offer: Booking,
        at now: Instant
    ) -> [CareEffect] {
        guard let old = found.booking else { return [] }
        var care = found
        care.beforeMove = BeforeMove(found, old, at: now)
        care.proposed = nil
        // What people agree on is no slip.
        care.plannedStart = offer.start
        care.request.deadline = max(care.request.deadline, offer.end)
        var step = CareStep(care.request.id)
        let why = "another doctor has taken the consult over"
        release(&care, as: .cancelled, why: why, in: &step, at: now)
        guard care.request.group != nil else { return accept(care, offer, in: step, at: now) }
        care.groupBefore = nil
        return lead(care, offer, instead: old, in: step, at: now)
    }

    /// The exchange within a group: the others are in it as they stand, and it is certain at once
    /// unless somebody is awaited.
    private mutating func lead(
        _ found: CareCase,
        _ offer: Booking,
        instead old: Booking,
        in step: CareStep,
        at now: Instant
    ) -> [CareEffect] {
        var (care, booking) = (found, offer)
        care.request.state = .offered
        care.nextTry = nil
        let doctors = ([booking.doctor] + old.standing.compactMap(\.doctor))
            .compactMap { roster.doctor($0) }
        let asked = care.request.languages
        let needsInterpreter = doctors.contains {
            !asked.isEmpty && !$0.languages.contains(where: asked.contains)
        }
        let kept = old.standing.filter { needsInterpreter || $0.interpreter == nil }
        let more = booking.standing.filter { claim in !kept.contains { $0.on == claim.on } }
        booking.claims = kept + more
        booking.acceptedAt = now
        booking.answerBy = answerBy(care, start: booking.start, at: now)
        return agreed(care, booking, "another doctor is responsible", in: step, at: now)
    }

    /// The usual time to answer, not beyond the start of the booking that stands meanwhile.
    private func moveEnd(
        _ care: CareCase,
        _ offer: Booking,
        instead booking: Booking,
        at now: Instant
    ) -> Instant {
        let usual = answerBy(care, start: offer.start, at: now)
        let least = now + policy(of: care.request.site).offer.emergency
        return max(min(usual, booking.start), least)
    }
}

extension CareCase {
    /// Whether the booking was given back and the request goes on.
    fileprivate var isGivenBack: Bool { booking == nil && request.state == .open }
}
