import Scheduler
import Store
import Vocabulary

/// Reads the ledger of waits, refusals and loads from the records, and keeps it for a while.
actor EquityDesk {
    /// How old a ledger may be that is given as it is.
    static let freshFor: Duration = .minutes(1)

    private let forecasts: ForecastDesk
    private let directory: Directory
    private var known: [Int: (at: Instant, ledger: EquityLedger)] = [:]

    init(forecasts: ForecastDesk, directory: Directory) {
        self.forecasts = forecasts
        self.directory = directory
    }

    /// The ledger of the last local days, today too.
    func ledger(days: Int, at now: Instant) async throws -> EquityLedger {
        if let kept = known[days], kept.at <= now, now - kept.at < EquityDesk.freshFor {
            return kept.ledger
        }
        let today = LocalTime.dayNumber(of: now)
        let first = today - days + 1
        var ledger = EquityLedger(
            sites: await directory.allSites(),
            doctors: await directory.doctors(specialty: nil, site: nil, after: nil, limit: .max),
            days: first..<(today + 1)
        )
        let from = LocalTime.midnight(ofDay: first)
        for request in try await forecasts.requests(from: from, until: now) {
            ledger.count(request)
        }
        for consult in try await forecasts.consults(from: from, until: now) {
            ledger.count(consult)
        }
        known = known.filter { now - $0.value.at < EquityDesk.freshFor }
        known[days] = (now, ledger)
        return ledger
    }
}
