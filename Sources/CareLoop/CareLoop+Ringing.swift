import Scheduler
import Signalling
public import Vocabulary

/// Ringing: suitable doctors are asked at once by the plan of the request's urgency, then more and
/// others, until the first yes.
///
/// A ring is an offer, a booking in state `offered`, that takes nobody's time: only the yes makes
/// it a booking that does. Station and patient are kept once for all rings of a request. How far
/// the plan has come is in the request's record, written in the transaction that makes or ends the
/// rings of a step, so a restart goes on where the records say.
extension CareLoop {
    // MARK: Steps

    /// Begins a run through the plan; no effects when there is none or nobody can be rung.
    mutating func startRinging(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard var care = cases[id], care.request.earliest <= now else { return [] }
        var step = CareStep(id)
        let before = care.endedRings.keys
        care.request.ringing = nextRound(care.request, at: now)
        care.endedRings = [:]
        care.silenced = []
        guard ringNext(&care, &step, at: now) else { return [] }
        for ring in before { requestOfBooking[ring] = nil }
        care.request.state = .offered
        care.nextTry = nil
        care.askAgainAt = nil
        care.hasToldNobody = false
        cases[id] = care
        return finish(step, at: now)
    }

    private func nextRound(_ request: ConsultRequest, at now: Instant) -> RingingProgress {
        let before = request.ringing
        return RingingProgress(
            round: (before?.round ?? 0) + 1,
            until: now,
            steps: before?.steps ?? []
        )
    }

    /// Rings the next step of the plan that finds somebody, and says whether one did.
    ///
    /// Steps that find nobody are passed at once. Only when no step finds anybody, and nobody is
    /// being rung, are those asked who are being rung for another request.
    private mutating func ringNext(
        _ care: inout CareCase,
        _ step: inout CareStep,
        at now: Instant
    ) -> Bool {
        guard let plan = policy(of: care.request.site).ringing(care.request.urgency),
            let done = care.request.ringing?.step, done < plan.steps.count
        else { return false }
        for asksTheBusy in care.rings.isEmpty ? [false, true] : [false] {
            for number in (done + 1)...plan.steps.count {
                let planned = plan.steps[number - 1]
                let found = candidates(
                    care,
                    planned.width,
                    limit: planned.count,
                    asksTheBusy: asksTheBusy,
                    at: now
                )
                guard !found.isEmpty else { continue }
                care.request.ringing?.step = number
                care.request.ringing?.until = now + planned.wait
                ring(found, planned, &care, &step, at: now)
                return true
            }
        }
        care.request.ringing?.step = plan.steps.count
        care.request.ringing?.until = now
        if !care.rings.isEmpty, plan.steps.last?.width == .operations {
            let why = "nobody else can be rung; those who are have not answered yet"
            step.say(.request, why, isEscalation: true)
        }
        return false
    }

    /// Fills the present steps of all requests up to their full number, most urgent first:
    /// somebody has come who could not be rung when they began.
    mutating func fillRings(at now: Instant) -> [CareEffect] {
        var effects: [CareEffect] = []
        for id in byUrgency(Array(ringing)) {
            guard var care = cases[id], let progress = care.request.ringing, progress.step > 0,
                let plan = policy(of: care.request.site).ringing(care.request.urgency),
                progress.step <= plan.steps.count
            else { continue }
            let planned = plan.steps[progress.step - 1]
            let limit = planned.count - progress.rungNow.count
            guard limit > 0 else { continue }
            let found = candidates(care, planned.width, limit: limit, asksTheBusy: false, at: now)
            guard !found.isEmpty else { continue }
            var step = CareStep(id)
            ring(found, planned, &care, &step, at: now)
            cases[id] = care
            effects += finish(step, at: now)
        }
        return effects
    }

