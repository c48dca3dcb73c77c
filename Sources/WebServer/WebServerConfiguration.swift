/// A certificate chain and its private key, as PEM files.
public struct TLSFiles: Sendable, Equatable {
    /// The path of the certificate with its chain.
    public var certificate: String
    /// The path of the private key.
    public var key: String

    /// A certificate and its key.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Where a server listens and what it puts up with; every limit has a default.
public struct WebServerConfiguration: Sendable {
    /// The address to listen on.
    public var address = "127.0.0.1"
    /// The port; 0 lets the system choose.
    public var port = 0
    /// The certificate; nil serves plain HTTP.
    public var tls: TLSFiles?
    /// The origins whose pages may open a WebSocket, written `https://host[:port]`.
    ///
    /// When empty, a page of the server itself may.
    public var origins: [String] = []
    /// Whether a WebSocket request without an Origin is accepted, as programs other than browsers
    /// send it; never one with a cookie.
    public var allowsAbsentOrigin = true
    /// The path of the WebSocket.
    public var webSocketPath = "/ws"
    /// The only subprotocol that is spoken.
    public var subprotocol = "telehealth.v1"
    /// The most bytes of a request's line and header fields, at most 65,535.
    public var headerBytes = 16_384
    /// The most bytes of a request's body.
    public var bodyBytes = 1_048_576
    /// The most bytes of a WebSocket message.
    public var messageBytes = 65_536
    /// The most bytes that wait to be sent on one WebSocket.
    public var queueBytes = 1_048_576
    /// The most connections; more are closed at once.
    public var connections = 8_192
    /// The most WebSockets of one address that are not marked as authenticated.
    public var unauthenticatedSocketsPerAddress = 50
    /// The most requests that handlers work on; more are answered 503.
    public var requestsInFlight = 256
    /// How long the header, the body and a WebSocket message may each take to arrive, and how long
    /// an answer may make no progress.
    public var deadline: Duration = .seconds(10)
    /// How long a connection may be idle between requests.
    public var keepAlive: Duration = .seconds(30)
    /// How often a WebSocket is pinged.
    public var pingInterval: Duration = .seconds(20)
    /// How long a WebSocket may be silent.
    public var deadAfter: Duration = .seconds(30)
    /// The header fields that are read beyond those that libwebsockets knows, in lower case.
    public var extraHeaders = [
        "x-csrf-token", "idempotency-key", "x-request-id", "traceparent", "x-forwarded-proto",
    ]

    /// The defaults: any port of the loopback address, without TLS.
    public init() {}
}

/// What a server has counted since it started.
public struct WebServerFigures: Sendable, Equatable {
    /// Connections that are open now, WebSockets included.
    public var connections = 0
    /// WebSockets that are open now.
    public var webSockets = 0
    /// Requests that handlers work on now.
    public var requestsInFlight = 0
    /// Requests that were handed to a handler.
    public var requests = 0
    /// Connections, requests and WebSockets that a limit or the origin policy refused.
    public var refused = 0
    /// Whole WebSocket messages received.
    public var messagesReceived = 0
    /// WebSocket messages handed to the system to send.
    public var messagesSent = 0
    /// Connections that were closed because a deadline passed.
    public var timedOut = 0

    /// Nothing counted yet.
    public init() {}
}
