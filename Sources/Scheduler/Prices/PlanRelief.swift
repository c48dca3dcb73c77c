/// What one more doctor would take over from a plan.
///
/// Consult after consult, that which saves most for each tick it takes; nobody is served twice, so
/// that as much is saved for certain.
struct PlanRelief {
    private struct Consult {
        let request: Int
        let start: Int
        let saves: Int
        let ticks: Int

        /// Whether it saves more for each tick it takes.
        func isBetter(than other: Consult) -> Bool {
            saves * other.ticks > other.saves * ticks
        }
    }

    private let problem: PlanProblem
    /// What each request costs in the plan, left out or served.
    private let costs: [Int]

    init(_ problem: PlanProblem, of plan: [PlanPlace?]) {
        self.problem = problem
        costs = zip(problem.jobs, plan).map { job, place in
            guard let place else { return job.penalty }
            return job.wait * (place.start - job.first) + problem.affinity(of: job, place.doctor)
        }
    }

    /// What the consults that the doctor takes over cost less than in the plan.
    func saved(by doctor: PlanProblem.Doctor) -> Double {
        var open = problem.requests.indices.filter {
            PlanProblem.canServe(problem.requests[$0], doctor, problem.hospitals)
        }
        var windows = doctor.windows
        var saved = 0
        while let best = best(of: open, in: windows, hospital: doctor.hospital) {
            saved += best.saves
            open.removeAll { $0 == best.request }
            windows = windows.flatMap { window -> [Range<Int>] in
                guard window.contains(best.start) else { return [window] }
                let free = min(best.start + best.ticks, window.upperBound)
                let end = max(window.lowerBound, best.start - problem.buffer)
                return [window.lowerBound..<end, free..<window.upperBound]
            }
        }
        return Double(saved)
    }

    private func best(of open: [Int], in windows: [Range<Int>], hospital: Int) -> Consult? {
        var best: Consult?
        for request in open {
            let job = problem.jobs[request]
            let least = costs[request] - problem.affinity(of: job, hospital: hospital)
            guard least > 0 else { continue }
            for window in windows {
                // Of a window the first start is the cheapest.
                let start = max(job.first, window.lowerBound)
                guard start <= job.last, start + job.duration <= window.upperBound else { continue }
                let consult = Consult(
                    request: request,
                    start: start,
                    saves: least - job.wait * (start - job.first),
                    ticks: job.duration + problem.buffer
                )
                guard consult.saves > 0, best.map(consult.isBetter) ?? true else { continue }
                best = consult
            }
        }
        return best
    }
}
