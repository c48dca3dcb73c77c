/// The doctor's licence covers the province of the asking site.
public struct LicenceRule: HardRule {
    /// `licence`.
    public var name: String { "licence" }
    /// All who are alike in it get the same answer.
    public var concernsCohort: Bool { true }

    /// The rule.
    public init() {}

    /// Whether the licence covers the site's province; an empty scope is the whole country.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        pairing.doctor.licensedProvinces.isEmpty
            || pairing.doctor.licensedProvinces.contains(pairing.site.province)
    }

    /// Which province is not covered.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        "the licence does not cover \(pairing.site.provinceName)"
    }

    /// `n not licensed for the province`.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) not licensed for the province"
    }

    /// A licence.
    public func remedy(_ request: ConsultRequest) -> String? { "a licence for the province" }
}
