import Vocabulary

/// Emergencies ring first where somebody is on call.
public struct PresenceGoal: SoftGoal {
    /// `presence`.
    public var name: String { "presence" }

    /// The goal.
    public init() {}

    /// For an emergency: nothing on call, half the weight when available, all of it otherwise.
    public func cost(_ pairing: Pairing, in roster: Roster, weights: GoalWeights) -> Double {
        cost(pairing.request.urgency, pairing.entry.presence, weights)
    }

    /// The same.
    public func least(_ glance: Glance, weights: GoalWeights) -> Double {
        cost(glance.urgency, glance.presence, weights)
    }

    private func cost(_ urgency: Urgency, _ presence: Presence, _ weights: GoalWeights) -> Double {
        guard urgency == .emergency else { return 0 }
        return switch presence {
        case .onCall: 0
        case .available: weights.notOnCall / 2
        case .off: weights.notOnCall
        }
    }

    /// Whether the doctor is there.
    public func reason(_ pairing: Pairing, in roster: Roster) -> String? {
        guard pairing.isImmediate else { return nil }
        return switch pairing.doctor.presence {
        case .onCall: "on call now"
        case .available: "available now"
        case .off: nil
        }
    }

    /// That the doctor is less sure to answer.
    public func loss(_ pairing: Pairing, in roster: Roster) -> String {
        switch pairing.doctor.presence {
        case .onCall, .available: "available, not on call"
        case .off: "off now"
        }
    }
}
