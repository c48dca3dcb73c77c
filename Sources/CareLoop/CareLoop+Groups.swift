import Scheduler
import Signalling
import Vocabulary

/// Group consults: one booking with a claim on every further doctor and site.
///
/// Every invited doctor answers. The booking is confirmed once the responsible doctor and all who
/// are required have said yes; who is not required may still join or stay away. A doctor who says
/// no, or nothing, is replaced by another of the specialty in the same time; where there is none
/// and the doctor is required, the booking is given back and the next common time is sought, the
/// same one first when it was the responsible doctor who said no. A site answers nothing: it takes
/// part unless it says that it will not.
extension CareLoop {
    /// A further doctor's answer to an invitation; the same answer again changes nothing.
    mutating func invitationAnswered(
        _ found: Booking,
        of care: CareCase,
        _ answer: OfferAnswer,
        by doctor: DoctorID,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        guard let claim = found.standing.first(where: { $0.doctor == doctor }) else {
            throw .notYours
        }
        switch found.state {
        case .offered where found.answerBy.map { $0 <= now } ?? false: throw .tooLate
        case .offered, .confirmed, .checkedIn: break
        case .inSession where answer == .accept: break
        case .held, .inSession, .fulfilled, .noShow, .cancelled, .declined, .expired:
            throw .notInState(found.state.rawValue)
        }
        switch answer {
        case .accept:
            guard claim.state == .invited else { return [] }
            var booking = found
            booking.answer(claim.on, .accepted)
            return agreed(care, booking, "a further doctor accepted", at: now) + settle(at: now)
        case .decline:
            var care = care
            care.beforeMove = BeforeMove(care, found, at: now)
            care.request.declinedBy.append(doctor)
            let why = "a further doctor declined"
            return without([claim], found, of: care, as: .declined, why, at: now) + settle(at: now)
        }
    }

    /// The responsible doctor's yes: at once a booking when nobody else is awaited.
    mutating func acceptTogether(
        _ care: CareCase,
        _ found: Booking,
        at now: Instant
    ) -> [CareEffect] {
        var booking = found
        booking.state = .offered
        booking.acceptedAt = now
        if found.state == .held {
            booking.answerBy = answerBy(care, start: booking.start, at: now)
        }
        return agreed(care, booking, "the responsible doctor accepted", at: now)
    }

    /// A site says that it will not take part; the others meet without it.
    ///
    /// Where it is required the consult cannot be held without: the booking is given back, everybody
    /// is told, and the next common time after it is sought. A window that has no room left for one
    /// begins anew there.
    mutating func siteLeft(
        _ site: SiteID,
        _ found: Booking,
        of care: CareCase,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        guard let claim = found.standing.first(where: { $0.site == site }) else { throw .notYours }
        switch found.state {
        case .offered, .confirmed, .checkedIn: break
        case .held, .inSession, .fulfilled, .noShow, .cancelled, .declined, .expired:
            throw .notInState(found.state.rawValue)
        }
        if claim.isRequired { return withoutSite(found, of: care, at: now) + settle(at: now) }
        var booking = found
        booking.answer(claim.on, .declined)
        booking.changedAt = now
        var step = change(care, to: booking, "leave")
        step.say(.booking, "a site will not take part")
        step.outward.append(
            .tell([.site(site)], Notice(subject: .booking(booking), why: "you are out of it"))
        )
        let effects = finish(step, at: now)
        wakeSearching(for: nil, site: site, at: now)
        return effects + settle(at: now)
    }

    /// Time is up for those who have not answered: others are invited, or the time is given back.
    mutating func invitationsRanOut(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard var care = cases[id], let booking = care.booking else { return [] }
        let silent = booking.awaited
        care.request.unansweredBy += silent.compactMap(\.doctor)
        let why = "not everybody answered in time"
        guard booking.acceptedAt != nil else {
            care.request.unansweredBy.append(booking.doctor)
            return giveBack(care, as: .expired, why, at: now)
        }
        return without(silent, booking, of: care, as: .expired, why, at: now)
    }

    /// The candidate in the time of the booking that was given back last, with those who had agreed
    /// to it; nil when there is none.
    mutating func sameTime(_ id: RequestID, at now: Instant) -> Candidate? {
        guard var care = cases[id], let before = care.groupBefore else { return nil }
        care.groupBefore = nil
        cases[id] = care
        // What was to begin at once may still begin at once.
        let start = max(before.start, now)
        guard start < before.start + Pairing.reach else { return nil }
        var terms = terms(of: care, at: now)
        terms.kept = Set(before.standing.compactMap(\.doctor))
        let pinned = care.request.moved(
            earliest: start,
            deadline: start + care.request.duration
        )
        let found = matcher.match(pinned, in: roster, at: now, terms: terms).best
        return found.flatMap { $0.start == start ? $0.keeping(before) : nil }
    }

    // MARK: Parts

