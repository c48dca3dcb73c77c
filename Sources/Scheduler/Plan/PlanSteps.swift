/// Steps of prices along a running mean of their subgradients, for each price as long as its own
/// subgradients have been steady (Kingma, Ba: "Adam: a method for stochastic optimization", 2015).
///
/// Of thousands of prices few are wrong by much at a time, and one step length for all of them
/// would be theirs. A dear price moves by more than a cheap one.
struct PlanSteps: Sendable {
    private var mean: [Double]
    private var square: [Double]

    private static let meanShare = 0.05
    private static let squareShare = 0.02
    /// Keeps a price whose subgradients are nearly nothing from leaping.
    private static let floor = 0.05

    init(count: Int) {
        mean = Array(repeating: 0, count: count)
        square = mean
    }

    /// Moves prices by about `step`, and more the more `units` they are, from nothing to `most`.
    mutating func move(
        _ prices: inout [Double],
        along gradient: [Double],
        by step: Double,
        unit: Double,
        upTo most: (Int) -> Double
    ) {
        for index in prices.indices {
            let slope = gradient[index]
            // What nobody wants beyond what there is, and costs nothing, stays so.
            if slope < 0, prices[index] <= 0, mean[index] <= 0 { continue }
            mean[index] += PlanSteps.meanShare * (slope - mean[index])
            square[index] += PlanSteps.squareShare * (slope * slope - square[index])
            guard square[index] > 0 else { continue }
            let way = mean[index] / (square[index].squareRoot() + PlanSteps.floor)
            let price = prices[index] + step * (1 + prices[index] / unit) * way
            prices[index] = min(most(index), max(0, price))
        }
    }
}

/// How long steps are: shorter after some rounds without a better bound.
struct PlanStepLength: Sendable {
    /// In units of cost.
    private(set) var step: Double
    /// What counts as one when prices are compared: the least that leaving somebody out costs.
    let unit: Double
    private var fruitless = 0

    private static let patience = 5
    private static let shorter = 0.8

    init(_ problem: PlanProblem) {
        unit = Double(problem.weights.unserved.filter { $0 > 0 }.min() ?? 1)
        step = unit * 0.1
    }

    /// Takes note of a round.
    mutating func note(isBetter: Bool) {
        fruitless = isBetter ? 0 : fruitless + 1
        guard fruitless >= PlanStepLength.patience else { return }
        fruitless = 0
        step = max(unit * 1e-6, step * PlanStepLength.shorter)
    }
}
