/// The doctor who saw the patient last, if possible.
public struct ContinuityGoal: SoftGoal {
    /// `continuity`.
    public var name: String { "continuity" }

    /// The goal.
    public init() {}

    /// The weight when another doctor saw the patient last.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        guard let last = roster.lastDoctor(of: pairing.request.patient) else { return 0 }
        return last == pairing.entry.doctor.id ? 0 : weights.discontinuity
    }

    /// The same.
    public func least(_ glance: Glance, weights: GoalWeights) -> Double {
        glance.isNewToPatient ? weights.discontinuity : 0
    }

    /// That the doctor knows the case.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        roster.lastDoctor(of: pairing.request.patient) == pairing.doctor.id
            ? "held the last consult" : nil
    }

    /// That the doctor does not know the case.
    public func loss(_ pairing: Pairing, in roster: Roster) -> String {
        "did not hold the last consult"
    }
}
