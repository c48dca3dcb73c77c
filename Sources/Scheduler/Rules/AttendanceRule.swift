public import Vocabulary

/// The doctor is to be had at that time: present, on the on-call roster, or in an own window.
///
/// - Present (`onCall` or `available`): for a consult that begins within `Pairing.reach` of now.
/// - On the on-call roster for the whole consult: for an emergency or urgent request.
/// - Inside an availability window for the whole consult: unless the doctor is `off` and the
///   consult begins within `Pairing.reach`, for who is off is not asked at once but with notice.
public struct AttendanceRule: HardRule {
    /// `attendance`.
    public var name: String { "attendance" }
    /// The start decides.
    public var isTimed: Bool { true }

    /// The rule.
    public init() {}

    /// Whether one of the three holds.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        let isPresent = pairing.entry.presence != .off
        if isPresent, pairing.isImmediate { return true }
        let duty = pairing.entry.duty
        if pairing.request.urgency <= .urgent,
            duty.isOnCall(from: pairing.start, until: pairing.end)
        {
            return true
        }
        guard isPresent || !pairing.isImmediate else { return false }
        return duty.covers(from: pairing.start, until: pairing.end)
    }

    /// When the doctor would next be there.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let next = pairing.entry.duty.nextOpening(after: pairing.start)
        let until = next.map { " until \(LocalTime.clock($0, seenAt: pairing.now))" } ?? ""
        return pairing.doctor.presence == .off
            ? "the doctor is off\(until)"
            : "the doctor has no window then\(until)"
    }

    /// The end of the immediate reach, or the next window's opening.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        let opening = pairing.entry.duty.nextOpening(after: pairing.start)
        guard pairing.isImmediate else { return opening }
        let reachEnd = pairing.now + Pairing.reach
        return min(opening ?? reachEnd, reachEnd)
    }

    /// `n off or outside their windows`.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) off or outside their windows"
    }

    /// Somebody who comes in.
    public func remedy(_ request: ConsultRequest) -> String? {
        "a doctor called in outside their windows"
    }
}
