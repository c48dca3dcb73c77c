import Foundation

/// A name as it is searched: without case and without Vietnamese diacritics (`đ` is `d`).
struct SearchText: Sendable {
    private let folded: String

    init(_ name: String) {
        folded = name.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
            .replacingOccurrences(of: "đ", with: "d")
            .replacingOccurrences(of: "Đ", with: "d")
            .lowercased()
    }

    /// Whether every word of the query stands in the name.
    func matches(_ query: SearchText) -> Bool {
        query.folded.split(separator: " ").allSatisfy { folded.contains($0) }
    }
}
