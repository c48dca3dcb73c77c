/// What each scarce thing is worth: serving a request, a tick of a station, a tick of a doctor.
///
/// Also how much of each a round's days leave or want beyond what there is.
struct PlanPrices: Sendable {
    /// What serving each request is worth, from nothing to what leaving it out costs.
    var requests: [Double]
    /// What a tick of a station costs, a row of ticks for each site.
    var sites: [Double]
    /// What a tick of each doctor's consults costs more, from nothing to what overload costs.
    var loads: [Double]

    /// All nothing.
    init(_ problem: PlanProblem) {
        requests = Array(repeating: 0, count: problem.requests.count)
        sites = Array(repeating: 0, count: problem.sites.count * problem.horizon)
        loads = Array(repeating: 0, count: problem.doctors.count)
    }

    /// What a plan suggests: whoever it leaves out is worth all that this costs, and of those it
    /// serves each tick is worth a little of the usual.
    init(_ problem: PlanProblem, after plan: [PlanPlace?]) {
        self.init(problem)
        let lost = plan.indices.filter { plan[$0] == nil }.map { problem.jobs[$0] }
        let tick =
            Double(lost.reduce(0) { $0 + $1.penalty })
            / Double(max(1, lost.reduce(0) { $0 + $1.duration }))
        for (request, job) in problem.jobs.enumerated() {
            let most = Double(job.penalty)
            let served = PlanPrices.servedShare * tick * Double(job.duration)
            requests[request] = plan[request] == nil ? most : min(most, served)
        }
    }

    private static let servedShare = 0.05
}
