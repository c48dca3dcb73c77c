/// The doctor, or the hospital, that was asked for comes first.
public struct PreferenceGoal: SoftGoal {
    /// `preference`.
    public var name: String { "preference" }

    /// The goal.
    public init() {}

    /// The weight when a wish was named and this is not it.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        let request = pairing.request
        var cost = 0.0
        if let wish = request.preferredDoctor, wish != pairing.doctor.id {
            cost += weights.notPreferred
        }
        if let wish = request.preferredHospital, wish != pairing.doctor.hospital {
            cost += weights.notPreferred
        }
        return cost
    }

    /// The same.
    public func least(_ glance: Glance, weights: GoalWeights) -> Double {
        Double(glance.unmetWishes) * weights.notPreferred
    }

    /// Which wish it meets.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        if pairing.request.preferredDoctor == pairing.doctor.id { return "the doctor asked for" }
        if pairing.request.preferredHospital == pairing.doctor.hospital {
            return "of the hospital asked for"
        }
        return nil
    }

    /// That the wish is not met.
    public func loss(_ pairing: Pairing, in roster: Roster) -> String {
        "not the doctor or the hospital asked for"
    }
}
