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
    /// Plans must cost less.
    private var limitCost = 0
    private var steps = 0

    /// Begins with nobody.
    mutating func clear() {
        members.removeAll(keepingCapacity: true)
        choices.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// Adds a request that the schedule leaves out; the doctors are those of its pool.
    mutating func append(_ request: Int, of schedule: inout PlanSchedule, among pools: PlanPools) {
        let penalty = schedule.problem.jobs[request].penalty
        choices.append(Choice(cost: 0, place: .unserved))
        schedule.forEachPlace(request, among: pools) { place, cost in
            choices.append(Choice(cost: cost - penalty, place: place))
        }
        members.append(request)
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
        for index in range(next.member) {
            let choice = choices[index]
            guard next.others + choice.cost < limitCost, steps < PlanCluster.stepLimit else {
                break
            }
            guard fits(schedule, members[next.member], choice.place) else { continue }
            chosen[next.member] = choice.place
            if choice.place.isServed {
                schedule.place(members[next.member], choice.place)
                search(&schedule, open: rest)
                schedule.remove(members[next.member])
            } else {
                search(&schedule, open: rest)
            }
        }
    }

    /// Of those open the one that loses most with its second choice, and what the plan would cost
    /// if each of the others had its first; nil when the plan would cost too much.
    private func hardest(_ schedule: PlanSchedule, _ open: Int) -> (member: Int, others: Int)? {
        var bound = schedule.cost
        var hardest = (member: 0, first: 0, loss: -1)
        var bits = open
        while bits != 0 {
            let member = bits.trailingZeroBitCount
            bits &= bits - 1
            let (first, second) = firstTwo(schedule, member)
            bound += first
            if second - first > hardest.loss { hardest = (member, first, second - first) }
        }
        return bound < limitCost ? (hardest.member, bound - hardest.first) : nil
    }

    /// The costs of a member's two cheapest choices that are free; leaving it out always is, unless
    /// that alone would cost too much.
    private func firstTwo(_ schedule: PlanSchedule, _ member: Int) -> (Int, Int) {
        var first: Int?
        for index in range(member) where fits(schedule, members[member], choices[index].place) {
            guard let first else {
                first = choices[index].cost
                continue
            }
            return (first, choices[index].cost)
        }
        return (first ?? 0, PlanCluster.onlyChoice)
    }

    /// In place of the cost of a second choice that there is not.
    private static let onlyChoice = 1 << 40

    private func range(_ member: Int) -> Range<Int> {
        (member == 0 ? 0 : ends[member - 1])..<ends[member]
    }

    private func fits(_ schedule: PlanSchedule, _ request: Int, _ place: PlanPlace) -> Bool {
        !place.isServed || schedule.isFree(request, place)
    }
}
