public import Vocabulary

/// The asking site has a free station for the whole consult.
public struct StationRule: HardRule {
    /// `station`.
    public var name: String { "station" }
    /// The start decides.
    public var isTimed: Bool { true }
    /// It is the same for every doctor.
    public var concernsDoctor: Bool { false }

    /// The rule.
    public init() {}

    /// Whether fewer consults than stations are held at every instant.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        let use = roster.row(pairing.site.id)
        let peak = use.peak(
            pairing.start,
            pairing.end,
            seenAt: pairing.now,
            ignoring: pairing.ignored
        )
        return peak < pairing.site.stations
    }

    /// How many stations there are.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let count = pairing.site.stations
        return count == 1
            ? "the site's one station is taken" : "the site's \(count) stations are taken"
    }

    /// When the next consult at the site ends.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        roster.row(pairing.site.id).nextEnd(after: pairing.start, seenAt: pairing.now)
    }

    /// That it concerns all of them alike.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) while no station of the site is free"
    }

    /// Room at the site.
    public func remedy(_ request: ConsultRequest) -> String? { "a free station at the site" }
}
