import Vocabulary

/// An open alarm: what it shows follows from its condition and from what people do.
///
/// - `on`: entered when the condition becomes present, when the priority goes up and when an
///   acknowledgement times out; left by acknowledgement or when the condition goes.
/// - `latched`: the condition went before anybody acknowledged, and the priority latches.
/// - `acknowledged`: somebody acknowledged; lasts until the alarm closes or it sounds again.
/// - `off`: the condition of an alarm that does not latch went, or the alarm is closed.
struct OpenAlarm: Sendable {
    /// The record.
    var alarm: Alarm
    /// For when the next step of the chain is queued.
    var queuedAt: Instant?
    /// Whether a consult that the alarm caused is still to end.
    private(set) var hasConsult: Bool

    /// An alarm just raised.
    init(raised alarm: Alarm) {
        self.alarm = alarm
        hasConsult = false
    }

    /// An alarm from before a restart; its consult counts as open until its end is reported.
    init(restored alarm: Alarm) {
        self.alarm = alarm
        hasConsult = alarm.request != nil
    }

    /// Whether nothing keeps the alarm open any more.
    var isClosed: Bool { alarm.closedAt != nil }

    /// Takes the condition and priority as they are now; true when the record changed.
    mutating func follow(
        _ condition: AlarmCondition,
        _ priority: AlarmPriority,
        score: Int?,
        latchesMedium: Bool,
        at: Instant
    ) -> Bool {
        let before = alarm
        switch (alarm.condition, condition) {
        case (.present, .present):
            if priority > alarm.priority {
                alarm.signal = .on
                alarm.incident?.isSuppressed = false
                endPause(at: at)
            }
            alarm.priority = priority
        case (.absent, .present), (.pending, .present):
            if priority > alarm.priority { endPause(at: at) }
            alarm.priority = priority
            alarm.signal = .on
            alarm.condition = .present
        case (.present, .pending):
            // A late sample moved the start of the run: it may yet turn out to be present.
            alarm.condition = .pending
        case (.present, .absent), (.pending, .absent):
            alarm.condition = .absent
            if alarm.signal == .on {
                let medium = latchesMedium && alarm.cause.kind == .physiological
                alarm.signal = alarm.priority.latches(medium: medium) ? .latched : .off
            }
            closeIfDone(at: at)
        case (.absent, .pending), (.absent, .absent), (.pending, .pending):
            break
        }
        guard alarm != before else { return false }
        if alarm.cause == .news2 || alarm.cause == .pews { alarm.score = score }
        alarm.changedAt = at
        return true
    }

    /// Somebody acknowledges; false when that had been done.
    mutating func acknowledge(by user: UserID, at: Instant) -> Bool {
        guard alarm.signal == .on || alarm.signal == .latched || alarm.signal == .off else {
            return false
        }
        alarm.signal = .acknowledged
        alarm.acknowledgedBy = user
        alarm.acknowledgedAt = at
        alarm.changedAt = at
        // A press of the button is over once somebody has taken notice of it.
        if alarm.cause == .sos { alarm.condition = .absent }
        closeIfDone(at: at)
        return true
    }

    /// The acknowledgement has run out: a condition still present sounds again.
    mutating func soundAgain(after timeout: Duration, at: Instant) -> Bool {
        guard alarm.signal == .acknowledged, alarm.condition == .present,
            alarm.incident?.isSuppressed != true,
            let acknowledgedAt = alarm.acknowledgedAt, acknowledgedAt + timeout <= at
        else { return false }
        alarm.signal = .on
        alarm.changedAt = at
        return true
    }

    /// Notes the consult request that the alarm caused; false when it is known.
    mutating func attach(_ request: RequestID, at: Instant) -> Bool {
        guard alarm.request != request else { return false }
        alarm.request = request
        alarm.changedAt = at
        hasConsult = true
        return true
    }

    /// The consult has an outcome; true when that closes the alarm.
    mutating func consultEnded(_ request: RequestID, at: Instant) -> Bool {
        guard alarm.request == request, hasConsult else { return false }
        hasConsult = false
        closeIfDone(at: at)
        if isClosed { alarm.changedAt = at }
        return isClosed
    }

    /// Closes when the condition is gone, it was acknowledged or never latched, and no consult
    /// is under way.
    private mutating func closeIfDone(at: Instant) {
        guard alarm.condition == .absent, !hasConsult,
            alarm.signal == .acknowledged || alarm.signal == .off
        else { return }
        alarm.signal = .off
        alarm.closedAt = at
    }
}

extension AlarmPriority {
    /// Whether an alarm stays shown after its condition went unacknowledged.
    func latches(medium: Bool) -> Bool {
        switch self {
        case .high: true
        case .medium: medium
        case .low: false
        }
    }
}
