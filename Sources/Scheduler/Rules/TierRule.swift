import Vocabulary

/// An emergency or urgent request needs a doctor of a central or provincial hospital, until its
/// ringing has come to a wide step: then any doctor is better than none.
public struct TierRule: HardRule {
    /// `tier`.
    public var name: String { "tier" }
    /// All who are alike in it get the same answer.
    public var concernsCohort: Bool { true }

    /// The rule.
    public init() {}

    /// Whether the hospital is of tier 1 or 2, or the request is not urgent.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        switch pairing.request.urgency {
        case .emergency, .urgent:
            pairing.terms.allowsAnyTier || (pairing.hospital?.tier ?? .commune) <= .provincial
        case .soon, .routine: true
        }
    }

    /// Which level the hospital has.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let level = pairing.hospital.map { "is \($0.tier.name)" } ?? "is not in the register"
        return "the hospital \(level); \(pairing.request.urgency.rawValue) requests need"
            + " a central or provincial one"
    }

    /// `n at a hospital below provincial level`.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) at a hospital below provincial level"
    }

    /// A lower hospital.
    public func remedy(_ request: ConsultRequest) -> String? {
        "a doctor of a hospital below provincial level"
    }
}
