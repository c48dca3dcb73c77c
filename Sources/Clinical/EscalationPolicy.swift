public import Vocabulary

/// Whom an alarm is offered to, one after another, while nobody acknowledges it.
public enum EscalationRole: String, Codable, Sendable, CaseIterable {
    /// The staff of the patient's site.
    case nurse
    /// The doctors who work at the site.
    case siteDoctor
    /// The specialists on call, those of the site's twinned hospitals first.
    case onCallSpecialist
}

/// One step of a chain: who is told, and how long they have.
public struct EscalationStep: Sendable, Equatable {
    /// Who is told.
    public var role: EscalationRole
    /// How long they have before the next step, for an alarm of high priority.
    public var waitSeconds: Int

    /// A step of a chain.
    public init(_ role: EscalationRole, waitSeconds: Int) {
        self.role = role
        self.waitSeconds = waitSeconds
    }
}

/// How unacknowledged alarms escalate: nurse → site doctor → on-call specialist, each step timed.
///
/// Alarms of high priority go along the chain whatever they speak of, those of medium priority when
/// they speak of the patient, those of low priority never: 80–99 % of alarms need no action, and a
/// specialist who is called for those stops listening.
public struct EscalationPolicy: Sendable, Equatable {
    /// The chain of every site that has none of its own; without steps nothing escalates.
    public var chain: [EscalationStep]
    /// The chains of single sites.
    public var sites: [SiteID: [EscalationStep]]
    /// How many times as long a step waits for an alarm of medium priority.
    public var mediumFactor: Int
    /// How long after the chain's end it begins anew, for an alarm of high priority.
    public var repeatSeconds: Int

    /// Two, three and five minutes, and again ten minutes later, unless said otherwise.
    public init(
        chain: [EscalationStep] = [
            EscalationStep(.nurse, waitSeconds: 120),
            EscalationStep(.siteDoctor, waitSeconds: 180),
            EscalationStep(.onCallSpecialist, waitSeconds: 300),
        ],
        sites: [SiteID: [EscalationStep]] = [:],
        mediumFactor: Int = 3,
        repeatSeconds: Int = 600
    ) {
        self.chain = chain
        self.sites = sites
        self.mediumFactor = mediumFactor
        self.repeatSeconds = repeatSeconds
    }

    /// Nothing escalates.
    public static let none = EscalationPolicy(chain: [])

    /// The chain of a site.
    func steps(of site: SiteID) -> [EscalationStep] { sites[site] ?? chain }

    /// Whether an alarm like this one goes along a chain at all.
    func applies(to alarm: Alarm) -> Bool {
        switch alarm.priority {
        case .high: true
        case .medium: alarm.cause.kind == .physiological
        case .low: false
        }
    }

    /// A step's time for an alarm of the priority.
    func wait(_ seconds: Int, _ priority: AlarmPriority) -> Duration {
        .seconds(priority == .high ? seconds : seconds * mediumFactor)
    }
}
