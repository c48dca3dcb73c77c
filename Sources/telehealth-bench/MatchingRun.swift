import Foundation
import Scheduler

/// A plan made and improved until its time is over, and a bound of the day's cost.
struct MatchingRun {
    let problem: PlanProblem
    let start: ContinuousClock.Instant
    let limit: Duration
    /// So many rounds a thread instead of a time.
    let rounds: Int?
    let seed: UInt64
    let threads: Int

    /// A day of so many requests is one plan for all threads; of a smaller one each has its own.
    private var isLarge: Bool { problem.requests.count > 4_000 }

    /// The best plan, the bound, and what the first plan cost and took.
    typealias Found = (
        best: PlanSearch, bound: (value: Int, rounds: Int), cost: Int, seconds: Double
    )

    /// Plans until the time is over or the rounds are taken.
    func result() async -> Found {
        let first = PlanSearch(problem, seed: seed)
        let seconds = start.duration(to: .now).seconds
        let (hand, bound) = await isLarge ? openLarge(first) : open(first)
        let budget =
            rounds.map { .rounds($0) }
            ?? MatchingBudget.time(from: .now, until: start + limit)
        var best = isLarge ? await improveParts(hand, budget) : await improveWhole(hand, budget)
        best.count([best, hand])
        return (best, bound, first.bestCost, seconds)
    }

    /// The bound on one processor while another searches already; then the search has its prices.
    ///
    /// It ends when a hundred rounds hardly make the bound better, or when its time is over. What
    /// is left of that time goes to a search by these prices.
    private func open(_ first: PlanSearch) async -> (PlanSearch, (Int, Int)) {
        let part = limit * 0.2
        let until = MatchingBudget.time(from: .now, until: start + part)
        async let search = urgentFirst(first, until: part)
        var bound = PlanBound(problem, after: first.plan)
        var before = -1
        while rounds != nil || until.share(rounds: 0) < 1 {
            if bound.rounds % 100 == 0 {
                if bound.value - before <= bound.value / 100_000 { break }
                before = bound.value
            }
            bound.improve(rounds: 10)
        }
        var other = first.copy(seed: seed &+ 1)
        other.follow(bound)
        let rest =
            rounds.map { .rounds($0 / 5) }
            ?? MatchingBudget.time(from: .now, until: start + part)
        other = spend(rest, other) { heat($0) }
        var hand = await search
        hand.follow(bound)
        if other.bestCost < hand.bestCost { hand.adopt(other) }
        hand.adoptBetterParts(of: other)
        hand.count([hand, other])
        return (hand, (bound.value, bound.rounds))
    }

    /// The same for many doctors, with the bound that is quick for them and without its prices.
    private func openLarge(_ first: PlanSearch) async -> (PlanSearch, (Int, Int)) {
        let until = MatchingBudget.time(from: .now, until: start + limit * 0.3)
        async let search = spend(rounds.map { .rounds($0 / 10) } ?? until, first) { _ in heat(0) }
        var bound = PlanTickBound(problem)
        let budget = rounds.map { _ in .rounds(300) } ?? until
        while budget.share(rounds: bound.rounds) < 1 {
            bound.improve(rounds: 2)
        }
        return (await search, (bound.value, bound.rounds))
    }

    /// The plan that follows when urgent requests are planned before anybody else is looked at.
    private func urgentFirst(_ first: PlanSearch, until part: Duration) -> PlanSearch {
        let budgets = [(0.0, 0.25), (0.25, 1.0)].map { from, to in
            rounds.map { .rounds($0 / 10) }
                ?? MatchingBudget.time(from: start + part * from, until: start + part * to)
        }
        let urgent = PlanSearch(problem, seed: seed, urgentOnly: true)
        var search = spend(budgets[0], urgent) { .cooling(from: 600, to: 1, share: $0) }
        search.widen()
        let better = search.bestCost < first.bestCost ? search : first
        return spend(budgets[1], better) { _ in heat(0.5) }
    }

