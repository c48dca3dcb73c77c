public import Vocabulary

/// What somebody says before or during a consult: steps taken, consents, the urgency.
public struct SessionStatement: Sendable, Equatable {
    /// Steps that are taken with it.
    public var steps: [SessionStep]
    /// Consents given or taken back.
    public var consents: [ConsentEntry]
    /// The urgency as it was checked; nil when it was not.
    public var urgency: Urgency?

    /// A statement.
    public init(
        steps: [SessionStep] = [],
        consents: [ConsentEntry] = [],
        urgency: Urgency? = nil
    ) {
        self.steps = steps
        self.consents = consents
        self.urgency = urgency
    }

    /// Whether it says nothing.
    public var isEmpty: Bool { steps.isEmpty && consents.isEmpty && urgency == nil }
}

/// A change of a session's record that must be durable before anybody acts on it.
///
/// The exchange asks for it, the care loop writes it, and both then take it over by the same rule,
/// so that the stored record and the one in the room cannot differ.
public enum SessionAmendment: Sendable, Equatable {
    /// Something was said.
    case statement(SessionStatement)
    /// Another doctor is responsible, who took the consult over as this participant.
    case handedOver(to: DoctorID, as: ParticipantID)
    /// A participant was put out and may not come again; who it is, where it is a doctor.
    case removed(ParticipantID, doctor: DoctorID?)
    /// One who was put out may come again.
    case recalled(ParticipantID)
    /// Nobody new enters by themselves, or they do again.
    case locked(Bool)
    /// A participant is something else from now on.
    case role(ParticipantID, ParticipantRole)
}

/// What a participant is, other than by the booking.
public struct RoleChange: Codable, Sendable, Equatable {
    /// The participant.
    public let participant: ParticipantID
    /// What it is now.
    public let role: ParticipantRole

    /// A change of role.
    public init(participant: ParticipantID, role: ParticipantRole) {
        self.participant = participant
        self.role = role
    }
}

extension SessionRecord {
    /// The line of the history that a hand-over leaves.
    static let handedOver = "handedOver"
    /// The most people put out of one session, roles changed, and hand-overs.
    static let changeLimit = 64

    /// Takes an amendment over.
    public mutating func amend(_ amendment: SessionAmendment, at now: Instant) {
        switch amendment {
        case .statement(let statement): take(statement)
        case .handedOver(let doctor, let participant):
            self.doctor = doctor
            // Who takes over while being put out is not kept out.
            removed?.removeAll { $0 == participant }
            timeline.append(SessionEvent(what: SessionRecord.handedOver, at: now))
        case .removed(let participant, let doctor):
            guard !isRemoved(participant), !isResponsible(doctor) else { return }
            removed = (removed ?? []) + [participant]
        case .recalled(let participant): removed?.removeAll { $0 == participant }
        case .locked(let isOn): isLocked = isOn
        case .role(let participant, let role):
            let others = (roles ?? []).filter { $0.participant != participant }
            roles = others + [RoleChange(participant: participant, role: role)]
        }
        changedAt = now
    }

    /// Whether the participant was put out.
    public func isRemoved(_ participant: ParticipantID) -> Bool {
        removed?.contains(participant) ?? false
    }

    /// Whether it is the responsible doctor, whom nobody puts out.
    func isResponsible(_ doctor: DoctorID?) -> Bool { doctor == self.doctor }

    /// Whether one more amendment of the kind fits; taking back always does.
    func hasRoom(for amendment: SessionAmendment) -> Bool {
        switch amendment {
        case .statement(let statement):
            statement.consents.allSatisfy { !$0.granted }
                || (consents?.count ?? 0) < SessionRecord.consentLimit
        case .handedOver:
            timeline.count { $0.what == SessionRecord.handedOver } < SessionRecord.changeLimit
        case .removed: (removed?.count ?? 0) < SessionRecord.changeLimit
        case .role: (roles?.count ?? 0) < SessionRecord.changeLimit
        case .recalled, .locked: true
        }
    }

    /// What a participant is, given what the booking makes it.
    func role(of place: SessionGrant) -> ParticipantRole {
        if place.doctor == doctor { return .doctor }
        return roles?.last { $0.participant == place.participant }?.role ?? place.role
    }

    /// Steps stand there once each; what a person said takes the place of what was presumed.
    private mutating func take(_ statement: SessionStatement) {
        var taken = steps ?? []
        for step in statement.steps {
            if let index = taken.firstIndex(where: { $0.kind == step.kind }) {
                if taken[index].basis == .request { taken[index] = step }
            } else {
                taken.append(step)
            }
        }
        steps = taken
        for entry in statement.consents where consent(to: entry.purpose)?.says(entry) != true {
            consents = (consents ?? []) + [entry]
        }
        if let said = statement.urgency { urgency = said }
    }
}

extension ConsentEntry {
    /// Whether the other line would change nothing: it takes back what is not given, or gives the
    /// same on the same ground.
    func says(_ other: ConsentEntry) -> Bool {
        granted == other.granted && (!granted || basis == other.basis)
    }
}
