import Vocabulary

/// The site's own chain of hospitals first, then the same province.
public struct AffinityGoal: SoftGoal {
    /// `affinity`.
    public var name: String { "affinity" }

    /// The goal.
    public init() {}

    /// The bench's affinity: chain, region or far, and more for a central hospital on a routine.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        let base =
            isInChain(pairing)
            ? weights.chain : isInProvince(pairing) ? weights.region : weights.far
        let isCentralRoutine =
            pairing.entry.hospital?.tier == .central && pairing.request.urgency == .routine
        return base + (isCentralRoutine ? weights.centralRoutine : 0)
    }

    /// The same, by the numbers of the hospital and its province.
    public func least(_ glance: Glance, weights: GoalWeights) -> Double {
        let base =
            glance.isInChain
            ? weights.chain : glance.isInProvince ? weights.region : weights.far
        let isCentralRoutine = glance.isCentral && glance.urgency == .routine
        return base + (isCentralRoutine ? weights.centralRoutine : 0)
    }

    /// How the hospital and the site belong together.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        if isInChain(pairing) { return "of the site's chain hospital" }
        if isInProvince(pairing) { return "of the same province" }
        return nil
    }

    /// How far apart the hospital and the site are.
    public func loss(_ pairing: Pairing, in roster: Roster) -> String {
        if isInChain(pairing) { return "a central hospital, which routine consults spare" }
        return isInProvince(pairing)
            ? "of the same province, not of the site's chain hospital" : "of another province"
    }

    private func isInChain(_ pairing: Pairing) -> Bool {
        pairing.site.chain.contains(pairing.entry.doctor.hospital)
    }

    private func isInProvince(_ pairing: Pairing) -> Bool {
        pairing.entry.hospital?.province == pairing.site.province
    }
}
