/// Work is shared fairly.
public struct LoadGoal: SoftGoal {
    /// `load`.
    public var name: String { "load" }
    /// Tomorrow may be emptier.
    public var growsWithStart: Bool { false }

    /// The goal.
    public init() {}

    /// The ticks that this consult adds beyond the fair fraction of the doctor's day, and a little
    /// for what the doctor has done that day already.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        let day = LocalTime.dayNumber(of: pairing.start)
        return cost(
            of: pairing.request.durationMinutes,
            load: roster.loadMinutes(of: pairing, onDay: day),
            bookable: pairing.entry.duty.bookableMinutes(onDay: day),
            weights
        )
    }

    /// The same for a day that the board knows.
    public func least(_ glance: Glance, weights: GoalWeights) -> Double {
        guard let day = glance.day else { return 0 }
        return cost(of: glance.minutes, load: day.load, bookable: day.bookable, weights)
    }

    private func cost(
        of minutes: Int,
        load: Int,
        bookable: Int,
        _ weights: GoalWeights
    ) -> Double {
        let fair = Double(bookable)
        var cost = weights.loadHour * Double(load) / 60
        if fair > 0 {
            let limit = weights.overFraction * fair
            let before = max(0, Double(load) - limit)
            let after = max(0, Double(load + minutes) - limit)
            cost += weights.over * (after - before) / 5
        }
        return cost
    }

    /// That the doctor is fresh.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        let day = LocalTime.dayNumber(of: pairing.start)
        return roster.loadMinutes(of: pairing, onDay: day) == 0
            ? "no other consult that day" : nil
    }

    /// That the doctor has more to do.
    public func loss(_ pairing: Pairing, in roster: Roster) -> String { "has more work that day" }
}
