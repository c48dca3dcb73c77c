import Vocabulary

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
    /// What a doctor's place costs a request.
    let nearness: PlanNearness

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
        nearness = PlanNearness(sites, hospitals, weights)
        let (pools, poolOf) = PlanPools.all(requests, doctors, hospitals, nearness)
        self.pools = pools
        jobs = requests.indices.map { number in
            PlanJob(requests[number], poolOf[number], horizon, weights)
        }
        hospitalOf = doctors.map { Int32($0.hospital) }
        skills = doctors.map { PlanSkill($0, hospitals) }
        stations = sites.map(\.stations)
        easyLoad = doctors.map { doctor in
            let ticks = doctor.windows.reduce(0) { $0 + $1.count }
            return Int((weights.overloadShare * Double(ticks)).rounded(.down))
        }
    }

    /// What a doctor's place costs a request: chain, region or elsewhere, and central for routine.
    func affinity(of job: PlanJob, _ doctor: Int) -> Int {
        affinity(of: job, hospital: Int(hospitalOf[doctor]))
    }

    /// What a hospital costs a request.
    func affinity(of job: PlanJob, hospital: Int) -> Int {
        nearness.cost(site: job.site, hospital: hospital, isRoutine: job.isRoutine)
    }

    /// Whether the doctor may serve the request at all: specialty, language, tier.
    static func canServe(_ request: Request, _ doctor: Doctor, _ hospitals: [Hospital]) -> Bool {
        doctor.specialties & (1 << UInt64(request.specialty)) != 0
            && doctor.languages & request.languages != 0
            && (request.urgency > 2 || hospitals[doctor.hospital].tier <= 2)
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
