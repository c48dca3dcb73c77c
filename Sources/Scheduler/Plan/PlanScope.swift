import Vocabulary

/// What a search may touch: requests of some specialties and doctors of its own.
struct PlanScope: Sendable {
    /// Requests that rounds begin with.
    private(set) var seeds: [Int32]
    /// Requests that somebody could serve.
    private let all: [Int32]
    /// Who may serve them.
    private(set) var pools: PlanPools
    /// Servable requests of each site.
    private var bySite: [Int32] = []
    private var siteStarts: [Int] = [0]
    private let isMine: [Bool]
    /// The last urgency that is planned.
    let urgencies: Int

    /// Everything up to an urgency.
    init(_ schedule: PlanSchedule, urgencies: Int) {
        let everybody = Array(repeating: true, count: schedule.load.count)
        self.init(schedule, specialties: .max, everybody, urgencies: urgencies)
    }

    /// One part of several, drawn from a seed: specialties in a random order, each to the part
    /// that has fewest requests.
    init(_ schedule: PlanSchedule, part: Int, of parts: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let problem = schedule.problem
        var demand = [Int](repeating: 0, count: PlanProblem.nameLimit)
        for request in schedule.servable { demand[problem.jobs[Int(request)].specialty] += 1 }
        var owner = [Int](repeating: 0, count: PlanProblem.nameLimit)
        var sum = [Int](repeating: 0, count: parts)
        for specialty in demand.indices.shuffled(using: &random) {
            let least = sum.indices.min { sum[$0] < sum[$1] } ?? 0
            owner[specialty] = least
            sum[least] += demand[specialty]
        }
        var specialties: UInt64 = 0
        for specialty in owner.indices where owner[specialty] == part {
            specialties |= 1 << UInt64(specialty)
        }
        // Whoever has specialties of several parts belongs to one of them at random.
        let isMine = problem.doctors.map { doctor in
            let own = owner.indices.filter { doctor.specialties & (1 << UInt64($0)) != 0 }
            return own.isEmpty ? false : owner[own[random.below(own.count)]] == part
        }
        self.init(schedule, specialties: specialties, isMine, urgencies: .max)
    }

    private init(
        _ schedule: PlanSchedule,
        specialties: UInt64,
        _ isMine: [Bool],
        urgencies: Int
    ) {
        let problem = schedule.problem
        self.isMine = isMine
        self.urgencies = urgencies
        pools = isMine.allSatisfy { $0 } ? problem.pools : problem.pools.filtered(by: isMine)
        all = schedule.servable.filter { [pools] request in
            let job = problem.jobs[Int(request)]
            return job.urgency <= urgencies && specialties & (1 << UInt64(job.specialty)) != 0
                && !pools.range(job.pool).isEmpty
        }
        seeds = all
        sortBySite(problem)
    }

    /// Lets rounds begin with these requests alone, as long as they are more than a few.
    mutating func begin(with isChosen: [Bool]) {
        let chosen = all.filter { isChosen[Int($0)] }
        seeds = chosen.count < PlanScope.leastSeeds ? all : chosen
    }

    private static let leastSeeds = 10

    /// Whether the doctor's day may be changed.
    func owns(_ doctor: Int) -> Bool { isMine[doctor] }

    /// The site's requests, as places for `neighbour`.
    func neighbours(_ site: Int) -> Range<Int> {
        siteStarts[site]..<siteStarts[site + 1]
    }

    func neighbour(_ place: Int) -> Int { Int(bySite[place]) }

    private mutating func sortBySite(_ problem: PlanProblem) {
        var counts = [Int](repeating: 0, count: problem.sites.count + 1)
        for request in all { counts[problem.jobs[Int(request)].site + 1] += 1 }
        for site in counts.indices.dropFirst() { counts[site] += counts[site - 1] }
        siteStarts = counts
        bySite = Array(repeating: 0, count: all.count)
        for request in all {
            let site = problem.jobs[Int(request)].site
            bySite[counts[site]] = request
            counts[site] += 1
        }
    }
}
