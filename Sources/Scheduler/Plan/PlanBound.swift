/// A cost below which no plan can be, by Lagrangian relaxation, and the prices that prove it.
///
/// That each request is served once, and that a site's stations are so many, is replaced by
/// prices; every doctor then takes its cheapest day by itself (`PlanRoutes`). Any prices give a
/// bound. Good ones are found by the volume algorithm (Barahona, Anbil: "The volume algorithm:
/// producing primal solutions with a subgradient method", 2000): a step from the best prices so
/// far, along a running mean of the subgradients, as long as Polyak's rule says. The best possible
/// value is that of the linear relaxation of the time-indexed model.
public struct PlanBound: Sendable {
    /// How many rounds were taken.
    public private(set) var rounds = 0

    private let problem: PlanProblem
    private var routes: PlanRoutes
    private var best: PlanPrices
    private var bestValue = 0.0
    /// The prices that are looked at next.
    private var trial: PlanPrices
    private var direction: PlanPrices
    private var step = 0.5
    private var fruitless = 0

    /// How much the last subgradient counts in the mean.
    private static let share = 0.1
    /// After so many rounds without a better bound, steps become shorter.
    private static let patience = 10
    private static let shorter = 0.66
    private static let longer = 1.1

    /// The bound with all prices nothing.
    ///
    /// The closer to good prices a search starts the sooner it is there: the plan of a search
    /// gives the first ones.
    public init(_ problem: PlanProblem, after plan: [PlanPlace?]? = nil) {
        self.problem = problem
        routes = PlanRoutes(problem)
        best = PlanPrices(problem)
        direction = best
        trial = plan.map { PlanPrices(problem, after: $0) } ?? best
    }

    /// No plan costs less.
    ///
    /// Costs are whole numbers, and so a fraction counts as one more.
    public var value: Int {
        // What the sums of many prices may be off by stays far below this.
        Int((bestValue - 1e-9 * abs(bestValue) - 1e-6).rounded(.up))
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

    /// Takes so many rounds; `cost` is that of any plan, and steps are the better the lower it is.
    public mutating func improve(rounds count: Int, cost: Int) {
        for _ in 0..<count {
            let (value, gradient) = evaluate(trial)
            if rounds == 0 { direction = gradient }
            note(value, gradient)
            direction.turn(by: PlanBound.share, towards: gradient)
            rounds += 1
            let length = direction.squareLength(from: best, problem)
            guard length > 1e-12 else { continue }
            let gap = max(1, Double(cost) - bestValue)
            trial = best.moved(by: step * gap / length, along: direction, problem)
        }
    }

    private mutating func note(_ value: Double, _ gradient: PlanPrices) {
        if value > bestValue {
            fruitless = 0
            bestValue = value
            best = trial
            if gradient.product(direction) > 0 { step = min(2, step * PlanBound.longer) }
            return
        }
        fruitless += 1
        guard fruitless >= PlanBound.patience else { return }
        fruitless = 0
        step = max(1e-4, step * PlanBound.shorter)
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
