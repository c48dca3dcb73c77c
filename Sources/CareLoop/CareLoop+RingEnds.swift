import Scheduler
import Signalling
public import Vocabulary

/// How rings end: by an answer, by time, or because something else came first.
extension CareLoop {
    /// Ends a ring and tells its doctor why.
    mutating func end(
        _ ring: Booking,
        as end: RingEnd,
        why: String,
        of care: inout CareCase,
        in step: inout CareStep,
        at now: Instant
    ) {
        let over = ring.ended(as: end, at: now)
        care.rings.removeAll { $0.id == ring.id }
        care.endedRings[ring.id] = end
        ringFigures.note(ring, end, at: now)
        step.given.append(.booking(over))
        step.audit(over.state.rawValue, "booking/\(ring.id)")
        step.outward.append(over.told(why))
    }

    /// Ends the rings that have run out and begins the next step when its time has come.
    mutating func ringsRanOut(_ id: RequestID, at now: Instant) -> [CareEffect] {
        endRings(of: id, as: .unanswered, why: "the doctor did not answer in time", at: now) {
            ($0.answerBy ?? now) <= now
        }
    }

    /// Ends the rings of doctors who were booked otherwise meanwhile.
    mutating func voidRings(at now: Instant) -> [CareEffect] {
        let booked = newlyBooked
        newlyBooked = []
        guard !booked.isEmpty else { return [] }
        var effects: [CareEffect] = []
        for id in ringing.sorted() {
            guard let care = cases[id] else { continue }
            let rings = care.rings.filter { booked.contains($0.doctor) }
            let gone = rings.filter { !canBegin($0, of: care, at: now) }.map(\.id)
            guard !gone.isEmpty else { continue }
            let why = "the time was taken by another booking"
            effects += endRings(of: id, as: .void, why: why, at: now) { gone.contains($0.id) }
        }
        return effects
    }

    /// Ends the doctor's rings, because the doctor went off.
    mutating func endRings(of doctor: DoctorID, at now: Instant) -> [CareEffect] {
        ringing.sorted().filter { id in
            cases[id]?.rings.contains { $0.doctor == doctor } ?? false
        }.flatMap { id in
            endRings(of: id, as: .unanswered, why: "the doctor went off", at: now) {
                $0.doctor == doctor
            }
        }
    }

    /// Ends one ring, by the word of its doctor, of the site or of operations.
    mutating func endRing(
        _ ring: Booking,
        as end: RingEnd,
        why: String,
        at now: Instant
    ) -> [CareEffect] {
        let effects = endRings(of: ring.request, as: end, why: why, at: now) { $0.id == ring.id }
        return effects + settle(at: now)
    }

    /// Ends some rings of a request and goes on with its plan, in one step.
    private mutating func endRings(
        of id: RequestID,
        as end: RingEnd,
        why: String,
        at now: Instant,
        where ends: (Booking) -> Bool
    ) -> [CareEffect] {
        guard var care = cases[id] else { return [] }
        var step = CareStep(id)
        for ring in care.rings.filter(ends) {
            switch end {
            case .unanswered: care.request.unansweredBy.append(ring.doctor)
            case .declined, .withdrawn: care.request.declinedBy.append(ring.doctor)
            case .accepted, .taken, .void: break
            }
            self.end(ring, as: end, why: why, of: &care, in: &step, at: now)
        }
        goOn(&care, &step, at: now)
        cases[id] = care
        return finish(step, at: now)
    }

    /// The next step, when its time has come or nobody of the present one rings any more; and the
    /// request is open again when nobody rings at all.
    private mutating func goOn(
        _ care: inout CareCase,
        _ step: inout CareStep,
        at now: Instant
    ) {
        guard let progress = care.request.ringing else { return }
        let isAwaited = care.rings.contains { $0.ring?.isOf(progress) ?? false }
        if !isAwaited || progress.until <= now { _ = ringNext(&care, &step, at: now) }
        guard care.rings.isEmpty else { return }
        wakeSearching(for: nil, site: care.request.site, at: now)
        care.request.state = .open
        care.nextTry = now
        care.hasToldNobody = false
    }

    // MARK: Answers

