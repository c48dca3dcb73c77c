import Scheduler
import Signalling
public import Vocabulary

/// Timers: every deadline of every case, and the searches that fall due.
extension CareLoop {
    /// Does everything that is due at `now`; call it at or after `nextDeadline`.
    ///
    /// A deadline is due from its own instant on: an offer with `answerBy` 10:00 can be taken at
    /// 9:59:59.999 and has run out at 10:00. The deadline of a request is kept by a consult that
    /// ends exactly at it, and passed 1 ms after the last start that could.
    public mutating func advance(to now: Instant) -> [CareEffect] {
        settle(at: now)
    }

    /// Ends what has run out or is void, then searches for whoever is due, most urgent first.
    mutating func settle(at now: Instant) -> [CareEffect] {
        roster.prepare(at: now)
        var effects: [CareEffect] = []
        for id in deadlines.due(at: now) { effects += runOut(id, at: now) }
        effects += voidRings(at: now)
        // What ran out may have opened a request whose deadline has passed meanwhile.
        for id in deadlines.due(at: now) { effects += deadlinePassed(id, at: now) }
        // Only now, so that what was just given back goes to whoever needs it most. What a
        // displacement gives back is searched for at once, too; the budget ends this.
        var before: Int
        repeat {
            before = displacedCount
            let due = deadlines.due(at: now).filter { searching.contains($0) }
            effects += searchTogether(Array(byUrgency(due).prefix(CareLoop.searchLimit)), at: now)
        } while displacedCount > before
        effects += replan(at: now)
        scheduleReplan(at: now)
        return effects + fillRings(at: now)
    }

    func byUrgency(_ ids: [RequestID]) -> [RequestID] {
        ids.compactMap { cases[$0]?.request }
            .sorted {
                ($0.urgency, $0.deadline, $0.openedAt, $0.id)
                    < ($1.urgency, $1.deadline, $1.openedAt, $1.id)
            }
            .map(\.id)
    }

    /// What has run out in one case.
    private mutating func runOut(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard let care = cases[id] else { return [] }
        if care.booking != nil, let answerBy = care.proposed?.answerBy, answerBy <= now {
            let why = "the doctor did not answer in time"
            return endMove(care, as: .expired, why, at: now) + runOut(id, at: now)
        }
        switch care.request.state {
        case .offered:
            guard care.rings.isEmpty else { return ringsRanOut(id, at: now) }
            guard let answerBy = care.booking?.answerBy, answerBy <= now else { return [] }
            if care.booking?.state == .held { return endHold(care, as: .expired, at: now) }
            return offerRanOut(id, why: "the doctor did not answer in time", at: now)
        case .matched: return remindOfStart(id, at: now) + sessionRanOut(id, at: now)
        case .open, .unmatched, .fulfilled, .cancelled: return []
        }
    }

    /// Takes an unanswered offer back; the doctor may be asked again after a pause.
    mutating func offerRanOut(_ id: RequestID, why: String, at now: Instant) -> [CareEffect] {
        guard var care = cases[id], let booking = care.booking else { return [] }
        if care.request.group != nil { return invitationsRanOut(id, at: now) }
        care.request.unansweredBy.append(booking.doctor)
        return givenBack(care, as: .expired, why, at: now)
    }

    private mutating func sessionRanOut(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard let care = cases[id], let booking = care.booking, let session = care.session else {
            return []
        }
        let policy = policy(of: care.request.site)
        if session.hasMet {
            guard session.outcomeDue(booking, policy) <= now else { return [] }
            return remindOfOutcome(id, at: now)
        }
        guard let absence = care.absence(policy), absence.due <= now else { return [] }
        return noShow(id, missing: absence.party, at: now)
    }

    /// Nobody in time: people are told, and the search goes on where a life may depend on it.
    private mutating func deadlinePassed(_ id: RequestID, at now: Instant) -> [CareEffect] {
        guard var care = cases[id], care.request.state == .open, care.isOverdue(at: now) else {
            return []
        }
        var step = CareStep(id)
        care.request.state = .unmatched
        care.nextTry = care.keepsTrying ? now : nil
        cases[id] = care
        step.audit("unmatched", "request/\(id)")
        let next = care.keepsTrying ? "; the search goes on" : ""
        step.say(.request, "no doctor by the deadline\(next)", isEscalation: true)
        return finish(step, at: now)
    }
}
