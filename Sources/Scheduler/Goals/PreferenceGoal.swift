/// The doctor, or the hospital, that was asked for comes first.
public struct PreferenceGoal: SoftGoal {
    /// `preference`.
    public var name: String { "preference" }

    /// The goal.
    public init() {}

    /// The weight when a wish was named and this is not it.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        let wishes = [
            pairing.request.preferredDoctor.map { $0 == pairing.doctor.id },
            pairing.request.preferredHospital.map { $0 == pairing.doctor.hospital },
        ]
        return Double(wishes.count { $0 == false }) * weights.notPreferred
    }

    /// Which wish it meets.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        if pairing.request.preferredDoctor == pairing.doctor.id { return "the doctor asked for" }
        if pairing.request.preferredHospital == pairing.doctor.hospital {
            return "of the hospital asked for"
        }
        return nil
    }
}
