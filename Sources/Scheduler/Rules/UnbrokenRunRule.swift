public import Vocabulary

/// The doctor would not be at work for longer than the own limit without a pause.
///
/// Consults with less than `pause` between the buffer after one and the start of the next are one
/// run. An emergency is not asked: it counts, and whoever comes after it waits for the pause.
public struct UnbrokenRunRule: HardRule {
    /// `unbrokenRun`.
    public var name: String { "unbrokenRun" }
    /// The start decides.
    public var isTimed: Bool { true }

    /// The least time without a consult that ends a run.
    public static let pause: Duration = .minutes(15)

    /// The rule.
    public init() {}

    /// Whether the doctor has no limit, or the run that the consult would be part of keeps it.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        guard let limit = pairing.entry.longestRun, pairing.request.urgency != .emergency else {
            return true
        }
        return WorkRun(pairing, in: roster).length <= limit
    }

    /// How long the run would be.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let minutes = WorkRun(pairing, in: roster).length.wholeMilliseconds / 60_000
        let limit = pairing.doctor.longestRunMinutes ?? 0
        return "the doctor would work \(minutes) minutes without a pause; the limit is \(limit)"
    }

    /// When a pause lies between, or the run is short enough.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        guard let limit = pairing.entry.longestRun, pairing.doctorFreeAt - pairing.start <= limit
        else { return nil }
        return WorkRun(pairing, in: roster).nextStart(limit: limit)
    }

    /// `n in need of a pause`.
    public func summary(ofRefusals count: Int) -> String { "\(count) in need of a pause" }

    /// Work without the pause.
    public func remedy(_ request: ConsultRequest) -> String? {
        "a doctor working without the pause"
    }
}
