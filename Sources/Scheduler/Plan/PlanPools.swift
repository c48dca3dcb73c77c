/// Who could serve: one list of doctors for all requests that ask alike, ordered by hospital.
struct PlanPools: Sendable {
    /// Doctors of all pools, one pool after another.
    private(set) var doctors: [Int32] = []
    private var starts: [Int] = [0]

    /// How many pools there are.
    var count: Int { starts.count - 1 }

    /// A pool's places in `doctors`.
    func range(_ pool: Int) -> Range<Int> {
        starts[pool]..<starts[pool + 1]
    }

    /// The part of a pool that works at a hospital.
    func part(_ pool: Int, hospital: Int, _ problem: PlanProblem) -> Range<Int> {
        let region = problem.hospitals[hospital].region
        return part(pool, (region, hospital), (region, hospital + 1), problem)
    }

    /// The part of a pool that works in a region.
    func part(_ pool: Int, region: Int, _ problem: PlanProblem) -> Range<Int> {
        part(pool, (region, .min), (region, .max), problem)
    }

    /// Pools are ordered by region and hospital.
    private func part(
        _ pool: Int,
        _ low: (Int, Int),
        _ high: (Int, Int),
        _ problem: PlanProblem
    ) -> Range<Int> {
        func key(_ place: Int) -> (Int, Int) {
            let hospital = Int(problem.hospitalOf[Int(doctors[place])])
            return (problem.hospitals[hospital].region, hospital)
        }
        let range = range(pool)
        let start = range.firstPlace { key($0) >= low }
        return start..<(start..<range.upperBound).firstPlace { key($0) >= high }
    }

    /// The pools of all requests, and each request's pool.
    static func all(
        _ requests: [PlanProblem.Request],
        _ doctors: [PlanProblem.Doctor],
        _ hospitals: [PlanProblem.Hospital]
    ) -> (PlanPools, [Int]) {
        let order = doctors.indices.sorted { left, right in
            let (a, b) = (doctors[left].hospital, doctors[right].hospital)
            return (hospitals[a].region, a, left) < (hospitals[b].region, b, right)
        }
        var pools = PlanPools()
        var numbers: [Kind: Int] = [:]
        let poolOf = requests.map { request in
            let kind = Kind(request)
            if let number = numbers[kind] { return number }
            numbers[kind] = pools.count
            pools.append(order.filter { PlanProblem.canServe(request, doctors[$0], hospitals) })
            return pools.count - 1
        }
        return (pools, poolOf)
    }

    /// The same pools with only some of their doctors.
    func filtered(by isKept: [Bool]) -> PlanPools {
        var pools = PlanPools()
        for pool in 0..<count {
            pools.append(doctors[range(pool)].lazy.map(Int.init).filter { isKept[$0] })
        }
        return pools
    }

    private mutating func append(_ pool: [Int]) {
        doctors.append(contentsOf: pool.map(Int32.init))
        starts.append(doctors.count)
    }

    private struct Kind: Hashable {
        let specialty: Int
        let languages: UInt64
        let isUrgent: Bool

        init(_ request: PlanProblem.Request) {
            specialty = request.specialty
            languages = request.languages
            isUrgent = request.urgency <= 2
        }
    }
}

extension Range<Int> {
    /// The first place that fulfils the condition, which holds from there to the end.
    fileprivate func firstPlace(_ condition: (Int) -> Bool) -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = (low + high) / 2
            if condition(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
