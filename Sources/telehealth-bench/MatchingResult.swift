import Scheduler
import Vocabulary

/// What a run of the matching bench found.
struct MatchingResult: BenchResult {
    var requests: Int
    var doctors: Int
    var cost: Int
    /// No plan costs less.
    var bound: Int
    /// How much of the cost may be too much, in percent of the bound.
    var gapPercent: Double
    var seconds: Double
    var firstCost: Int
    var firstSeconds: Double
    var rounds: Int
    var boundRounds: Int
    var maximumResidentMegabytes: Double
    /// By urgency, from 1.
    var served: [Int]
    var unserved: [Int]
    var onlineCost: Int
    var onlineRatio: Double
    var decisionP50Microseconds: Double
    var decisionP99Microseconds: Double

    init(
        _ problem: PlanProblem,
        _ run: MatchingRun.Found,
        seconds: Double
    ) {
        let plan = run.best.plan
        let online = OnlineReplay(problem)
        requests = problem.requests.count
        doctors = problem.doctors.count
        cost = run.best.bestCost
        bound = run.bound.value
        gapPercent = Double(cost - bound) / Double(max(1, bound)) * 100
        self.seconds = seconds
        firstCost = run.cost
        firstSeconds = run.seconds
        rounds = run.best.rounds
        boundRounds = run.bound.rounds
        maximumResidentMegabytes = telehealth_bench.maximumResidentMegabytes()
        served = problem.weights.unserved.map { _ in 0 }
        unserved = served
        for (request, place) in zip(problem.requests, plan) {
            if place == nil {
                unserved[request.urgency - 1] += 1
            } else {
                served[request.urgency - 1] += 1
            }
        }
        onlineCost = online.cost
        onlineRatio = Double(online.cost) / Double(max(1, cost))
        decisionP50Microseconds = online.quantile(0.5)
        decisionP99Microseconds = online.quantile(0.99)
    }

    var text: String {
        """
        \(requests) requests, \(doctors) doctors
        cost      \(cost); no plan is below \(bound), gap \(rounded(gapPercent)) %
        first     \(firstCost) after \(rounded(firstSeconds)) s
        time      \(rounded(seconds)) s, \(rounds) rounds of search, \(boundRounds) of the bound
        memory    \(rounded(maximumResidentMegabytes)) MiB
        served    \(list(served)) by urgency; left out \(list(unserved))
        on line   \(onlineCost), \(rounded(onlineRatio)) times the batch; a decision \
        p50 \(rounded(decisionP50Microseconds)) µs, p99 \(rounded(decisionP99Microseconds)) µs
        """
    }

    private func list(_ numbers: [Int]) -> String {
        numbers.map(String.init).joined(separator: ", ")
    }
}
