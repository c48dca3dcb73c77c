import Vocabulary

/// Who asks more urgently waits less.
public struct WaitGoal: SoftGoal {
    /// `wait`.
    public var name: String { "wait" }

    /// The goal.
    public init() {}

    /// The ticks between what was asked, or now, and the start, by urgency.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        let since = max(pairing.request.earliest, pairing.now)
        let wait = Double(max(0, (pairing.start - since).wholeMilliseconds))
        let place = pairing.request.urgency.rank - 1
        let weight = place < weights.wait.count ? weights.wait[place] : 0
        return weight * wait / GoalWeights.tick
    }

    /// When the consult can begin.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        pairing.start <= pairing.now
            ? "can begin at once"
            : "can begin at \(LocalTime.clock(pairing.start, seenAt: pairing.now))"
    }
}
