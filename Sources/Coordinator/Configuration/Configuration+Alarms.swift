import Clinical
import Foundation
import Vocabulary

/// Chains and incidents of alarms, as the configuration writes them.
extension Configuration {
    static func alarms(_ reader: ConfigurationReader) throws(ConfigurationError) -> WardPolicy {
        var policy = WardPolicy()
        policy.escalation = try escalation(reader)
        policy.pews = try pews(reader)
        policy.incidentDevices = reader.integer("alarms.incidentDevices")
        policy.incidentPercent = reader.integer("alarms.incidentPercent")
        policy.incidentWindowSeconds = reader.integer("alarms.incidentWindowSeconds")
        return policy
    }

    private static func pews(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> PewsTable? {
        guard reader.text("alarms.pews") == "bedside" else { return nil }
        guard let file = reader.optional("alarms.pewsTable") else { return .bedside }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: file)),
            let table = try? JSONDecoder().decode(PewsTable.self, from: data), !table.ages.isEmpty
        else {
            throw ConfigurationError(
                "alarms.pewsTable: \(file) is no PEWS table; see Docs/operations.md for its form"
            )
        }
        return table
    }

    private static func escalation(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> EscalationPolicy {
        var policy = EscalationPolicy(
            chain: try steps(reader.list("alarms.chain"), "alarms.chain"),
            repeatSeconds: reader.integer("alarms.repeatSeconds")
        )
        for text in reader.list("alarms.siteChains") {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let site = SiteID(rawValue: trimmed(parts[0])) else {
                throw ConfigurationError(
                    "alarms.siteChains: expected 'site: nurse 60; siteDoctor 120', found '\(text)'"
                )
            }
            let steps = parts[1].split(separator: ";").map(String.init)
            policy.sites[site] = try Configuration.steps(steps, "alarms.siteChains")
        }
        return policy
    }

    private static func steps(
        _ texts: [String],
        _ key: String
    ) throws(ConfigurationError) -> [EscalationStep] {
        var steps: [EscalationStep] = []
        for text in texts {
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 2, let role = EscalationRole(rawValue: words[0]),
                let seconds = Int(words[1]), (1...86_400).contains(seconds)
            else {
                let roles = EscalationRole.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError(
                    "\(key): expected one of \(roles) and 1 to 86400 seconds, found '\(text)'"
                )
            }
            steps.append(EscalationStep(role, waitSeconds: seconds))
        }
        return steps
    }

    private static func trimmed(_ text: Substring) -> String {
        text.split(separator: " ").joined()
    }
}
