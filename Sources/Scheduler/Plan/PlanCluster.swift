import Vocabulary

/// A few requests that were taken out of a plan, every place each could have beside the rest of
/// it, and the places that are cheapest for all of them together.
///
/// Branch and bound: no way is followed on which the requests still open would cost too much even
/// if each had the cheapest place that is free now.
struct PlanCluster: Sendable {
    private struct Choice {
        /// What the place costs more than leaving the request out, not counting overload.
        var cost: Int
        /// Unserved for leaving it out.
        var place: PlanPlace
    }

    /// After so many steps the best found so far is taken.
    private static let stepLimit = 1_000

    /// The requests.
    private(set) var members: [Int] = []
    /// Where the cheapest way found leaves each of them.
    private(set) var found: [PlanPlace] = []
    private var chosen: [PlanPlace] = []
    /// Everybody's choices, the cheapest of each first, and where each member's end.
    private var choices: [Choice] = []
    private var ends: [Int] = []
    /// For each number of members that have a place, and each member: its two cheapest choices
    /// that are free then.
    private var free: [(Int, Int)] = []
    /// Each member's site.
    private var sites: [Int] = []
    /// The doctor and the site of the place given last.
    private var last: (doctor: Int32, site: Int) = (-1, -1)
    /// Plans must cost less.
    private var limitCost = 0
    private var steps = 0

    /// Begins with nobody.
    mutating func clear() {
        members.removeAll(keepingCapacity: true)
        choices.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        sites.removeAll(keepingCapacity: true)
    }

    /// Adds a request that the schedule leaves out; the doctors are those of its pool.
    mutating func append(_ request: Int, of schedule: inout PlanSchedule, among pools: PlanPools) {
        let penalty = schedule.problem.jobs[request].penalty
        choices.append(Choice(cost: 0, place: .unserved))
        schedule.forEachPlace(request, among: pools) { place, cost in
            choices.append(Choice(cost: cost - penalty, place: place))
        }
        members.append(request)
        sites.append(schedule.problem.jobs[request].site)
        ends.append(choices.count)
    }

    /// Finds places with which the whole plan costs at most `cost`; false when there are none.
    ///
    /// The schedule is the same afterwards: the places are in `found`. Of choices that cost the
    /// same, chance says which is tried first: so a search drifts among plans of one cost.
    mutating func solve(
        _ schedule: inout PlanSchedule,
        upTo cost: Int,
        _ random: inout SeededRandom
    ) -> Bool {
        limitCost = cost + 1
        steps = 0
        chosen = Array(repeating: .unserved, count: members.count)
        free = Array(repeating: (0, 0), count: members.count * members.count)
        dropDearChoices(schedule.cost)
        for member in members.indices {
            let range = range(member)
            for index in range {
                choices.swapAt(index, index + random.below(range.upperBound - index))
            }
            choices[range].sort { $0.cost < $1.cost }
        }
        search(&schedule, open: 1 << members.count - 1)
        return limitCost <= cost
    }

    /// Drops what would cost too much even if everybody else had the cheapest place.
    private mutating func dropDearChoices(_ cost: Int) {
        let least = members.indices.map { choices[range($0)].reduce(0) { min($0, $1.cost) } }
        let spare = limitCost - least.reduce(cost, +)
        var (start, kept) = (0, 0)
        for member in members.indices {
            let end = ends[member]
            for index in start..<end where choices[index].cost - least[member] < spare {
                choices[kept] = choices[index]
                kept += 1
            }
            start = end
            ends[member] = kept
        }
        choices.removeLast(choices.count - kept)
    }

    private mutating func search(_ schedule: inout PlanSchedule, open: Int) {
        guard open != 0 else {
            if schedule.cost < limitCost { (limitCost, found) = (schedule.cost, chosen) }
            return
        }
        steps += 1
        guard steps < PlanCluster.stepLimit, let next = hardest(schedule, open) else { return }
        let rest = open & ~(1 << next.member)
        for index in next.first..<ends[next.member] {
            let choice = choices[index]
            guard next.others + choice.cost < limitCost, steps < PlanCluster.stepLimit else {
                break
            }
            guard fits(schedule, next.member, index) else { continue }
            chosen[next.member] = choice.place
            last = (choice.place.doctorNumber, sites[next.member])
            if choice.place.isServed {
                schedule.place(members[next.member], choice.place)
                search(&schedule, open: rest)
                schedule.remove(members[next.member])
            } else {
                search(&schedule, open: rest)
            }
        }
    }

    /// Of those open the one that loses most with its second choice, with its first that is free,
    /// and what the plan would cost if each of the others had its first; nil when the plan would
    /// cost too much.
    private mutating func hardest(
        _ schedule: PlanSchedule,
        _ open: Int
    ) -> (member: Int, first: Int, others: Int)? {
        let depth = members.count - open.nonzeroBitCount
        var bound = schedule.cost
        var hardest = (member: 0, first: 0, loss: -1)
        var bits = open
        while bits != 0 {
            let member = bits.trailingZeroBitCount
            bits &= bits - 1
            let free = firstTwo(schedule, member, depth)
            let first = cost(member, free.first) ?? 0
            let second = cost(member, free.second) ?? PlanCluster.onlyChoice
            bound += first
            if second - first > hardest.loss { hardest = (member, free.first, second - first) }
        }
        let others = bound - (cost(hardest.member, hardest.first) ?? 0)
        return bound < limitCost ? (hardest.member, hardest.first, others) : nil
    }

    private func cost(_ member: Int, _ index: Int) -> Int? {
        index < ends[member] ? choices[index].cost : nil
    }

    /// A member's two cheapest choices that are free, beyond its choices where there are none;
    /// leaving it out always is, unless that alone would cost too much.
    ///
    /// They are those of one step before, but for what the place given since has taken.
    private mutating func firstTwo(
        _ schedule: PlanSchedule,
        _ member: Int,
        _ depth: Int
    ) -> (first: Int, second: Int) {
        let at = depth * members.count + member
        guard depth > 0 else {
            let first = nextFree(schedule, member, from: range(member).lowerBound)
            free[at] = (first, nextFree(schedule, member, from: first + 1))
            return free[at]
        }
        var (first, second) = free[at - members.count]
        if isTaken(schedule, member, second) {
            second = nextFree(schedule, member, from: second + 1)
        }
        if isTaken(schedule, member, first) {
            first = second
            second = nextFree(schedule, member, from: second + 1)
        }
        free[at] = (first, second)
        return (first, second)
    }

    /// Whether a choice that was free before the last place was given no longer is.
    private func isTaken(_ schedule: PlanSchedule, _ member: Int, _ index: Int) -> Bool {
        guard index < ends[member] else { return false }
        let place = choices[index].place
        guard place.doctorNumber == last.doctor || sites[member] == last.site else { return false }
        return !fits(schedule, member, index)
    }

    private func nextFree(_ schedule: PlanSchedule, _ member: Int, from start: Int) -> Int {
        var index = start
        while index < ends[member], !fits(schedule, member, index) { index += 1 }
        return index
    }

    /// In place of the cost of a second choice that there is not.
    private static let onlyChoice = 1 << 40

    private func range(_ member: Int) -> Range<Int> {
        (member == 0 ? 0 : ends[member - 1])..<ends[member]
    }

    private func fits(_ schedule: PlanSchedule, _ member: Int, _ index: Int) -> Bool {
        let place = choices[index].place
        return !place.isServed || schedule.isFree(members[member], place)
    }
}
