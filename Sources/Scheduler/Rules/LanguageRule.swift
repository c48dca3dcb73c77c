import Vocabulary

/// The doctor shares a language with those who ask, or, where the terms allow it, somebody in the
/// register interprets between them; a request that names none accepts any.
public struct LanguageRule: HardRule {
    /// `language`.
    public var name: String { "language" }
    /// All who are alike in it get the same answer.
    public var concernsCohort: Bool { true }

    /// The rule.
    public init() {}

    /// Whether a language is shared, or could be bridged by somebody who has not declined.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        pairing.sharesLanguage
            || pairing.terms.allowsInterpreter
                && !roster.interpreters(between: pairing.request, pairing.doctor.languages).isEmpty
    }

    /// Which languages would serve.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let wanted = pairing.request.languages.map(\.rawValue).joined(separator: " or ")
        return "the doctor does not speak \(wanted)"
    }

    /// `n speak none of the languages`.
    public func summary(ofRefusals count: Int) -> String {
        "\(count) without a shared language"
    }

    /// Somebody who speaks for both.
    public func remedy(_ request: ConsultRequest) -> String? {
        "an interpreter of \(request.languageNames)"
    }
}
