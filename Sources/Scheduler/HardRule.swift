public import Vocabulary

/// A hard rule: one reason why a doctor may not serve a request from a start.
///
/// A rule answers yes, or no with a sentence that names no patient. A new rule is a new file under
/// `Rules` and one line in `RuleBook.all`. What it says of itself below `permits` lets a search
/// ask it less often; a rule that says nothing is asked for each doctor and start.
public protocol HardRule: Sendable {
    /// The rule's name in counts and explanations, lower camel case.
    var name: String { get }
    /// Whether the answer depends on the start of the consult.
    var isTimed: Bool { get }
    /// Whether the answer depends on the doctor; what does not is asked once a start and search.
    var concernsDoctor: Bool { get }
    /// Whether the answer depends on the doctor by specialty, languages, licence and tier of the
    /// hospital alone; then it is asked once for all who share these.
    var concernsCohort: Bool { get }
    /// Whether the rule agrees.
    func permits(_ pairing: Pairing, in roster: Roster) -> Bool
    /// The only doctors whom a rule that is not timed can refuse; nil when it may refuse anybody.
    func suspects(_ request: ConsultRequest, _ terms: MatchTerms) -> [DoctorID]?
    /// Why it does not agree; asked only after it said no.
    func because(_ pairing: Pairing, in roster: Roster) -> String
    /// The next start after the pairing's own at which a timed rule that said no may say yes;
    /// nil when it never will.
    func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant?
    /// What a count of refusals says in a sentence: "3 speak none of the languages".
    func summary(ofRefusals count: Int) -> String
    /// What would take the rule out of the way: "an interpreter"; nil when nothing can be named.
    func remedy(_ request: ConsultRequest) -> String?
}

extension HardRule {
    /// Most rules do not depend on the time.
    public var isTimed: Bool { false }
    /// Most rules are about the doctor.
    public var concernsDoctor: Bool { true }
    /// A rule looks at more of the doctor than others share.
    public var concernsCohort: Bool { false }
    /// A rule may refuse anybody.
    public func suspects(_ request: ConsultRequest, _ terms: MatchTerms) -> [DoctorID]? { nil }
    /// A rule that does not depend on the time never changes its mind.
    public func nextChance(_ pairing: Pairing, in roster: Roster) -> Instant? { nil }
    /// Most rules are there to stay.
    public func remedy(_ request: ConsultRequest) -> String? { nil }
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
        SiteOpenRule(),
        AttendanceRule(),
        DoctorFreeRule(),
        DailyLoadRule(),
        UnbrokenRunRule(),
        InterpreterRule(),
    ]

    /// Places in `all` of the rules that do not depend on the time and ask for a cohort.
    static let ofCohort = all.indices.filter { !all[$0].isTimed && all[$0].concernsCohort }
    /// Places in `all` of the other rules that do not depend on the time.
    static let standing = all.indices.filter { !all[$0].isTimed && !all[$0].concernsCohort }
    /// Places in `all` of the timed rules that are the same for every doctor.
    static let common = all.indices.filter { all[$0].isTimed && !all[$0].concernsDoctor }
    /// Places in `all` of the timed rules that concern the doctor.
    static let ofDoctor = all.indices.filter { all[$0].isTimed && all[$0].concernsDoctor }

    static let window = all.firstIndex { $0 is WindowRule } ?? 0
    static let attendance = all.firstIndex { $0 is AttendanceRule } ?? 0
    static let doctorFree = all.firstIndex { $0 is DoctorFreeRule } ?? 0
    static let specialty = all.firstIndex { $0 is SpecialtyRule } ?? 0
    static let interpreter = all.firstIndex { $0 is InterpreterRule } ?? 0
}

/// Some of the rules of `RuleBook.all`.
public struct RuleSet: Sendable, Hashable {
    private var bits: UInt64 = 0

    /// No rule.
    public init() {}

    /// The rules with these names; other names are passed over.
    public init(_ names: some Sequence<String>) {
        for name in names {
            if let place = RuleBook.all.firstIndex(where: { $0.name == name }) { insert(place) }
        }
    }

    init(places: some Sequence<Int>) {
        for place in places { insert(place) }
    }

    /// The rules' names, in the order of `RuleBook.all`.
    public var names: [String] { places.map { RuleBook.all[$0].name } }
    /// How many rules there are.
    public var count: Int { bits.nonzeroBitCount }

    var isEmpty: Bool { bits == 0 }
    var places: [Int] { RuleBook.all.indices.filter(contains) }

    func contains(_ place: Int) -> Bool { bits & (1 << UInt64(place)) != 0 }

    mutating func insert(_ place: Int) { bits |= 1 << UInt64(place) }

    func without(_ place: Int) -> RuleSet {
        var rest = self
        rest.bits &= ~(1 << UInt64(place))
        return rest
    }

    func union(_ other: RuleSet) -> RuleSet {
        var union = self
        union.bits |= other.bits
        return union
    }
}
