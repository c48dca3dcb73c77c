/// A cost below which no plan can be, by Lagrangian relaxation of many doctors' ticks.
///
/// For days with so many doctors that a cheapest day of each, as in `PlanBound`, takes too long. The
/// rule that a doctor does one thing at a time, and that a site's stations are so many, is replaced
/// by prices for each tick; every request then takes its cheapest place by itself. Good prices are found by following the subgradient (Held, Wolfe, Crowder:
/// "Validation of subgradient optimization", 1974; direction after Camerini, Fratta, Maffioli:
/// "On improving relaxation methods by modified gradient techniques", 1975). The best possible
/// value is that of the linear relaxation of the time-indexed model. With more than
/// `groupThreshold` doctors those with the same specialties, languages and tier share one price,
/// which makes a round cheap and the bound a little weaker.
public struct PlanTickBound: Sendable {
    /// With more doctors than this, those who are alike share their prices.
    public static let groupThreshold = 2_000

    /// How many rounds were taken.
    public private(set) var rounds = 0

    private let offers: PlanTickOffers
    private let problem: PlanProblem
    private var prices: PlanTickPrices
    private var best: PlanTickPrices
    private var bestValue = 0.0
    private var direction: PlanTickPrices
    private var step = 1.0
    private var fruitless = 0
    /// How many doctors of a group could be held at a tick, how many stations there are, and the
    /// load of a group that costs nothing.
    private let supply: PlanTickPrices

    /// The bound with all prices nothing.
    public init(_ problem: PlanProblem) {
        self.problem = problem
        let groups = PlanGroups(
            problem,
            isShared: problem.doctors.count > PlanTickBound.groupThreshold
        )
        offers = PlanTickOffers(problem, groups)
        prices = PlanTickPrices(problem, groups: groups.count)
        best = prices
        direction = prices
        supply = PlanTickPrices(supplyOf: problem, groups)
        bestValue = offers.choose(at: prices).value
    }

    /// No plan costs less.
    ///
    /// Costs are whole numbers, and so a fraction counts as one more.
    public var value: Int {
        // What the sums of many prices may be off by stays far below this.
        Int((bestValue - 1e-9 * abs(bestValue) - 1e-6).rounded(.up))
    }

    /// Takes so many rounds; `cost` is that of any plan, and steps are the better the lower it is.
    public mutating func improve(rounds count: Int, cost: Int) {
        for _ in 0..<count {
            let choice = offers.choose(at: prices)
            let value = choice.value - prices.product(supply)
            note(value)
            follow(choice.demand, gap: max(1, Double(cost) - value))
        }
        rounds += count
    }

    private mutating func note(_ value: Double) {
        if value > bestValue {
            fruitless = 0
            bestValue = value
            best = prices
            return
        }
        fruitless += 1
        guard fruitless >= PlanTickBound.patience else { return }
        fruitless = 0
        step = max(step / 2, 1e-4)
        prices = best
        direction.clear()
    }

    private static let patience = 12

    /// A step along the demand beyond the supply, bent towards the last direction.
    private mutating func follow(_ demand: PlanTickPrices, gap: Double) {
        var gradient = demand
        gradient.subtract(supply, unlessFreeIn: prices)
        let last = direction.product(direction)
        if last > 0 {
            let turn = gradient.product(direction)
            if turn < 0 { gradient.add(direction, times: -1.5 * turn / last) }
        }
        direction = gradient
        let length = direction.product(direction)
        guard length > 0 else { return }
        prices.add(direction, times: step * gap / length)
        prices.clip(overload: Double(problem.weights.overload))
    }
}

/// Doctors who share their prices.
struct PlanGroups: Sendable {
    /// Each doctor's group.
    let groupOf: [Int]
    let count: Int

    init(_ problem: PlanProblem, isShared: Bool) {
        guard isShared else {
            groupOf = Array(problem.doctors.indices)
            count = problem.doctors.count
            return
        }
        var numbers: [[UInt64]: Int] = [:]
        groupOf = problem.doctors.map { doctor in
            let isUpper = problem.hospitals[doctor.hospital].tier <= 2
            let kind = [doctor.specialties, doctor.languages, isUpper ? 1 : 0]
            if let number = numbers[kind] { return number }
            numbers[kind] = numbers.count
            return numbers.count - 1
        }
        count = numbers.count
    }
}
