public import Vocabulary

/// The consult begins and ends inside the request's window.
///
/// Once a request is overdue and somebody is still needed, its deadline no longer binds.
public struct WindowRule: HardRule {
    /// `window`.
    public var name: String { "window" }
    /// The start decides.
    public var isTimed: Bool { true }
    /// It is the same for every doctor.
    public var concernsDoctor: Bool { false }

    /// The rule.
    public init() {}

    /// Whether the start is not too early and the end not too late.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        pairing.start >= pairing.request.earliest
            && (pairing.terms.isOverdue || pairing.end <= pairing.request.deadline)
    }

    /// Which end of the window is in the way.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let request = pairing.request
        return pairing.start < request.earliest
            ? "not before \(LocalTime.clock(request.earliest, seenAt: pairing.now))"
            : "the deadline is \(LocalTime.clock(request.deadline, seenAt: pairing.now))"
    }

    /// The window's first instant, while that lies ahead.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        pairing.start < pairing.request.earliest ? pairing.request.earliest : nil
    }

    /// `n too late for the deadline`.
    public func summary(ofRefusals count: Int) -> String { "\(count) too late for the deadline" }
}
