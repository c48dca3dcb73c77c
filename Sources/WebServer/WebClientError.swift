/// Why a request or a WebSocket of a client failed.
public enum WebClientError: Error, Equatable, CustomStringConvertible {
    /// The URL is not one that the client can reach.
    case malformedURL(String)
    /// No connection, or no upgrade; the text says why.
    case refused(String)
    /// The connection ended before the answer was whole.
    case interrupted
    /// There was no answer in time.
    case timedOut
    /// The answer is bigger than the limit.
    case tooLarge
    /// The client has been stopped, or its waiting line is full.
    case unavailable

    /// What happened.
    public var description: String {
        switch self {
        case .malformedURL(let url): "not a URL that can be reached: \(url)"
        case .refused(let reason): "no connection: \(reason)"
        case .interrupted: "the connection ended before the answer was whole"
        case .timedOut: "no answer in time"
        case .tooLarge: "the answer is bigger than the client's limit"
        case .unavailable: "the client is stopped or has too much to do"
        }
    }
}

/// What a client puts up with.
public struct WebClientConfiguration: Sendable {
    /// The file of a certificate authority to trust, in PEM; nil trusts the system's.
    public var authority: String?
    /// Whether a server must prove who it is; false only against test servers.
    public var verifiesServer = true
    /// The most HTTP requests under way; more wait their turn.
    public var requestsInFlight = 64
    /// The most requests that wait their turn; more fail.
    public var requestsWaiting = 10_000
    /// How long a request, or the opening of a WebSocket, may take.
    public var deadline: Duration = .seconds(10)
    /// The most bytes of an answer's body.
    public var bodyBytes = 64 << 20
    /// The most bytes of a message that is received.
    public var messageBytes = 1 << 20
    /// The most received messages that wait for their reader; more close the socket.
    public var messagesWaiting = 4_096
    /// The most bytes that wait to be sent on a WebSocket; more are not taken.
    public var queueBytes = 1 << 20
    /// How often a WebSocket is pinged.
    public var pingInterval: Duration = .seconds(20)
    /// How long a WebSocket may be silent.
    public var deadAfter: Duration = .seconds(60)
    /// The header fields of answers that are read beyond those that libwebsockets knows.
    public var extraHeaders = [
        "x-request-id", "x-frame-options", "x-content-type-options", "referrer-policy",
        "content-security-policy",
    ]

    /// The defaults.
    public init() {}
}
