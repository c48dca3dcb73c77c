/// Why an MQTT client could not do what it was asked.
public enum MQTTError: Error, Sendable, Equatable {
    /// The broker refused the connection or the subscription; `code` is its reason code.
    case refused(code: Int32, reason: String)
    /// There is no connection.
    case notConnected
    /// The connection broke, or could not be opened; the client tries again by itself.
    case connectionLost(reason: String)
    /// As many publishes as the configuration allows already wait for their acknowledgement.
    case busy
    /// Another call of libmosquitto failed.
    case library(call: String, code: Int32, text: String)
}

extension MQTTError: CustomStringConvertible {
    /// What happened and what to do.
    public var description: String {
        switch self {
        case .refused(let code, let reason):
            "the broker refuses (\(code): \(reason)); check user, password and access list"
        case .notConnected: "there is no connection to the broker; wait until it is back"
        case .connectionLost(let reason):
            "no connection to the broker (\(reason)); check that it runs and is reachable"
        case .busy: "too many publishes wait for the broker; send slower"
        case .library(let call, let code, let text): "\(call) failed (\(code): \(text))"
        }
    }
}
