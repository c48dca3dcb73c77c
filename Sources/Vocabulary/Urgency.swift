/// How soon a consult is needed; earlier cases outweigh any number of later ones.
public enum Urgency: String, Codable, Sendable, CaseIterable, Comparable {
    /// Life is at risk: now, within 30 min at most.
    case emergency
    /// Within 60 min.
    case urgent
    /// Today or tomorrow.
    case soon
    /// Any day.
    case routine

    /// 1 emergency … 4 routine.
    public var rank: Int {
        switch self {
        case .emergency: 1
        case .urgent: 2
        case .soon: 3
        case .routine: 4
        }
    }

    /// The most urgent is smallest.
    public static func < (left: Urgency, right: Urgency) -> Bool {
        left.rank < right.rank
    }
}
