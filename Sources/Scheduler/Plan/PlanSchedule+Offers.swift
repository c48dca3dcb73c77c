import Vocabulary

/// Looking for a place: with each doctor the earliest start, because waiting costs.
extension PlanSchedule {
    /// A place for a request and what it adds to the cost.
    struct Offer {
        var place: PlanPlace
        var cost: Int
    }

    /// The best place for a request that has none, nil when no rule-keeping one is left.
    ///
    /// Up to `noise` is added to each doctor's cost at random: a search that always takes the
    /// best never gets away from it. Without noise everybody is looked at, with it only a part of
    /// a large pool. `pools` may leave doctors out.
    mutating func offer(
        _ request: Int,
        among pools: PlanPools,
        noise: Int,
        _ random: inout SeededRandom
    ) -> Offer? {
        let job = problem.jobs[request]
        guard job.first <= job.last, readyOpen(job) else { return nil }
        let range = pools.range(job.pool)
        var best = Offer(place: .unserved, cost: .max)
        if range.count > PlanVacancies.smallPool {
            // Near doctors first: with them found, most of the others are passed over unseen.
            for near in nearRanges(job, pools) {
                scan(job, near, pools, noise, &random, &best)
            }
        }
        scan(job, noise > 0 ? part(of: range, &random) : range, pools, noise, &random, &best)
        return best.place.isServed ? best : nil
    }

    /// The best place without noise among everybody.
    mutating func offer(_ request: Int) -> Offer? {
        var random = SeededRandom(seed: 0)
        return offer(request, among: problem.pools, noise: 0, &random)
    }

    /// Whether every hard rule allows the request there; who serves in principle is not asked again.
    mutating func fits(_ request: Int, _ place: PlanPlace) -> Bool {
        let job = problem.jobs[request]
        guard (job.first...max(job.first, job.last)).contains(place.start), readyOpen(job),
            let start = earliestStart(job, place.doctor, from: place.start)
        else { return false }
        return start == place.start
    }

    /// Whether the doctor and a station are free for a request there, whose windows allow it.
    func isFree(_ request: Int, _ place: PlanPlace) -> Bool {
        let job = problem.jobs[request]
        let end = place.start + job.duration
        return busy.isFree(place.doctor, place.start..<(end + problem.buffer))
            && full.isFree(job.site, place.start..<end)
    }

    /// Every place that the hard rules leave a request, and what it costs but for overload.
    mutating func forEachPlace(
        _ request: Int,
        among pools: PlanPools,
        _ body: (PlanPlace, Int) -> Void
    ) {
        let job = problem.jobs[request]
        guard job.first <= job.last, readyOpen(job) else { return }
        for pooled in pools.doctors[pools.range(job.pool)] {
            let doctor = Int(pooled)
            let affinity = problem.affinity(of: job, doctor)
            for index in (job.first / 64)...(job.last / 64) {
                var bits = open[index] & vacancy(doctor, index, job.duration)
                while bits != 0 {
                    let start = index * 64 + bits.trailingZeroBitCount
                    bits &= bits - 1
                    body(
                        PlanPlace(doctor: doctor, start: start),
                        affinity + job.wait * (start - job.first)
                    )
                }
            }
        }
    }

    private static let largePool = 256

    /// A search looks at another part of a large pool each time.
    private func part(of range: Range<Int>, _ random: inout SeededRandom) -> Range<Int> {
        let rest = range.count - PlanSchedule.largePool
        guard rest > 0 else { return range }
        let start = range.lowerBound + random.below(rest + 1)
        return start..<(start + PlanSchedule.largePool)
    }

    private func scan(
        _ job: PlanJob,
        _ range: Range<Int>,
        _ pools: PlanPools,
        _ noise: Int,
        _ random: inout SeededRandom,
        _ best: inout Offer
    ) {
        let least = problem.nearness.least
        for index in range {
            if least >= best.cost { return }
            let doctor = Int(pools.doctors[index])
            let fixed =
                problem.affinity(of: job, doctor) + overload(of: doctor, adding: job.duration)
            if fixed >= best.cost { continue }
            guard let start = earliestStart(job, doctor, from: job.first) else { continue }
            var cost = fixed + job.wait * (start - job.first)
            if noise > 1 { cost += random.below(noise) }
            if cost < best.cost {
                best = Offer(place: PlanPlace(doctor: doctor, start: start), cost: cost)
            }
        }
    }

    /// The cheapest of a few doctors of the problem's pools, for a job whose `open` is ready.
    func readDoctors(_ job: PlanJob, _ range: Range<Int>, _ best: inout Offer) {
        var random = SeededRandom(seed: 0)
        scan(job, range, problem.pools, 0, &random, &best)
    }

    /// The starts of a word that a doctor's windows and consults leave for a length.
    func vacancy(_ doctor: Int, _ index: Int, _ length: Int) -> UInt64 {
        let word = starts.word(starts.row(doctor, length: length), index)
        return word == 0
            ? 0 : word & busy.openings(doctor, index, length: length + problem.buffer)
    }

    /// The parts of a pool in the site's chain and in its region.
    private func nearRanges(_ job: PlanJob, _ pools: PlanPools) -> [Range<Int>] {
        let nearness = problem.nearness
        return nearness.chain(of: job.site).map {
            pools.part(job.pool, rank: nearness.ranks[Int($0)])
        }
            + [false, true].map {
                pools.part(job.pool, nearness.ranks(nearTo: job.site, isCentral: $0))
            }
    }

    /// Notes in `open` the starts that the request's window and its site's stations allow.
    mutating func readyOpen(_ job: PlanJob) -> Bool {
        var isAny: UInt64 = 0
        for index in (job.first / 64)...(job.last / 64) {
            let word =
                TickSet.mask(index, job.first, job.last)
                & full.openings(job.site, index, length: job.duration)
            open[index] = word
            isAny |= word
        }
        return isAny != 0
    }

    private func earliestStart(_ job: PlanJob, _ doctor: Int, from first: Int) -> Int? {
        let row = starts.row(doctor, length: job.duration)
        for index in (first / 64)...(job.last / 64) {
            var possible = open[index] & starts.word(row, index)
            if index == first / 64 { possible &= .max << UInt64(first % 64) }
            if possible == 0 { continue }
            possible &= busy.openings(doctor, index, length: job.duration + problem.buffer)
            if possible != 0 { return index * 64 + possible.trailingZeroBitCount }
        }
        return nil
    }
}
