import Vocabulary

/// The condition of one cause of one patient, in event time.
///
/// It is a fold over samples in the order of their event times: nothing else enters, so the same
/// samples give the same condition whenever and in whatever order they were received.
///
/// - `absent`: entered at the start and after the clear dwell; a sample beyond leads to `pending`.
/// - `pending`: beyond, but not for the dwell; any sample not beyond leads back to `absent`, a
///   sample that completes the dwell to `present`.
/// - `present`: left for `absent` by samples inside the hysteresis for the clear dwell.
struct AlarmMachine: Sendable, Equatable {
    /// One sample as the machine sees it.
    struct Evidence {
        let at: Instant
        /// Receipt after `at` in milliseconds.
        let lag: Int32
        let position: AlarmPosition
        /// The priority that the sample raises to.
        let priority: AlarmPriority
        /// The least priority that the sample, with what is stale, can go down to.
        let heldPriority: AlarmPriority
        let isQuestionable: Bool
        let isSpotCheck: Bool
        /// False while a single sample of a continuous sign may be a glitch: it cannot raise.
        let isConfirmed: Bool
    }

    /// Whether the condition holds.
    private(set) var condition = AlarmCondition.absent
    /// The priority while present.
    private(set) var priority = AlarmPriority.low
    /// Event time of the sample that last made the condition present.
    private(set) var episodeAt = Instant.distantPast
    /// That sample's receipt after its event time, in milliseconds.
    private(set) var episodeLag: Int32 = 0
    /// Event time of the sample that last ended an episode.
    private var clearedAt = Instant.distantPast
    /// Event time of the newest sample.
    private(set) var lastAt = Instant.distantPast
    /// The run of samples that leads out of the condition: beyond while pending, inside while
    /// present.
    private var run = Run()
    /// Since when the samples call for less than `priority`.
    private var lowerSince: Instant?

    /// A machine whose condition holds already: how an open alarm starts after a restart.
    static func present(_ priority: AlarmPriority, since at: Instant, lag: Int32) -> AlarmMachine {
        var machine = AlarmMachine()
        machine.condition = .present
        machine.priority = priority
        machine.episodeAt = at
        machine.episodeLag = lag
        machine.lastAt = at
        return machine
    }

    /// A machine as it is at the start.
    init() {}

    /// A machine that never alarmed; its newest sample was at that time.
    init(restingSince lastAt: Instant) {
        self.lastAt = lastAt
    }

    /// Whether it never alarmed and is not about to.
    var isAtRest: Bool { condition == .absent && clearedAt == .distantPast }

    /// Up to which event time there have been episodes.
    var episodesUntil: Instant { condition == .present ? lastAt : clearedAt }

    /// Takes the next sample in event time; true when the condition or the priority changed.
    mutating func step(_ evidence: Evidence, _ rule: AlarmRule) -> Bool {
        lastAt = evidence.at
        switch (condition, evidence.position) {
        case (.absent, .between), (.absent, .inside):
            return false
        case (.absent, .beyond):
            run = Run()
            condition = .pending
            run.extend(evidence)
            raiseIfDue(evidence, rule)
            return true
        case (.pending, .between), (.pending, .inside):
            condition = .absent
            return true
        case (.pending, .beyond):
            run.extend(evidence)
            return raiseIfDue(evidence, rule)
        case (.present, .between), (.present, .beyond):
            run = Run()
            return follow(evidence, rule)
        case (.present, .inside):
            run.extend(evidence)
            guard run.isDue(evidence, dwell: rule.clearDwell, samples: 1) else { return false }
            condition = .absent
            clearedAt = evidence.at
            lowerSince = nil
            return true
        }
    }

    @discardableResult
    private mutating func raiseIfDue(_ evidence: Evidence, _ rule: AlarmRule) -> Bool {
        guard evidence.isConfirmed || rule.samples <= 1,
            run.isDue(evidence, dwell: rule.dwell, samples: rule.samples)
        else { return false }
        condition = .present
        priority = evidence.priority
        episodeAt = evidence.at
        episodeLag = evidence.lag
        lowerSince = nil
        run = Run()
        return true
    }

    /// Priority goes up at once and down only after a dwell.
    private mutating func follow(_ evidence: Evidence, _ rule: AlarmRule) -> Bool {
        if evidence.priority > priority {
            lowerSince = nil
            priority = evidence.priority
            return true
        }
        guard evidence.heldPriority < priority else {
            lowerSince = nil
            return false
        }
        let since = lowerSince ?? evidence.at
        lowerSince = since
        guard evidence.at.milliseconds - since.milliseconds >= rule.downDwell else { return false }
        lowerSince = nil
        priority = evidence.heldPriority
        return true
    }
}

/// Consecutive samples on one side.
private struct Run: Sendable, Equatable {
    private var samples: UInt8 = 0
    private var validSamples: UInt8 = 0
    private var since = Instant.distantPast
    private var validSince = Instant.distantPast

    mutating func extend(_ evidence: AlarmMachine.Evidence) {
        if samples == 0 { since = evidence.at }
        if samples < .max { samples += 1 }
        guard !evidence.isQuestionable else { return }
        if validSamples == 0 { validSince = evidence.at }
        if validSamples < .max { validSamples += 1 }
    }

    /// Whether the run has lasted; with questionable samples it takes twice the dwell and never
    /// one sample alone.
    func isDue(_ evidence: AlarmMachine.Evidence, dwell: Int64, samples least: Int) -> Bool {
        let now = evidence.at.milliseconds
        if !evidence.isQuestionable {
            if evidence.isSpotCheck { return true }
            if Int(validSamples) >= least, now - validSince.milliseconds >= dwell { return true }
        }
        return Int(samples) >= max(least, 2) && now - since.milliseconds >= 2 * dwell
    }
}
