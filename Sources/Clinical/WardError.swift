public import Vocabulary

/// Why a ward refused.
public enum WardError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No open alarm has this id.
    case noOpenAlarm(AlarmID)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .noOpenAlarm(let id): "no open alarm \(id); it may have closed, list the alarms again"
        }
    }
}
