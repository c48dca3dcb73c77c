public import Vocabulary

/// That an offline alarm is part of one incident of its site: many devices fell silent at once.
///
/// The incident is the sum of the records that name it: it is open while one of them is, and its
/// children are all of them. So it needs no record of its own that could disagree with them.
public struct AlarmIncident: Codable, Sendable, Equatable {
    /// The incident's id.
    public let id: IncidentID
    /// When the devices were too many for chance.
    public let openedAt: Instant
    /// Whether the alarm is silent because the incident speaks for it; never while a physiological
    /// alarm of the patient is open.
    public var isSuppressed: Bool

    /// The mark of an incident in one of its alarms.
    public init(id: IncidentID, openedAt: Instant, isSuppressed: Bool) {
        self.id = id
        self.openedAt = openedAt
        self.isSuppressed = isSuppressed
    }
}

/// What a ward knows of the devices of one site.
struct SiteWatch: Sendable {
    /// The devices that are watched there.
    var devices: Set<DeviceNumber> = []
    /// Those that are silent, and when that was noticed, oldest first.
    var silent: [(device: DeviceNumber, at: Instant)] = []
    /// The incident that is open.
    var incident: (id: IncidentID, openedAt: Instant)?
    /// The incident's open alarms.
    var children: Set<AlarmID> = []
}
