import Scheduler
import Testing
import Vocabulary

/// The batch planner: its rules, its cost, and how good its plans and its bound are.
@Suite struct PlanTests {
    private static let warm = PlanSearch.Heat(temperature: 50, lostShare: 0.2)

    @Test(arguments: PlanDay.shapes, [1, 2] as [UInt64])
    func `a plan keeps every rule and costs what the search says`(day: PlanDay, seed: UInt64) throws
    {
        let problem = try day.problem(seed: seed)
        let checker = PlanChecker(problem: problem)
        var search = PlanSearch(problem, seed: seed)
        #expect(try checker.cost(search.plan) == search.bestCost, "seed \(seed)")
        for _ in 0..<20 {
            search.improve(rounds: 50, heat: PlanTests.warm)
            #expect(try checker.cost(search.plan) == search.bestCost, "seed \(seed)")
            #expect(try checker.cost(search.currentPlan) == search.currentCost, "seed \(seed)")
        }
        // Counted even where nobody can be served and a round has nothing to do.
        #expect(search.rounds == 1_000)
    }

    @Test(arguments: PlanDay.shapes, [4, 5] as [UInt64])
    func `a round that is taken back leaves no trace`(day: PlanDay, seed: UInt64) throws {
        let problem = try day.problem(seed: seed)
        var search = PlanSearch(problem, seed: seed)
        for _ in 0..<300 {
            // Nothing worse is kept: nearly every round is taken back.
            search.improve(rounds: 1, heat: PlanSearch.Heat(temperature: 0))
            #expect(search.isSound, "seed \(seed)")
        }
    }

