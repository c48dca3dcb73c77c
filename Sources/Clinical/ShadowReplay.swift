import Vocabulary

/// What limits would have done to one patient: stored readings judged by a ward of its own.
///
/// Proposed limits are tried on readings that were measured, before they go live. Each alarm is
/// acknowledged the moment it sounds, so that each episode counts as one alarm, as it does at a
/// bedside where somebody comes. Readings go in by event time; nobody is told anything.
public struct ShadowReplay: Sendable {
    /// How often alarms of one cause and priority would have been raised.
    public struct Count: Sendable, Equatable {
        /// The cause.
        public let cause: AlarmCause
        /// The priority when raised.
        public let priority: AlarmPriority
        /// How many alarms.
        public let count: Int
    }

    private static let watcher = UserID(trusted: "shadow")

    private var ward: Ward
    private var changed: [Alarm] = []
    private var counts: [AlarmCause: [AlarmPriority: Int]] = [:]

    /// A replay with the limits that the patient has in `limits`, over `defaults`.
    public init(
        _ patient: Patient,
        limits: AlarmLimits?,
        defaults: AlarmLimits = .standard,
        policy: WardPolicy = WardPolicy(),
        devices: [Device] = []
    ) {
        var policy = policy
        policy.escalation = .none
        // The ids of these alarms are seen by nobody.
        ward = Ward(defaults: defaults, policy: policy, seed: 0)
        var patient = patient
        patient.limits = limits
        ward.admit(patient)
        for device in devices { ward.admit(device, patient: patient.number) }
    }

    /// Judges the next reading in event time.
    public mutating func receive(_ reading: Reading) {
        changed.removeAll(keepingCapacity: true)
        ward.receive(reading, at: reading.receivedAt, changed: &changed)
        var ignored: [Alarm] = []
        for alarm in changed where alarm.wantsSomebody {
            if alarm.cause.kind == .physiological, alarm.acknowledgedAt == nil {
                counts[alarm.cause, default: [:]][alarm.priority, default: 0] += 1
            }
            let at = reading.receivedAt
            try? ward.acknowledge(alarm.id, by: ShadowReplay.watcher, at: at, changed: &ignored)
        }
    }

    /// The alarms of the patient's condition so far, by cause and priority, most first.
    public var alarms: [Count] {
        counts.flatMap { cause, priorities in
            priorities.map { Count(cause: cause, priority: $0.key, count: $0.value) }
        }.sorted {
            ($0.count, $1.cause.name, $0.priority) > ($1.count, $0.cause.name, $1.priority)
        }
    }
}
