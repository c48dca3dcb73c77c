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
        roster.row(pairing.request.patient).isFree(
            pairing.start,
            pairing.end,
            seenAt: pairing.now,
            ignoring: pairing.ignored
        )
    }

    /// That another consult is in the way.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        "another consult of the same patient overlaps"
    }

    /// The end of the patient's next consult.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        roster.row(pairing.request.patient).nextEnd(after: pairing.start, seenAt: pairing.now)
    }

    /// That it concerns all of them alike.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) while the patient has another consult"
    }

    /// Another time for the other consult.
    public func remedy(_ request: ConsultRequest) -> String? {
        "the patient's other consult moved"
    }
}
