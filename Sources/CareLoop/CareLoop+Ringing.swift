import Scheduler
import Signalling
import Vocabulary

/// Ringing: suitable doctors are asked at once by the plan of the request's urgency, then more and
/// others, until the first yes.
///
/// A ring is an offer, a booking in state `offered`, that takes nobody's time: only the yes makes
/// it a booking that does. Station and patient are kept once for all rings of a request. How far
/// the plan has come is in the request's record, written in the transaction that makes or ends the
/// rings of a step, so a restart goes on where the records say.
extension CareLoop {
    /// For how many requests one input looks whether somebody who has come could be rung.
    private static let fillLimit = 16

    // MARK: Steps

    /// Begins a run through the plan; no effects when there is none or nobody can be rung.
    mutating func startRinging(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard var care = cases[id], care.request.earliest <= now, care.request.group == nil else {
            return []
        }
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
    mutating func ringNext(
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
        let comers = newcomers
        newcomers = []
        guard !comers.isEmpty, !ringing.isEmpty else { return [] }
        var effects: [CareEffect] = []
        var tries = 0
        for id in byUrgency(Array(ringing)) where tries < CareLoop.fillLimit {
            guard var care = cases[id], let progress = care.request.ringing, progress.step > 0,
                let plan = policy(of: care.request.site).ringing(care.request.urgency),
                progress.step <= plan.steps.count
            else { continue }
            let planned = plan.steps[progress.step - 1]
            let limit = planned.count - progress.rungNow.count
            guard limit > 0, mayServe(comers, care.request, planned.width) else { continue }
            tries += 1
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

    mutating func add(_ ring: Booking, to care: inout CareCase, in step: inout CareStep) {
        care.rings.append(ring)
        requestOfBooking[ring.id] = care.request.id
        ringFigures.rung += 1
        step.given.append(.booking(ring))
        step.audit("ring", "booking/\(ring.id)")
        step.outward.append(ring.told("ringing: \(ring.reasons.joined(separator: "; "))"))
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
