import EventLoop
import Foundation
import MQTT
import Testing
import Vocabulary

/// A bedside monitor as a test drives it: publishes readings, collects receipts.
final class Monitor: Sendable {
    private let loop = MQTTLoop(name: "monitor")
    private let client: MQTTClient
    private let topic: String

    /// Connects to the broker under the device's topics.
    init(
        port: Int,
        topic: String,
        clientID: String,
        username: String? = nil,
        password: String? = nil,
        security: MQTTSecurity? = nil,
        will: MQTTMessage? = nil,
        listensTo others: [String] = []
    ) async throws {
        self.topic = topic
        loop.start()
        var configuration = MQTTConfiguration(port: port, clientID: clientID)
        configuration.username = username
        configuration.password = password
        configuration.security = security
        configuration.will = will
        configuration.subscriptions =
            [
                MQTTSubscription(topic + "/receipt", qos: .atLeastOnce),
                MQTTSubscription(topic + "/rejected", qos: .atLeastOnce),
            ] + others.map { MQTTSubscription($0, qos: .atLeastOnce) }
        let answers = Box()
        box = answers
        client = try MQTTClient(
            configuration,
            on: loop,
            received: { batch in
                for index in 0..<batch.count {
                    answers.add(batch.topicText(index), batch.payloadBytes(index))
                }
            }
        )
        await client.connect()
        try await client.connected()
    }

    private let box: Box

    private final class Box: Sendable {
        private let items = Guarded<[(String, [UInt8])]>([])
        func add(_ topic: String, _ payload: [UInt8]) {
            items.withLock { $0.append((topic, payload)) }
        }
        var all: [(String, [UInt8])] { items.withLock { $0 } }
    }

    /// Publishes a payload and returns at the broker's PUBACK.
    func publish(_ payload: String, leaf: String = "vitals") async throws {
        try await client.publish(
            MQTTMessage(topic: "\(topic)/\(leaf)", payload: Array(payload.utf8))
        )
    }

    /// Publishes one reading of the given signs.
    func publish(seq: Int, at: Instant, _ signs: String) async throws {
        try await publish("{\"seq\":\(seq),\"boot\":\"b1\",\"at\":\"\(at)\",\(signs)}")
    }

    /// The receipts that came, oldest first.
    var receipts: [JSONObject] { received("receipt") }

    /// The rejections that came, oldest first.
    var rejections: [JSONObject] { received("rejected") }

    private func received(_ leaf: String) -> [JSONObject] {
        box.all.filter { $0.0 == "\(topic)/\(leaf)" }.compactMap { try? JSONObject($0.1) }
    }

    /// Publishes a payload under any topic.
    func publish(_ payload: String, to topic: String, retain: Bool = false) async throws {
        try await client.publish(
            MQTTMessage(topic: topic, payload: Array(payload.utf8), retain: retain)
        )
    }

    /// Whatever came under a topic, as text, oldest first.
    func all(under prefix: String) -> [String] {
        box.all.filter { $0.0.hasPrefix(prefix) }.map { String(decoding: $0.1, as: UTF8.self) }
    }

    /// Whether the broker has it connected.
    var isConnected: Bool {
        get async { if case .connected = await client.state { true } else { false } }
    }

    /// Closes the socket without a word: the broker sends the will.
    func vanish() async {
        await client.vanish()
    }

    /// Disconnects.
    func stop() async {
        await client.disconnect()
        await loop.stop()
    }
}

/// The time now, for payloads.
func now() -> Instant {
    Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
}
