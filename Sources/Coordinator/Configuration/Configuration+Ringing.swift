import CareLoop
import Scheduler

/// Ringing plans, as the configuration writes them.
extension Configuration {
    static func careLoop(_ reader: ConfigurationReader) throws(ConfigurationError) -> LoopPolicy {
        var policy = LoopPolicy()
        policy.emergencyRinging = try plan(reader, "ringing.emergency")
        policy.urgentRinging = try plan(reader, "ringing.urgent")
        policy.reachGrace = .seconds(reader.integer("ringing.reachableSeconds"))
        return policy
    }

    private static func plan(
        _ reader: ConfigurationReader,
        _ key: String
    ) throws(ConfigurationError) -> RingingPlan {
        var steps: [RingingStep] = []
        for text in reader.list(key) {
            guard let step = RingingStep(text) else {
                let widths = RingWidth.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError(
                    "\(key): expected 1 to 20 doctors, 1 to 3600 seconds and one of \(widths),"
                        + " found '\(text)'"
                )
            }
            steps.append(step)
        }
        guard let plan = RingingPlan(steps) else {
            throw ConfigurationError(
                "\(key): at most \(RingingPlan.stepLimit) steps, none less wide than the one"
                    + " before it"
            )
        }
        return plan
    }
}
