/// A cost below which no plan can be, by Lagrangian relaxation of many doctors' ticks.
///
/// For days with so many doctors that a cheapest day of each, as in `PlanBound`, takes too long. The
/// rule that a doctor does one thing at a time, and that a site's stations are so many, is replaced
/// by prices for each tick; every request then takes its cheapest place by itself. Good prices are
/// found as those of `PlanBound` are. The best possible value is that of the linear relaxation of
/// the time-indexed model. With more than
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
    private var bestValue = -Double.infinity
    private var length: PlanStepLength
    private var doctorSteps: PlanSteps
    private var siteSteps: PlanSteps
    private var loadSteps: PlanSteps
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
        supply = PlanTickPrices(supplyOf: problem, groups)
        length = PlanStepLength(problem)
        doctorSteps = PlanSteps(count: prices.doctors.count)
        siteSteps = PlanSteps(count: prices.sites.count)
        loadSteps = PlanSteps(count: prices.loads.count)
    }

    /// No plan costs less.
    ///
    /// Costs are whole numbers, and so a fraction counts as one more.
    public var value: Int {
        guard bestValue > 0 else { return 0 }
        // What the sums of many prices may be off by stays far below this.
        return Int((bestValue - 1e-9 * bestValue - 1e-6).rounded(.up))
    }

    /// Takes so many rounds.
    public mutating func improve(rounds count: Int) {
        for _ in 0..<count {
            let choice = offers.choose(at: prices)
            let value = choice.value - prices.product(supply)
            length.note(isBetter: value > bestValue)
            bestValue = max(bestValue, value)
            var gradient = choice.demand
            gradient.subtract(supply)
            step(along: gradient)
        }
        rounds += count
    }

    private mutating func step(along gradient: PlanTickPrices) {
        let step = length.step * PlanTickBound.share
        doctorSteps.move(&prices.doctors, along: gradient.doctors, by: step, unit: length.unit) {
            _ in .infinity
        }
        siteSteps.move(&prices.sites, along: gradient.sites, by: step, unit: length.unit) {
            _ in .infinity
        }
        let most = Double(problem.weights.overload)
        loadSteps.move(
            &prices.loads,
            along: gradient.loads,
            by: most * step / length.unit,
            unit: length.unit
        ) { _ in most }
    }

    /// How much shorter steps are for a tick than for a whole request.
    private static let share = 0.25
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
