public import Vocabulary

/// Who asks more urgently waits less.
public struct WaitGoal: SoftGoal {
    /// `wait`.
    public var name: String { "wait" }

    /// The goal.
    public init() {}

    /// The ticks between what was asked, or now, and the start, by urgency.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        let since = max(pairing.request.earliest, pairing.now)
        return cost(pairing.request.urgency, since, pairing.start, weights)
    }

    /// The same for the start that is thought possible.
    public func least(_ glance: Glance, weights: GoalWeights) -> Double {
        cost(glance.urgency, glance.since, glance.start, weights)
    }

    private func cost(
        _ urgency: Urgency,
        _ since: Instant,
        _ start: Instant,
        _ weights: GoalWeights
    ) -> Double {
        let wait = Double(max(0, start.milliseconds - since.milliseconds))
        return weight(urgency, weights) * wait / GoalWeights.tick
    }

    /// The wait that costs so much, rounded up to the millisecond.
    public func lastStart(
        _ pairing: Pairing,
        costing cost: Double,
        weights: GoalWeights
    ) -> Instant? {
        let weight = weight(pairing.request.urgency, weights)
        let wait = (cost * GoalWeights.tick / weight).rounded(.up) + 1
        guard weight > 0, wait < 1e15 else { return nil }
        let since = max(pairing.request.earliest, pairing.now)
        return Instant(milliseconds: since.milliseconds + Int64(wait))
    }

    private func weight(_ urgency: Urgency, _ weights: GoalWeights) -> Double {
        let place = urgency.rank - 1
        return place < weights.wait.count ? weights.wait[place] : 0
    }

    /// When the consult can begin.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        pairing.start <= pairing.now
            ? "can begin at once"
            : "can begin at \(LocalTime.clock(pairing.start, seenAt: pairing.now))"
    }

    /// When the consult would begin.
    public func loss(_ pairing: Pairing, in roster: Roster) -> String {
        "begins at \(LocalTime.clock(pairing.start, seenAt: pairing.now))"
    }
}
