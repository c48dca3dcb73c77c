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
    func result() async -> (best: PlanSearch, bound: PlanBound, cost: Int, seconds: Double) {
        let first = PlanSearch(problem, seed: seed)
        let seconds = start.duration(to: .now).seconds
        let (hand, bound) = await findBound(isLarge ? first : urgentFirst(first))
        let budget =
            rounds.map { .rounds($0) }
            ?? MatchingBudget.time(from: .now, until: start + limit)
        var best = isLarge ? await improveParts(hand, budget) : await improveWhole(hand, budget)
        best.count([best, hand])
        return (best, bound, first.bestCost, seconds)
    }

    /// The plan that follows when urgent requests are planned before anybody else is looked at.
    private func urgentFirst(_ first: PlanSearch) -> PlanSearch {
        let budget =
            rounds.map { .rounds($0 / 10) }
            ?? MatchingBudget.time(from: .now, until: start + limit * 0.05)
        let urgent = PlanSearch(problem, seed: seed, urgentOnly: true)
        var search = spend(budget, urgent) { .cooling(from: 600, to: 1, share: $0) }
        search.widen()
        return search.bestCost < first.bestCost ? search : first
    }

    /// The bound on one processor while another searches already.
    private func findBound(_ first: PlanSearch) async -> (PlanSearch, PlanBound) {
        let until = MatchingBudget.time(from: .now, until: start + limit * (isLarge ? 0.3 : 0.15))
        async let search = spend(rounds.map { .rounds($0 / 10) } ?? until, first) { _ in
            heat(isLarge ? 0 : 0.5)
        }
        var bound = PlanBound(problem)
        let budget = rounds.map { _ in .rounds(300) } ?? until
        while budget.share(rounds: bound.rounds) < 1 {
            bound.improve(rounds: 2, cost: first.bestCost)
        }
        return (await search, bound)
    }

    /// Searches side by side that know nothing of one another until a cycle ends.
    private func improveWhole(_ hand: PlanSearch, _ budget: MatchingBudget) async -> PlanSearch {
        var searches = (0..<threads).map { hand.copy(seed: seed &+ UInt64($0) &* 7_919) }
        let cycles = problem.requests.count <= 100 ? 4 : 1
        for cycle in 0..<cycles {
            let part = budget.part(cycle, of: cycles)
            searches = await inParallel(searches) { search in spend(part, search) { heat($0) } }
        }
        var best = searches.min { $0.bestCost < $1.bestCost } ?? hand
        best.count(searches)
        return best
    }

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
        heat: (Double) -> PlanSearch.Heat
    ) -> PlanSearch {
        var search = search
        let before = search.rounds
        while true {
            let share = budget.share(rounds: search.rounds - before)
            guard share < 1 else { return search }
            search.improve(rounds: 50, heat: heat(share))
        }
    }

    private func heat(_ share: Double) -> PlanSearch.Heat {
        .cooling(from: isLarge ? 10 : 60, to: 1, share: share)
    }
}