    @Test(arguments: PlanDay.shapes, [8, 9] as [UInt64])
    func `solving neighbourhoods exactly keeps every rule and never makes a plan dearer`(
        day: PlanDay,
        seed: UInt64
    ) throws {
        let problem = try day.problem(seed: seed)
        let checker = PlanChecker(problem: problem)
        var search = PlanSearch(problem, seed: seed)
        for _ in 0..<10 {
            let before = search.currentCost
            search.resolve()
            #expect(search.currentCost <= before, "seed \(seed)")
            #expect(search.isSound, "seed \(seed)")
            #expect(try checker.cost(search.plan) == search.bestCost, "seed \(seed)")
        }
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `solving neighbourhoods alone mends what a hot search left behind`(seed: UInt64) throws {
        let problem = try PlanDay(name: "same", requests: 80).problem(seed: seed)
        var search = PlanSearch(problem, seed: seed)
        search.improve(rounds: 100, heat: PlanTests.warm)
        let before = search.currentCost
        for _ in 0..<200 { search.resolve() }
        #expect(search.currentCost < before, "seed \(seed)")
    }

    @Test func `the same seed gives the same plan`() throws {
        let problem = try PlanDay(name: "same", requests: 80).problem(seed: 7)
        let plans = ([1, 1, 2] as [UInt64]).map { seed in
            var search = PlanSearch(problem, seed: seed)
            search.improve(rounds: 500, heat: PlanTests.warm)
            search.resolve()
            return search.currentPlan
        }
        #expect(plans[0] == plans[1])
        #expect(plans[0] != plans[2])
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `the search finds the optimum of a tiny day, and no bound is above it`(seed: UInt64) throws
    {
        let problem = try PlanDay.tiny.problem(seed: seed)
        let least = PlanChecker(problem: problem).leastCost()
        var search = PlanSearch(problem, seed: seed)
        search.improve(rounds: 2_000, heat: PlanSearch.Heat(temperature: 300, lostShare: 0.2))
        #expect(search.bestCost == least, "seed \(seed)")
        var bound = PlanBound(problem)
        #expect(bound.value <= least, "seed \(seed)")
        var tickBound = PlanTickBound(problem)
        for _ in 0..<20 {
            bound.improve(rounds: 10)
            tickBound.improve(rounds: 10)
            #expect(max(bound.value, tickBound.value) <= least, "seed \(seed)")
        }
    }

    @Test(arguments: PlanDay.shapes)
    func `no bound is above a plan`(day: PlanDay) throws {
        let problem = try day.problem(seed: 8)
        var search = PlanSearch(problem, seed: 8)
        search.improve(rounds: 1_000, heat: PlanTests.warm)
        var bound = PlanBound(problem)
        let before = bound.value
        bound.improve(rounds: 200)
        #expect(before <= bound.value)
        #expect(bound.value <= search.bestCost)
        var tickBound = PlanTickBound(problem)
        tickBound.improve(rounds: 200)
        #expect((0...search.bestCost).contains(tickBound.value))
    }

    @Test func `the bound shows how scarce a doctor is`() throws {
        // One doctor with room for one of two alike: one of them must be left out.
        let problem = try scarce()
        var bound = PlanBound(problem)
        #expect(bound.value == 0)
        bound.improve(rounds: 200)
        #expect(bound.value > 900)
        #expect(bound.value <= 1_000)
    }

    @Test(arguments: 31...45 as ClosedRange<UInt64>)
    func `no doctor who joins saves more than the prices say`(seed: UInt64) throws {
        let problem = try PlanDay.tiny.problem(seed: seed)
        var random = SeededRandom(seed: seed)
        var bound = PlanBound(problem, after: PlanSearch(problem, seed: seed).plan)
        bound.improve(rounds: 100)
        #expect(bound.value <= PlanChecker(problem: problem).leastCost(), "seed \(seed)")
        let start = Int.random(in: 0...4, using: &random)
        let doctor = PlanProblem.Doctor(
            specialties: UInt64.random(in: 1...7, using: &random),
            languages: 7,
            windows: [start..<(start + 4)],
            hospital: Int.random(in: 0...3, using: &random)
        )
        let worth = bound.worth(of: doctor)
        #expect(worth >= 0)
        let least = PlanChecker(problem: try joined(problem, doctor)).leastCost()
        #expect(Double(least) >= Double(bound.value) - worth - 1, "seed \(seed)")
    }

    @Test func `an hour of a doctor is worth whom it could serve, and nothing where nobody waits`()
        throws
    {
        let problem = try scarce()
        var bound = PlanBound(problem)
        bound.improve(rounds: 400)
        var doctor = problem.doctors[0]
        #expect((900.0...1_000).contains(bound.worth(of: doctor)))
        // Too short for the consult, of another specialty, and without a shared language.
        doctor.windows = [0..<2]
        #expect(bound.worth(of: doctor) == 0)
        doctor.windows = [0..<3]
        doctor.specialties = 2
        #expect(bound.worth(of: doctor) == 0)
        doctor.specialties = 1
        doctor.languages = 2
        #expect(bound.worth(of: doctor) == 0)
    }

    @Test(arguments: PlanDay.shapes, [12, 13] as [UInt64])
    func `a search that follows prices keeps every rule and is never worse than before`(
        day: PlanDay,
        seed: UInt64
    ) throws {
        let problem = try day.problem(seed: seed)
        let checker = PlanChecker(problem: problem)
        var search = PlanSearch(problem, seed: seed)
        let greedy = search.bestCost
        var bound = PlanBound(problem, after: search.plan)
        bound.improve(rounds: 100)
        search.follow(bound)
        for _ in 0..<10 {
            search.improve(rounds: 50, heat: PlanTests.warm)
            #expect(search.bestCost <= greedy, "seed \(seed)")
            #expect(bound.value <= search.bestCost, "seed \(seed)")
            #expect(try checker.cost(search.plan) == search.bestCost, "seed \(seed)")
            #expect(try checker.cost(search.currentPlan) == search.currentCost, "seed \(seed)")
            #expect(search.isSound, "seed \(seed)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64], [30, 5])
    func `searches side by side merge into a plan that keeps every rule`(
        seed: UInt64,
        doctors: Int
    ) throws {
        // With few doctors, a part has nobody for some of its requests.
        let day = PlanDay(
            name: "crowd",
            requests: 120,
            doctors: doctors,
            sites: 3,
            stations: [1, 2]
        )
        let problem = try day.problem(seed: seed)
        let checker = PlanChecker(problem: problem)
        var hand = PlanSearch(problem, seed: seed)
        for epoch in 0..<8 as Range<UInt64> {
            let before = hand.bestCost
            let parts = (0..<3).map { part in
                var search = hand.branch(to: part, of: 3, seed: epoch)
                search.improve(rounds: 200, heat: PlanTests.warm)
                return search
            }
            hand.merge(parts)
            #expect(hand.isSound)
            #expect(hand.bestCost <= before)
            #expect(try checker.cost(hand.currentPlan) == hand.currentCost, "seed \(seed)")
            #expect(try checker.cost(hand.plan) == hand.bestCost, "seed \(seed)")
        }
        #expect(hand.rounds > 0)
    }

    @Test func `a search goes on from another's best plan`() throws {
        let problem = try PlanDay(name: "adopt", requests: 80).problem(seed: 9)
        var other = PlanSearch(problem, seed: 1)
        other.improve(rounds: 2_000, heat: PlanTests.warm)
        var search = PlanSearch(problem, seed: 2)
        search.adopt(other)
        #expect(search.currentPlan == other.plan)
        #expect(search.bestCost == other.bestCost)
        #expect(search.isSound)
    }

    @Test(arguments: PlanDay.shapes, [14, 15] as [UInt64])
    func `a search takes over what another does better and nothing that costs more`(
        day: PlanDay,
        seed: UInt64
    ) throws {
        let problem = try day.problem(seed: seed)
        let checker = PlanChecker(problem: problem)
        var (one, other) = (PlanSearch(problem, seed: 1), PlanSearch(problem, seed: 2))
        one.improve(rounds: 200, heat: PlanTests.warm)
        other.improve(rounds: 200, heat: PlanTests.warm)
        let before = one.bestCost
        one.adoptBetterParts(of: other)
        #expect(one.bestCost <= before, "seed \(seed)")
        #expect(one.isSound, "seed \(seed)")
        #expect(try checker.cost(one.plan) == one.bestCost, "seed \(seed)")
        let after = one.bestCost
        one.adoptBetterParts(of: one)
        #expect(one.bestCost == after)
    }

    @Test(arguments: PlanDay.shapes, [16, 17] as [UInt64])
    func `a search goes back to its best plan with what the plan in hand does better`(
        day: PlanDay,
        seed: UInt64
    ) throws {
        let problem = try day.problem(seed: seed)
        var search = PlanSearch(problem, seed: seed)
        for _ in 0..<10 {
            search.improve(rounds: 100, heat: PlanTests.warm)
            let before = search.bestCost
            search.gatherBest()
            #expect(search.bestCost <= before, "seed \(seed)")
            #expect(search.currentCost == search.bestCost, "seed \(seed)")
            #expect(search.isSound, "seed \(seed)")
            #expect(
                try PlanChecker(problem: problem).cost(search.plan) == search.bestCost,
                "seed \(seed)"
            )
        }
    }

    @Test(arguments: PlanDay.shapes, [18, 19] as [UInt64])
    func `a search that goes on where plans differed keeps every rule`(
        day: PlanDay,
        seed: UInt64
    ) throws {
        let problem = try day.problem(seed: seed)
        let checker = PlanChecker(problem: problem)
        var search = PlanSearch(problem, seed: seed)
        for _ in 0..<5 {
            search.improve(rounds: 100, heat: PlanTests.warm)
            search.gatherBest()
            search.seekUnsettled()
            let before = search.bestCost
            search.improve(rounds: 100, heat: PlanTests.warm)
            #expect(search.bestCost <= before, "seed \(seed)")
            #expect(search.isSound, "seed \(seed)")
            #expect(try checker.cost(search.plan) == search.bestCost, "seed \(seed)")
        }
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `where no plans differed a search goes on everywhere`(seed: UInt64) throws {
        let problem = try PlanDay(name: "same", requests: 80).problem(seed: seed)
        var search = PlanSearch(problem, seed: seed)
        let before = search.bestCost
        search.gatherBest()
        search.seekUnsettled()
        search.improve(rounds: 500, heat: PlanSearch.Heat(temperature: 0))
        #expect(search.bestCost < before, "seed \(seed)")
    }

    @Test(arguments: PlanDay.shapes)
    func `requests decided one by one keep every rule`(day: PlanDay) throws {
        let problem = try day.problem(seed: 10)
        var desk = PlanDesk(problem)
        for request in problem.requests.indices {
            let place = desk.decide(request)
            #expect(desk.decide(request) == place)
        }
        #expect(try PlanChecker(problem: problem).cost(desk.plan) == desk.cost)
    }

    @Test func `urgent requests are planned alone until the search is widened`() throws {
        let problem = try PlanDay(name: "urgent", requests: 80).problem(seed: 11)
        let checker = PlanChecker(problem: problem)
        var search = PlanSearch(problem, seed: 1, urgentOnly: true)
        search.improve(rounds: 500, heat: PlanTests.warm)
        for (request, place) in zip(problem.requests, search.currentPlan) {
            #expect(request.urgency <= 2 || place == nil)
        }
        let before = search.bestCost
        search.widen()
        #expect(search.bestCost < before)
        #expect(search.isSound)
        #expect(try checker.cost(search.plan) == search.bestCost)
        search.improve(rounds: 500, heat: PlanTests.warm)
        #expect(try checker.cost(search.plan) == search.bestCost)
        #expect(try checker.cost(search.currentPlan) == search.currentCost)
    }

    @Test func `a day without requests or doctors is planned`() throws {
        let none = try PlanProblem(
            horizon: 10,
            buffer: 1,
            requests: [],
            doctors: [],
            sites: [],
            hospitals: []
        )
        var search = PlanSearch(none, seed: 1)
        search.improve(rounds: 10, heat: PlanTests.warm)
        #expect(search.bestCost == 0)
        #expect(search.plan == [])
        var bound = PlanBound(none)
        bound.improve(rounds: 10)
        #expect(bound.value == 0)
        var tickBound = PlanTickBound(none)
        tickBound.improve(rounds: 10)
        #expect(tickBound.value == 0)
    }

    @Test
    func `the least and the most are planned, and what lies beyond is refused with a sentence`()
        throws
    {
        _ = try empty(horizon: PlanProblem.horizonLimit)
        #expect(throws: PlanError("the horizon is 2017 ticks; from 1 to 2016 are planned")) {
            try empty(horizon: PlanProblem.horizonLimit + 1)
        }
        #expect(throws: PlanError.self) { try empty(horizon: 0) }
        _ = try empty(buffer: 10)
        #expect(throws: PlanError.self) { try empty(buffer: 11) }
        #expect(throws: PlanError.self) { try empty(buffer: -1) }
        _ = try empty(weights: PlanProblem.Weights(overload: PlanProblem.weightLimit))
        #expect(throws: PlanError.self) {
            try empty(weights: PlanProblem.Weights(overload: PlanProblem.weightLimit + 1))
        }
        #expect(throws: PlanError.self) { try empty(weights: PlanProblem.Weights(overload: -1)) }
        #expect(throws: PlanError.self) {
            try empty(weights: PlanProblem.Weights(overloadShare: .nan))
        }
        #expect(throws: PlanError("request 0: there is no site 1")) { try scarce(site: 1) }
        #expect(throws: PlanError("doctor 0: there is no hospital 1")) { try scarce(hospital: 1) }
        #expect(throws: PlanError("request 0: urgency 5 has no weights")) { try scarce(urgency: 5) }
        #expect(throws: PlanError.self) { try scarce(urgency: 0) }
        #expect(throws: PlanError("doctor 0: a window leaves the horizon")) {
            try scarce(window: 0..<11)
        }
        #expect(throws: PlanError.self) { try scarce(duration: 0) }
        _ = try scarce(specialty: 63)
        #expect(throws: PlanError.self) { try scarce(specialty: 64) }
    }

