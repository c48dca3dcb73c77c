/// A day's requests and doctors in whole ticks: what is planned as a batch.
///
/// The shape is that of a planning problem and not of the registry: numbers instead of ids, one
/// horizon, costs as weights. Request, doctor, site and hospital are places in the arrays.
public struct PlanProblem: Sendable {
    /// How many ticks there are.
    public let horizon: Int
    /// How long a doctor stays free after each consult, in ticks.
    public let buffer: Int
    /// The requests.
    public let requests: [Request]
    /// The doctors.
    public let doctors: [Doctor]
    /// The sites.
    public let sites: [Site]
    /// The hospitals.
    public let hospitals: [Hospital]
    /// What a plan costs.
    public let weights: Weights

    /// The requests as the search reads them.
    let jobs: [PlanJob]
    /// Doctors who could serve, one list for all requests that ask alike.
    let pools: PlanPools
    /// What each doctor can do.
    let skills: [PlanSkill]
    /// How many stations each site has.
    let stations: [Int]
    /// Where each doctor works.
    let hospitalOf: [Int32]
    /// A doctor's load that costs nothing, in ticks.
    let easyLoad: [Int]
    /// The least that any doctor's place costs a request.
    let leastAffinity: Int
    /// For each site and hospital: 0 chain, 1 region, 2 elsewhere, and 3 more for a central one.
    private let nearness: [UInt8]
    /// The cost of each nearness, first of others and then of routine requests.
    private let nearnessCosts: [Int]
    private let hospitalCount: Int

    /// A problem that is whole; throws `PlanError` with the first thing that is not.
    public init(
        horizon: Int,
        buffer: Int,
        requests: [Request],
        doctors: [Doctor],
        sites: [Site],
        hospitals: [Hospital],
        weights: Weights = Weights()
    ) throws(PlanError) {
        self.horizon = horizon
        self.buffer = buffer
        self.requests = requests
        self.doctors = doctors
        self.sites = sites
        self.hospitals = hospitals
        self.weights = weights
        try PlanProblem.check(horizon, buffer, weights)
        try PlanProblem.check(requests, sites, weights)
        try PlanProblem.check(doctors, sites, hospitals, horizon)
        let (pools, poolOf) = PlanPools.all(requests, doctors, hospitals)
        self.pools = pools
        jobs = requests.indices.map { number in
            PlanJob(requests[number], poolOf[number], horizon, weights)
        }
        hospitalOf = doctors.map { Int32($0.hospital) }
        skills = doctors.map { PlanSkill($0, hospitals) }
        stations = sites.map(\.stations)
        hospitalCount = hospitals.count
        easyLoad = doctors.map { doctor in
            let ticks = doctor.windows.reduce(0) { $0 + $1.count }
            return Int((weights.overloadShare * Double(ticks)).rounded(.down))
        }
        nearness = PlanProblem.nearness(sites, hospitals)
        let near = [weights.affinity.chain, weights.affinity.region, weights.affinity.far]
        nearnessCosts = near + near + near + near.map { $0 + weights.centralRoutine }
        leastAffinity = near.min() ?? 0
    }

    /// What a doctor's place costs a request: chain, region or elsewhere, and central for routine.
    func affinity(of job: PlanJob, _ doctor: Int) -> Int {
        affinity(of: job, hospital: Int(hospitalOf[doctor]))
    }

    /// What a hospital costs a request.
    func affinity(of job: PlanJob, hospital: Int) -> Int {
        let near = Int(nearness[job.site * hospitalCount + hospital])
        return nearnessCosts[near + (job.isRoutine ? 6 : 0)]
    }

    /// Whether the doctor may serve the request at all: specialty, language, tier.
    static func canServe(_ request: Request, _ doctor: Doctor, _ hospitals: [Hospital]) -> Bool {
        doctor.specialties & (1 << UInt64(request.specialty)) != 0
            && doctor.languages & request.languages != 0
            && (request.urgency > 2 || hospitals[doctor.hospital].tier <= 2)
    }

    private static func nearness(_ sites: [Site], _ hospitals: [Hospital]) -> [UInt8] {
        var nearness: [UInt8] = []
        nearness.reserveCapacity(sites.count * hospitals.count)
        for site in sites {
            let row = nearness.count
            for hospital in hospitals {
                nearness.append(
                    (hospital.region == site.region ? 1 : 2) + (hospital.tier == 1 ? 3 : 0)
                )
            }
            for number in site.chain where hospitals.indices.contains(number) {
                nearness[row + number] = hospitals[number].tier == 1 ? 3 : 0
            }
        }
        return nearness
    }
}

/// A request as the search reads it: flat, with its weights.
struct PlanJob: Sendable {
    /// The first and the last tick at which it may start; none when last < first.
    let first: Int
    let last: Int
    let duration: Int
    let site: Int
    let specialty: Int
    let languages: UInt64
    let pool: Int
    let urgency: Int
    /// What a tick of waiting costs.
    let wait: Int
    /// What leaving it out costs.
    let penalty: Int

    var isRoutine: Bool { urgency == 4 }

    init(
        _ request: PlanProblem.Request,
        _ pool: Int,
        _ horizon: Int,
        _ weights: PlanProblem.Weights
    ) {
        first = request.earliest
        last = min(request.deadline, horizon) - request.duration
        duration = request.duration
        site = request.site
        specialty = request.specialty
        languages = request.languages
        self.pool = pool
        urgency = request.urgency
        wait = weights.wait[request.urgency - 1]
        penalty = weights.unserved[request.urgency - 1]
    }
}
