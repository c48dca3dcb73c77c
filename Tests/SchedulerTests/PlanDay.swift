import Scheduler
import Testing
import Vocabulary

/// Days of many shapes for the tests of planning, drawn from a seed.
struct PlanDay: CustomTestStringConvertible, Sendable {
    var name: String
    var requests = 30
    var doctors = 6
    var sites = 4
    var horizon = 120
    var buffer = 1
    var stations = [1, 1, 2]
    var duration = 2...5
    var window = 8...24
    var weights = PlanProblem.Weights()

    var testDescription: String { name }

    /// What instances of other origins may look like.
    static let shapes = [
        PlanDay(name: "the generator's"),
        PlanDay(name: "a horizon beyond two words", horizon: 200, window: 8...40),
        PlanDay(name: "a horizon of whole words", horizon: 128),
        PlanDay(name: "a week", horizon: 2_016, duration: 2...90, window: 50...300),
        PlanDay(name: "a horizon of one word", horizon: 40, window: 5...20),
        PlanDay(name: "no buffer", buffer: 0),
        PlanDay(name: "a long buffer", buffer: 4),
        PlanDay(name: "a buffer of more than a word", horizon: 300, buffer: 70, window: 50...200),
        PlanDay(name: "sites without stations", stations: [0, 1]),
        PlanDay(name: "sites with two stations", stations: [2]),
        PlanDay(name: "a crowd at few sites", requests: 60, doctors: 20, sites: 2),
        PlanDay(name: "one doctor", doctors: 1),
        PlanDay(name: "one tick", horizon: 1, buffer: 0, duration: 1...1, window: 1...1),
        PlanDay(
            name: "other weights",
            weights: PlanProblem.Weights(
                unserved: [900, 300, 70, 20],
                wait: [1, 0, 5, 2],
                affinity: (3, 1, 0),
                centralRoutine: 0,
                overload: 9,
                overloadShare: 0.33
            )
        ),
        PlanDay(
            name: "weights of nothing",
            weights: PlanProblem.Weights(
                unserved: [0, 0, 0, 0],
                wait: [0, 0, 0, 0],
                affinity: (0, 0, 0),
                centralRoutine: 0,
                overload: 0,
                overloadShare: 0
            )
        ),
    ]

    /// Few enough requests to try every plan.
    static let tiny = PlanDay(
        name: "tiny",
        requests: 4,
        doctors: 2,
        sites: 2,
        horizon: 9,
        duration: 2...3,
        window: 3...7
    )

    func problem(seed: UInt64) throws -> PlanProblem {
        var random = SeededRandom(seed: seed)
        func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        func bits() -> UInt64 { 1 | UInt64(any(0...7)) }
        return try PlanProblem(
            horizon: horizon,
            buffer: buffer,
            requests: (0..<requests).map { _ in
                let earliest = any(0...(horizon - 1))
                let duration = any(duration)
                return PlanProblem.Request(
                    urgency: any(1...4),
                    earliest: earliest,
                    deadline: min(horizon + 3, earliest + duration + any(-1...horizon)),
                    duration: duration,
                    site: any(0...(sites - 1)),
                    specialty: any(0...2),
                    languages: UInt64(any(0...7))
                )
            },
            doctors: (0..<doctors).map { _ in
                PlanProblem.Doctor(
                    specialties: bits(),
                    languages: bits(),
                    // Windows of one doctor may overlap or touch, and some doctors have none.
                    windows: (0..<any(0...3)).map { _ in
                        let length = min(horizon, any(window))
                        let start = any(0...(horizon - length))
                        return start..<(start + length)
                    },
                    hospital: any(0...3)
                )
            },
            sites: (0..<sites).map { _ in
                PlanProblem.Site(
                    region: any(0...1),
                    stations: stations[any(0...(stations.count - 1))],
                    chain: [any(0...4)]
                )
            },
            hospitals: [1, 2, 2, 3].map { PlanProblem.Hospital(tier: $0, region: any(0...1)) },
            weights: weights
        )
    }
}
