public import Vocabulary

/// Why a ward refused.
public enum WardError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No open alarm has this id.
    case noOpenAlarm(AlarmID)
    /// The alarm waits for nobody's answer.
    case notOffered(AlarmID)
    /// The alarm makes no sound, is paused already, or was paused as often as is allowed.
    case notPausable(AlarmID)
    /// A pause is longer than the policy allows, or not of a second.
    case pauseTooLong(atMostSeconds: Int)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .noOpenAlarm(let id): "no open alarm \(id); it may have closed, list the alarms again"
        case .notOffered(let id): "alarm \(id) waits for nobody; it was taken or passed on already"
        case .notPausable(let id):
            "alarm \(id) cannot be paused now; acknowledge it, or wait for the pause that runs"
        case .pauseTooLong(let seconds): "seconds: a pause lasts from 1 to \(seconds) seconds"
        }
    }
}
