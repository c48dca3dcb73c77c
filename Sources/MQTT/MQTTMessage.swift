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

    /// A subscription.
    public init(_ filter: String, qos: MQTTQoS = .atLeastOnce, retained: MQTTRetained = .send) {
        self.filter = filter
        self.qos = qos
        self.retained = retained
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
