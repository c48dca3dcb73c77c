import Scheduler
import Vocabulary

/// Checks a plan and adds up its cost from the rules alone, tick by tick.
struct PlanChecker {
    /// The first broken rule.
    struct BrokenRule: Error, CustomStringConvertible {
        let description: String
    }

    let problem: PlanProblem

    /// The plan's cost; throws the first rule that it breaks.
    func cost(_ plan: [PlanPlace?]) throws -> Int {
        var held: Set<[Int]> = []
        var stations: [[Int]: Int] = [:]
        var load = [Int](repeating: 0, count: problem.doctors.count)
        var cost = 0
        try need(plan.count == problem.requests.count, "a place for each request")
        for (number, request) in problem.requests.enumerated() {
            guard let place = plan[number] else {
                cost += problem.weights.unserved[request.urgency - 1]
                continue
            }
            let doctor = problem.doctors[place.doctor]
            let end = place.start + request.duration
            try need(
                doctor.specialties >> UInt64(request.specialty) & 1 == 1,
                "specialty \(number)"
            )
            try need(doctor.languages & request.languages != 0, "language \(number)")
            let tier = problem.hospitals[doctor.hospital].tier
            try need(request.urgency > 2 || tier <= 2, "tier \(number)")
            try need(place.start >= request.earliest && end <= request.deadline, "time \(number)")
            let isInside = doctor.windows.contains {
                $0.lowerBound <= place.start && end <= $0.upperBound
            }
            try need(isInside, "availability \(number)")
            for tick in place.start..<(end + problem.buffer) {
                try need(held.insert([place.doctor, tick]).inserted, "doctor twice \(number)")
            }
            for tick in place.start..<end {
                stations[[request.site, tick], default: 0] += 1
                let taken = stations[[request.site, tick], default: 0]
                try need(taken <= problem.sites[request.site].stations, "stations \(number)")
            }
            load[place.doctor] += request.duration
            cost += problem.weights.wait[request.urgency - 1] * (place.start - request.earliest)
            cost += affinity(request, doctor)
        }
        return cost + overload(load)
    }

    private func affinity(_ request: PlanProblem.Request, _ doctor: PlanProblem.Doctor) -> Int {
        let site = problem.sites[request.site]
        let hospital = problem.hospitals[doctor.hospital]
        let weights = problem.weights
        let base =
            if site.chain.contains(doctor.hospital) {
                weights.affinity.chain
            } else if hospital
                .region == site.region
            { weights.affinity.region } else { weights.affinity.far }
        return base + (hospital.tier == 1 && request.urgency == 4 ? weights.centralRoutine : 0)
    }

    private func overload(_ load: [Int]) -> Int {
        problem.doctors.indices.reduce(0) { sum, number in
            let ticks = problem.doctors[number].windows.reduce(0) { $0 + $1.count }
            let easy = Int((problem.weights.overloadShare * Double(ticks)).rounded(.down))
            return sum + problem.weights.overload * max(0, load[number] - easy)
        }
    }

    private func need(_ isKept: Bool, _ rule: String) throws {
        guard isKept else { throw BrokenRule(description: "broken rule: \(rule)") }
    }
}

extension PlanChecker {
    /// The least cost of any plan, by trying every plan: for a handful of requests only.
    func leastCost() -> Int {
        var plan = [PlanPlace?](repeating: nil, count: problem.requests.count)
        var least = Int.max
        tryAll(0, &plan, &least)
        return least
    }

    private func tryAll(_ request: Int, _ plan: inout [PlanPlace?], _ least: inout Int) {
        guard let found = try? cost(plan) else { return }
        least = min(least, found)
        guard request < plan.count else { return }
        tryAll(request + 1, &plan, &least)
        let record = problem.requests[request]
        for doctor in problem.doctors.indices {
            for start in stride(
                from: record.earliest,
                through: record.deadline - record.duration,
                by: 1
            ) {
                plan[request] = PlanPlace(doctor: doctor, start: start)
                if (try? cost(plan)) != nil { tryAll(request + 1, &plan, &least) }
            }
        }
        plan[request] = nil
    }
}
