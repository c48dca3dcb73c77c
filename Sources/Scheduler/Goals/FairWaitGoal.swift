/// A province that has waited longer than others of late waits less.
///
/// For one request it weighs an early start against everything else; where several are planned
/// together it decides whose place is worth more.
public struct FairWaitGoal: SoftGoal {
    /// From so much on the wait of a province is named as a reason.
    private static let notable = 0.1

    /// `fairWait`.
    public var name: String { "fairWait" }

    /// The goal.
    public init() {}

    /// A share of what the wait itself costs: the weight times the province's excess, 0…1.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        guard weights.fairWait > 0 else { return 0 }
        return share(roster.waits.excess(of: pairing.site.province), weights)
            * WaitGoal().cost(pairing, in: roster, weights: weights)
    }

    /// The same for the start that is thought possible.
    public func least(_ glance: Glance, weights: GoalWeights) -> Double {
        share(glance.provinceExcess, weights) * WaitGoal().least(glance, weights: weights)
    }

    /// That the province has waited long.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        roster.waits.excess(of: pairing.site.province) > FairWaitGoal.notable
            ? "the province has waited longer than others" : nil
    }

    /// When the consult would begin.
    public func loss(_ pairing: Pairing, in roster: Roster) -> String {
        "makes a province wait that has waited longer than others"
    }

    private func share(_ excess: Double, _ weights: GoalWeights) -> Double {
        weights.fairWait * excess
    }
}
