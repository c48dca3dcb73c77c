public import Clinical
public import MQTT
public import Store
public import Vocabulary

/// Why the gateway could not do what it was asked.
public enum GatewayError: Error, Sendable, Equatable {
    /// The store refused; nothing was announced.
    case store(StoreError)
    /// The ward refused.
    case ward(WardError)
    /// The connection cannot even be tried: a TLS file is missing, or an option is impossible.
    case broker(MQTTError)
    /// The provinces cannot be dealt out as the configuration says.
    case partitioning(PartitioningError)
    /// What the gateway remembers of the broker cannot be written.
    case memory(file: String)
    /// The device has as many commands under way as are kept.
    case tooManyCommands(Int)
    /// The gateway has no open alarm with this id.
    case unknownAlarm(AlarmID)
    /// The gateway does not run, or is stopping.
    case stopped
}

extension GatewayError: CustomStringConvertible {
    /// What happened and what to do.
    public var description: String {
        switch self {
        case .store(let error): error.description
        case .ward(let error): error.description
        case .broker(let error): error.description
        case .partitioning(let error): error.description
        case .tooManyCommands(let limit):
            "the device has \(limit) commands under way; wait for its answers"
        case .memory(let file): "cannot write \(file); check space and rights of its folder"
        case .unknownAlarm(let id): "no open alarm \(id); list the alarms again"
        case .stopped: "the gateway is stopping; try again when it is back"
        }
    }
}
