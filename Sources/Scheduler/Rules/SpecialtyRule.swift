/// The doctor has the specialty that is looked for.
public struct SpecialtyRule: HardRule {
    /// `specialty`.
    public var name: String { "specialty" }
    /// All who are alike in it get the same answer.
    public var concernsCohort: Bool { true }

    /// The rule.
    public init() {}

    /// Whether the doctor has the specialty.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        pairing.doctor.specialties.contains(pairing.specialty)
    }

    /// Which specialty is missing.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        "the doctor's specialties do not include \(pairing.specialty.rawValue)"
    }

    /// `n are of another specialty`.
    public func summary(ofRefusals count: Int) -> String { "\(count) of another specialty" }
}
