import Vocabulary

/// Which requests a doctor could serve: one list for all doctors who are alike.
struct PlanCandidates: Sendable {
    private var requests: [Int32] = []
    private var ends: [Int] = [0]
    private var kindOf: [Int] = []

    init(_ problem: PlanProblem) {
        var kinds: [PlanSkill: Int] = [:]
        for skill in problem.skills {
            if let kind = kinds[skill] {
                kindOf.append(kind)
                continue
            }
            kindOf.append(kinds.count)
            kinds[skill] = kinds.count
            requests.append(contentsOf: PlanCandidates.all(problem, for: skill))
            ends.append(requests.count)
        }
    }

    /// The requests that a doctor could serve, by specialty, language and tier.
    func of(_ doctor: Int) -> ArraySlice<Int32> {
        requests[ends[kindOf[doctor]]..<ends[kindOf[doctor] + 1]]
    }

    /// The requests that somebody of that skill could serve.
    static func all(_ problem: PlanProblem, for skill: PlanSkill) -> [Int32] {
        problem.jobs.indices.lazy.filter { request in
            let job = problem.jobs[request]
            return job.first <= job.last && problem.stations[job.site] > 0 && skill.serves(job)
        }.map(Int32.init)
    }
}

/// What a doctor can do, flat and therefore quickly read.
struct PlanSkill: Sendable, Hashable {
    let specialties: UInt64
    let languages: UInt64
    /// Of a hospital of tier 1 or 2.
    let isUpper: Bool

    init(_ doctor: PlanProblem.Doctor, _ hospitals: [PlanProblem.Hospital]) {
        specialties = doctor.specialties
        languages = doctor.languages
        isUpper = hospitals[doctor.hospital].tier <= 2
    }

    /// Whether the doctor may serve the request at all: specialty, language, tier.
    func serves(_ job: PlanJob) -> Bool {
        specialties & (1 << UInt64(job.specialty)) != 0 && languages & job.languages != 0
            && (job.urgency > 2 || isUpper)
    }
}
