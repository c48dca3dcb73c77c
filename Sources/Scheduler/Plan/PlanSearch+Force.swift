import Vocabulary

/// Forcing: a request gets a place before anybody else is looked at, and whoever is in its way has
/// to find another.
extension PlanSearch {
    /// Of so many places drawn for a request that is left out, the cheapest is taken.
    private static let forceTries = 4
    /// Of so many drawn for one that is served, the best, if it is better than its own.
    private static let betterTries = 2

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
        if let place = best?.place { force(request, to: place) }
    }

    /// Moves a served request to a place that is better for it, whoever is there.
    ///
    /// Of several places drawn at random, the best.
    mutating func forceBetter(_ request: Int) {
        let job = problem.jobs[request]
        var best: (place: PlanPlace, cost: Int) = (.unserved, cost(job, current.places[request]))
        for _ in 0..<PlanSearch.betterTries {
            guard let place = randomPlace(job) else { continue }
            let cost = cost(job, place)
            if cost < best.cost { best = (place, cost) }
        }
        guard best.place.isServed else { return }
        take(request)
        // Whoever is with a doctor of another part of the plan stays there.
        if !current.places[request].isServed { force(request, to: best.place) }
    }

    /// What a place alone costs a request.
    private func cost(_ job: PlanJob, _ place: PlanPlace) -> Int {
        problem.affinity(of: job, place.doctor) + job.wait * (place.start - job.first)
    }

    /// Takes out whoever is in the way at the doctor or the site, and places the request there.
    private mutating func force(_ request: Int, to place: PlanPlace) {
        let job = problem.jobs[request]
        takeConsults(of: place.doctor, in: room(job, place), atMost: .max)
        let ticks = place.start..<(place.start + job.duration)
        if ticks.contains(where: { current.full.contains(job.site, $0) }) {
            for other in scope.neighbours(job.site) where isHolding(scope.neighbour(other), ticks) {
                take(scope.neighbour(other))
            }
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
        var rest = room(job, place)
        while !rest.isEmpty, let other = current.firstHolder(of: place.doctor, in: rest) {
            cost += problem.jobs[other].penalty
            rest = min(current.end(of: other), rest.upperBound)..<rest.upperBound
        }
        return cost
    }
}
