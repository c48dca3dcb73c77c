/// A plan in the making: who serves which request when, what that occupies, and what it costs.
///
/// Every placement keeps every hard rule; the cost is kept up with each change.
struct PlanSchedule: Sendable {
    let problem: PlanProblem
    /// Each request's place.
    private(set) var places: [PlanPlace]
    /// The cost of the whole plan.
    private(set) var cost: Int
    /// The part of the cost that is for requests left out.
    private(set) var lost: Int
    /// Requests left out, by specialty and in no order, but for those nobody could ever serve.
    private(set) var unserved: [[Int32]]
    /// Requests that somebody could serve in an empty plan.
    let servable: [Int32]

    /// Where a request stands in its list of `unserved`; −1 when nobody could ever serve it.
    private var unservedAt: [Int32]
    private(set) var load: [Int]
    /// Ticks at which a doctor is in a consult or its buffer.
    private(set) var busy: TickSet
    /// Ticks at which every station of a site is taken.
    private(set) var full: TickSet
    private var used: [UInt16]
    /// The request that holds a doctor's tick, −1 for none.
    private var holder: [Int32]
    let starts: PlanStarts
    /// The starts that window and site allow a request, while its offers are looked for.
    var open: [UInt64]

    /// The plan in which nobody is served.
    init(_ problem: PlanProblem) {
        self.problem = problem
        places = Array(repeating: .unserved, count: problem.requests.count)
        lost = problem.jobs.reduce(0) { $0 + $1.penalty }
        cost = lost
        unserved = Array(repeating: [], count: PlanProblem.nameLimit)
        unservedAt = Array(repeating: -1, count: problem.requests.count)
        load = Array(repeating: 0, count: problem.doctors.count)
        busy = TickSet(rows: problem.doctors.count, horizon: problem.horizon)
        full = TickSet(rows: problem.sites.count, horizon: problem.horizon)
        used = Array(repeating: 0, count: problem.sites.count * problem.horizon)
        holder = Array(repeating: -1, count: problem.doctors.count * problem.horizon)
        starts = PlanStarts(problem)
        open = Array(repeating: 0, count: busy.words)
        servable = PlanSchedule.servable(problem, starts)
        for request in servable { addUnserved(Int(request)) }
        for site in problem.sites.indices where problem.sites[site].stations < 1 {
            full.insert(site, 0..<problem.horizon)
        }
    }

    /// Whoever has a start in common with anybody of the pool, at a site that has stations.
    private static func servable(_ problem: PlanProblem, _ starts: PlanStarts) -> [Int32] {
        var common: [Int: [UInt64]] = [:]
        return problem.jobs.indices.lazy.map(Int32.init).filter { request in
            let job = problem.jobs[Int(request)]
            guard job.first <= job.last, problem.stations[job.site] > 0 else { return false }
            let key = job.pool * (problem.horizon + 1) + job.duration
            let doctors = problem.pools.doctors[problem.pools.range(job.pool)]
            let words = common[key] ?? starts.any(of: doctors, length: job.duration)
            common[key] = words
            return (job.first / 64...job.last / 64).contains { index in
                words[index] & TickSet.mask(index, job.first, job.last) != 0
            }
        }
    }

    /// The request that holds the doctor's tick; nil for none.
    func holder(of doctor: Int, at tick: Int) -> Int? {
        let request = holder[doctor * problem.horizon + tick]
        return request >= 0 ? Int(request) : nil
    }

    /// The first request that holds any of the doctor's ticks from `ticks`; nil for none.
    func firstHolder(of doctor: Int, in ticks: Range<Int>) -> Int? {
        var rest = ticks
        while let tick = busy.first(doctor, in: rest) {
            if let request = holder(of: doctor, at: tick) { return request }
            // A buffer's.
            rest = (tick + 1)..<ticks.upperBound
        }
        return nil
    }

    /// The tick at which a request's consult ends.
    func end(of request: Int) -> Int { places[request].start + problem.jobs[request].duration }

    /// Puts a request that is left out where the rules allow it.
    mutating func place(_ request: Int, _ place: PlanPlace) {
        let job = problem.jobs[request]
        let doctor = place.doctor
        let ticks = place.start..<(place.start + job.duration)
        cost += added(job, place) - job.penalty
        lost -= job.penalty
        load[doctor] += job.duration
        busy.insert(doctor, place.start..<(ticks.upperBound + problem.buffer))
        hold(doctor, ticks, Int32(request))
        let stations = problem.stations[job.site]
        let row = job.site * problem.horizon
        for tick in ticks {
            used[row + tick] += 1
            if Int(used[row + tick]) == stations { full.insert(job.site, tick) }
        }
        places[request] = place
        removeUnserved(request)
    }

    /// Takes a request out of its place.
    mutating func remove(_ request: Int) {
        let job = problem.jobs[request]
        let place = places[request]
        let doctor = place.doctor
        let ticks = place.start..<(place.start + job.duration)
        load[doctor] -= job.duration
        cost += job.penalty - added(job, place)
        lost += job.penalty
        busy.remove(doctor, place.start..<(ticks.upperBound + problem.buffer))
        hold(doctor, ticks, -1)
        let stations = problem.stations[job.site]
        let row = job.site * problem.horizon
        for tick in ticks {
            if Int(used[row + tick]) == stations { full.remove(job.site, tick) }
            used[row + tick] -= 1
        }
        places[request] = .unserved
        addUnserved(request)
    }

    private mutating func hold(_ doctor: Int, _ ticks: Range<Int>, _ request: Int32) {
        let row = doctor * problem.horizon
        for tick in ticks { holder[row + tick] = request }
    }

    private mutating func addUnserved(_ request: Int) {
        let specialty = problem.jobs[request].specialty
        unservedAt[request] = Int32(unserved[specialty].count)
        unserved[specialty].append(Int32(request))
    }

    private mutating func removeUnserved(_ request: Int) {
        let specialty = problem.jobs[request].specialty
        let place = Int(unservedAt[request])
        let moved = unserved[specialty].removeLast()
        if Int(moved) != request {
            unserved[specialty][place] = moved
            unservedAt[Int(moved)] = Int32(place)
        }
    }

    /// Whether everything but the order of those left out is the same.
    func isSame(as other: PlanSchedule) -> Bool {
        places == other.places && cost == other.cost && lost == other.lost && load == other.load
            && busy == other.busy && full == other.full && used == other.used
            && holder == other.holder && unserved.map(Set.init) == other.unserved.map(Set.init)
    }

    /// What a doctor's load costs more with so many ticks more.
    func overload(of doctor: Int, adding ticks: Int) -> Int {
        let easy = problem.easyLoad[doctor]
        let after = load[doctor] + ticks - easy
        guard after > 0 else { return 0 }
        return problem.weights.overload * (after - max(0, load[doctor] - easy))
    }

    private func added(_ job: PlanJob, _ place: PlanPlace) -> Int {
        problem.affinity(of: job, place.doctor)
            + job.wait * (place.start - job.first)
            + overload(of: place.doctor, adding: job.duration)
    }
}
