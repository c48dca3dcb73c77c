public import Vocabulary

/// Where doctor and patient share no language, an interpreter between them is free and on duty.
///
/// Whether there is any such interpreter at all the language rule says. The same interpreter is
/// never asked twice about a request.
public struct InterpreterRule: HardRule {
    /// `interpreter`.
    public var name: String { "interpreter" }
    /// The start decides.
    public var isTimed: Bool { true }

    /// The rule.
    public init() {}

    /// Whether none is needed or one can come.
    public func permits(_ pairing: Pairing, in roster: Roster) -> Bool {
        pairing.sharesLanguage || roster.interpreter(for: pairing) != nil
            || roster.interpreters(between: pairing.request, pairing.doctor.languages).isEmpty
    }

    /// Of which language one is missing.
    public func because(_ pairing: Pairing, in roster: Roster) -> String {
        let release = nextChance(pairing, in: roster)
        let until = release.map { " until \(LocalTime.clock($0, seenAt: pairing.now))" } ?? ""
        return "no interpreter of \(pairing.request.languageNames) is free\(until)"
    }

    /// When the next interpreter comes on duty or is done with another consult.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? {
        var next: Instant?
        for entry in roster.interpreters(between: pairing.request, pairing.doctor.languages) {
            let times = [
                entry.duty.nextOpening(after: pairing.start),
                roster.row(entry.interpreter.id)
                    .nextEnd(after: pairing.start, seenAt: pairing.now),
            ]
            for time in times.compactMap(\.self) { next = min(next ?? time, time) }
        }
        return next
    }

    /// `n while no interpreter is free`.
    public func summary(ofRefusals count: Int) -> String { "\(count) while no interpreter is free" }

    /// One of the language.
    public func remedy(_ request: ConsultRequest) -> String? {
        "an interpreter of \(request.languageNames) who is free then"
    }
}

extension Pairing {
    /// Whether the doctor speaks a language that serves; a request that names none accepts any.
    var sharesLanguage: Bool {
        request.languages.isEmpty
            || request.languages.contains { doctor.languages.contains($0) }
    }
}

extension ConsultRequest {
    /// The languages that serve, for people: `Hmong or Tày`.
    var languageNames: String { languages.map(\.name).joined(separator: " or ") }
}
