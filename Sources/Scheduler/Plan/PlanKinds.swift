/// Doctors whom requests reach at the same affinity: of one pool and region, central or not.
///
/// The cheapest price of a kind at each tick is found once for all requests that reach it.
struct PlanKinds: Sendable {
    /// A kind that a request reaches, and what its doctors cost it.
    struct Reach: Sendable {
        var kind: Int32
        var affinity: Int32
    }

    /// For each doctor and length: the starts that lie whole in one window.
    let starts: PlanStarts

    private let horizon: Int
    private var durations: [Int] = []
    /// Each kind's members: a group of doctors, and the starts that any of them of the kind has.
    private var memberRanges: [Range<Int>] = []
    private var memberGroups: [Int32] = []
    private var memberStarts: [UInt64] = []
    private var reaches: [Reach] = []
    private var reachEnds: [Int] = [0]
    private let words: Int

    private struct Key: Hashable {
        let pool: Int
        let duration: Int
        /// The ranks of the hospitals.
        let ranks: Range<Int32>
    }

    init(_ problem: PlanProblem, _ groups: PlanGroups) {
        horizon = problem.horizon
        words = (horizon + 63) / 64
        starts = PlanStarts(problem)
        var numbers: [Key: Int32] = [:]
        for job in problem.jobs {
            if job.first <= job.last { reach(job, problem, groups, &numbers) }
            reachEnds.append(reaches.count)
        }
    }

    /// What the request reaches.
    func reach(of request: Int) -> ArraySlice<Reach> {
        reaches[reachEnds[request]..<reachEnds[request + 1]]
    }

    /// For each kind and tick the least that a start costs; infinity where there is none.
    func cheapest(_ doctors: PlanPriceSums, _ loads: [Double], buffer: Int) -> [Double] {
        var table = [Double](repeating: .infinity, count: durations.count * horizon)
        for kind in durations.indices {
            let duration = durations[kind]
            for member in memberRanges[kind] {
                let group = Int(memberGroups[member])
                let load = Double(duration) * loads[group]
                for index in 0..<words {
                    var bits = memberStarts[member * words + index]
                    while bits != 0 {
                        let start = index * 64 + bits.trailingZeroBitCount
                        bits &= bits - 1
                        let price = load + doctors.sum(group, start..<(start + duration + buffer))
                        if price < table[kind * horizon + start] {
                            table[kind * horizon + start] = price
                        }
                    }
                }
            }
        }
        return table
    }

    /// The group that is cheapest at a start of a kind that has one.
    func member(
        _ kind: Int,
        at start: Int,
        _ doctors: PlanPriceSums,
        _ loads: [Double],
        buffer: Int
    ) -> Int {
        let duration = durations[kind]
        var best = (price: Double.infinity, group: 0)
        for member in memberRanges[kind] {
            let word = memberStarts[member * words + start / 64]
            guard word & (1 << UInt64(start % 64)) != 0 else { continue }
            let group = Int(memberGroups[member])
            let price =
                Double(duration) * loads[group]
                + doctors.sum(group, start..<(start + duration + buffer))
            if price < best.price { best = (price, group) }
        }
        return best.group
    }

    private mutating func reach(
        _ job: PlanJob,
        _ problem: PlanProblem,
        _ groups: PlanGroups,
        _ numbers: inout [Key: Int32]
    ) {
        let nearness = problem.nearness
        for inRegion in [true, false] {
            for isCentral in [false, true] {
                let ranks =
                    inRegion
                    ? nearness.ranks(nearTo: job.site, isCentral: isCentral)
                    : nearness.ranks(isCentral: isCentral)
                let key = Key(
                    pool: job.pool,
                    duration: job.duration,
                    ranks: ranks
                )
                let kind = numbers[key] ?? add(key, problem, groups)
                numbers[key] = kind
                guard !memberRanges[Int(kind)].isEmpty else { continue }
                let affinity = nearness.cost(
                    inRegion: inRegion,
                    isCentral: isCentral,
                    isRoutine: job.isRoutine
                )
                reaches.append(Reach(kind: kind, affinity: Int32(affinity)))
            }
        }
    }

    private mutating func add(_ key: Key, _ problem: PlanProblem, _ groups: PlanGroups) -> Int32 {
        var rows: [Int: Int] = [:]
        let first = memberGroups.count
        for place in problem.pools.part(key.pool, key.ranks) {
            let doctor = Int(problem.pools.doctors[place])
            let group = groups.groupOf[doctor]
            let member = rows[group] ?? memberGroups.count
            if member == memberGroups.count {
                rows[group] = member
                memberGroups.append(Int32(group))
                memberStarts.append(contentsOf: repeatElement(0, count: words))
            }
            let row = starts.row(doctor, length: key.duration)
            for index in 0..<words {
                memberStarts[member * words + index] |= starts.word(row, index)
            }
        }
        durations.append(key.duration)
        memberRanges.append(first..<memberGroups.count)
        return Int32(durations.count - 1)
    }
}
