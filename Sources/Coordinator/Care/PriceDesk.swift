import Scheduler
import Vocabulary

/// Works out what one more doctor hour is worth, beside everything else, and keeps it for a while.
///
/// Asked for the same by many at once it works once: the others wait for the actor.
actor PriceDesk {
    /// How old prices may be that are given as they are.
    static let freshFor: Duration = .minutes(5)
    /// Most answers that are kept.
    private static let limit = 256

    private struct Question: Hashable {
        let specialty: Specialty
        let hours: Int
    }

    private var known: [Question: (at: Instant, prices: HourPrices)] = [:]

    /// The prices of a specialty and when they were made; throws `PlanError` when the hours cannot
    /// be planned.
    func prices(
        _ specialty: Specialty,
        hours: Int,
        by forecaster: Forecaster,
        at now: Instant
    ) throws(PlanError) -> (at: Instant, prices: HourPrices) {
        let question = Question(specialty: specialty, hours: hours)
        if let kept = fresh(question, at: now) { return kept }
        let made = (at: now, prices: try forecaster.prices(specialty, hours: hours, at: now))
        if known.count >= PriceDesk.limit { known = known.filter { isFresh($0.value.at, now) } }
        if known.count < PriceDesk.limit { known[question] = made }
        return made
    }

    private func fresh(
        _ question: Question,
        at now: Instant
    ) -> (at: Instant, prices: HourPrices)? {
        guard let kept = known[question], isFresh(kept.at, now) else { return nil }
        return kept
    }

    private func isFresh(_ at: Instant, _ now: Instant) -> Bool {
        at <= now && now - at < PriceDesk.freshFor
    }
}
