import Scheduler
import Signalling
import Vocabulary

/// How a change becomes whole: records and indexes are brought in line and the effects listed.
extension CareLoop {
    /// Ends a step: takes the case's new state into every index and lists the effects.
    mutating func finish(_ change: CareStep, at now: Instant) -> [CareEffect] {
        guard var care = cases[change.id] else { return [] }
        var step = change
        dropMove(&care, in: &step, at: now)
        care.request.changedAt = now
        keepPlace(&care, in: &roster)
        care.plannedStart = care.plannedStart ?? care.live.first?.start
        if let booking = care.booking {
            care.needsReminding = needsReminding(booking, at: now)
            roster.note(booking)
            requestOfBooking[booking.id] = step.id
            if booking.state != .offered { newlyBooked.formUnion(booking.doctors) }
        }
        if let session = care.session { requestOfSession[session.id] = step.id }
        cases[step.id] = care
        index(care)
        var effects = step.effects(care)
        if care.request.state.isFinal {
            effects += retire(care)
        }
        return effects + promoteMove(step.id, at: now)
    }

    /// Begins the step in which a case's live booking changes, with its entry in the audit.
    mutating func change(_ found: CareCase, to booking: Booking, _ what: String) -> CareStep {
        var care = found
        care.booking = booking
        cases[care.request.id] = care
        var step = CareStep(care.request.id)
        step.writesBooking = true
        step.audit(what, "booking/\(booking.id)")
        return step
    }

    /// Puts a case's deadline and memberships in line with its state.
    mutating func index(_ care: CareCase) {
        let id = care.request.id
        if care.isSearching { searching.insert(id) } else { searching.remove(id) }
        if care.rings.isEmpty { ringing.remove(id) } else { ringing.insert(id) }
        requestsOfPatient[care.request.patient, default: []].insert(id)
        deadlines.set(id, care.wake(policy(of: care.request.site)))
    }

    /// Takes a final case out and releases the alarms that waited for it.
    private mutating func retire(_ care: CareCase) -> [CareEffect] {
        let id = care.request.id
        cases[id] = nil
        searching.remove(id)
        ringing.remove(id)
        deadlines.set(id, nil)
        requestsOfPatient[care.request.patient]?.remove(id)
        if requestsOfPatient[care.request.patient]?.isEmpty == true {
            requestsOfPatient[care.request.patient] = nil
        }
        for booking in [care.booking?.id, care.lastBooking].compactMap(\.self) {
            requestOfBooking[booking] = nil
        }
        for ring in care.endedRings.keys { requestOfBooking[ring] = nil }
        if let session = care.session { requestOfSession[session.id] = nil }
        return care.alarms.sorted().map { alarm in
            alarms[alarm]?.endedUrgency = care.request.urgency
            return .consultEnded(id, of: alarm)
        }
    }

    /// Gives the live booking back and opens the request again, to be searched at once.
    ///
    /// `bookingState` is how the booking ends. Whoever could use the freed doctor or station is
    /// searched again too.
    mutating func release(
        _ care: inout CareCase,
        as bookingState: BookingState,
        why: String,
        tellsDoctor: Bool = true,
        isEscalation: Bool = false,
        in step: inout CareStep,
        at now: Instant
    ) {
        guard var booking = care.booking else { return }
        booking.go(to: bookingState, at: now)
        roster.note(booking)
        step.given.append(.booking(booking))
        step.audit(bookingState.rawValue, "booking/\(booking.id)")
        let notice = Notice(subject: .booking(booking), why: why, isEscalation: isEscalation)
        let audience = booking.audience.filter { tellsDoctor || $0 != .doctor(booking.doctor) }
        step.outward.append(.tell(audience, notice))
        if let session = care.session { close(session, as: bookingState, why: why, &step, now) }
        if let last = care.lastBooking { requestOfBooking[last] = nil }
        care.lastBooking = booking.id
        care.booking = nil
        care.session = nil
        care.request.booking = nil
        care.request.state = .open
        care.nextTry = now
        care.hasToldNobody = false
        care.groupBefore = care.request.group == nil ? nil : booking
        for doctor in booking.doctors { wakeSearching(for: doctor, site: nil, at: now) }
        for site in booking.sites { wakeSearching(for: nil, site: site, at: now) }
        wakeSearching(forInterpreters: booking.interpreters, at: now)
    }

    /// The same as a step of its own.
    mutating func givenBack(
        _ found: CareCase,
        as state: BookingState,
        _ why: String,
        isEscalation: Bool = false,
        at now: Instant
    ) -> [CareEffect] {
        var care = found
        var step = CareStep(care.request.id)
        release(&care, as: state, why: why, isEscalation: isEscalation, in: &step, at: now)
        cases[care.request.id] = care
        return finish(step, at: now)
    }

    private mutating func close(
        _ session: SessionRecord,
        as bookingState: BookingState,
        why: String,
        _ step: inout CareStep,
        _ now: Instant
    ) {
        var session = session
        session.state = bookingState == .noShow ? .expired : .cancelled
        session.mark(session.state.rawValue, at: now)
        step.given.append(.session(session))
        step.outward.append(.closeSession(session, why: why))
        requestOfSession[session.id] = nil
    }

    /// Has every searching request that the doctor or a station of the site could serve searched.
    mutating func wakeSearching(for doctor: DoctorID?, site: SiteID?, at now: Instant) {
        if let doctor { newcomers.insert(doctor) }
        let specialties = doctor.flatMap { roster.doctor($0)?.specialties } ?? []
        for id in searching {
            guard var care = cases[id], care.nextTry.map({ $0 > now }) ?? true else { continue }
            let policy = policy(of: care.request.site)
            let fallback = policy.fallback[care.request.specialty] ?? []
            guard
                care.request.site == site || specialties.contains(care.request.specialty)
                    || specialties.contains(where: fallback.contains)
            else { continue }
            care.nextTry = now
            cases[id] = care
            deadlines.set(id, care.wake(policy))
        }
    }
}
