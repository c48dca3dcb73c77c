import MQTT
import Vocabulary

/// One of the gateway's sessions at the broker: its client id and the provinces it takes.
///
/// The id follows from the provinces. A session of a given id therefore always has the same
/// subscriptions, and another dealing-out of the provinces makes other sessions.
struct BrokerSession: Codable, Equatable, Sendable {
    /// The client id at the broker.
    let clientID: String
    /// The provinces; empty for all.
    let provinces: [ProvinceID]
    /// Whether the broker has been seen to keep it: when it is gone later, something was lost.
    var isEstablished = false

    /// The session of a gateway with this stem of its ids.
    init(stem: String, provinces: [ProvinceID]) {
        self.provinces = provinces.sorted()
        let codes = Array(self.provinces.map(\.rawValue).joined(separator: ",").utf8)
        let digits = String(codes.span.hashed(), radix: 16)
        clientID = provinces.isEmpty ? "\(stem)-ingest" : "\(stem)-ingest-\(digits)"
    }

    /// What it is subscribed to.
    var subscriptions: [MQTTSubscription] {
        let codes = provinces.isEmpty ? ["+"] : provinces.map(\.rawValue)
        return codes.flatMap { code in
            [
                // A retained reading or event would be taken for a new one with each connection.
                MQTTSubscription("telehealth/v1/\(code)/+/+/vitals", retained: .never),
                MQTTSubscription("telehealth/v1/\(code)/+/+/events", retained: .never),
                MQTTSubscription("telehealth/v1/\(code)/+/+/responses", retained: .never),
                MQTTSubscription("telehealth/v1/\(code)/+/+/status"),
            ]
        }
    }

    /// Where the mark is published that is the last message of a session that is being emptied.
    var markTopic: String { "telehealth/sessions/\(clientID)" }

    /// The connection that holds acknowledgements back until the commit.
    func configuration(_ gateway: GatewayConfiguration, isDrained: Bool) -> MQTTConfiguration {
        var configuration = gateway.broker
        configuration.clientID = clientID
        configuration.cleanStart = false
        configuration.keepAliveSeconds = gateway.keepAliveSeconds
        configuration.sessionExpirySeconds = gateway.sessionExpirySeconds
        configuration.receiveMaximum = UInt16(clamping: gateway.batchLimit * 2)
        configuration.acknowledgement = .afterProcessing(batch: min(gateway.batchLimit, 32_767))
        configuration.batchInterval = gateway.batchInterval
        configuration.subscriptions =
            isDrained ? [MQTTSubscription(markTopic, retained: .never)] : subscriptions
        return configuration
    }
}

/// A session as the gateway works on it.
struct IngestLine {
    /// A batch that was read and waits for its commit.
    struct Held {
        let number: UInt64
        let messages: Int
        let since: ContinuousClock.Instant
    }

    /// The emptying of a session that is no longer wanted.
    enum Drain {
        /// It waits until the present sessions receive everything.
        case waiting
        /// Its subscriptions have ended; this text comes after all that was queued.
        case marked(String)
        /// The mark has come: with the commit of its batch the session goes.
        case emptied
        /// It is gone.
        case over
    }

    let session: BrokerSession
    let client: MQTTClient
    var held: Held?
    /// Nil for a session that is wanted.
    var drain: Drain?
    var connections = 0
    /// What was last logged of the connection; nil while all is well.
    var loggedProblem: MQTTError?

    /// Whether readings can come through it only while it is connected.
    var isWanted: Bool { drain == nil }
}
