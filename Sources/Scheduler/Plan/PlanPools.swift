import Vocabulary

/// Who could serve: one list of doctors for all requests that ask alike, ordered by place.
struct PlanPools: Sendable {
    /// Doctors of all pools, one pool after another.
    private(set) var doctors: [Int32] = []
    /// The rank of each doctor's hospital, by which a pool is ordered.
    private var ranks: [Int32] = []
    private var starts: [Int] = [0]

    /// How many pools there are.
    var count: Int { starts.count - 1 }

    /// A pool's places in `doctors`.
    func range(_ pool: Int) -> Range<Int> {
        starts[pool]..<starts[pool + 1]
    }

    /// The part of a pool that works at hospitals of those ranks.
    func part(_ pool: Int, _ ranks: Range<Int32>) -> Range<Int> {
        let range = range(pool)
        let start = range.firstPlace { self.ranks[$0] >= ranks.lowerBound }
        return start..<(start..<range.upperBound).firstPlace { self.ranks[$0] >= ranks.upperBound }
    }

    /// The part of a pool that works at a hospital of that rank.
    func part(_ pool: Int, rank: Int32) -> Range<Int> {
        part(pool, rank..<(rank + 1))
    }

    /// The pools of all requests, and each request's pool.
    ///
    /// Requests that ask differently and reach the same doctors share a pool.
    static func all(
        _ requests: [PlanProblem.Request],
        _ doctors: [PlanProblem.Doctor],
        _ hospitals: [PlanProblem.Hospital],
        _ nearness: PlanNearness
    ) -> (PlanPools, [Int]) {
        let rankOf = doctors.map { nearness.ranks[$0.hospital] }
        let order = doctors.indices.sorted { (rankOf[$0], $0) < (rankOf[$1], $1) }
        var pools = PlanPools()
        var numbers: [Kind: Int] = [:]
        var same: [[Int]: Int] = [:]
        let poolOf = requests.map { request in
            let kind = Kind(request)
            if let number = numbers[kind] { return number }
            let pool = order.filter { PlanProblem.canServe(request, doctors[$0], hospitals) }
            let number = same[pool] ?? pools.count
            if number == pools.count { pools.append(pool, pool.map { rankOf[$0] }) }
            same[pool] = number
            numbers[kind] = number
            return number
        }
        return (pools, poolOf)
    }

    /// The same pools with only some of their doctors.
    func filtered(by isKept: [Bool]) -> PlanPools {
        var pools = PlanPools()
        for pool in 0..<count {
            let places = range(pool).filter { isKept[Int(doctors[$0])] }
            pools.append(places.map { Int(doctors[$0]) }, places.map { ranks[$0] })
        }
        return pools
    }

    private mutating func append(_ pool: [Int], _ ranks: [Int32]) {
        doctors.append(contentsOf: pool.lazy.map(Int32.init))
        self.ranks.append(contentsOf: ranks)
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
