/// A cost below which no plan can be, by Lagrangian relaxation, and the prices that prove it.
///
/// That each request is served once, and that a site's stations are so many, is replaced by
/// prices; every doctor then takes its cheapest day by itself (`PlanRoutes`). Any prices give a
/// bound. Good ones are found by following the subgradient (Held, Wolfe, Crowder: "Validation of
/// subgradient optimization", 1974), each price with steps of its own length (`PlanSteps`). The
/// best possible value is that of the linear relaxation of the time-indexed model.
public struct PlanBound: Sendable {
    /// How many rounds were taken.
    public private(set) var rounds = 0

    private let problem: PlanProblem
    private var routes: PlanRoutes
    private var best: PlanPrices
    /// The value at the best prices; below nothing where those are worse than none at all.
    private var bestValue = -Double.infinity
    /// The prices that are looked at next.
    private var trial: PlanPrices
    private var length: PlanStepLength
    private var requestSteps: PlanSteps
    private var siteSteps: PlanSteps
    private var loadSteps: PlanSteps

    /// How much shorter steps are for a tick of a station than for a request.
    private static let siteShare = 0.2
    /// How much of the dearest that overload can be a step is at most.
    private static let loadShare = 0.2

    /// The bound with all prices nothing.
    ///
    /// The closer to good prices a search starts the sooner it is there: the plan of a search
    /// gives the first ones.
    public init(_ problem: PlanProblem, after plan: [PlanPlace?]? = nil) {
        self.problem = problem
        routes = PlanRoutes(problem)
        best = PlanPrices(problem)
        trial = plan.map { PlanPrices(problem, after: $0) } ?? best
        length = PlanStepLength(problem)
        requestSteps = PlanSteps(count: best.requests.count)
        siteSteps = PlanSteps(count: best.sites.count)
        loadSteps = PlanSteps(count: best.loads.count)
    }

    /// No plan costs less.
    ///
    /// Costs are whole numbers, and so a fraction counts as one more.
    public var value: Int {
        guard bestValue > 0 else { return 0 }
        // What the sums of many prices may be off by stays far below this.
        return Int((bestValue - 1e-9 * bestValue - 1e-6).rounded(.up))
    }

    /// What serving each request is worth at the best prices so far, in whole units of cost.
    public var worth: [Int] { best.requests.map { Int($0) } }

    /// What one more doctor would save at most, by the best prices so far.
    ///
    /// With one specialty, one language and a window of an hour it is what an hour of such a
    /// doctor is worth: a shadow price. The doctor's hospital must be one of the problem's.
    public mutating func worth(of doctor: PlanProblem.Doctor) -> Double {
        worths(of: [doctor]).first ?? 0
    }

    /// What one more of each of these doctors alone would save at most, in their order.
    public mutating func worths(of doctors: [PlanProblem.Doctor]) -> [Double] {
        routes.price(best)
        return doctors.map { -routes.solve($0) }
    }

    /// Takes so many rounds.
    public mutating func improve(rounds count: Int) {
        for _ in 0..<count {
            let (value, gradient) = evaluate(trial)
            rounds += 1
            length.note(isBetter: value > bestValue)
            if value > bestValue {
                bestValue = value
                best = trial
            }
            step(along: gradient)
        }
    }

    private mutating func step(along gradient: PlanPrices) {
        let (step, unit) = (length.step, length.unit)
        requestSteps.move(&trial.requests, along: gradient.requests, by: step, unit: unit) {
            [problem] in Double(problem.jobs[$0].penalty)
        }
        siteSteps.move(
            &trial.sites,
            along: gradient.sites,
            by: step * PlanBound.siteShare,
            unit: unit
        ) { _ in .infinity }
        let most = Double(problem.weights.overload)
        loadSteps.move(
            &trial.loads,
            along: gradient.loads,
            by: most * PlanBound.loadShare * step / unit,
            unit: unit
        ) { _ in most }
    }

    /// The bound at prices, and how much of each thing its days leave or want beyond what there is.
    private mutating func evaluate(_ prices: PlanPrices) -> (value: Double, gradient: PlanPrices) {
        routes.price(prices)
        var gradient = PlanPrices(problem)
        var value = prices.requests.reduce(0, +)
        for index in gradient.requests.indices { gradient.requests[index] = 1 }
        for (site, stations) in problem.stations.enumerated() {
            for index in (site * problem.horizon)..<((site + 1) * problem.horizon) {
                value -= prices.sites[index] * Double(stations)
                gradient.sites[index] = -Double(stations)
            }
        }
        for doctor in problem.doctors.indices {
            let easy = Double(problem.easyLoad[doctor])
            let load = prices.loads[doctor]
            value += routes.solve(doctor, load: load) - load * easy
            gradient.loads[doctor] = -easy
            countDay(of: doctor, &gradient)
        }
        return (value, gradient)
    }

    private func countDay(of doctor: Int, _ gradient: inout PlanPrices) {
        routes.forEachConsult { request, start in
            let job = problem.jobs[request]
            gradient.requests[request] -= 1
            gradient.loads[doctor] += Double(job.duration)
            let row = job.site * problem.horizon
            for tick in start..<(start + job.duration) { gradient.sites[row + tick] += 1 }
        }
    }
}