    /// Makes the rings of a step, or more of them.
    private mutating func ring(
        _ found: [Candidate],
        _ planned: RingingStep,
        _ care: inout CareCase,
        _ step: inout CareStep,
        at now: Instant
    ) {
        guard let progress = care.request.ringing else { return }
        let length = policy(of: care.request.site).offer[care.request.urgency]
        let until = now + max(length, planned.wait)
        let mark = Ring(round: progress.round, step: progress.step)
        for candidate in found {
            let ring = offered(care.request, to: candidate, until: until, ring: mark, at: now)
            add(ring, to: &care, in: &step)
        }
        care.request.ringing?.note(found.map(\.doctor), of: planned.width, at: now)
        let who = found.count == 1 ? "1 doctor is rung" : "\(found.count) doctors are rung"
        step.say(
            .request,
            "step \(progress.step) of the ringing: \(who)",
            isEscalation: planned.width == .operations
        )
    }

    private mutating func add(_ ring: Booking, to care: inout CareCase, in step: inout CareStep) {
        care.rings.append(ring)
        requestOfBooking[ring.id] = care.request.id
        ringFigures.rung += 1
        step.given.append(.booking(ring))
        step.audit("ring", "booking/\(ring.id)")
        step.outward.append(ring.told("ringing: \(ring.reasons.joined(separator: "; "))"))
    }

    // MARK: Ends

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

    /// Ends every ring whose doctor or station was booked otherwise meanwhile.
    mutating func voidRings(at now: Instant) -> [CareEffect] {
        var effects: [CareEffect] = []
        for id in ringing.sorted() {
            guard let care = cases[id] else { continue }
            let gone = care.rings.filter { !canBegin($0, of: care, at: now) }.map(\.id)
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
            guard let request = requestOfBooking[id], var care = cases[request],
                care.booking?.id == id, care.booking?.state == .offered
            else { continue }
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
            return blocking.allSatisfy { booking($0)?.state == .offered }
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

    /// An offer that is out goes on as a ring, and the plan of the request's new urgency begins;
    /// false when that urgency has none or the offer is for later.
    mutating func turnToRinging(
        _ care: inout CareCase,
        _ step: inout CareStep,
        at now: Instant
    ) -> Bool {
        let policy = policy(of: care.request.site)
        let urgency = care.request.urgency
        guard care.request.state == .offered, policy.ringing(urgency) != nil else { return false }
        let progress = nextRound(care.request, at: now)
        if var offer = care.booking {
            guard offer.start < now + Pairing.reach else { return false }
            offer.ring = Ring(round: progress.round, step: 0)
            offer.answerBy = min(offer.answerBy ?? .distantFuture, now + policy.offer[urgency])
            offer.changedAt = now
            roster.note(offer)
            care.booking = nil
            add(offer, to: &care, in: &step)
        }
        care.request.ringing = progress
        return true
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

    /// Keeps station and patient under the first ring's id, or gives them back; the request names
    /// what stands for it.
    func keepPlace(_ care: inout CareCase, in roster: inout Roster) {
        let first = care.rings.first
        if care.place?.id != first?.id {
            if let place = care.place { roster.givePlaceBack(of: place) }
            if let first { roster.keepPlace(of: first) }
            care.place = first
        }
        care.request.booking = care.live.first?.id
    }
}

extension Booking {
    /// The notice that everybody hears who hears of an offer.
    func told(_ why: String) -> CareEffect {
        .tell(
            [.doctor(doctor), .site(site), .operations],
            Notice(subject: .booking(self), why: why)
        )
    }

    /// The ring as it is once it is over.
    func ended(as end: RingEnd, at now: Instant) -> Booking {
        var over = self
        over.state =
            switch end {
            case .accepted: .confirmed
            case .declined: .declined
            case .unanswered: .expired
            case .taken, .void, .withdrawn: .cancelled
            }
        over.answerBy = nil
        over.changedAt = now
        over.ring?.end = end
        over.ring?.endedAt = now
        return over
    }
}

extension Ring {
    /// Whether it belongs to the step that is being carried out.
    func isOf(_ progress: RingingProgress) -> Bool {
        round == progress.round && step == progress.step
    }
}

extension RingingProgress {
    /// Notes whom the present step rang, or whom it rang besides.
    mutating func note(_ doctors: [DoctorID], of width: RingWidth, at now: Instant) {
        if let last = steps.indices.last, steps[last].round == round, steps[last].number == step {
            steps[last].doctors += doctors
        } else {
            note(
                RingStep(
                    round: round,
                    number: step,
                    width: width,
                    at: now,
                    until: until,
                    doctors: doctors
                )
            )
        }
    }
}
