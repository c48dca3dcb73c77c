public import Clinical
public import MQTT

/// How a gateway connects and judges.
public struct GatewayConfiguration: Sendable {
    /// The broker; its client id is the stem of the gateway's ids.
    public var broker: MQTTConfiguration
    /// How the provinces are dealt out to sessions at the broker.
    public var partitions = Partitioning.single
    /// The file in which the gateway remembers its sessions at the broker; nil remembers nothing.
    public var memoryFile: String?
    /// Seconds between pings; a broker that does not answer is given up after twice that.
    public var keepAliveSeconds = 15
    /// The most messages of one session in one commit; Receive Maximum is twice that.
    public var batchLimit = 1_000
    /// The shortest time between two commits of one session, unless its batch is full: what a small
    /// batch costs is the commit, and nobody at a bedside sees ten milliseconds.
    public var batchInterval: Duration = .milliseconds(10)
    /// How long the broker keeps messages for a gateway that is away, in seconds.
    public var sessionExpirySeconds: UInt32 = 7 * 86_400
    /// What one device may send.
    public var limits = IngestLimits()
    /// The alarm limits of patients without their own.
    public var defaults = AlarmLimits.standard
    /// How alarms are judged and signalled.
    public var policy = WardPolicy()
    /// How vendors' own payloads are read.
    public var profiles: [DeviceProfile] = []
    /// How far back stored readings are replayed into the ward at the start.
    public var replayHours = 12
    /// Opens the text of a message to a device, which may be sealed where it is kept.
    public var commandText: @Sendable (DeviceCommand) -> String? = { command in
        if case .showMessage(let text) = command.order { text } else { nil }
    }
    /// The most readings that wait for whoever follows the gateway's events.
    public var eventReadings = 4_096

    /// The defaults, with a broker.
    public init(broker: MQTTConfiguration) {
        self.broker = broker
    }

    /// The connection that never waits behind a withheld acknowledgement.
    var publisher: MQTTConfiguration {
        var configuration = broker
        configuration.clientID = broker.clientID + "-publish"
        configuration.cleanStart = true
        configuration.keepAliveSeconds = keepAliveSeconds
        configuration.acknowledgement = .automatic
        configuration.subscriptions = BrokerWatch.subscriptions
        configuration.pendingLimit = 100_000
        return configuration
    }
}
