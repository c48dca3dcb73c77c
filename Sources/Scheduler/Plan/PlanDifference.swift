/// Where two plans differ, in parts that do not touch one another: each may be taken over alone.
///
/// Two requests belong together when one's place in the one plan is in the way of the other's
/// place in the other, at a doctor or at a site (the partition crossover of Whitley, Hains, Howe:
/// "Tunneling between optima", 2009, carried over from tours to days).
struct PlanDifference {
    /// The requests of each part.
    private(set) var parts: [[Int]] = []
    /// The requests that differ, and for each the place in that list of one of its part.
    private let requests: [Int]
    private var parent: [Int]

    init(_ schedule: PlanSchedule, _ plan: [PlanPlace]) {
        requests = plan.indices.filter { plan[$0] != schedule.places[$0] }
        parent = Array(requests.indices)
        var numbers = Array(repeating: -1, count: plan.count)
        for (number, request) in requests.enumerated() { numbers[request] = number }
        joinAtDoctors(schedule, plan, numbers)
        joinAtSites(schedule, plan)
        var partOf: [Int: Int] = [:]
        for number in requests.indices {
            let root = root(number)
            if let part = partOf[root] {
                parts[part].append(requests[number])
            } else {
                partOf[root] = parts.count
                parts.append([requests[number]])
            }
        }
    }

    private mutating func joinAtDoctors(
        _ schedule: PlanSchedule,
        _ plan: [PlanPlace],
        _ numbers: [Int]
    ) {
        let problem = schedule.problem
        for (number, request) in requests.enumerated() where plan[request].isServed {
            let place = plan[request]
            let length = problem.jobs[request].duration
            let room = (place.start - problem.buffer)..<(place.start + length + problem.buffer)
            for tick in room.clamped(to: 0..<problem.horizon) {
                guard let other = schedule.holder(of: place.doctor, at: tick) else { continue }
                join(number, numbers[other])
            }
        }
    }

    private mutating func joinAtSites(_ schedule: PlanSchedule, _ plan: [PlanPlace]) {
        let jobs = schedule.problem.jobs
        let bySite = Dictionary(grouping: requests.indices) { jobs[requests[$0]].site }
        for numbers in bySite.values {
            for number in numbers where plan[requests[number]].isServed {
                let start = plan[requests[number]].start
                let end = start + jobs[requests[number]].duration
                for other in numbers {
                    let place = schedule.places[requests[other]]
                    let length = jobs[requests[other]].duration
                    if place.isServed, place.start < end, start < place.start + length {
                        join(number, other)
                    }
                }
            }
        }
    }

    private mutating func join(_ one: Int, _ other: Int) {
        guard other >= 0 else { return }
        parent[root(one)] = root(other)
    }

    private mutating func root(_ number: Int) -> Int {
        var number = number
        while parent[number] != number {
            parent[number] = parent[parent[number]]
            number = parent[number]
        }
        return number
    }
}
