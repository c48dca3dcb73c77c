public import Vocabulary

/// The doctor has not declined the request, nor let its last offer run out.
public struct NotDeclinedRule: HardRule {
    /// `declined`.
    public var name: String { "declined" }

    /// The rule.
    public init() {}

    /// Whether the doctor may still be asked.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        let doctor = pairing.doctor.id
        return !pairing.request.declinedBy.contains(doctor)
            && !pairing.request.unansweredBy.contains(doctor)
            && !pairing.terms.excluded.contains(doctor)
    }

    /// Those whom the request or the terms name.
    public func suspects(_ request: ConsultRequest, _ terms: MatchTerms) -> [DoctorID]? {
        request.declinedBy + request.unansweredBy + terms.excluded
    }

    /// What the doctor did.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        if pairing.request.declinedBy.contains(pairing.doctor.id) { return "the doctor declined" }
        if pairing.request.unansweredBy.contains(pairing.doctor.id) {
            return "the doctor did not answer or did not come"
        }
        return "the database refused a booking with this doctor a moment ago"
    }

    /// `n asked already`.
    public func summary(ofRefusals count: Int) -> String { "\(count) asked already" }

    /// Another try.
    public func remedy(_ request: ConsultRequest) -> String? {
        "a doctor who was asked already and says yes"
    }
}
