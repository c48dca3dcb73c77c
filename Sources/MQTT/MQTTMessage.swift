/// How surely a message arrives.
public enum MQTTQoS: Int32, Sendable {
    /// At most once: fire and forget.
    case atMostOnce = 0
    /// At least once: acknowledged with PUBACK.
    case atLeastOnce = 1
}

/// Which version of the protocol is spoken.
public enum MQTTVersion: Sendable {
    /// MQTT 5.
    case five
    /// MQTT 3.1.1, without properties.
    case threeOneOne
}

/// What a subscription does with messages that the broker has retained.
public enum MQTTRetained: Sendable {
    /// They are sent with each subscription.
    case send
    /// They are never sent (MQTT 5; on 3.1.1 the same as `send`).
    case never
}

/// What a client wants to receive.
public struct MQTTSubscription: Sendable, Equatable {
    /// The topic filter, with its wildcards.
    public var filter: String
    /// The highest QoS that messages are sent with.
    public var qos: MQTTQoS
    /// What happens with retained messages.
    public var retained: MQTTRetained
    /// Whether a connection is of no use when the broker refuses it.
    public var isRequired: Bool

    /// A subscription.
    public init(
        _ filter: String,
        qos: MQTTQoS = .atLeastOnce,
        retained: MQTTRetained = .send,
        isRequired: Bool = true
    ) {
        self.filter = filter
        self.qos = qos
        self.retained = retained
        self.isRequired = isRequired
    }
}

/// A message to publish.
public struct MQTTMessage: Sendable, Equatable {
    /// The topic, without wildcards.
    public var topic: String
    /// The bytes.
    public var payload: [UInt8]
    /// How surely it arrives.
    public var qos: MQTTQoS
    /// Whether the broker keeps it for later subscribers.
    public var retain: Bool
    /// MQTT 5's content type.
    public var contentType: String?
    /// MQTT 5's response topic: where an answer is wanted.
    public var responseTopic: String?
    /// MQTT 5's correlation data: what an answer must carry; empty for none.
    public var correlation: [UInt8] = []
    /// MQTT 5's message expiry: how long the broker may keep it, seconds; nil for ever.
    public var expirySeconds: UInt32?

    /// A message.
    public init(
        topic: String,
        payload: [UInt8],
        qos: MQTTQoS = .atLeastOnce,
        retain: Bool = false,
        contentType: String? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.contentType = contentType
    }

    /// A message whose payload is text.
    public init(
        topic: String,
        text: String,
        qos: MQTTQoS = .atLeastOnce,
        retain: Bool = false
    ) {
        self.init(topic: topic, payload: Array(text.utf8), qos: qos, retain: retain)
    }
}
