/// A number for each tick of a group of doctors and of a site, and one for each group's load.
struct PlanTickPrices: Sendable {
    /// A group's ticks, one row after another.
    var doctors: [Double]
    /// A site's ticks, one row after another.
    var sites: [Double]
    /// What each group's consults cost more a tick.
    var loads: [Double]
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

    /// Takes the supply away from a demand.
    mutating func subtract(_ supply: PlanTickPrices) {
        for index in doctors.indices { doctors[index] -= supply.doctors[index] }
        for index in sites.indices { sites[index] -= supply.sites[index] }
        for index in loads.indices { loads[index] -= supply.loads[index] }
    }

    private static func product(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }
}
