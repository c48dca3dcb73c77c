public import Scheduler

/// One step of a ringing plan: how many are rung, for how long nobody else is, and who they are.
public struct RingingStep: Sendable, Equatable {
    /// How many doctors it rings, 1…20.
    public let count: Int
    /// After how many seconds the next step begins, 1…3600.
    public let waitSeconds: Int
    /// Who may be rung.
    public let width: RingWidth

    /// A step; nil when a number is out of range.
    public init?(count: Int, waitSeconds: Int, width: RingWidth) {
        guard (1...20).contains(count), (1...3_600).contains(waitSeconds) else { return nil }
        self.count = count
        self.waitSeconds = waitSeconds
        self.width = width
    }

    /// The step that a text such as `3 30 reachable` stands for; nil when it stands for none.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, let count = Int(words[0]), let seconds = Int(words[1]),
            let width = RingWidth(rawValue: String(words[2]))
        else { return nil }
        self.init(count: count, waitSeconds: seconds, width: width)
    }

    var wait: Duration { .seconds(waitSeconds) }
}

/// How suitable doctors are rung: some at once, then more and others, until one says yes.
///
/// A plan without steps does not ring: doctors get one offer after the other.
public struct RingingPlan: Sendable, Equatable {
    /// How many steps a plan may have.
    public static let stepLimit = 8

    /// Its steps, each reaching at least as wide as the one before.
    public let steps: [RingingStep]

    /// A plan; nil when it has too many steps or one reaches less wide than the one before.
    public init?(_ steps: [RingingStep]) {
        guard steps.count <= RingingPlan.stepLimit,
            zip(steps, steps.dropFirst()).allSatisfy({ $0.width <= $1.width })
        else { return nil }
        self.steps = steps
    }

    /// Whether it comes to those who serve in another specialty's stead.
    var isWide: Bool { steps.contains { $0.width >= .wide } }

    private init(texts: [String]) {
        steps = texts.compactMap(RingingStep.init)
    }

    /// The plan for emergencies unless the configuration has another, as it writes it.
    public static let standardTexts = [
        "3 30 reachable", "3 30 onCall", "6 45 wide", "6 60 operations",
    ]
    /// The plan for emergencies unless the configuration has another.
    public static let standard = RingingPlan(texts: standardTexts)
    /// Nobody is rung: doctors get one offer after the other.
    public static let oneByOne = RingingPlan(texts: [])
}
