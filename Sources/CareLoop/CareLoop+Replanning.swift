import Scheduler
import Signalling
import Vocabulary

/// What rolling re-optimisation has done since the machine was made.
public struct ReplanFigures: Sendable, Equatable {
    /// How many times all who wait were planned for.
    public var runs = 0
    /// How many requests got a doctor by a joint plan.
    public var served = 0
    /// How many were given another doctor or time than deciding one by one would have.
    public var moved = 0
    /// How many more were served than one by one.
    public var gainedServed = 0
    /// How much less it cost, in the goals' unit, where as many were served.
    public var gainedCost = 0.0

    /// No run yet.
    public init() {}
}

/// Rolling re-optimisation of what nobody has been told.
///
/// A told booking never moves by itself, and every offer is told. So what can still be chosen is
/// who of those that wait gets which doctor, and when. They are planned together whenever several
/// are searched at once, and all of them every few seconds; whom the plan gives a place is offered
/// it. A run that gives nobody a place changes nothing and writes nothing.
extension CareLoop {
    /// How many requests one run plans for, the most urgent first.
    static let replanLimit = 64

    /// Searches for those who are due: for each emergency alone, for the others together.
    mutating func searchTogether(_ ids: [RequestID], at now: Instant) -> [CareEffect] {
        var effects: [CareEffect] = []
        let others = ids.filter { cases[$0].map { $0.request.urgency > .emergency } ?? false }
        for id in ids where !others.contains(id) { effects += search(id, at: now) }
        effects += offerTogether(others, at: now)
        // Who got an offer is not searching any more.
        for id in others { effects += search(id, at: now) }
        return effects
    }

    /// Plans for everybody who waits, if a run is due.
    mutating func replan(at now: Instant) -> [CareEffect] {
        guard let due = nextReplan, due <= now else { return [] }
        nextReplan = nil
        replanFigures.runs += 1
        return offerTogether(
            Array(byUrgency(Array(searching)).prefix(CareLoop.replanLimit)),
            at: now
        )
    }

    /// Sets the next run: while at least two wait, else none.
    mutating func scheduleReplan(at now: Instant) {
        guard policy.replanning > .zero, searching.count > 1 else {
            nextReplan = nil
            return
        }
        nextReplan = nextReplan ?? now + policy.replanning
    }

    /// Plans for those of the requests that are not emergencies, and offers what it finds.
    private mutating func offerTogether(_ ids: [RequestID], at now: Instant) -> [CareEffect] {
        let waiting = ids.compactMap { cases[$0] }.filter { care in
            // Whom those may be asked again who did not answer, the single search knows.
            care.isSearching && care.request.urgency > .emergency
                && care.request.modality != .storeAndForward && care.request.group == nil
                && policy(of: care.request.site).ringing(care.request.urgency) == nil
                && care.askAgainAt.map { $0 > now } ?? true
        }
        guard waiting.count > 1 else { return [] }
        let plan = matcher.plan(
            waiting.map { care in
                var terms = terms(of: care, at: now)
                // Whom others ring is asked only if nobody else can, which the single search finds.
                terms.excluded.formUnion(rungElsewhere(than: care.request.id))
                return WaitingRequest(care.request, terms: terms)
            },
            in: roster,
            at: now
        )
        replanFigures.served += plan.places.count
        replanFigures.moved += plan.moved
        replanFigures.gainedServed += plan.gainedServed
        replanFigures.gainedCost += plan.gainedCost
        var effects: [CareEffect] = []
        for care in waiting {
            guard let place = plan.places[care.request.id] else { continue }
            effects += offer(care.request.id, to: place, at: now)
        }
        return effects
    }
}
