/// How long a search may take: until a time, or so many rounds when a run must repeat exactly.
enum MatchingBudget: Sendable {
    case time(from: ContinuousClock.Instant, until: ContinuousClock.Instant)
    case rounds(Int)

    /// How much of it is used up after so many rounds; 1 and more when it is.
    func share(rounds done: Int) -> Double {
        switch self {
        case .time(let from, let until):
            return from.duration(to: .now).seconds / max(1e-9, from.duration(to: until).seconds)
        case .rounds(let count):
            return Double(done) / Double(max(1, count))
        }
    }

    /// One of several equal parts.
    func part(_ index: Int, of count: Int) -> MatchingBudget {
        switch self {
        case .time(let from, let until):
            let step = from.duration(to: until) / count
            return .time(from: from + step * index, until: from + step * (index + 1))
        case .rounds(let rounds):
            return .rounds(rounds / count)
        }
    }
}
