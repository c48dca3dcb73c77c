/// When an arrived message is acknowledged.
public enum MQTTAcknowledgement: Sendable, Equatable {
    /// As soon as it has been handed over.
    case automatic
    /// When the receiver calls `acknowledge`; at most `batch` messages are read before that.
    ///
    /// `batch` is at most half of Receive Maximum, or the window would close before a batch fills.
    case afterProcessing(batch: Int)
}

/// The files of a connection over TLS.
public struct MQTTSecurity: Sendable, Equatable {
    /// PEM file of the authority that signed the broker's certificate.
    public var authority: String
    /// PEM file of the client's own certificate; nil without one.
    public var certificate: String?
    /// PEM file of the client's key; nil without a certificate.
    public var key: String?

    /// The files.
    public init(authority: String, certificate: String? = nil, key: String? = nil) {
        self.authority = authority
        self.certificate = certificate
        self.key = key
    }
}

/// Where and how a client connects.
public struct MQTTConfiguration: Sendable {
    /// The broker's host; its name is resolved with a blocking call, so prefer an address.
    public var host: String
    /// The broker's port.
    public var port: Int
    /// The client id, which names the session at the broker.
    public var clientID: String
    /// The user, nil for none.
    public var username: String?
    /// The password.
    public var password: String?
    /// TLS, nil for a plain connection.
    public var security: MQTTSecurity?
    /// What the broker publishes when this client vanishes.
    public var will: MQTTMessage?
    /// Seconds between pings, at least 5.
    public var keepAliveSeconds = 60
    /// Whether an older session at the broker is thrown away.
    public var cleanStart = true
    /// How long the broker keeps the session without a connection, seconds (MQTT 5).
    public var sessionExpirySeconds: UInt32 = 0
    /// How many unacknowledged messages the broker may have on their way to us (MQTT 5).
    public var receiveMaximum: UInt16 = 100
    /// The protocol's version.
    public var version = MQTTVersion.five
    /// When arrived messages are acknowledged.
    public var acknowledgement = MQTTAcknowledgement.automatic
    /// The shortest time from one batch to the next with `.afterProcessing`; a message that comes
    /// after a longer silence is handed over at once, and a full batch waits for nothing.
    public var batchInterval: Duration = .zero
    /// The first and the longest wait before another attempt; it doubles, with full jitter.
    public var retryAfter: ClosedRange<Duration> = .milliseconds(200) ... .seconds(30)
    /// What is subscribed to with each connection, before `connected` is reported.
    public var subscriptions: [MQTTSubscription] = []
    /// How many publishes may wait for their acknowledgement; more are refused as `busy`.
    public var pendingLimit = 1_000

    /// A configuration with the defaults of a publisher.
    public init(host: String = "127.0.0.1", port: Int, clientID: String) {
        self.host = host
        self.port = port
        self.clientID = clientID
    }
}
