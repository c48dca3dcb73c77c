/// The best place among everybody, found without looking at everybody.
extension PlanVacancies {
    /// What is asked, and the best answer so far.
    private struct Quest {
        let job: PlanJob
        /// The part of the pool that is looked at, from 0 on.
        var places: Range<Int>
        /// What every doctor of the part costs at least.
        var affinity: Int
        var best = PlanSchedule.Offer(place: .unserved, cost: .max)
    }

    /// The best place for a request that has none, nil when no rule-keeping one is left.
    mutating func offer(
        _ request: Int,
        in schedule: inout PlanSchedule
    ) -> PlanSchedule.Offer? {
        let problem = schedule.problem
        let job = problem.jobs[request]
        guard covers(job.pool) else {
            looks += problem.pools.range(job.pool).count
            return schedule.offer(request)
        }
        guard job.first <= job.last, schedule.readyOpen(job) else { return nil }
        var quest = Quest(job: job, places: 0..<0, affinity: 0)
        let first = problem.pools.range(job.pool).lowerBound
        for (part, affinity) in parts(job, problem) where affinity < quest.best.cost {
            quest.places = (part.lowerBound - first)..<(part.upperBound - first)
            quest.affinity = affinity
            let root = root(job.pool)
            look(root, costing: least(root, quest, schedule), schedule, &quest)
        }
        return quest.best.place.isServed ? quest.best : nil
    }

    /// Parts of the pool that together are the whole, each with what its doctors cost at least, as
    /// far as no part before has them.
    private func parts(_ job: PlanJob, _ problem: PlanProblem) -> [(Range<Int>, Int)] {
        let (pools, nearness) = (problem.pools, problem.nearness)
        let chain = nearness.chain(of: job.site).map(Int.init).map { hospital in
            (
                pools.part(job.pool, rank: nearness.ranks[hospital]),
                problem.affinity(of: job, hospital: hospital)
            )
        }
        func cost(_ inRegion: Bool, _ isCentral: Bool) -> Int {
            nearness.cost(inRegion: inRegion, isCentral: isCentral, isRoutine: job.isRoutine)
        }
        let near = [false, true].map { isCentral in
            (
                pools.part(job.pool, nearness.ranks(nearTo: job.site, isCentral: isCentral)),
                cost(true, isCentral)
            )
        }
        let far = [false, true].map { isCentral in
            (pools.part(job.pool, nearness.ranks(isCentral: isCentral)), cost(false, isCentral))
        }
        return chain + near + far
    }

    /// Looks into a branch whose doctors cost at least so much: the more promising half first.
    private mutating func look(
        _ branch: PlanBranch,
        costing cost: Int,
        _ schedule: PlanSchedule,
        _ quest: inout Quest
    ) {
        guard cost < quest.best.cost else { return }
        if branch.isLeaf {
            readDoctors(branch, schedule, &quest)
            return
        }
        let (left, right) = (branch.left, branch.right)
        let (leftCost, rightCost) = (least(left, quest, schedule), least(right, quest, schedule))
        if rightCost < leftCost {
            look(right, costing: rightCost, schedule, &quest)
            look(left, costing: leftCost, schedule, &quest)
        } else {
            look(left, costing: leftCost, schedule, &quest)
            look(right, costing: rightCost, schedule, &quest)
        }
    }

    /// What the branch's doctors cost at least; as much as can be where none of them has room.
    private mutating func least(
        _ branch: PlanBranch,
        _ quest: Quest,
        _ schedule: PlanSchedule
    ) -> Int {
        guard branch.places.overlaps(quest.places) else { return .max }
        looks += 1
        let job = quest.job
        guard let start = earliest(branch, length: job.duration, in: schedule.open, job) else {
            return .max
        }
        let over = max(0, min(job.duration, job.duration - slack(branch)))
        return quest.affinity + job.wait * (start - job.first)
            + schedule.problem.weights.overload * over
    }

    private mutating func readDoctors(
        _ branch: PlanBranch,
        _ schedule: PlanSchedule,
        _ quest: inout Quest
    ) {
        let first = schedule.problem.pools.range(quest.job.pool).lowerBound
        let places = branch.places.clamped(to: quest.places)
        looks += places.count
        schedule.readDoctors(
            quest.job,
            (first + places.lowerBound)..<(first + places.upperBound),
            &quest.best
        )
    }
}
