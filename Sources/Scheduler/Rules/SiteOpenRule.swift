public import Vocabulary

/// The asking site is open for the whole consult.
///
/// What presses is not asked: whoever asks for an emergency or an urgent consult is there.
public struct SiteOpenRule: HardRule {
    /// `siteOpen`.
    public var name: String { "siteOpen" }
    /// The start decides.
    public var isTimed: Bool { true }
    /// It is the same for every doctor.
    public var concernsDoctor: Bool { false }

    /// The rule.
    public init() {}

    /// Whether the site keeps no hours, or its hours hold the consult.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        pairing.request.urgency <= .urgent
            || pairing.site.isOpen(from: pairing.start, until: pairing.end)
    }

    /// That it is closed, and until when.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let opening = nextChance(pairing, in: roster)
        let until = opening.map { " until \(LocalTime.clock($0, seenAt: pairing.now))" } ?? ""
        return "the site is closed\(until)"
    }

    /// When the site opens next.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        pairing.site.hours?.nextOpening(after: pairing.start)
    }

    /// That it concerns all of them alike.
    public func summary(ofRefusals count: Int) -> String { "\(count) while the site is closed" }

    /// Longer hours.
    public func remedy(_ request: ConsultRequest) -> String? { "the site open longer" }
}
