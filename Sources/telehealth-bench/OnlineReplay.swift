import Scheduler
import Vocabulary

/// A day decided request by request, each at its earliest time.
struct OnlineReplay {
    /// What the day cost in the end.
    let cost: Int
    private let microseconds: [Double]

    init(_ problem: PlanProblem) {
        let order = problem.requests.indices.sorted { left, right in
            let (a, b) = (problem.requests[left], problem.requests[right])
            return (a.earliest, a.urgency, left) < (b.earliest, b.urgency, right)
        }
        var desk = PlanDesk(problem)
        let clock = ContinuousClock()
        microseconds = order.map { request in
            clock.measure { _ = desk.decide(request) }.seconds * 1e6
        }.sorted()
        cost = desk.cost
    }

    /// How long a decision took, in microseconds.
    func quantile(_ share: Double) -> Double {
        guard !microseconds.isEmpty else { return 0 }
        return microseconds[min(microseconds.count - 1, Int(share * Double(microseconds.count)))]
    }
}
