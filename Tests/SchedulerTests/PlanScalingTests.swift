import Scheduler
import Testing
import Vocabulary

/// How the work of planning grows with a day's size, counted and not timed.
@Suite struct PlanScalingTests {
    /// Five requests a doctor and as many sites as keep stations from being all that counts.
    private func day(requests: Int, doctors: Int) -> PlanDay {
        PlanDay(
            name: "\(requests) requests",
            requests: requests,
            doctors: doctors,
            sites: max(4, requests / 4),
            stations: [1, 2]
        )
    }

    private func looks(requests: Int, doctors: Int) throws -> Double {
        let problem = try day(requests: requests, doctors: doctors).problem(seed: 21)
        var desk = PlanDesk(problem)
        for request in problem.requests.indices { _ = desk.decide(request) }
        return Double(desk.looks) / Double(requests)
    }

    private func logarithm(_ number: Int) -> Double {
        Double(Int.bitWidth - number.leadingZeroBitCount)
    }

    @Test(arguments: [500, 2_000, 8_000])
    func `with doctors and requests alike, a decision looks at no more than a logarithm of them`(
        requests: Int
    ) throws {
        let doctors = requests / 5
        let looks = try looks(requests: requests, doctors: doctors)
        #expect(looks < PlanScalingTests.factor * logarithm(doctors))
    }

    @Test(arguments: [1_000, 4_000, 8_000])
    func `with more requests for the same doctors, a decision looks at no more of them`(
        requests: Int
    ) throws {
        let looks = try looks(requests: requests, doctors: 400)
        #expect(looks < PlanScalingTests.factor * logarithm(400))
    }

    /// Looks a decision for each doubling of the doctors.
    private static let factor = 8.0

    @Test(arguments: [22, 23, 24] as [UInt64])
    func `of many doctors the cheapest place of all is found`(seed: UInt64) throws {
        var day = day(requests: 25, doctors: 60)
        day.horizon = 24
        day.window = 6...16
        let problem = try day.problem(seed: seed)
        let checker = PlanChecker(problem: problem)
        var desk = PlanDesk(problem)
        for request in problem.requests.indices {
            let least = leastCost(request, after: desk.plan, checker)
            _ = desk.decide(request)
            #expect(desk.cost == least, "seed \(seed), request \(request)")
            #expect(try checker.cost(desk.plan) == desk.cost, "seed \(seed)")
        }
    }

    /// The least that a plan costs with one request more, or with that one left out.
    private func leastCost(_ request: Int, after plan: [PlanPlace?], _ checker: PlanChecker) -> Int
    {
        var plan = plan
        var least = (try? checker.cost(plan)) ?? .max
        let record = checker.problem.requests[request]
        let isServable = record.earliest + record.duration <= checker.problem.horizon
        guard isServable else { return least }
        for doctor in checker.problem.doctors.indices {
            for start in record.earliest...(checker.problem.horizon - record.duration) {
                plan[request] = PlanPlace(doctor: doctor, start: start)
                if let cost = try? checker.cost(plan) { least = min(least, cost) }
            }
        }
        return least
    }
}
