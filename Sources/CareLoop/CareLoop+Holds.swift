public import Scheduler
import Signalling
public import Vocabulary

/// Slots: searched, held while somebody decides, booked.
///
/// A hold is a booking in state `held`, so that doctor, station and patient are kept together and
/// the database refuses a second one. It is about a request: an open one, or one that is made with
/// the hold and goes when the hold goes unused.
extension CareLoop {
    /// How many starts of one doctor are looked at.
    private static let slotRounds = 12
    /// How far apart two starts of one doctor are offered.
    private static let slotStep: Duration = .minutes(15)

    /// Slots that every rule permits: the best of each doctor first, best doctor first, then later
    /// ones.
    ///
    /// With `doctor` only that doctor's.
    public func slots(
        _ draft: ConsultDraft,
        doctor: DoctorID? = nil,
        limit: Int,
        at now: Instant
    ) throws(CareRefusal) -> [Candidate] {
        guard roster.site(draft.site) != nil else { throw .unknownSite }
        let request = try request(draft, id: RequestID(trusted: "search"), at: now)
        return slots(of: request, doctor: doctor, limit: limit, terms: MatchTerms(), at: now)
    }

    /// Holds a slot for `holdLength`: for the open request, or for a new one of the draft.
    ///
    /// Refused with `slotTaken` when a rule, or somebody else, stands in the way.
    public mutating func slotHeld(
        _ draft: ConsultDraft,
        doctor: DoctorID,
        start: Instant,
        for open: RequestID? = nil,
        at now: Instant
    ) throws(CareRefusal) -> (id: BookingID, effects: [CareEffect]) {
        guard roster.site(draft.site) != nil else { throw .unknownSite }
        var care: CareCase
        if let open {
            guard let known = cases[open] else { throw .unknownRequest }
            guard known.request.patient == draft.patient else { throw .notYours }
            guard known.live.isEmpty, known.request.written == nil else {
                throw .notInState(known.request.state.rawValue)
            }
            care = known
        } else {
            var pinned = draft
            pinned.earliest = start
            let request = try request(pinned, id: .fresh("req", using: &random), at: now)
            care = CareCase(request)
            care.request.isProvisional = true
        }
        let terms = terms(of: care, at: now)
        guard start >= now,
            let slot = slot(of: care.request, doctor, at: start, terms: terms, now)
        else { throw .slotTaken }
        if open == nil,
            let other = openRequest(of: draft.patient, specialty: draft.specialty)
        {
            throw .duplicate(other)
        }
        return hold(&care, slot, at: now)
    }

    /// Books a held slot: at once by its doctor or operations, by the site it is offered to the
    /// doctor.
    public mutating func holdBooked(
        _ id: BookingID,
        by party: CareParty,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        var (care, booking) = try hold(id, of: party)
        guard let end = booking.answerBy, now < end else { throw .tooLate }
        care.request.isProvisional = nil
        switch party {
        case .doctor where care.request.group != nil:
            return acceptTogether(care, booking, at: now) + settle(at: now)
        case .doctor, .operations:
            return accept(care, booking, at: now) + settle(at: now)
        case .interpreter: throw .notYours
        case .site:
            booking.go(to: .offered, at: now)
            booking.answerBy = answerBy(care, start: booking.start, at: now)
            var step = change(care, to: booking, "book")
            step.say(.booking, "the site chose this time; the doctor is asked")
            step.say(.request, "a doctor is asked")
            return finish(step, at: now) + settle(at: now)
        }
    }

    /// Gives a held slot back before it runs out.
    public mutating func holdGivenBack(
        _ id: BookingID,
        by party: CareParty,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        let (care, _) = try hold(id, of: party)
        return endHold(care, as: .cancelled, at: now) + settle(at: now)
    }

    // MARK: Parts

    private func hold(
        _ id: BookingID,
        of party: CareParty
    ) throws(CareRefusal) -> (CareCase, Booking) {
        let (care, booking) = try live(id)
        try check(party, may: booking)
        guard booking.state == .held else { throw .notInState(booking.state.rawValue) }
        return (care, booking)
    }

    /// The slots of one doctor, or of all, in the request's window.
    func slots(
        of request: ConsultRequest,
        doctor: DoctorID?,
        limit: Int,
        terms: MatchTerms,
        at now: Instant
    ) -> [Candidate] {
        if request.group != nil {
            return groupSlots(request, doctor: doctor, limit: limit, terms: terms, at: now)
        }
        func slots(_ terms: MatchTerms) -> [Candidate] {
            matcher.slots(
                request,
                doctor: doctor,
                in: roster,
                at: now,
                terms: terms,
                limit: limit,
                step: CareLoop.slotStep,
                rounds: CareLoop.slotRounds
            )
        }
        let found = slots(terms)
        guard found.isEmpty, let helped = matcher.interpreted(terms, request, in: roster) else {
            return found
        }
        return slots(helped)
    }

    /// Common times of a group, each a step later at least than the one before.
    private func groupSlots(
        _ request: ConsultRequest,
        doctor: DoctorID?,
        limit: Int,
        terms: MatchTerms,
        at now: Instant
    ) -> [Candidate] {
        var terms = terms
        terms.only = doctor ?? terms.only
        var found: [Candidate] = []
        var earliest = request.earliest
        for _ in 0..<CareLoop.slotRounds where found.count < limit {
            let shifted = request.moved(earliest: earliest, deadline: request.deadline)
            let match = matcher.match(shifted, in: roster, at: now, terms: terms)
            guard let best = match.best else { break }
            found.append(best)
            earliest = best.start + CareLoop.slotStep
            guard earliest <= request.latestStart else { break }
        }
        return found
    }

    /// This very slot, if every rule permits it.
    func slot(
        of request: ConsultRequest,
        _ doctor: DoctorID,
        at start: Instant,
        terms: MatchTerms,
        _ now: Instant
    ) -> Candidate? {
        let pinned = request.moved(earliest: start, deadline: start + request.duration)
        let found = slots(of: pinned, doctor: doctor, limit: 1, terms: terms, at: now).first
        return found.flatMap { $0.start == start ? $0 : nil }
    }

    private mutating func hold(
        _ care: inout CareCase,
        _ slot: Candidate,
        at now: Instant
    ) -> (id: BookingID, effects: [CareEffect]) {
        let booking = Booking(
            id: .fresh("bkg", using: &random),
            request: care.request.id,
            doctor: slot.doctor,
            site: care.request.site,
            patient: care.request.patient,
            start: slot.start,
            end: slot.end,
            doctorFreeAt: slot.doctorFreeAt,
            state: .held,
            answerBy: now + policy(of: care.request.site).holdLength,
            reasons: slot.reasons,
            claims: slot.claims,
            madeAt: now
        )
        care.booking = booking
        care.request.booking = booking.id
        care.request.state = .offered
        care.nextTry = nil
        care.askAgainAt = nil
        cases[care.request.id] = care
        var step = CareStep(care.request.id)
        step.writesBooking = true
        step.audit("hold", "booking/\(booking.id)")
        step.say(.booking, "held while somebody decides")
        return (booking.id, finish(step, at: now) + settle(at: now))
    }

    /// Ends a hold: its request goes with it, or is open again.
    mutating func endHold(
        _ care: CareCase,
        as state: BookingState,
        at now: Instant
    ) -> [CareEffect] {
        let why = state == .expired ? "the hold ran out" : "the hold was given back"
        if care.request.isProvisional == true {
            return cancel(care.request.id, as: state, why: why, at: now)
        }
        return givenBack(care, as: state, why, at: now)
    }
}
