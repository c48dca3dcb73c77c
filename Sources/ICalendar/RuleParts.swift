/// Which parts of a recurrence rule (RFC 5545, 3.3.10) are followed.
///
/// Days, weeks, months and years as calendar programs write them. Rules by the hour, or such that
/// could be searched for centuries in vain, are left out: their parts are named instead.
enum RuleParts {
    private static let always: Set<String> = [
        "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST",
    ]
    private static let byFrequency: [String: Set<String>] = [
        "DAILY": [], "WEEKLY": [],
        "MONTHLY": ["BYMONTHDAY", "BYMONTH", "BYSETPOS"],
        "YEARLY": ["BYMONTHDAY", "BYMONTH", "BYSETPOS"],
    ]

    /// The first part that is not followed, by its name, or nil.
    static func notUnderstood(in rule: String) -> String? {
        var values: [String: String] = [:]
        for part in rule.uppercased().split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            values[pair[0]] = pair.count == 2 ? pair[1] : ""
        }
        guard let frequency = values["FREQ"], let more = byFrequency[frequency] else {
            return "its FREQ"
        }
        if let name = values.keys.sorted().first(where: { !always.union(more).contains($0) }) {
            return name.allSatisfy { $0.isLetter } ? name : "one of its parts"
        }
        let isNumbered = values["BYDAY"]?.contains(where: \.isNumber) ?? false
        let countsDays = frequency == "MONTHLY" || frequency == "YEARLY"
        return isNumbered && !countsDays ? "a numbered BYDAY" : nil
    }
}