    /// Ends every ring but the one whose doctor said yes, which stops ringing and begins to count.
    mutating func silence(
        _ care: inout CareCase,
        for accepted: inout Booking,
        in step: inout CareStep,
        at now: Instant
    ) {
        care.silenced = care.rings
        for ring in care.rings where ring.id != accepted.id {
            end(ring, as: .taken, why: "taken by another doctor", of: &care, in: &step, at: now)
        }
        care.rings = []
        care.endedRings[accepted.id] = nil
        ringFigures.note(accepted, .accepted, at: now)
        accepted.ring?.end = .accepted
        accepted.ring?.endedAt = now
    }

    /// Takes back offers without an answer that stand in the way of what their doctor takes now.
    mutating func clearWay(for booking: Booking, at now: Instant) -> [CareEffect] {
        let start = max(booking.start, now)
        let until = start + (booking.doctorFreeAt - booking.start)
        var effects: [CareEffect] = []
        for id in roster.inTheWay(of: booking.doctor, from: start, until: until, at: now) {
            guard let request = requestOfBooking[id], var care = cases[request] else { continue }
            if care.proposed?.id == id {
                effects += endMove(care, as: .cancelled, "the doctor took an emergency", at: now)
            }
            guard care.booking?.id == id, care.booking?.state == .offered else { continue }
            var step = CareStep(request)
            release(&care, as: .cancelled, why: "the doctor took an emergency", in: &step, at: now)
            cases[request] = care
            effects += finish(step, at: now)
        }
        return effects
    }

    /// Whether the ring's doctor can still take it: nothing but offers without an answer stands in
    /// the way, and station and patient are there.
    func canBegin(_ ring: Booking, of care: CareCase, at now: Instant) -> Bool {
        let kept = care.place?.id ?? ring.id
        return [max(ring.start, now), ring.start].contains { start in
            let end = start + (ring.end - ring.start)
            let freeAt = start + (ring.doctorFreeAt - ring.start)
            let blocking = roster.inTheWay(of: ring.doctor, from: start, until: freeAt, at: now)
            return hasInterpreter(ring, of: care, from: start, until: end, at: now)
                && blocking.allSatisfy { booking($0)?.state == .offered }
                && roster.isFree(ring.patient, from: start, until: end, at: now, ignoring: kept)
                && roster.hasFreeStation(
                    ring.site,
                    from: start,
                    until: end,
                    at: now,
                    ignoring: kept
                )
        }
    }

    /// The yes could not be stored: the others, who were told nothing, go on ringing.
    mutating func ringOn(_ care: inout CareCase, without refused: BookingID) {
        care.rings = care.silenced.filter { $0.id != refused }
        care.silenced = []
        for ring in care.rings { care.endedRings[ring.id] = nil }
        care.endedRings[refused] = .void
        guard !care.rings.isEmpty else { return }
        care.request.state = .offered
        care.nextTry = nil
    }

    // MARK: Delivery

    /// Notes that a ring was handed to an open console of its doctor; the first time counts.
    public mutating func ringDelivered(_ id: BookingID, at now: Instant) -> [CareEffect] {
        guard let request = requestOfBooking[id], var care = cases[request],
            let place = care.rings.firstIndex(where: { $0.id == id }),
            care.rings[place].ring?.deliveredAt == nil
        else { return [] }
        care.rings[place].ring?.deliveredAt = now
        ringFigures.delivered += 1
        cases[request] = care
        var step = CareStep(request)
        step.given.append(.booking(care.rings[place]))
        return finish(step, at: now)
    }
}

extension Booking {
    /// The notice that everybody hears who hears of an offer.
    func told(_ why: String) -> CareEffect {
        .tell(audience, Notice(subject: .booking(self), why: why))
    }

    /// The ring as it is once it is over.
    func ended(as end: RingEnd, at now: Instant) -> Booking {
        var over = self
        let state: BookingState =
            switch end {
            case .accepted: .confirmed
            case .declined: .declined
            case .unanswered: .expired
            case .taken, .void, .withdrawn: .cancelled
            }
        over.go(to: state, at: now)
        over.ring?.end = end
        over.ring?.endedAt = now
        return over
    }
}