    /// Searches side by side that know nothing of one another until a cycle ends.
    ///
    /// Each cycle cools down from a little less heat than the one before: from much less, the last
    /// ones seldom leave a plan in which twenty consults would have to move at once. Between them,
    /// each search takes over what the cycle and the others did better somewhere, and one that
    /// still leaves somebody out whom another serves goes on from the other's plan; then it goes on
    /// only where the cycle and the others ended with another cost. The last cycles refine the best
    /// plan.
    private func improveWhole(_ hand: PlanSearch, _ budget: MatchingBudget) async -> PlanSearch {
        var searches = (0..<threads).map { hand.copy(seed: seed &+ UInt64($0) &* 7_919) }
        var hot = MatchingRun.hot
        let count = MatchingRun.cycles + MatchingRun.refinements
        for cycle in 0..<count {
            let (part, heat) = (budget.part(cycle, of: count), hot)
            searches = await inParallel(searches) { search in
                guard cycle < MatchingRun.cycles else { return refine(search, part) }
                return spend(part, search) { .cooling(from: heat, to: MatchingRun.cold, share: $0) }
            }
            exchange(&searches)
            // From the third cycle on: two must have looked everywhere to know what is settled.
            if cycle > 0 { for index in searches.indices { searches[index].seekUnsettled() } }
            hot /= MatchingRun.coolingPerCycle
        }
        var best = searches.min { $0.bestCost < $1.bestCost } ?? hand
        best.count(searches)
        return best
    }

    /// Small steps away from the best plan, and one neighbourhood after another solved exactly.
    private func refine(_ search: PlanSearch, _ budget: MatchingBudget) -> PlanSearch {
        var search = search
        search.goBack()
        return spend(budget, search, isResolving: true) {
            .cooling(from: MatchingRun.warm, to: MatchingRun.cold, share: $0)
        }
    }

    private func exchange(_ searches: inout [PlanSearch]) {
        for index in searches.indices { searches[index].gatherBest() }
        let ended = searches
        for index in searches.indices {
            for other in ended { searches[index].adoptBetterParts(of: other) }
        }
        guard let best = searches.min(by: { $0.bestCost < $1.bestCost }) else { return }
        let leastPenalty = problem.weights.unserved.filter { $0 > 0 }.min() ?? 0
        for index in searches.indices
        where searches[index].bestCost > best.bestCost + leastPenalty / 2 {
            searches[index].adopt(best)
        }
    }

    private static let cycles = 10
    private static let refinements = 8
    private static let coolingPerCycle = 1.1
    /// Temperatures in units of cost.
    private static let hot = 250.0
    private static let largeHot = 10.0
    private static let warm = 3.0
    private static let cold = 0.5

    /// Searches side by side on parts of one plan, which are drawn anew and again.
    private func improveParts(_ hand: PlanSearch, _ budget: MatchingBudget) async -> PlanSearch {
        var hand = hand
        let epochs = rounds == nil ? max(1, Int(limit.seconds)) : 10
        for epoch in 0..<epochs {
            let part = budget.part(epoch, of: epochs)
            let heat = heat(Double(epoch) / Double(epochs))
            let branches = (0..<threads).map {
                hand.branch(to: $0, of: threads, seed: seed &+ UInt64(epoch))
            }
            hand.merge(await inParallel(branches) { branch in spend(part, branch) { _ in heat } })
        }
        return hand
    }

    private func inParallel(
        _ searches: [PlanSearch],
        _ body: @escaping @Sendable (PlanSearch) -> PlanSearch
    ) async -> [PlanSearch] {
        await withTaskGroup(of: (Int, PlanSearch).self) { group in
            for (number, search) in searches.enumerated() {
                group.addTask { (number, body(search)) }
            }
            // In the order they had, so that a run repeats.
            var ended = searches
            for await (number, search) in group { ended[number] = search }
            return ended
        }
    }

    private func spend(
        _ budget: MatchingBudget,
        _ search: PlanSearch,
        isResolving: Bool = false,
        heat: (Double) -> PlanSearch.Heat
    ) -> PlanSearch {
        var search = search
        let before = search.rounds
        while true {
            let share = budget.share(rounds: search.rounds - before)
            guard share < 1 else { return search }
            search.improve(rounds: isResolving ? 25 : 50, heat: heat(share))
            if isResolving { search.resolve() }
        }
    }

    private func heat(_ share: Double) -> PlanSearch.Heat {
        let hot = isLarge ? MatchingRun.largeHot : MatchingRun.hot
        return .cooling(from: hot, to: MatchingRun.cold, share: share)
    }
}
