/// Where large pools have room left: a tree over each pool that says when anybody below could
/// start, and how much load the easiest of them could still take.
///
/// A branch in which nobody could start early enough to be cheaper than the best offer so far is
/// passed over whole (branch and bound: Land, Doig, 1960, over a segment tree: Bentley, 1977), so
/// that the best place is found in a time that grows with the logarithm of the pool where a look at
/// everybody grows with the pool. Pools of up to `smallPool` doctors have no tree.
struct PlanVacancies: Sendable {
    /// How many branches and doctors have been looked at: what offers cost, on any machine.
    var looks = 0
    let words: Int

    /// The lengths for which a tree is kept; of many only some, and the next shorter one stands
    /// for those between.
    private let lengths: [Int]
    private let rankOf: [Int]
    /// For each pool where its tree begins, and how many leaves it has; none of a small pool.
    private var roots: [(base: Int, leaves: Int)] = []
    /// For each node and length the starts that anybody below has.
    private var openings: [UInt64] = []
    /// For each node how many ticks of load the easiest doctor below can take at no cost.
    private var slacks: [Int32] = []
    /// For each doctor its places in pools that have trees.
    private var placesOf: [(pool: Int32, place: Int32)] = []
    private var placeStarts: [Int] = [0]

    static let smallPool = 32
    /// Doctors of one leaf.
    static let leafSize = 8
    private static let lengthLimit = 8

    /// The room that a schedule leaves.
    init(_ schedule: PlanSchedule) {
        let problem = schedule.problem
        words = schedule.busy.words
        let all = Set(problem.jobs.lazy.filter { $0.first <= $0.last }.map(\.duration)).sorted()
        let step = max(1, (all.count + PlanVacancies.lengthLimit - 1) / PlanVacancies.lengthLimit)
        let lengths = stride(from: 0, to: all.count, by: step).map { all[$0] }
        self.lengths = lengths
        rankOf = (0...problem.horizon).map { length in
            max(0, (lengths.firstIndex { $0 > length } ?? lengths.count) - 1)
        }
        plant(problem)
        for pool in roots.indices where roots[pool].leaves > 0 { grow(pool, schedule) }
    }

    /// Takes note of a consult that a doctor has got.
    mutating func note(_ place: PlanPlace, length: Int, _ schedule: PlanSchedule) {
        let doctor = place.doctor
        let buffer = schedule.problem.buffer
        let held = place.start..<(place.start + length + buffer)
        for index in placeStarts[doctor]..<placeStarts[doctor + 1] {
            let (pool, place) = placesOf[index]
            let root = roots[Int(pool)]
            var node = root.leaves + Int(place) / PlanVacancies.leafSize
            var isChanged = shrink(Int(pool), node, by: doctor, held, schedule)
            while isChanged, node > 1 {
                node /= 2
                isChanged = join(root.base, node)
            }
        }
    }

    /// Whether the pool has a tree.
    func covers(_ pool: Int) -> Bool { roots[pool].leaves > 0 }

    /// The pool's root.
    func root(_ pool: Int) -> PlanBranch {
        PlanBranch(node: 1, blocks: 0..<roots[pool].leaves, base: roots[pool].base)
    }

    /// The first tick of `open` at which anybody below might start a consult of that length.
    func earliest(_ branch: PlanBranch, length: Int, in open: [UInt64], _ job: PlanJob) -> Int? {
        let row = ((branch.base + branch.node) * lengths.count + rankOf[length]) * words
        for index in (job.first / 64)...(job.last / 64) {
            let word = open[index] & openings[row + index]
            if word != 0 { return index * 64 + word.trailingZeroBitCount }
        }
        return nil
    }

    /// How much load somebody below could take at no cost, in ticks.
    func slack(_ branch: PlanBranch) -> Int { Int(slacks[branch.base + branch.node]) }

    // MARK: Trees

    /// Lays out a tree for each large pool, and each doctor's places in them.
    private mutating func plant(_ problem: PlanProblem) {
        var count = 0
        var counts = [Int](repeating: 0, count: problem.doctors.count + 1)
        for pool in 0..<problem.pools.count {
            let range = problem.pools.range(pool)
            guard range.count > PlanVacancies.smallPool else {
                roots.append((0, 0))
                continue
            }
            var leaves = 1
            while leaves * PlanVacancies.leafSize < range.count { leaves *= 2 }
            roots.append((count, leaves))
            count += 2 * leaves
            for place in range { counts[Int(problem.pools.doctors[place]) + 1] += 1 }
        }
        openings = Array(repeating: 0, count: count * lengths.count * words)
        slacks = Array(repeating: .min, count: count)
        for doctor in problem.doctors.indices { counts[doctor + 1] += counts[doctor] }
        placeStarts = counts
        placesOf = Array(repeating: (0, 0), count: counts[problem.doctors.count])
        for pool in roots.indices where roots[pool].leaves > 0 {
            let range = problem.pools.range(pool)
            for place in range {
                let doctor = Int(problem.pools.doctors[place])
                placesOf[counts[doctor]] = (Int32(pool), Int32(place - range.lowerBound))
                counts[doctor] += 1
            }
        }
    }

