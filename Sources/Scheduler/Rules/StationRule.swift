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
        roster.hasFreeStation(
            pairing.site.id,
            from: pairing.start,
            until: pairing.end,
            at: pairing.now
        )
    }

    /// How many stations there are.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let count = pairing.site.stations
        return count == 1
            ? "the site's one station is taken" : "the site's \(count) stations are taken"
    }

    /// When the next consult at the site ends.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        roster.nextRelease(of: pairing.site.id, after: pairing.start, at: pairing.now)
    }

    /// That it concerns all of them alike.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) while no station of the site is free"
    }
}
