import Vocabulary

/// A request that the last days let expect.
struct ExpectedRequest: Sendable, Equatable {
    let province: ProvinceID
    let urgency: Urgency
    /// Languages that serve; empty for any.
    let languages: [Language]
    let at: Instant
}

/// Deals out choices of languages in the shares in which they were asked for.
struct LanguageMix {
    private let choices: [(languages: [Language], share: Double)]
    private var given: [Double]
    private var count = 0.0

    init(_ asked: [[Language]: Int]) {
        let total = Double(asked.values.reduce(0, +))
        choices = asked.map { ($0.key, Double($0.value) / total) }.sorted {
            $0.languages.map(\.rawValue).lexicographicallyPrecedes($1.languages.map(\.rawValue))
        }
        given = choices.map { _ in 0 }
    }

    /// The choice that has come short most so far; Vietnamese while nothing is known.
    mutating func next() -> [Language] {
        count += 1
        let short = choices.indices.max { left, right in
            choices[left].share * count - given[left] < choices[right].share * count - given[right]
        }
        guard let short else { return [.vietnamese] }
        given[short] += 1
        return choices[short].languages
    }
}