    private func empty(
        horizon: Int = 10,
        buffer: Int = 1,
        weights: PlanProblem.Weights = PlanProblem.Weights()
    ) throws -> PlanProblem {
        try PlanProblem(
            horizon: horizon,
            buffer: buffer,
            requests: [],
            doctors: [],
            sites: [],
            hospitals: [],
            weights: weights
        )
    }

    /// The problem with one more doctor.
    private func joined(
        _ problem: PlanProblem,
        _ doctor: PlanProblem.Doctor
    ) throws -> PlanProblem {
        try PlanProblem(
            horizon: problem.horizon,
            buffer: problem.buffer,
            requests: problem.requests,
            doctors: problem.doctors + [doctor],
            sites: problem.sites,
            hospitals: problem.hospitals,
            weights: problem.weights
        )
    }

    /// Two requests alike and one doctor with room for one.
    private func scarce(
        urgency: Int = 4,
        duration: Int = 3,
        site: Int = 0,
        specialty: Int = 0,
        window: Range<Int> = 0..<3,
        hospital: Int = 0
    ) throws -> PlanProblem {
        let request = PlanProblem.Request(
            urgency: urgency,
            earliest: 0,
            deadline: 10,
            duration: duration,
            site: site,
            specialty: specialty,
            languages: 1
        )
        let doctor = PlanProblem.Doctor(
            specialties: 1,
            languages: 1,
            windows: [window],
            hospital: hospital
        )
        return try PlanProblem(
            horizon: 10,
            buffer: 1,
            requests: [request, request],
            doctors: [doctor],
            sites: [PlanProblem.Site(region: 0, stations: 2, chain: [0])],
            hospitals: [PlanProblem.Hospital(tier: 2, region: 0)],
            weights: PlanProblem.Weights(overload: 0)
        )
    }
}
