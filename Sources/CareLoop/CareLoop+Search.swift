import Scheduler
import Signalling
public import Vocabulary

/// The search for a doctor and the offer that follows.
extension CareLoop {
    /// Searches for one request: rings by its plan, else offers it to the best doctor, else sets
    /// the next search.
    mutating func search(
        _ id: RequestID,
        at now: Instant,
        mayDisplace: Bool = true
    ) -> [CareEffect] {
        guard var care = cases[id], care.isSearching else { return [] }
        if care.isWritten { return askInWriting(id, at: now) }
        care.refused = care.refused.filter { $0.value > now }
        var forgets = false
        if let askAgainAt = care.askAgainAt, askAgainAt <= now {
            care.request.unansweredBy = []
            care.askAgainAt = nil
            forgets = true
        }
        cases[id] = care
        if let again = sameTime(id, at: now) { return offer(id, to: again, at: now) }
        let rung = startRinging(id, at: now)
        guard rung.isEmpty else { return rung }
        let match = match(care, at: now)
        guard let best = match.best else {
            if mayDisplace, let effects = displace(for: id, at: now) { return effects }
            return nobodyFound(id, match, writes: forgets, at: now)
        }
        return offer(id, to: best, at: now)
    }

    /// Who can serve the request; those who are being rung only if nobody else can.
    private func match(_ care: CareCase, at now: Instant) -> Match {
        let terms = terms(of: care, at: now)
        var sparing = terms
        sparing.excluded.formUnion(rungElsewhere(than: care.request.id))
        if sparing != terms {
            let match = matcher.match(care.request, in: roster, at: now, terms: sparing)
            if match.best != nil { return match }
        }
        return matcher.match(care.request, in: roster, at: now, terms: terms)
    }

    mutating func offer(
        _ id: RequestID,
        to candidate: Candidate,
        at now: Instant
    ) -> [CareEffect] {
        guard var care = cases[id] else { return [] }
        var step = CareStep(id)
        let until = answerBy(care, start: candidate.start, at: now)
        let booking = offered(care.request, to: candidate, until: until, at: now)
        care.booking = booking
        care.request.booking = booking.id
        care.request.state = .offered
        care.nextTry = nil
        care.askAgainAt = nil
        care.hasToldNobody = false
        cases[id] = care
        step.writesBooking = true
        step.audit("offer", "booking/\(booking.id)")
        step.say(.booking, "offered: \(candidate.reasons.joined(separator: "; "))")
        step.say(.request, "a doctor is asked")
        return finish(step, at: now)
    }

    /// The offer of a request to a doctor, or the ring.
    mutating func offered(
        _ request: ConsultRequest,
        to candidate: Candidate,
        until answerBy: Instant,
        ring: Ring? = nil,
        at now: Instant
    ) -> Booking {
        Booking(
            id: .fresh("bkg", using: &random),
            request: request.id,
            doctor: candidate.doctor,
            site: request.site,
            patient: request.patient,
            start: candidate.start,
            end: candidate.end,
            doctorFreeAt: candidate.doctorFreeAt,
            state: .offered,
            answerBy: answerBy,
            reasons: candidate.reasons,
            ring: ring,
            claims: candidate.claims,
            madeAt: now
        )
    }

    /// The policy's time to answer, not beyond a start that lies ahead nor the last start that
    /// meets the deadline, but never less than an emergency's.
    func answerBy(_ care: CareCase, start: Instant, at now: Instant) -> Instant {
        let times = policy(of: care.request.site).offer
        var latest = now + times[care.request.urgency]
        if start > now { latest = min(latest, start) }
        if !care.isOverdue(at: now) { latest = min(latest, care.request.latestStart) }
        return max(latest, now + min(times.emergency, times[care.request.urgency]))
    }

    /// Sets the next search; people are told once until something changes.
    private mutating func nobodyFound(
        _ id: RequestID,
        _ match: Match,
        writes: Bool,
        at now: Instant
    ) -> [CareEffect] {
        guard var care = cases[id] else { return [] }
        let policy = policy(of: care.request.site)
        let urgency = care.request.urgency
        if !care.request.unansweredBy.isEmpty, care.askAgainAt == nil {
            care.askAgainAt = now + policy.askAgain[urgency]
        }
        let next = now + policy.research[urgency]
        care.nextTry = min(next, care.askAgainAt ?? next)
        let tells = !care.hasToldNobody
        care.hasToldNobody = true
        cases[id] = care
        guard tells || writes else {
            index(care)
            return []
        }
        var step = CareStep(id)
        if tells {
            let counts = match.rejections.map(\.text).joined(separator: "; ")
            let why = counts.isEmpty ? "the register has no such doctor" : counts
            let isEscalation = urgency <= .urgent
            step.say(.request, "nobody can be asked now: \(why)", isEscalation: isEscalation)
        }
        return finish(step, at: now)
    }

    /// The database refused the booking as overlapping: it is void, another doctor is sought, and
    /// this one is left out for `refusalPause`.
    ///
    /// When it was the yes to a ring, the others ring on.
    public mutating func bookingRefused(_ id: BookingID, at now: Instant) -> [CareEffect] {
        guard let requestID = requestOfBooking[id], var care = cases[requestID],
            let booking = care.booking, booking.id == id
        else { return [] }
        if let effects = moveRefused(&care, at: now) { return effects + settle(at: now) }
        if booking.state == .held {
            return endHold(care, as: .cancelled, at: now) + settle(at: now)
        }
        var step = CareStep(requestID)
        let wasRing = booking.ring != nil && booking.ring?.endedAt == booking.changedAt
        if wasRing { care.booking?.ring?.end = .void }
        for doctor in booking.doctors { care.refused[doctor] = now + CareLoop.refusalPause }
        release(
            &care,
            as: .cancelled,
            why: "the time was taken by another booking",
            tellsDoctor: booking.state != .offered,
            in: &step,
            at: now
        )
        if wasRing { ringOn(&care, without: id) }
        cases[requestID] = care
        return finish(step, at: now) + settle(at: now)
    }
}
