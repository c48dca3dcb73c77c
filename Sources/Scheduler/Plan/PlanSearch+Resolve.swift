import Vocabulary

/// Solving a small neighbourhood exactly: consults that share doctors, sites and hours are taken
/// out and get the places that are cheapest for all of them together.
///
/// Stations tie consults of several specialties together; the last gains need all of these moved
/// at once, each to one certain place, which no round that fills one day after another will draw.
extension PlanSearch {
    private static let clusterSizes = 10...14
    /// In ticks: how near a neighbour is.
    private static let clusterReach = 10
    private static let siteReach = 4
    private static let poolReach = 6
    /// So many draws for each neighbour that is wanted.
    private static let clusterTries = 6

    /// Solves the neighbourhood of a request drawn at random; the plan in hand never gets worse,
    /// and another of the same cost is taken where there is one.
    public mutating func resolve() {
        guard !scope.seeds.isEmpty else { return }
        let seed = Int(scope.seeds[random.below(scope.seeds.count)])
        guard current.places[seed].isServed else { return }
        let before = current.cost
        takeCluster(around: seed)
        cluster.clear()
        for (request, _) in round.touched where !current.places[Int(request)].isServed {
            cluster.append(Int(request), of: &current, among: scope.pools)
        }
        guard cluster.solve(&current, upTo: before, &random) else { return undo() }
        for (request, place) in zip(cluster.members, cluster.found) where place.isServed {
            current.place(request, place)
        }
        keep()
    }

    /// Takes out the seed, neighbours, their neighbours, and so on, and sometimes considers
    /// somebody who is left out.
    private mutating func takeCluster(around seed: Int) {
        let sizes = PlanSearch.clusterSizes
        let size = sizes.lowerBound + random.below(sizes.count)
        var members = [seed]
        for _ in 0..<(PlanSearch.clusterTries * size) where members.count < size {
            let member = members[random.below(members.count)]
            if let other = neighbour(of: member), !members.contains(other) { members.append(other) }
        }
        let start = current.places[seed].start
        for member in members { take(member) }
        if random.below(4) == 0 { considerUnserved(like: seed, around: start) }
    }

    /// A served request with the same doctor, at the same site or with a doctor who could serve
    /// this one, at about the same time.
    private mutating func neighbour(of member: Int) -> Int? {
        let job = problem.jobs[member]
        let place = current.places[member]
        switch random.below(3) {
        case 0: return nextConsult(job, place, isLater: random.below(2) == 0)
        case 1: return siteNeighbour(of: member, place)
        default:
            let pool = scope.pools.range(job.pool)
            guard !pool.isEmpty else { return nil }
            let shift = random.below(2 * PlanSearch.poolReach + 1) - PlanSearch.poolReach
            let tick = min(max(0, place.start + shift), problem.horizon - 1)
            return current.holder(of: randomDoctor(pool), at: tick)
        }
    }

    /// Somebody at the same site at about the same time: the first from a random one on.
    private mutating func siteNeighbour(of member: Int, _ place: PlanPlace) -> Int? {
        let job = problem.jobs[member]
        let places = scope.neighbours(job.site)
        let reach = PlanSearch.siteReach
        let ticks = (place.start - reach)..<(place.start + job.duration + reach)
        let first = random.below(places.count)
        for step in 0..<places.count {
            let index = places.lowerBound + (first + step) % places.count
            let other = scope.neighbour(index)
            if other != member, isHolding(other, ticks) { return other }
        }
        return nil
    }

    /// The doctor's next consult, or the one before.
    private func nextConsult(_ job: PlanJob, _ place: PlanPlace, isLater: Bool) -> Int? {
        let reach = PlanSearch.clusterReach
        if isLater {
            let end = place.start + job.duration
            return current.firstHolder(
                of: place.doctor,
                in: end..<min(end + reach, problem.horizon)
            )
        }
        for tick in (max(0, place.start - reach)..<place.start).reversed() {
            if let request = current.holder(of: place.doctor, at: tick) { return request }
        }
        return nil
    }

    private mutating func considerUnserved(like seed: Int, around tick: Int) {
        let unserved = current.unserved[problem.jobs[seed].specialty]
        guard !unserved.isEmpty else { return }
        let other = Int(unserved[random.below(unserved.count)])
        let job = problem.jobs[other]
        guard job.urgency <= scope.urgencies, job.first < tick + PlanSearch.clusterReach,
            job.last > tick - PlanSearch.clusterReach
        else { return }
        round.note(other, at: .unserved, length: job.duration)
    }
}
