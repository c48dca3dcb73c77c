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
        let wait = Double(max(0, pairing.start.milliseconds - since.milliseconds))
        return weight(pairing, weights) * wait / GoalWeights.tick
    }

    /// The wait that costs so much, rounded up to the millisecond.
    public func lastStart(
        _ pairing: Pairing,
        costing cost: Double,
        weights: GoalWeights
    ) -> Instant? {
        let weight = weight(pairing, weights)
        let wait = (cost * GoalWeights.tick / weight).rounded(.up) + 1
        guard weight > 0, wait < 1e15 else { return nil }
        let since = max(pairing.request.earliest, pairing.now)
        return Instant(milliseconds: since.milliseconds + Int64(wait))
    }

    private func weight(_ pairing: Pairing, _ weights: GoalWeights) -> Double {
        let place = pairing.request.urgency.rank - 1
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