    /// Writes down who agreed, and confirms the booking once nobody is awaited.
    mutating func agreed(
        _ found: CareCase,
        _ booking: Booking,
        _ why: String,
        in begun: CareStep? = nil,
        at now: Instant
    ) -> [CareEffect] {
        var (care, booking) = (found, booking)
        booking.changedAt = now
        if booking.state == .offered, booking.acceptedAt != nil, booking.awaited.isEmpty {
            return accept(care, booking, in: begun, at: now)
        }
        care.booking = booking
        care.request.isProvisional = nil
        var step = change(care, to: booking, "accept")
        step.given += begun?.given ?? []
        step.outward += begun?.outward ?? []
        let awaited = booking.awaited.count + (booking.acceptedAt == nil ? 1 : 0)
        let rest = booking.state == .offered ? "; awaited: \(awaited)" : ""
        step.say(.booking, why + rest)
        return finish(step, at: now)
    }

    /// Takes doctors out of the booking and invites others in their place; gives the booking back
    /// when one of them is required and nobody else can come.
    private mutating func without(
        _ claims: [Claim],
        _ found: Booking,
        of care: CareCase,
        as state: BookingState,
        _ why: String,
        at now: Instant
    ) -> [CareEffect] {
        // What was to begin meanwhile begins now, if it can.
        var booking = found.state == .offered ? begun(found, of: care, at: now) : found
        for claim in claims { booking.answer(claim.on, .declined) }
        for claim in claims {
            if let others = replacements(of: claim, in: booking, of: care, at: now) {
                booking.claims?.append(contentsOf: others)
            } else if claim.isRequired {
                return giveBack(
                    care,
                    as: found.state == .offered ? state : .cancelled,
                    why,
                    at: now
                )
            }
        }
        booking.changedAt = now
        if booking.state == .offered {
            booking.answerBy = answerBy(care, start: booking.start, at: now)
        }
        let isAgreed = booking.state == .offered && booking.acceptedAt != nil
        if isAgreed, booking.awaited.isEmpty { return agreed(care, booking, why, at: now) }
        var step = change(care, to: booking, "invite")
        let isReplaced = booking.standing.count == found.standing.count
        step.say(.booking, "\(why); \(isReplaced ? "another is invited" : "nobody else is free")")
        step.outward += dismissals(from: found, to: booking)
        let effects = finish(step, at: now)
        for doctor in claims.compactMap(\.doctor) {
            wakeSearching(for: doctor, site: nil, at: now)
        }
        return effects
    }

    /// The claims that take the place of a doctor's: another doctor of the specialty in the same
    /// time, and an interpreter if need be; nil when there is none.
    private func replacements(
        of claim: Claim,
        in booking: Booking,
        of care: CareCase,
        at now: Instant
    ) -> [Claim]? {
        guard let specialty = claim.specialty else { return nil }
        var terms = terms(of: care, at: now)
        terms.without = booking.id
        terms.fallback = []
        terms.excluded.formUnion(booking.doctors)
        let asked = care.request.asking(specialty)
            .moved(earliest: booking.start, deadline: booking.end)
        guard let found = matcher.match(asked, in: roster, at: now, terms: terms).best,
            found.start == booking.start, let doctor = roster.doctor(found.doctor)
        else { return nil }
        let invited = Claim(
            on: .doctor(doctor.id),
            specialty: specialty,
            isRequired: claim.isRequired,
            bufferMinutes: doctor.bufferMinutes
        )
        let known = booking.interpreters
        return [invited]
            + found.claims.filter { $0.interpreter.map { !known.contains($0) } ?? true }
    }

    /// Gives the booking back because a required site cannot come then; another time is sought.
    private mutating func withoutSite(
        _ booking: Booking,
        of found: CareCase,
        at now: Instant
    ) -> [CareEffect] {
        var care = found
        var step = CareStep(care.request.id)
        let why = "a required site will not take part; another common time is sought"
        release(&care, as: .cancelled, why: why, isEscalation: true, in: &step, at: now)
        care.groupBefore = nil
        let earliest = max(care.request.earliest, booking.end, now)
        care.request.earliest = earliest
        if earliest > care.request.latestStart {
            let latest = earliest + policy(of: care.request.site).due[care.request.urgency]
            care.request.deadline = latest + care.request.duration
        }
        cases[care.request.id] = care
        return finish(step, at: now)
    }

    /// Gives the booking back; the next search tries the same time first.
    private mutating func giveBack(
        _ found: CareCase,
        as state: BookingState,
        _ why: String,
        at now: Instant
    ) -> [CareEffect] {
        let sentence = "\(why); another time or doctor is sought"
        return givenBack(found, as: state, sentence, isEscalation: true, at: now)
    }
}

extension Booking {
    /// Required further doctors who have not answered.
    var awaited: [Claim] {
        standing.filter { $0.isRequired && $0.state == .invited && $0.doctor != nil }
    }
}

extension Candidate {
    /// The candidate with those marked as agreed who had agreed to the booking before.
    func keeping(_ before: Booking) -> Candidate {
        var candidate = self
        for place in candidate.claims.indices {
            let claim = candidate.claims[place]
            let known = before.standing.first { $0.on == claim.on }
            if known?.state == .accepted { candidate.claims[place].state = .accepted }
        }
        return candidate
    }
}
