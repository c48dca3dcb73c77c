public import Vocabulary

/// That an alarm was offered to somebody: one step of its chain, kept in the alarm's own record.
///
/// The record is stored with the change that made the step, so a restart neither forgets a step
/// that is due nor takes one twice.
public struct AlarmOffer: Codable, Sendable, Equatable {
    /// Counts the alarm's offers from 1; never reused.
    public let number: Int
    /// Whom it is offered to.
    public let to: EscalationRole
    /// When.
    public let at: Instant
    /// The alarm's priority when the time to answer was last set.
    public var priority: AlarmPriority
    /// Until when they have to answer; of the chain's last step, once that has run out, when the
    /// chain begins anew.
    public var until: Instant
    /// `offered` while it waits, then `accepted`, `rejected`, `expired`, or `unassigned` when the
    /// alarm no longer wants anybody.
    public var state: AlarmResponsibility
    /// The doctors who were told, none for the nurse; nil until they are chosen.
    public var doctors: [DoctorID]?
    /// When it stopped waiting.
    public var answeredAt: Instant?
    /// Who took or passed it on; nil when time did.
    public var answeredBy: UserID?

    /// An offer that waits for an answer.
    public init(
        number: Int,
        to: EscalationRole,
        at: Instant,
        priority: AlarmPriority,
        until: Instant,
        doctors: [DoctorID]? = nil
    ) {
        self.number = number
        self.to = to
        self.at = at
        self.priority = priority
        self.until = until
        self.doctors = doctors
        state = .offered
    }

    /// How many offers an alarm's record keeps; older ones are dropped.
    static let limit = 24
}

/// That an alarm's signal was paused: silent until a time, then a reminder.
public struct AlarmPause: Codable, Sendable, Equatable {
    /// Who paused it.
    public let by: UserID
    /// When.
    public let at: Instant
    /// When it ends at the latest.
    public let until: Instant
    /// When it ended; nil while it lasts.
    public var endedAt: Instant?

    /// A pause that lasts.
    public init(by: UserID, at: Instant, until: Instant) {
        self.by = by
        self.at = at
        self.until = until
    }
}

extension Alarm {
    /// Until when the signal is paused; nil when it is not.
    public var pausedUntil: Instant? {
        pauses?.last.flatMap { $0.endedAt == nil ? $0.until : nil }
    }

    /// The doctors to whom it was offered on the way along its chain.
    public var offeredDoctors: [DoctorID] { (offers ?? []).flatMap { $0.doctors ?? [] } }

    /// Whether it wants somebody: shown or latched, and not acknowledged.
    public var wantsSomebody: Bool {
        switch signal {
        case .on, .latched: true
        case .off, .acknowledged: false
        }
    }
}
