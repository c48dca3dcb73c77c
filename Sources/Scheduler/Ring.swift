public import Vocabulary

/// Who a step of a ringing plan reaches; each wider one reaches those before it as well.
public enum RingWidth: String, Codable, Sendable, CaseIterable, Comparable {
    /// Suitable doctors who can be had now and whose console is connected.
    case reachable
    /// Suitable doctors who are on call or available, connected or not.
    case onCall
    /// Also specialties that serve in its stead, and hospitals below provincial level.
    case wide
    /// The same, and the operations desk is called in.
    case operations

    /// The narrowest is smallest.
    public static func < (left: RingWidth, right: RingWidth) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .reachable: 1
        case .onCall: 2
        case .wide: 3
        case .operations: 4
        }
    }
}

/// How a ring came to its end.
public enum RingEnd: String, Codable, Sendable, CaseIterable {
    /// The doctor took the request.
    case accepted
    /// The doctor declined.
    case declined
    /// The doctor did not answer in time, or went off.
    case unanswered
    /// Another doctor was first.
    case taken
    /// The doctor's time or the site's station was booked meanwhile.
    case void
    /// The request was taken back.
    case withdrawn
}

/// What makes an offer a ring: other doctors are asked at the same time, and the first yes wins.
///
/// The booking's row is the outbox too: while it rings and has no `deliveredAt` it is still to be
/// brought to the doctor.
public struct Ring: Codable, Sendable, Equatable {
    /// Which run through the plan it belongs to, from 1.
    public let round: Int
    /// The step of the plan, from 1; 0 for an offer that was out when the ringing began.
    public let step: Int
    /// When it was first handed to an open console of the doctor.
    public var deliveredAt: Instant?
    /// How it ended; nil while it rings.
    public var end: RingEnd?
    /// When it ended.
    public var endedAt: Instant?

    /// A ring that begins.
    public init(round: Int, step: Int) {
        self.round = round
        self.step = step
    }
}

/// One step of a ringing plan as it was carried out.
public struct RingStep: Codable, Sendable, Equatable {
    /// The run through the plan, from 1.
    public let round: Int
    /// The step of the plan, from 1.
    public let number: Int
    /// Who it reaches.
    public let width: RingWidth
    /// When it began.
    public let at: Instant
    /// When the next step begins unless somebody takes the request.
    public var until: Instant
    /// Whom it rang, in the order in which they were chosen.
    public var doctors: [DoctorID]

    /// A step that begins.
    public init(
        round: Int,
        number: Int,
        width: RingWidth,
        at: Instant,
        until: Instant,
        doctors: [DoctorID]
    ) {
        self.round = round
        self.number = number
        self.width = width
        self.at = at
        self.until = until
        self.doctors = doctors
    }
}

/// How far the ringing for a request has come; stored with the request, so that it goes on after
/// a restart where it was.
public struct RingingProgress: Codable, Sendable, Equatable {
    /// How many steps are remembered.
    public static let stepLimit = 24

    /// The run through the plan, from 1.
    public var round: Int
    /// The step of the plan that is being carried out, from 1; 0 before the first.
    public var step: Int
    /// When the next step begins.
    public var until: Instant
    /// The steps that rang somebody or called operations in, oldest first; the last `stepLimit`.
    public var steps: [RingStep]

    /// Progress at the beginning of a round.
    public init(round: Int, until: Instant, steps: [RingStep] = []) {
        self.round = round
        self.step = 0
        self.until = until
        self.steps = steps
    }

    /// Notes a step and forgets the oldest beyond the limit.
    public mutating func note(_ step: RingStep) {
        steps.append(step)
        if steps.count > RingingProgress.stepLimit { steps.removeFirst() }
    }

    /// Whom the present step has rung.
    public var rungNow: [DoctorID] {
        steps.last { $0.round == round && $0.number == step }?.doctors ?? []
    }
}
