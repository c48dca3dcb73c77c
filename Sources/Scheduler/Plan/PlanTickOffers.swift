/// Each request's cheapest place at given prices: the relaxation's own problem, request by request.
struct PlanTickOffers: Sendable {
    /// What all requests chose.
    struct Choice {
        /// What their places, or their being left out, cost with all prices.
        var value: Double
        /// How much of each tick they ask for.
        var demand: PlanTickPrices
    }

    /// Where a request is cheapest.
    private struct Pick {
        var cost: Double
        var start = 0
        /// The kind that offers it, or −1 for the doctor of the chain in `doctor`.
        var kind = -1
        var doctor = -1
    }

    private let problem: PlanProblem
    private let groups: PlanGroups
    private let kinds: PlanKinds

    init(_ problem: PlanProblem, _ groups: PlanGroups) {
        self.problem = problem
        self.groups = groups
        kinds = PlanKinds(problem, groups)
    }

    /// What every request takes at these prices.
    func choose(at prices: PlanTickPrices) -> Choice {
        let doctors = PlanPriceSums(prices.doctors, horizon: problem.horizon)
        let sites = PlanPriceSums(prices.sites, horizon: problem.horizon)
        let cheapest = kinds.cheapest(doctors, prices.loads, buffer: problem.buffer)
        var choice = Choice(value: 0, demand: PlanTickPrices(problem, groups: groups.count))
        for request in problem.jobs.indices {
            let job = problem.jobs[request]
            var pick = Pick(cost: Double(job.penalty))
            lookAtKinds(request, job, sites, cheapest, &pick)
            lookAtChain(job, sites, doctors, prices.loads, &pick)
            choice.value += pick.cost
            guard pick.kind >= 0 || pick.doctor >= 0 else { continue }
            let group =
                pick.doctor >= 0
                ? groups.groupOf[pick.doctor]
                : kinds.member(
                    pick.kind,
                    at: pick.start,
                    doctors,
                    prices.loads,
                    buffer: problem.buffer
                )
            choice.demand.count(
                group: group,
                site: job.site,
                start: pick.start,
                duration: job.duration,
                buffer: problem.buffer
            )
        }
        return choice
    }

    private func lookAtKinds(
        _ request: Int,
        _ job: PlanJob,
        _ sites: PlanPriceSums,
        _ cheapest: [Double],
        _ pick: inout Pick
    ) {
        guard job.first <= job.last, problem.sites[job.site].stations > 0 else { return }
        for reach in kinds.reach(of: request) {
            let row = Int(reach.kind) * problem.horizon
            let affinity = Double(reach.affinity)
            for start in job.first...job.last {
                let wait = Double(job.wait * (start - job.first))
                if affinity + wait >= pick.cost { break }
                let cost =
                    affinity + wait + cheapest[row + start]
                    + sites.sum(job.site, start..<(start + job.duration))
                if cost < pick.cost { pick = Pick(cost: cost, start: start, kind: Int(reach.kind)) }
            }
        }
    }

    private func lookAtChain(
        _ job: PlanJob,
        _ sites: PlanPriceSums,
        _ doctors: PlanPriceSums,
        _ loads: [Double],
        _ pick: inout Pick
    ) {
        guard job.first <= job.last, problem.sites[job.site].stations > 0 else { return }
        for hospital in problem.nearness.chain(of: job.site) {
            let affinity = Double(problem.affinity(of: job, hospital: Int(hospital)))
            let rank = problem.nearness.ranks[Int(hospital)]
            for place in problem.pools.part(job.pool, rank: rank) {
                let doctor = Int(problem.pools.doctors[place])
                let group = groups.groupOf[doctor]
                let fixed = affinity + Double(job.duration) * loads[group]
                for start in job.first...job.last {
                    let wait = Double(job.wait * (start - job.first))
                    if fixed + wait >= pick.cost { break }
                    guard kinds.starts.allows(doctor, length: job.duration, at: start) else {
                        continue
                    }
                    let cost =
                        fixed + wait
                        + doctors.sum(group, start..<(start + job.duration + problem.buffer))
                        + sites.sum(job.site, start..<(start + job.duration))
                    if cost < pick.cost { pick = Pick(cost: cost, start: start, doctor: doctor) }
                }
            }
        }
    }
}

/// Sums of prices over runs of ticks, in two look-ups.
struct PlanPriceSums: Sendable {
    private var sums: [Double]
    private let horizon: Int

    init(_ prices: [Double], horizon: Int) {
        self.horizon = horizon
        sums = []
        sums.reserveCapacity(prices.count + prices.count / horizon)
        for row in 0..<(prices.count / horizon) {
            var sum = 0.0
            sums.append(0)
            for tick in 0..<horizon {
                sum += prices[row * horizon + tick]
                sums.append(sum)
            }
        }
    }

    /// The sum over the ticks of a row; those beyond the horizon cost nothing.
    func sum(_ row: Int, _ ticks: Range<Int>) -> Double {
        let base = row * (horizon + 1)
        return sums[base + min(horizon, ticks.upperBound)] - sums[base + ticks.lowerBound]
    }
}
