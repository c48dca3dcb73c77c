public import Vocabulary

/// The patient has no other consult at that time.
public struct PatientFreeRule: HardRule {
    /// `patientFree`.
    public var name: String { "patientFree" }
    /// The start decides.
    public var isTimed: Bool { true }
    /// It is the same for every doctor.
    public var concernsDoctor: Bool { false }

    /// The rule.
    public init() {}

    /// Whether no live booking of the patient overlaps.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        roster.isFree(
            pairing.request.patient,
            from: pairing.start,
            until: pairing.end,
            at: pairing.now
        )
    }

    /// That another consult is in the way.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        "another consult of the same patient overlaps"
    }

    /// The end of the patient's next consult.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        roster.nextRelease(
            of: pairing.request.patient,
            after: pairing.start,
            at: pairing.now
        )
    }

    /// That it concerns all of them alike.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) while the patient has another consult"
    }
}
