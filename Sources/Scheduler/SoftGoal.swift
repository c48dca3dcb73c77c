public import Vocabulary

/// A soft goal: what makes one permitted doctor better than another.
///
/// A goal answers with a cost, in the bench's unit, and a sentence for the good or bad it found.
/// A new goal is a new file under `Goals` and one line in `GoalBook.all`.
public protocol SoftGoal: Sendable {
    /// The goal's name, lower camel case.
    var name: String { get }
    /// What choosing this pairing costs; 0 is best.
    func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double
    /// What the goal costs the doctor at least, as far as a glance tells: at that start and any later
    /// one if it grows with the start, else at any start of that local day.
    func least(_ glance: Glance, weights: GoalWeights) -> Double
    /// Whether a later start never costs less; such goals bound a doctor's cost from the first start.
    var growsWithStart: Bool { get }
    /// The last start at which the goal alone costs no more than that; nil when the start decides
    /// nothing. What lies beyond need not be looked at once enough is found.
    func lastStart(_ pairing: Pairing, costing cost: Double, weights: GoalWeights) -> Instant?
    /// What speaks for the pairing, without patient data; nil when nothing does.
    func reason(_ pairing: Pairing, in roster: Roster) -> String?
    /// In what this pairing is worse than one that costs less, without patient data.
    func loss(_ pairing: Pairing, in roster: Roster) -> String
}

extension SoftGoal {
    /// No goal costs less than nothing.
    public func least(_ glance: Glance, weights: GoalWeights) -> Double { 0 }
    /// Most goals ask only who, not when.
    public var growsWithStart: Bool { true }
    /// For most goals the start decides nothing.
    public func lastStart(
        _ pairing: Pairing,
        costing cost: Double,
        weights: GoalWeights
    ) -> Instant? {
        nil
    }
}

/// The soft goals that count.
public enum GoalBook {
    /// Every goal, in the order in which reasons are given.
    public static let all: [any SoftGoal] = [
        WaitGoal(),
        FairWaitGoal(),
        PreferenceGoal(),
        PresenceGoal(),
        AffinityGoal(),
        ContinuityGoal(),
        LoadGoal(),
    ]

    static let growing = all.filter(\.growsWithStart)
    static let others = all.filter { !$0.growsWithStart }
}

/// How much each soft goal counts.
///
/// `wait`, `region`, `far`, `centralRoutine`, `over` and `overFraction` are the bench's cost shape
/// (`bench/matching/instance.py`), a tick being 5 minutes; the others have no counterpart there
/// and break its ties.
public struct GoalWeights: Sendable, Equatable {
    /// Cost of each tick of waiting by urgency rank, emergency first.
    public var wait: [Double] = [12, 6, 3, 1]
    /// A doctor of the site's chain.
    public var chain: Double = 0
    /// A doctor of the same province.
    public var region: Double = 2
    /// A doctor from elsewhere.
    public var far: Double = 5
    /// More for a central hospital's doctor on a routine request.
    public var centralRoutine: Double = 4
    /// Cost of each tick of the doctor's load beyond the fair fraction of the day's window.
    public var over: Double = 2
    /// The fair fraction of the day's window.
    public var overFraction: Double = 0.8
    /// Not the doctor who saw the patient last.
    public var discontinuity: Double = 1
    /// An emergency's doctor is not on call; half for one who is neither but available.
    public var notOnCall: Double = 24
    /// Not the doctor, or not the hospital, that was asked for.
    public var notPreferred: Double = 48
    /// Share by which a wait costs more where the province has waited twice as long as the country.
    public var fairWait: Double = 0.5
    /// Each hour the doctor has worked that day, so that equals take turns.
    public var loadHour: Double = 0.25

    /// The default weights.
    public init() {}

    /// Milliseconds of a tick.
    static let tick: Double = 300_000
}
