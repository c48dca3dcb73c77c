import Vocabulary

/// Taking out: runs of consults of a few doctors who could serve the same request.
extension PlanSearch {
    private static let stringLimit = 4
    private static let stringLength = 6
    /// How often, in 16ths, whole days are taken out, and a doctor of another specialty.
    private static let dayOdds = 3
    private static let spreadOdds = 2
    /// Of so many places drawn for a request that is forced in, the cheapest is taken.
    private static let forceTries = 4

    mutating func ruin() {
        let seed = Int(scope.seeds[random.below(scope.seeds.count)])
        let place = current.places[seed]
        let job = problem.jobs[seed]
        let centre =
            place.isServed ? place.start : job.first + random.below(job.last - job.first + 1)
        let pool = scope.pools.range(job.pool)
        let strings = 1 + random.below(PlanSearch.stringLimit)
        if place.isServed {
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
    }

    /// The doctors who could serve one of those taken out: so a round reaches another specialty.
    private mutating func touchedPool(or pool: Range<Int>) -> Range<Int> {
        guard !round.touched.isEmpty else { return pool }
        let (request, _) = round.touched[random.below(round.touched.count)]
        let other = scope.pools.range(problem.jobs[Int(request)].pool)
        return other.isEmpty ? pool : other
    }

    private mutating func randomDoctor(_ pool: Range<Int>) -> Int {
        Int(scope.pools.doctors[pool.lowerBound + random.below(pool.count)])
    }

    /// Takes out up to a few consults of a doctor that lie next to one another.
    private mutating func removeString(_ doctor: Int, around tick: Int) {
        var left = 1 + random.below(PlanSearch.stringLength)
        var position = max(0, tick - random.below(8))
        let end = min(problem.horizon, tick + 16)
        while position < end, left > 0 {
            if let request = current.holder(of: doctor, at: position) {
                take(request)
                left -= 1
            }
            position += 1
        }
    }

    /// Takes out everything a doctor does.
    private mutating func removeDay(_ doctor: Int) {
        for tick in 0..<problem.horizon {
            if let request = current.holder(of: doctor, at: tick) { take(request) }
        }
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

    /// Makes room for a request that is left out, at a start the doctor's windows allow, and
    /// places it there before anybody else is looked at.
    ///
    /// Of several places drawn at random, the one that costs least to make room at.
    mutating func forceIn(_ request: Int) {
        let job = problem.jobs[request]
        var best: (place: PlanPlace, cost: Int)?
        for _ in 0..<PlanSearch.forceTries {
            guard let place = randomPlace(job) else { continue }
            let cost = roomCost(job, place)
            if cost < best?.cost ?? .max { best = (place, cost) }
        }
        guard let place = best?.place else { return }
        for tick in room(job, place) {
            if let other = current.holder(of: place.doctor, at: tick) { take(other) }
        }
        guard current.fits(request, place) else { return }
        round.note(request, at: .unserved, length: job.duration)
        current.place(request, place)
        round.hold(request)
    }

    private mutating func randomPlace(_ job: PlanJob) -> PlanPlace? {
        let pool = scope.pools.range(job.pool)
        // A part of the doctors may have nobody for a request that others could serve.
        guard !pool.isEmpty else { return nil }
        let doctor = randomDoctor(pool)
        let windows = problem.doctors[doctor].windows
        guard !windows.isEmpty else { return nil }
        let window = windows[random.below(windows.count)]
        let from = max(job.first, window.lowerBound)
        let until = min(job.last, window.upperBound - job.duration)
        guard from <= until else { return nil }
        // Sooner is cheaper: the better of two draws.
        let start = from + min(random.below(until - from + 1), random.below(until - from + 1))
        return PlanPlace(doctor: doctor, start: start)
    }

    /// The ticks at which no other consult of the doctor may be.
    private func room(_ job: PlanJob, _ place: PlanPlace) -> Range<Int> {
        (place.start - problem.buffer..<(place.start + job.duration + problem.buffer))
            .clamped(to: 0..<problem.horizon)
    }

    /// What those who are in the way would cost if they were left out.
    private func roomCost(_ job: PlanJob, _ place: PlanPlace) -> Int {
        var cost = job.wait * (place.start - job.first)
        var last = -1
        for tick in room(job, place) {
            guard let other = current.holder(of: place.doctor, at: tick), other != last else {
                continue
            }
            last = other
            cost += problem.jobs[other].penalty
        }
        return cost
    }

    private mutating func take(_ request: Int) {
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
