public import Vocabulary

/// The consult fits into the doctor's load of its day.
///
/// The day is the local one, of UTC+7, in which the consult begins. To its load belong the consults
/// of the doctor that are live (held and offered ones, too, and those of a group) or took place,
/// with their planned or actual lengths and without buffers; not what was cancelled, declined, or
/// nobody came to. An emergency is not asked, and counts for whoever comes after it.
public struct DailyLoadRule: HardRule {
    /// `dailyLoad`.
    public var name: String { "dailyLoad" }
    /// The start decides.
    public var isTimed: Bool { true }

    /// The rule.
    public init() {}

    /// Whether the doctor has no limit, or the day's consults and this one keep it.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        guard let limit = pairing.entry.dailyLoad, pairing.request.urgency != .emergency else {
            return true
        }
        return load(pairing, in: roster) + pairing.request.durationMinutes <= limit
    }

    /// What the doctor has that day.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let limit = pairing.entry.dailyLoad ?? 0
        let load = load(pairing, in: roster)
        return "the doctor has \(load) minutes of consults that day; the limit is \(limit)"
    }

    /// The beginning of the next day.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        guard let limit = pairing.entry.dailyLoad, pairing.request.durationMinutes <= limit else {
            return nil
        }
        return LocalTime.midnight(ofDay: LocalTime.dayNumber(of: pairing.start) + 1)
    }

    /// `n with a full day`.
    public func summary(ofRefusals count: Int) -> String { "\(count) with a full day" }

    /// More work than the limit.
    public func remedy(_ request: ConsultRequest) -> String? {
        "a doctor taking on more than the daily load"
    }

    private func load(_ pairing: Pairing, in roster: Roster) -> Int {
        roster.loadMinutes(of: pairing, onDay: LocalTime.dayNumber(of: pairing.start))
    }
}
