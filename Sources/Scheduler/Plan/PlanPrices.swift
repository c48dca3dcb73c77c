/// What each scarce thing is worth: serving a request, a tick of a station, a tick of a doctor.
///
/// Also a direction in which such prices move.
struct PlanPrices: Sendable {
    /// What serving each request is worth, from nothing to what leaving it out costs.
    var requests: [Double]
    /// What a tick of a station costs, a row of ticks for each site.
    var sites: [Double]
    /// What a tick of each doctor's consults costs more, from nothing to what overload costs.
    var loads: [Double]

    /// All nothing.
    init(_ problem: PlanProblem) {
        requests = Array(repeating: 0, count: problem.requests.count)
        sites = Array(repeating: 0, count: problem.sites.count * problem.horizon)
        loads = Array(repeating: 0, count: problem.doctors.count)
    }

    /// What a plan suggests: whoever it leaves out is worth all that this costs, and of those it
    /// serves each tick is worth a little of the usual.
    init(_ problem: PlanProblem, after plan: [PlanPlace?]) {
        self.init(problem)
        let lost = plan.indices.filter { plan[$0] == nil }.map { problem.jobs[$0] }
        let tick =
            Double(lost.reduce(0) { $0 + $1.penalty })
            / Double(max(1, lost.reduce(0) { $0 + $1.duration }))
        for (request, job) in problem.jobs.enumerated() {
            let most = Double(job.penalty)
            let served = PlanPrices.servedShare * tick * Double(job.duration)
            requests[request] = plan[request] == nil ? most : min(most, served)
        }
    }

    private static let servedShare = 0.05

    /// The prices a step along a direction away, brought back to what prices may be.
    func moved(by step: Double, along direction: PlanPrices, _ problem: PlanProblem) -> PlanPrices {
        var prices = self
        for index in requests.indices {
            let price = requests[index] + step * direction.requests[index]
            prices.requests[index] = min(Double(problem.jobs[index].penalty), max(0, price))
        }
        for index in sites.indices {
            prices.sites[index] = max(0, sites[index] + step * direction.sites[index])
        }
        let most = Double(problem.weights.overload)
        for index in loads.indices {
            prices.loads[index] = min(most, max(0, loads[index] + step * direction.loads[index]))
        }
        return prices
    }

    /// The square of the direction's length, without what leads out of what prices may be.
    func squareLength(from prices: PlanPrices, _ problem: PlanProblem) -> Double {
        var sum = 0.0
        for index in requests.indices {
            let most = Double(problem.jobs[index].penalty)
            sum += PlanPrices.square(requests[index], from: prices.requests[index], most)
        }
        for index in sites.indices {
            sum += PlanPrices.square(sites[index], from: prices.sites[index], .infinity)
        }
        let most = Double(problem.weights.overload)
        for index in loads.indices {
            sum += PlanPrices.square(loads[index], from: prices.loads[index], most)
        }
        return sum
    }

    func product(_ other: PlanPrices) -> Double {
        PlanPrices.product(requests, other.requests) + PlanPrices.product(sites, other.sites)
            + PlanPrices.product(loads, other.loads)
    }

    /// Turns a direction by a share towards another.
    mutating func turn(by share: Double, towards other: PlanPrices) {
        PlanPrices.turn(&requests, share, other.requests)
        PlanPrices.turn(&sites, share, other.sites)
        PlanPrices.turn(&loads, share, other.loads)
    }

    private static func square(_ way: Double, from price: Double, _ most: Double) -> Double {
        way < 0 && price <= 0 || way > 0 && price >= most ? 0 : way * way
    }

    private static func product(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }

    private static func turn(_ left: inout [Double], _ share: Double, _ right: [Double]) {
        for index in left.indices { left[index] += share * (right[index] - left[index]) }
    }
}
