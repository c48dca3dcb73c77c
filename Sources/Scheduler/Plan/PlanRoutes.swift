/// Each doctor's cheapest day at given prices: a shortest path over the ticks.
///
/// From each tick on a doctor waits a tick or begins the cheapest consult of some length, and is
/// free again after it and its buffer. The same request may occur twice in a day, as in the linear
/// relaxation of the time-indexed model: a day's cost is a lower bound, found in time that grows
/// with the ticks and with the starts of those whom the doctor could serve.
struct PlanRoutes: Sendable {
    private let problem: PlanProblem
    private let candidates: PlanCandidates
    /// The lengths of consults, and for each length its place in the list.
    private let lengths: [Int]
    private let rank: [Int]
    /// Where each request's starts begin in `costs`.
    private let offsets: [Int]
    /// What each start of each request costs at any doctor, less what serving it is worth.
    private var costs: [Double]
    /// The least of them of each request.
    private var least: [Double]

    // The day in hand: for each length and tick the cheapest consult and whose it is, for each
    // tick the cost of the rest of the day and the place of the length that begins there.
    private var cheapest: [Double]
    private var requests: [Int32]
    private var rest: [Double]
    private var begun: [Int32]

    init(_ problem: PlanProblem) {
        self.problem = problem
        candidates = PlanCandidates(problem)
        lengths = Set(problem.jobs.lazy.filter { $0.first <= $0.last }.map(\.duration)).sorted()
        var rank = Array(repeating: -1, count: problem.horizon + 1)
        for (place, length) in lengths.enumerated() { rank[length] = place }
        self.rank = rank
        var count = 0
        offsets = problem.jobs.map { job in
            defer { count += max(0, job.last - job.first + 1) }
            return count
        }
        costs = Array(repeating: 0, count: count)
        least = Array(repeating: 0, count: problem.jobs.count)
        cheapest = Array(repeating: 0, count: lengths.count * problem.horizon)
        requests = Array(repeating: -1, count: cheapest.count)
        rest = Array(repeating: 0, count: problem.horizon + 1)
        begun = Array(repeating: -1, count: problem.horizon + 1)
    }

    /// Prepares every start of every request for prices.
    mutating func price(_ prices: PlanPrices) {
        for (request, job) in problem.jobs.enumerated() where job.first <= job.last {
            let row = job.site * problem.horizon
            var stations = -prices.requests[request]
            for tick in job.first..<(job.first + job.duration) {
                stations += prices.sites[row + tick]
            }
            var lowest = Double.infinity
            let base = offsets[request] - job.first
            for start in job.first...job.last {
                let cost = Double(job.wait * (start - job.first)) + stations
                costs[base + start] = cost
                lowest = min(lowest, cost)
                guard start < job.last else { break }
                stations += prices.sites[row + start + job.duration] - prices.sites[row + start]
            }
            least[request] = lowest
        }
    }

    /// Finds a doctor's cheapest day, where each tick of a consult costs `load` more.
    ///
    /// Never above nothing, which the empty day costs.
    mutating func solve(_ doctor: Int, load: Double) -> Double {
        solve(problem.doctors[doctor], candidates.of(doctor), load: load)
    }

    /// The same for a doctor who is not of the problem.
    mutating func solve(_ doctor: PlanProblem.Doctor) -> Double {
        let skill = PlanSkill(doctor, problem.hospitals)
        return solve(doctor, PlanCandidates.all(problem, for: skill)[...], load: 0)
    }

    /// The consults of the day that was found last, in the order of time.
    func forEachConsult(_ body: (_ request: Int, _ start: Int) -> Void) {
        var tick = 0
        while tick < problem.horizon {
            let place = Int(begun[tick])
            if place < 0 {
                tick += 1
                continue
            }
            body(Int(requests[place * problem.horizon + tick]), tick)
            tick += lengths[place] + problem.buffer
        }
    }

    private mutating func solve(
        _ doctor: PlanProblem.Doctor,
        _ candidates: ArraySlice<Int32>,
        load: Double
    ) -> Double {
        for tick in begun.indices { begun[tick] = -1 }
        for tick in rest.indices { rest[tick] = 0 }
        let windows = doctor.windows.filter { !$0.isEmpty }
        guard let first = windows.map(\.lowerBound).min(),
            let end = windows.map(\.upperBound).max()
        else { return 0 }
        for place in lengths.indices {
            for tick in first..<end { cheapest[place * problem.horizon + tick] = 0 }
        }
        for request in candidates {
            offer(Int(request), in: windows, hospital: doctor.hospital, load: load)
        }
        join(first..<end)
        return rest[first]
    }

    /// Notes where a request is cheaper than those before.
    private mutating func offer(
        _ request: Int,
        in windows: [Range<Int>],
        hospital: Int,
        load: Double
    ) {
        let job = problem.jobs[request]
        let fixed =
            Double(problem.affinity(of: job, hospital: hospital)) + Double(job.duration) * load
        guard least[request] + fixed < 0 else { return }
        let row = rank[job.duration] * problem.horizon
        let base = offsets[request] - job.first
        for window in windows {
            let low = max(job.first, window.lowerBound)
            let high = min(job.last, window.upperBound - job.duration)
            guard low <= high else { continue }
            for start in low...high {
                let cost = costs[base + start] + fixed
                if cost < cheapest[row + start] {
                    cheapest[row + start] = cost
                    requests[row + start] = Int32(request)
                }
            }
        }
    }

    /// Joins consults to the cheapest day, from its end to its beginning.
    private mutating func join(_ ticks: Range<Int>) {
        for tick in ticks.reversed() {
            rest[tick] = rest[tick + 1]
            for place in lengths.indices {
                let cost = cheapest[place * problem.horizon + tick]
                guard cost < 0 else { continue }
                let free = min(problem.horizon, tick + lengths[place] + problem.buffer)
                if cost + rest[free] < rest[tick] {
                    rest[tick] = cost + rest[free]
                    begun[tick] = Int32(place)
                }
            }
        }
    }
}