    private mutating func grow(_ pool: Int, _ schedule: PlanSchedule) {
        let root = roots[pool]
        for leaf in 0..<root.leaves { readLeaf(pool, root.leaves + leaf, schedule) }
        for node in (1..<max(1, root.leaves)).reversed() { _ = join(root.base, node) }
    }

    /// Reads what a leaf's doctors have left.
    private mutating func readLeaf(_ pool: Int, _ node: Int, _ schedule: PlanSchedule) {
        let problem = schedule.problem
        let base = roots[pool].base
        let places = places(pool, problem.pools.range(pool), node)
        _ = readSlack(base + node, places, schedule)
        for (rank, length) in lengths.enumerated() {
            let row = ((base + node) * lengths.count + rank) * words
            for index in 0..<words {
                for place in places {
                    openings[row + index] |=
                        schedule.vacancy(Int(problem.pools.doctors[place]), index, length)
                }
            }
        }
    }

    /// Takes away what a leaf's doctor no longer has and nobody else there has; false when that is
    /// nothing.
    private mutating func shrink(
        _ pool: Int,
        _ node: Int,
        by doctor: Int,
        _ held: Range<Int>,
        _ schedule: PlanSchedule
    ) -> Bool {
        let problem = schedule.problem
        let places = places(pool, problem.pools.range(pool), node)
        var isChanged = readSlack(roots[pool].base + node, places, schedule)
        for (rank, length) in lengths.enumerated() {
            let row = ((roots[pool].base + node) * lengths.count + rank) * words
            // Whoever starts here would run into what is held now.
            let first = max(0, held.lowerBound - length - problem.buffer + 1)
            let last = min(words * 64, held.upperBound) - 1
            for index in (first / 64)...(last / 64) {
                let old = openings[row + index]
                var lost = old & TickSet.mask(index, first, last)
                lost &= ~schedule.vacancy(doctor, index, length)
                for place in places where lost != 0 {
                    let other = Int(problem.pools.doctors[place])
                    lost &= ~schedule.vacancy(other, index, length)
                }
                guard lost != 0 else { continue }
                openings[row + index] = old & ~lost
                isChanged = true
            }
        }
        return isChanged
    }

    /// The places of a leaf's doctors in all pools.
    private func places(_ pool: Int, _ range: Range<Int>, _ node: Int) -> Range<Int> {
        let first = range.lowerBound + (node - roots[pool].leaves) * PlanVacancies.leafSize
        return first..<max(first, min(range.upperBound, first + PlanVacancies.leafSize))
    }

    /// Reads how much load a leaf's doctors can take; false when that is as it was.
    private mutating func readSlack(
        _ node: Int,
        _ places: Range<Int>,
        _ schedule: PlanSchedule
    ) -> Bool {
        let problem = schedule.problem
        var slack = Int32.min
        for place in places {
            let doctor = Int(problem.pools.doctors[place])
            slack = max(slack, Int32(clamping: problem.easyLoad[doctor] - schedule.load[doctor]))
        }
        guard slack != slacks[node] else { return false }
        slacks[node] = slack
        return true
    }

    /// Joins two branches; false when what they have is as it was.
    private mutating func join(_ base: Int, _ node: Int) -> Bool {
        let slack = max(slacks[base + 2 * node], slacks[base + 2 * node + 1])
        var isChanged = slack != slacks[base + node]
        slacks[base + node] = slack
        let size = lengths.count * words
        let (row, child) = ((base + node) * size, (base + 2 * node) * size)
        for index in 0..<size {
            let word = openings[child + index] | openings[child + size + index]
            if openings[row + index] != word { isChanged = true }
            openings[row + index] = word
        }
        return isChanged
    }
}

/// A node of a pool's tree, and the leaves below it.
struct PlanBranch {
    let node: Int
    let blocks: Range<Int>
    let base: Int

    var isLeaf: Bool { blocks.count == 1 }

    /// The places in the pool, from 0 on, that lie below.
    var places: Range<Int> {
        (blocks.lowerBound * PlanVacancies.leafSize)..<(blocks.upperBound * PlanVacancies.leafSize)
    }

    var left: PlanBranch {
        PlanBranch(node: 2 * node, blocks: blocks.lowerBound..<middle, base: base)
    }
    var right: PlanBranch {
        PlanBranch(node: 2 * node + 1, blocks: middle..<blocks.upperBound, base: base)
    }

    private var middle: Int { (blocks.lowerBound + blocks.upperBound) / 2 }
}
