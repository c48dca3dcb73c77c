/// A number for each tick of a group of doctors and of a site, and one for each group's load.
struct PlanTickPrices: Sendable {
    /// A group's ticks, one row after another.
    private(set) var doctors: [Double]
    /// A site's ticks, one row after another.
    private(set) var sites: [Double]
    /// What each group's consults cost more a tick.
    private(set) var loads: [Double]
    private let horizon: Int

    /// All nothing.
    init(_ problem: PlanProblem, groups: Int) {
        horizon = problem.horizon
        doctors = Array(repeating: 0, count: groups * problem.horizon)
        sites = Array(repeating: 0, count: problem.sites.count * problem.horizon)
        loads = Array(repeating: 0, count: groups)
    }

    /// How much there is of each.
    init(supplyOf problem: PlanProblem, _ groups: PlanGroups) {
        self.init(problem, groups: groups.count)
        for (doctor, record) in problem.doctors.enumerated() {
            let row = groups.groupOf[doctor] * horizon
            var ticks = TickSet(rows: 1, horizon: horizon)
            for window in record.windows {
                ticks.insert(0, window.lowerBound..<(window.upperBound + problem.buffer))
            }
            for tick in 0..<horizon where ticks.word(0, tick / 64) & (1 << UInt64(tick % 64)) != 0 {
                doctors[row + tick] += 1
            }
            loads[groups.groupOf[doctor]] += Double(problem.easyLoad[doctor])
        }
        for (site, record) in problem.sites.enumerated() {
            for tick in 0..<horizon { sites[site * horizon + tick] = Double(record.stations) }
        }
    }

    /// Counts one consult of a group at a site, with the buffer after it.
    mutating func count(group: Int, site: Int, start: Int, duration: Int, buffer: Int) {
        for tick in start..<min(horizon, start + duration + buffer) {
            doctors[group * horizon + tick] += 1
        }
        for tick in start..<(start + duration) { sites[site * horizon + tick] += 1 }
        loads[group] += Double(duration)
    }

    func product(_ other: PlanTickPrices) -> Double {
        PlanTickPrices.product(doctors, other.doctors) + PlanTickPrices.product(sites, other.sites)
            + PlanTickPrices.product(loads, other.loads)
    }

    mutating func add(_ other: PlanTickPrices, times factor: Double) {
        PlanTickPrices.add(&doctors, other.doctors, factor)
        PlanTickPrices.add(&sites, other.sites, factor)
        PlanTickPrices.add(&loads, other.loads, factor)
    }

    /// Takes the supply away; what is not asked for in full and has no price stays without one.
    mutating func subtract(_ supply: PlanTickPrices, unlessFreeIn prices: PlanTickPrices) {
        PlanTickPrices.subtract(&doctors, supply.doctors, prices.doctors)
        PlanTickPrices.subtract(&sites, supply.sites, prices.sites)
        PlanTickPrices.subtract(&loads, supply.loads, prices.loads)
    }

    /// No price is below nothing, and none of a load is above what overload costs.
    mutating func clip(overload: Double) {
        for index in doctors.indices { doctors[index] = max(0, doctors[index]) }
        for index in sites.indices { sites[index] = max(0, sites[index]) }
        for index in loads.indices { loads[index] = min(overload, max(0, loads[index])) }
    }

    mutating func clear() {
        for index in doctors.indices { doctors[index] = 0 }
        for index in sites.indices { sites[index] = 0 }
        for index in loads.indices { loads[index] = 0 }
    }

    private static func product(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }

    private static func add(_ left: inout [Double], _ right: [Double], _ factor: Double) {
        for index in left.indices { left[index] += factor * right[index] }
    }

    private static func subtract(_ left: inout [Double], _ supply: [Double], _ prices: [Double]) {
        for index in left.indices {
            left[index] -= supply[index]
            if left[index] < 0, prices[index] <= 0 { left[index] = 0 }
        }
    }
}
