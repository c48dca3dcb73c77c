/// Where a client stands with its broker.
public enum MQTTState: Sendable, Equatable {
    /// Not asked to connect, or asked to stop; `connect` follows.
    case idle
    /// An attempt is under way; `connected` or `waiting` follows.
    case connecting
    /// Connected, and every subscription granted or kept by the broker from before.
    ///
    /// `sessionPresent`: the broker had kept the session, so nothing was missed. `waiting` or
    /// `idle` follows.
    case connected(sessionPresent: Bool)
    /// The last connection or attempt failed for this reason; another attempt follows by itself.
    case waiting(MQTTError)
}
