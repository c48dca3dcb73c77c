import EventLoop
import MQTT
import TestKit
import Testing

/// Keeps what a client was handed, and lets a test wait for it.
final class Recorder: Sendable {
    private struct State {
        var texts: [String] = []
        var batch: UInt64 = 0
        var topics: [String] = []
        var waiters: [(count: Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Guarded(State())

    func note(_ batch: MQTTBatch) {
        let ready = state.withLock { state in
            state.batch = batch.number
            for index in 0..<batch.count {
                state.texts.append(String(decoding: batch.payloadBytes(index), as: UTF8.self))
                state.topics.append(batch.topicText(index))
            }
            let ready = state.waiters.filter { $0.count <= state.texts.count }
            state.waiters.removeAll { $0.count <= state.texts.count }
            return ready
        }
        for (_, waiter) in ready { waiter.resume() }
    }

    /// Every payload so far, once there are `count`.
    func texts(_ count: Int) async -> [String] {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.texts.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { $0.texts }
    }

    var count: Int { state.withLock { $0.texts.count } }

    /// The number of the newest batch.
    var batch: UInt64 { state.withLock(\.batch) }
}

/// A broker and a loop for one test, ended in order.
func withBroker(_ body: (BrokerProcess, MQTTLoop) async throws -> Void) async throws {
    let broker = try BrokerProcess()
    let loop = MQTTLoop()
    loop.start()
    do {
        try await body(broker, loop)
    } catch {
        await loop.stop()
        throw error
    }
    await loop.stop()
}

extension MQTTConfiguration {
    static func ingest(port: Int, batch: Int = 100) -> MQTTConfiguration {
        var configuration = MQTTConfiguration(port: port, clientID: "ingest")
        configuration.cleanStart = false
        configuration.sessionExpirySeconds = 3_600
        configuration.receiveMaximum = UInt16(batch * 2)
        configuration.acknowledgement = .afterProcessing(batch: batch)
        configuration.subscriptions = [MQTTSubscription("t/#")]
        configuration.retryAfter = .milliseconds(20) ... .milliseconds(200)
        return configuration
    }

    static func publisher(port: Int, id: String = "publisher") -> MQTTConfiguration {
        var configuration = MQTTConfiguration(port: port, clientID: id)
        configuration.retryAfter = .milliseconds(20) ... .milliseconds(200)
        return configuration
    }
}

/// Waits until the client is connected, over failed attempts.
func connect(_ client: MQTTClient) async {
    await client.connect()
    while true {
        do {
            try await client.connected()
            return
        } catch { continue }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct MQTTClientTests {
    @Test func `a published message arrives with its topic, and PUBACK completes the publish`()
        async throws
    {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            var configuration = MQTTConfiguration.publisher(port: broker.port, id: "subscriber")
            configuration.subscriptions = [MQTTSubscription("t/#")]
            let subscriber = try MQTTClient(configuration, on: loop, received: recorder.note)
            let publisher = try MQTTClient(.publisher(port: broker.port), on: loop)
            await connect(subscriber)
            await connect(publisher)
            try await publisher.publish(MQTTMessage(topic: "t/a", text: "hello"))
            #expect(await recorder.texts(1) == ["hello"])
            await publisher.disconnect()
            await subscriber.disconnect()
        }
    }

    @Test func `a broker that is absent is reported and tried again until it is there`()
        async throws
    {
        try await withBroker { broker, loop in
            broker.stop()
            let client = try MQTTClient(.publisher(port: broker.port), on: loop)
            await client.connect()
            await #expect(throws: MQTTError.self) { try await client.connected() }
            try broker.start()
            await connect(client)
            #expect(await client.state == .connected(sessionPresent: false))
            await client.disconnect()
            #expect(await client.state == .idle)
        }
    }

    @Test func `publishing without a connection is refused at once`() async throws {
        try await withBroker { broker, loop in
            let client = try MQTTClient(.publisher(port: broker.port), on: loop)
            await #expect(throws: MQTTError.notConnected) {
                try await client.publish(MQTTMessage(topic: "t/a", text: "x"))
            }
        }
    }

    @Test func `a client that vanishes leaves its Will, one that disconnects does not`()
        async throws
    {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            var configuration = MQTTConfiguration.publisher(port: broker.port, id: "subscriber")
            configuration.subscriptions = [MQTTSubscription("t/#")]
            let subscriber = try MQTTClient(configuration, on: loop, received: recorder.note)
            await connect(subscriber)
            for (id, isPolite) in [("polite", true), ("rude", false)] {
                var configuration = MQTTConfiguration.publisher(port: broker.port, id: id)
                configuration.will = MQTTMessage(topic: "t/will", text: id)
                let client = try MQTTClient(configuration, on: loop)
                await connect(client)
                if isPolite { await client.disconnect() } else { await client.vanish() }
            }
            #expect(await recorder.texts(1) == ["rude"])
            await subscriber.disconnect()
        }
    }

    @Test func `one loop serves many clients`() async throws {
        try await withBroker { broker, loop in
            let recorder = Recorder()
            var configuration = MQTTConfiguration.publisher(port: broker.port, id: "subscriber")
            configuration.subscriptions = [MQTTSubscription("t/#")]
            let subscriber = try MQTTClient(configuration, on: loop, received: recorder.note)
            await connect(subscriber)
            var clients: [MQTTClient] = []
            for number in 0..<200 {
                clients.append(
                    try MQTTClient(.publisher(port: broker.port, id: "c\(number)"), on: loop)
                )
            }
            for client in clients { await client.connect() }
            for (number, client) in clients.enumerated() {
                try await client.connected()
                try await client.publish(MQTTMessage(topic: "t/\(number)", text: "\(number)"))
            }
            #expect(Set(await recorder.texts(200)) == Set((0..<200).map(String.init)))
            for client in clients { await client.disconnect() }
            await subscriber.disconnect()
        }
    }
}
