public import Vocabulary

/// How urgent an alarm is (IEC 60601-1-8).
public enum AlarmPriority: String, Codable, Sendable, CaseIterable, Comparable {
    /// Be aware.
    case low
    /// Prompt response.
    case medium
    /// Immediate response.
    case high

    /// Low is smallest.
    public static func < (left: AlarmPriority, right: AlarmPriority) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        }
    }
}

/// Whether an alarm speaks of the patient or of the equipment (IEEE 11073 SDC).
public enum AlarmKind: String, Codable, Sendable {
    /// Of the patient.
    case physiological
    /// Of the equipment.
    case technical
}

/// Whether the alarm's condition holds (IEEE 11073 SDC, BICEPS).
public enum AlarmCondition: String, Codable, Sendable {
    /// Values are inside the limit.
    case absent
    /// Values are beyond the limit, not yet for the dwell.
    case pending
    /// Values have been beyond the limit for the dwell.
    case present
}

/// What the alarm shows and sounds (IEEE 11073 SDC, BICEPS).
public enum AlarmSignal: String, Codable, Sendable {
    /// Nothing.
    case off
    /// Shown and sounded.
    case on
    /// The condition went before anybody acknowledged.
    case latched
    /// Somebody has acknowledged.
    case acknowledged
}

/// Who has the alarm in hand.
public enum AlarmResponsibility: String, Codable, Sendable {
    /// Nobody yet.
    case unassigned
    /// Offered to somebody.
    case offered
    /// Somebody accepted.
    case accepted
    /// Somebody declined.
    case rejected
    /// The offer ran out.
    case expired
}

/// What raised an alarm; one open alarm a patient and cause.
public enum AlarmCause: Hashable, Sendable {
    /// The aggregate NEWS2 score, or a single red parameter.
    case news2
    /// A child's Bedside PEWS, where the deployment has it switched on.
    case pews
    /// A sign below its lower limit.
    case low(Sign)
    /// A sign above its upper limit.
    case high(Sign)
    /// The patient or a carer pressed the button.
    case sos
    /// The device is not heard from.
    case offline
    /// The device's battery is low.
    case lowBattery
    /// A probe or an electrode is off.
    case sensorOff

    /// Whether it speaks of the patient or of the equipment.
    public var kind: AlarmKind {
        switch self {
        case .news2, .pews, .low, .high, .sos: .physiological
        case .offline, .lowBattery, .sensorOff: .technical
        }
    }

    /// `news2`, `pews`, `spo2-low`, `hr-high`, `sos`, `offline`, `lowBattery`, `sensorOff`.
    public var name: String {
        switch self {
        case .news2: "news2"
        case .pews: "pews"
        case .low(let sign): "\(sign.name)-low"
        case .high(let sign): "\(sign.name)-high"
        case .sos: "sos"
        case .offline: "offline"
        case .lowBattery: "lowBattery"
        case .sensorOff: "sensorOff"
        }
    }

    /// The cause with this name, or nil.
    public init?(name: String) {
        switch name {
        case "news2": self = .news2
        case "pews": self = .pews
        case "sos": self = .sos
        case "offline": self = .offline
        case "lowBattery": self = .lowBattery
        case "sensorOff": self = .sensorOff
        default:
            let parts = name.split(separator: "-")
            guard parts.count == 2, let sign = Sign(name: String(parts[0])) else { return nil }
            switch parts[1] {
            case "low": self = .low(sign)
            case "high": self = .high(sign)
            default: return nil
            }
        }
    }
}

extension AlarmCause: Codable {
    /// Decodes the name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let cause = AlarmCause(name: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "unknown alarm cause"
            )
        }
        self = cause
    }

    /// Encodes the name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// An alarm as it is stored, shown and sent: one patient, one cause, from its raising to its end.
public struct Alarm: Codable, Sendable, Identifiable, Equatable {
    /// The alarm's id.
    public let id: AlarmID
    /// The patient it is about.
    public let patient: PatientID
    /// The patient's site when it was raised.
    public let site: SiteID
    /// What raised it.
    public let cause: AlarmCause
    /// How urgent it is now; goes up at once, down after a dwell.
    public var priority: AlarmPriority
    /// Whether the condition holds.
    public var condition: AlarmCondition
    /// What it shows.
    public var signal: AlarmSignal
    /// Who has it in hand.
    public var responsibility: AlarmResponsibility
    /// Event time of the sample that made the condition present: the start of alarm-to-room time.
    public let sampleAt: Instant
    /// When that sample was received.
    public let sampleReceivedAt: Instant
    /// When the alarm was raised.
    public let raisedAt: Instant
    /// When anything in it last changed.
    public var changedAt: Instant
    /// The score's aggregate at the last change, when the cause is NEWS2 or PEWS.
    public var score: Int?
    /// Who acknowledged it.
    public var acknowledgedBy: UserID?
    /// When it was acknowledged.
    public var acknowledgedAt: Instant?
    /// How many escalation steps have been taken since its chain last began.
    public var escalation: Int
    /// Whom it was offered to along its site's chain, oldest first; nil when it never was.
    public var offers: [AlarmOffer]?
    /// When its signal was paused, oldest first; nil when it never was.
    public var pauses: [AlarmPause]?
    /// The incident of the site that an offline alarm is part of; nil for none.
    public var incident: AlarmIncident?
    /// The consult request it caused.
    public var request: RequestID?
    /// When it closed: condition gone, acknowledged, and any consult with an outcome.
    public var closedAt: Instant?

    /// An alarm record.
    public init(
        id: AlarmID,
        patient: PatientID,
        site: SiteID,
        cause: AlarmCause,
        priority: AlarmPriority,
        condition: AlarmCondition,
        signal: AlarmSignal,
        responsibility: AlarmResponsibility = .unassigned,
        sampleAt: Instant,
        sampleReceivedAt: Instant,
        raisedAt: Instant,
        changedAt: Instant,
        score: Int? = nil
    ) {
        self.id = id
        self.patient = patient
        self.site = site
        self.cause = cause
        self.priority = priority
        self.condition = condition
        self.signal = signal
        self.responsibility = responsibility
        self.sampleAt = sampleAt
        self.sampleReceivedAt = sampleReceivedAt
        self.raisedAt = raisedAt
        self.changedAt = changedAt
        self.score = score
        self.escalation = 0
    }
}
