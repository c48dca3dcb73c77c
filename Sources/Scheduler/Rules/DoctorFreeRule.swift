public import Vocabulary

/// The doctor has no other consult during this one and the buffer after it.
public struct DoctorFreeRule: HardRule {
    /// `doctorFree`.
    public var name: String { "doctorFree" }
    /// The start decides.
    public var isTimed: Bool { true }

    /// The rule.
    public init() {}

    /// Whether no live booking of the doctor overlaps the consult and its buffer.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        roster.row(pairing.entry).isFree(
            pairing.start,
            pairing.doctorFreeAt,
            seenAt: pairing.now,
            ignoring: pairing.ignored
        )
    }

    /// Until when the doctor is booked.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let release = nextChance(pairing, in: roster)
        let until = release.map { " until \(LocalTime.clock($0, seenAt: pairing.now))" } ?? ""
        return "the doctor is booked\(until)"
    }

    /// When the doctor's next consult and its buffer end.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        roster.row(pairing.entry).nextEnd(after: pairing.start, seenAt: pairing.now)
    }

    /// `n booked`.
    public func summary(ofRefusals count: Int) -> String { "\(count) booked" }

    /// Room in the doctor's day.
    public func remedy(_ request: ConsultRequest) -> String? {
        "a doctor's other consults moved"
    }
}
