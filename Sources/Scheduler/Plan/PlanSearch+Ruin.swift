import Vocabulary

/// Taking out: runs of consults of a few doctors who could serve the same request.
extension PlanSearch {
    private static let stringLimit = 3
    private static let stringLength = 6
    /// How often, in 16ths, whole days are taken out, and a doctor of another specialty.
    private static let dayOdds = 3
    private static let spreadOdds = 2
    /// How often, in 16ths, a request that is served is forced to a better place, and how often
    /// nothing else is taken out then.
    private static let forceOdds = 2
    private static let onlyForceOdds = 8
    /// How often, in 16ths, the round goes on at the sites of those taken out, and at how many.
    private static let linkOdds = 14
    private static let links = 2
    /// In ticks: how near to them in time.
    private static let linkReach = 4

    mutating func ruin() {
        let seed = Int(scope.seeds[random.below(scope.seeds.count)])
        let place = current.places[seed]
        let job = problem.jobs[seed]
        let centre =
            place.isServed ? place.start : job.first + random.below(job.last - job.first + 1)
        let pool = scope.pools.range(job.pool)
        let strings = 1 + random.below(PlanSearch.stringLimit)
        if place.isServed, random.below(16) < PlanSearch.forceOdds {
            forceBetter(seed)
            if random.below(16) < PlanSearch.onlyForceOdds { return }
        } else if place.isServed {
            removeString(place.doctor, around: centre)
        } else if random.below(2) == 0 {
            forceIn(seed)
        }
        if random.below(16) < PlanSearch.dayOdds {
            for _ in 0..<strings { removeDay(randomDoctor(pool)) }
        }
        for _ in 0..<strings {
            let shift = random.below(9) - 4
            removeString(
                randomDoctor(
                    random.below(16) < PlanSearch.spreadOdds ? touchedPool(or: pool) : pool
                ),
                around: min(max(0, centre + shift), problem.horizon - 1)
            )
        }
        if random.below(4) == 0 { removeNeighbours(of: job.site, around: centre) }
        if random.below(16) < PlanSearch.linkOdds { followSites() }
    }

    /// The doctors who could serve one of those taken out: so a round reaches another specialty.
    private mutating func touchedPool(or pool: Range<Int>) -> Range<Int> {
        guard !round.touched.isEmpty else { return pool }
        let (request, _) = round.touched[random.below(round.touched.count)]
        let other = scope.pools.range(problem.jobs[Int(request)].pool)
        return other.isEmpty ? pool : other
    }

    mutating func randomDoctor(_ pool: Range<Int>) -> Int {
        Int(scope.pools.doctors[pool.lowerBound + random.below(pool.count)])
    }

    /// Takes out up to a few consults of a doctor that lie next to one another.
    private mutating func removeString(_ doctor: Int, around tick: Int) {
        let length = 1 + random.below(PlanSearch.stringLength)
        let start = max(0, tick - random.below(8))
        takeConsults(of: doctor, in: start..<min(problem.horizon, tick + 16), atMost: length)
    }

    /// Takes out everything a doctor does.
    private mutating func removeDay(_ doctor: Int) {
        takeConsults(of: doctor, in: 0..<problem.horizon, atMost: .max)
    }

    /// Takes out consults that the same site holds about that time: they share its stations.
    private mutating func removeNeighbours(of site: Int, around tick: Int) {
        let places = scope.neighbours(site)
        for _ in 0..<min(8, places.count) {
            let other = scope.neighbour(places.lowerBound + random.below(places.count))
            let place = current.places[other]
            if place.isServed, abs(place.start - tick) < 16 { take(other) }
        }
    }

    /// Takes out who holds the same site's stations next to some of those taken out, and a run of
    /// that doctor's too.
    ///
    /// Stations tie specialties together that share no doctor: a consult can often come sooner only
    /// when one of another specialty makes way.
    private mutating func followSites() {
        for _ in 0..<PlanSearch.links where !round.touched.isEmpty {
            let (request, place) = round.touched[random.below(round.touched.count)]
            guard place.isServed else { continue }
            let job = problem.jobs[Int(request)]
            let reach = PlanSearch.linkReach
            let ticks = (place.start - reach)..<(place.start + job.duration + reach)
            for other in scope.neighbours(job.site) where isHolding(scope.neighbour(other), ticks) {
                let place = current.places[scope.neighbour(other)]
                take(scope.neighbour(other))
                removeString(place.doctor, around: place.start)
            }
        }
    }

    /// Whether the request is served during any of the ticks.
    func isHolding(_ request: Int, _ ticks: Range<Int>) -> Bool {
        let place = current.places[request]
        return place.isServed && place.start < ticks.upperBound
            && place.start + problem.jobs[request].duration > ticks.lowerBound
    }

    /// Takes out the doctor's consults that hold any of the ticks, from the first on.
    mutating func takeConsults(of doctor: Int, in ticks: Range<Int>, atMost limit: Int) {
        var (rest, left) = (ticks, limit)
        while left > 0, let request = current.firstHolder(of: doctor, in: rest) {
            let end = current.end(of: request)
            take(request)
            left -= 1
            guard end < ticks.upperBound else { return }
            rest = end..<ticks.upperBound
        }
    }

    mutating func take(_ request: Int) {
        let place = current.places[request]
        guard !round.isHeld[request], scope.owns(place.doctor) else { return }
        round.note(request, at: place, length: problem.jobs[request].duration)
        current.remove(request)
    }
}

extension SeededRandom {
    /// A number below `limit`, at least 0.
    mutating func below(_ limit: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(limit)).high)
    }

    /// The natural logarithm of a number between 0 and 1, near enough for annealing.
    mutating func logarithm() -> Double {
        // log2 of the fraction by its exponent and a quadratic in its mantissa.
        let value = Double(next() >> 11 | 1) * 0x1p-53
        let exponent = Double(value.exponent)
        let mantissa = value.significand
        let fraction = (-1.0 / 3.0 * mantissa + 2.0) * mantissa - 5.0 / 3.0
        return (exponent + fraction) * 0.693_147_180_559_945_3
    }
}
