public import Vocabulary

/// A hard rule: one reason why a doctor may not serve a request from a start.
///
/// A rule answers yes, or no with a sentence that names no patient. A new rule is a new file under
/// `Rules` and one line in `RuleBook.all`.
public protocol HardRule: Sendable {
    /// The rule's name in counts and explanations, lower camel case.
    var name: String { get }
    /// Whether the answer depends on the start of the consult.
    var isTimed: Bool { get }
    /// Whether the answer depends on the doctor; what does not is asked once a start and search.
    var concernsDoctor: Bool { get }
    /// Whether the rule agrees.
    func permits(_ pairing: Pairing, in roster: Roster) -> Bool
    /// Why it does not agree; asked only after it said no.
    func because(_ pairing: Pairing, in roster: Roster) -> String
    /// The next start after the pairing's own at which a timed rule that said no may say yes;
    /// nil when it never will.
    func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant?
    /// What a count of refusals says in a sentence: "3 speak none of the languages".
    func summary(ofRefusals count: Int) -> String
}

extension HardRule {
    /// Most rules do not depend on the time.
    public var isTimed: Bool { false }
    /// Most rules are about the doctor.
    public var concernsDoctor: Bool { true }
    /// A rule that does not depend on the time never changes its mind.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? { nil }
}

/// The hard rules that hold.
public enum RuleBook {
    /// Every rule, cheapest and most telling first: the first refusal is the one that is counted.
    public static let all: [any HardRule] = [
        SpecialtyRule(),
        LanguageRule(),
        LicenceRule(),
        TierRule(),
        NotDeclinedRule(),
        WindowRule(),
        PatientFreeRule(),
        StationRule(),
        AttendanceRule(),
        DoctorFreeRule(),
    ]

    static let standing = all.filter { !$0.isTimed }
    static let timed = all.filter(\.isTimed)
    /// Places in `all` of the timed rules that are the same for every doctor.
    static let common = all.indices.filter { all[$0].isTimed && !all[$0].concernsDoctor }
    /// Places in `all` of the timed rules that concern the doctor.
    static let ofDoctor = all.indices.filter { all[$0].isTimed && all[$0].concernsDoctor }
}
