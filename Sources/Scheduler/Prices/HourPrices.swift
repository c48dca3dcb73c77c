public import Vocabulary

/// What one more hour of one doctor would be worth.
public struct HourPrice: Sendable, Equatable, Codable {
    /// The doctor's specialty.
    public let specialty: Specialty
    /// A language that the doctor speaks beside Vietnamese; Vietnamese for none.
    public let language: Language
    /// The province of the doctor's hospital, which is a provincial one.
    public let province: ProvinceID
    /// The hour's first instant.
    public let from: Instant
    /// The first instant after it.
    public let until: Instant
    /// What the hour would save, in the goals' unit: a routine request's wait of 5 min is 1.
    ///
    /// As much as the doctor takes over from the plan for those who wait and are expected.
    public let worth: Double
    /// What it would save at most, had everybody else's day been planned anew: its shadow price.
    public let atMost: Double

    /// A price.
    public init(
        specialty: Specialty,
        language: Language,
        province: ProvinceID,
        from: Instant,
        until: Instant,
        worth: Double,
        atMost: Double
    ) {
        self.specialty = specialty
        self.language = language
        self.province = province
        self.from = from
        self.until = until
        self.worth = worth
        self.atMost = atMost
    }
}

extension HourPrice {
    /// Whether it is worth more, or as much and comes first otherwise.
    public func comesBefore(_ other: HourPrice) -> Bool {
        guard worth == other.worth else { return worth > other.worth }
        return (from, specialty.rawValue, province, language.rawValue)
            < (other.from, other.specialty.rawValue, other.province, other.language.rawValue)
    }
}

/// What one more doctor hour of a specialty is worth, by hour, province and language.
public struct HourPrices: Sendable, Equatable {
    /// The specialty.
    public let specialty: Specialty
    /// Doctors with the specialty.
    public let doctors: Int
    /// Requests that wait for one now.
    public let waiting: Int
    /// Requests that are expected in the hours.
    public let expected: Int
    /// How many rounds the prices were improved: the more, the nearer they are.
    public let rounds: Int
    /// Hours that are worth something, the most valuable first.
    public let hours: [HourPrice]
}

extension Forecaster {
    /// The most rounds that prices are improved, and the starts that are looked at in all of them.
    static let priceRounds = 200
    static let priceWork = 200_000_000
    /// The most requests of a specialty that are priced, the most urgent first.
    static let priceRequests = 4_000

    /// What one more doctor hour is worth, by shadow prices.
    ///
    /// Those who wait, and those whom the last days let expect, are to be served by what the doctors
    /// have free beside their bookings, in ticks of five minutes from now on, the most urgent first.
    /// A doctor who comes for an hour saves what those taken over cost in that plan, and at most what
    /// the Lagrangian bound says, which gives each request, station and tick a price (`PlanBound`). Who could be served after the last
    /// hour as well is worth no more than the wait until then and a day. Licences and time on call
    /// are left out, and a doctor of two specialties counts in both.
    public func prices(
        _ specialty: Specialty,
        hours: Int,
        at now: Instant
    ) throws(PlanError) -> HourPrices {
        var roster = roster
        roster.prepare(at: now)
        var day = PricedDay(specialty, hours: hours, at: now)
        let doctors = roster.doctors(of: specialty).compactMap { roster.entry($0) }
        let waiting = queue.filter { $0.specialty == specialty }
        let expected = history.expected(specialty, in: day.spans)
        day.take(sites: roster.sites)
        day.take(waiting, in: roster)
        day.take(expected)
        for entry in doctors { day.take(entry, slots: roster.row(entry).slots) }
        let problem = try day.problem(limit: Forecaster.priceRequests)
        let plan = PlanDesk.urgentFirst(problem)
        var bound = PlanBound(problem, after: plan)
        bound.improve(rounds: Forecaster.rounds(problem))
        let relief = PlanRelief(problem, of: plan)
        return HourPrices(
            specialty: specialty,
            doctors: doctors.count,
            waiting: waiting.count,
            expected: day.expectedCount,
            rounds: bound.rounds,
            hours: day.prices(&bound, relief)
        )
    }

    /// As many rounds as a fixed amount of work allows, so that the same day gives the same prices.
    private static func rounds(_ problem: PlanProblem) -> Int {
        let starts = problem.jobs.reduce(1) { $0 + max(0, $1.last - $1.first + 1) }
        return min(max(priceWork / (starts * max(problem.doctors.count, 1)), 3), priceRounds)
    }
}

extension PlanDesk {
    /// A day decided one by one, the most urgent first.
    static func urgentFirst(_ problem: PlanProblem) -> [PlanPlace?] {
        var desk = PlanDesk(problem)
        let order = problem.requests.indices.sorted {
            (problem.requests[$0].urgency, problem.requests[$0].earliest, $0)
                < (problem.requests[$1].urgency, problem.requests[$1].earliest, $1)
        }
        for request in order { _ = desk.decide(request) }
        return desk.plan
    }
}
