public import Vocabulary

/// How the provinces are dealt out to the gateway's sessions at the broker.
///
/// Each partition is one session with its own stable client id, so that it can move to another
/// node together with what the broker has queued for it.
public enum Partitioning: Sendable, Equatable {
    /// One session takes everything.
    case single
    /// The known provinces, in the order of their codes, dealt out evenly to so many sessions.
    case number(Int)
    /// Exactly these provinces in each session.
    case lists([[ProvinceID]])

    /// The most partitions.
    public static let limit = 64

    /// Reads `4`, or codes separated by commas with semicolons between the partitions.
    ///
    /// Empty is one partition for everything. Throws one line: what is wrong and what to do.
    public init(_ text: String) throws(PartitioningError) {
        if text.isEmpty {
            self = .single
        } else if let number = Int(text), !text.hasPrefix("0") {
            guard (1...Partitioning.limit).contains(number) else { throw .tooMany }
            self = number == 1 ? .single : .number(number)
        } else {
            self = .lists(try Partitioning.lists(text))
        }
    }

    private static func lists(_ text: String) throws(PartitioningError) -> [[ProvinceID]] {
        var seen: Set<ProvinceID> = []
        var lists: [[ProvinceID]] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            var list: [ProvinceID] = []
            for code in part.split(separator: ",", omittingEmptySubsequences: false) {
                guard let province = ProvinceID(rawValue: String(code)) else {
                    throw .notACode(String(code))
                }
                guard seen.insert(province).inserted else { throw .twice(province) }
                list.append(province)
            }
            lists.append(list)
        }
        guard lists.count <= limit else { throw .tooMany }
        return lists
    }

    /// The provinces of each partition; an empty list stands for every province.
    ///
    /// Throws when a known province is in none.
    func partitions(of known: Set<ProvinceID>) throws(PartitioningError) -> [[ProvinceID]] {
        switch self {
        case .single: return [[]]
        case .number(let count):
            guard !known.isEmpty else { return [[]] }
            var partitions = [[ProvinceID]](repeating: [], count: min(count, known.count))
            for (index, province) in known.sorted().enumerated() {
                partitions[index % partitions.count].append(province)
            }
            return partitions
        case .lists(let lists):
            let missing = known.subtracting(lists.joined()).sorted()
            if let first = missing.first { throw .inNone(first) }
            return lists
        }
    }
}

/// Why the provinces cannot be dealt out like this.
public enum PartitioningError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The number is out of range.
    case tooMany
    /// A text is no province code.
    case notACode(String)
    /// A province is in two partitions, or twice in one.
    case twice(ProvinceID)
    /// A province that has sites is in no partition.
    case inNone(ProvinceID)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .tooMany: "mqtt.partitions: from 1 to \(Partitioning.limit) partitions"
        case .notACode(let text):
            "mqtt.partitions: '\(text)' is no province code; give a number, or lists of codes"
        case .twice(let province):
            "mqtt.partitions: province \(province) is named twice; keep one"
        case .inNone(let province):
            "mqtt.partitions: province \(province) has sites but is in no partition; add it to one"
        }
    }
}
