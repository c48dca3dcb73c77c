import Clinical
import EventLoop
import Gateway
import MQTT
import Store
import TestKit
import Testing
import Vocabulary

/// A gateway, a real broker and one device, for one test.
struct Rig {
    let broker: BrokerProcess
    let gateway: Gateway
    let device: MQTTClient
    let answers: Answers

    /// Runs `body` between the start and the stop of everything.
    static func run(
        _ store: any Store,
        batchLimit: Int = 100,
        broker own: BrokerProcess? = nil,
        keepAliveSeconds: Int = 15,
        burst: Int = 2_000,
        _ body: (Rig) async throws -> Void
    ) async throws {
        let broker = try own ?? BrokerProcess()
        let loop = MQTTLoop(name: "device")
        loop.start()
        let answers = Answers()
        var configuration = MQTTConfiguration(port: broker.port, clientID: "d-1")
        configuration.subscriptions = [
            MQTTSubscription("telehealth/v1/+/+/+/receipt"),
            MQTTSubscription("telehealth/v1/+/+/+/rejected"),
            MQTTSubscription("telehealth/v1/+/+/alarms/+"),
        ]
        configuration.retryAfter = .milliseconds(20) ... .milliseconds(200)
        let device = try MQTTClient(configuration, on: loop, received: answers.note)
        await device.connect()
        try await device.connected()
        let gateway = gateway(
            on: store,
            port: broker.port,
            batchLimit: batchLimit,
            keepAliveSeconds: keepAliveSeconds,
            burst: burst
        )
        try await gateway.start()
        let rig = Rig(broker: broker, gateway: gateway, device: device, answers: answers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await gateway.run() }
            try await rig.untilConnected()
            let result: Result<Void, any Error>
            do {
                try await body(rig)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await gateway.stop()
            try await group.waitForAll()
            await device.disconnect()
            await loop.stop()
            try result.get()
        }
    }

    static func gateway(
        on store: any Store,
        port: Int,
        batchLimit: Int = 100,
        partitions: Partitioning = .single,
        memoryFile: String? = nil,
        keepAliveSeconds: Int = 15,
        burst: Int = 2_000,
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) -> Gateway {
        var broker = MQTTConfiguration(port: port, clientID: "telehealth")
        broker.retryAfter = .milliseconds(20) ... .milliseconds(200)
        var configuration = GatewayConfiguration(broker: broker)
        configuration.batchLimit = batchLimit
        configuration.partitions = partitions
        configuration.memoryFile = memoryFile
        configuration.keepAliveSeconds = keepAliveSeconds
        configuration.limits.burst = burst
        return Gateway(
            configuration: configuration,
            store: store,
            clock: SteadyClock(),
            seed: 7,
            log: log
        )
    }

    var deviceIsConnected: Bool {
        get async {
            if case .connected = await device.state { true } else { false }
        }
    }

    func untilConnected() async throws {
        while await !gateway.isConnected { try await pause() }
    }

    func publish(_ payload: String, leaf: String = "vitals", device: String = "d-1") async throws {
        try await self.device.publish(
            MQTTMessage(topic: "\(Ground.prefix)/\(device)/\(leaf)", text: payload)
        )
    }

    func publish(sequences: ClosedRange<Int>) async throws {
        for sequence in sequences {
            try await publish(#"{"seq":\#(sequence),"boot":"a","hr":72}"#)
        }
    }
}

/// What the gateway published to the device.
final class Answers: Sendable {
    private struct State {
        var messages: [(topic: String, text: String)] = []
        var waiters:
            [(test: @Sendable (String, String) -> Bool, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Guarded(State())

    func note(_ batch: MQTTBatch) {
        for index in 0..<batch.count {
            let topic = batch.topicText(index)
            let text = String(decoding: batch.payloadBytes(index), as: UTF8.self)
            let ready = state.withLock { state in
                state.messages.append((topic, text))
                let ready = state.waiters.filter { $0.test(topic, text) }
                state.waiters.removeAll { $0.test(topic, text) }
                return ready
            }
            for (_, waiter) in ready { waiter.resume() }
        }
    }

    /// Returns when a message whose topic ends so and whose text contains this has come.
    func wait(_ topicEnd: String, containing part: String) async {
        let test: @Sendable (String, String) -> Bool = {
            $0.hasSuffix(topicEnd) && $1.contains(part)
        }
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.messages.contains(where: { test($0.topic, $0.text) }) { return true }
                state.waiters.append((test, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func last(_ topicEnd: String) -> String? {
        state.withLock { $0.messages.last { $0.topic.hasSuffix(topicEnd) }?.text }
    }

    func count(_ topicEnd: String) -> Int {
        state.withLock { $0.messages.count { $0.topic.hasSuffix(topicEnd) } }
    }
}

@Suite(.timeLimit(.minutes(5)))
struct GatewayTests {
    private func filled() async throws -> MemoryStore {
        let store = MemoryStore()
        try await Ground.fill(store)
        return store
    }

    @Test func `what is received is durable before its receipt`() async throws {
        let store = try await filled()
        try await Rig.run(store) { rig in
            try await rig.publish(sequences: 1...20)
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":20,"gaps":[]"#)
            #expect(try await store.readingCount() == 20)
        }
    }

    @Test func `nothing is acknowledged while the commit is under way`() async throws {
        let store = try await filled()
        let gated = GatedStore(store)
        try await Rig.run(gated) { rig in
            gated.closeGate()
            try await rig.publish(sequences: 1...1)
            await gated.arrival()
            #expect(rig.answers.count("/receipt") == 0)
            // The broker still holds the message: a gateway that takes the session over gets it.
            let other = Guarded<[String]>([])
            let loop = MQTTLoop()
            loop.start()
            var configuration = MQTTConfiguration(
                port: rig.broker.port,
                clientID: "telehealth-ingest"
            )
            configuration.cleanStart = false
            configuration.sessionExpirySeconds = 600
            configuration.acknowledgement = .afterProcessing(batch: 10)
            let thief = try MQTTClient(
                configuration,
                on: loop,
                received: { batch in
                    other.withLock { texts in
                        for index in 0..<batch.count {
                            texts.append(String(decoding: batch.payloadBytes(index), as: UTF8.self))
                        }
                    }
                }
            )
            await thief.connect()
            try await thief.connected()
            while other.withLock(\.isEmpty) { try await pause() }
            #expect(other.withLock { $0 } == [#"{"seq":1,"boot":"a","hr":72}"#])
            await thief.vanish()
            await loop.stop()
            gated.openGate()
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":1"#)
            #expect(try await store.readingCount() == 1)
        }
    }

    @Test(arguments: [
        FaultyStore.Fault.refused(.diskFull),
        .answerLost(.input(code: 10, message: "lost")),
    ])
    func `after a failed commit everything comes again and is stored once`(
        fault: FaultyStore.Fault
    ) async throws {
        let store = try await filled()
        let faulty = FaultyStore(store)
        try await Rig.run(faulty) { rig in
            faulty.failNext(2, fault)
            try await rig.publish(sequences: 1...10)
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":10,"gaps":[]"#)
            #expect(try await store.readingCount() == 10)
            let statistics = await rig.gateway.statistics
            #expect(statistics.commitFailures == 2)
            try await rig.untilConnected()
            #expect(await rig.gateway.isReady)
        }
    }

    @Test func `a broker that restarts in the middle costs nothing`() async throws {
        let store = try await filled()
        try await Rig.run(store) { rig in
            try await rig.publish(sequences: 1...10)
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":10"#)
            rig.broker.stop()
            try rig.broker.start()
            while await !rig.gateway.isConnected { try await pause() }
            while true {
                if case .connected = await rig.device.state { break }
                try await pause()
            }
            try await rig.publish(sequences: 11...20)
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":20,"gaps":[]"#)
            #expect(try await store.readingCount() == 20)
        }
    }

    @Test func `a spoofed topic is quarantined and answered`() async throws {
        let store = try await filled()
        try await Rig.run(store) { rig in
            try await rig.device.publish(
                MQTTMessage(
                    topic: "telehealth/v1/yen-bai/site-b/d-1/vitals",
                    text: #"{"seq":1,"boot":"a","hr":72}"#
                )
            )
            await rig.answers.wait("site-b/d-1/rejected", containing: "identityMismatch")
            let refused = try await store.quarantine(limit: 10, before: nil)
            #expect(refused.map(\.code) == [.identityMismatch])
            #expect(try await store.readingCount() == 0)
        }
    }

    @Test func `a status that the broker retained is known after the gateway's start`()
        async throws
    {
        let store = try await filled()
        try await Rig.run(store) { rig in
            try await rig.device.publish(
                MQTTMessage(
                    topic: "\(Ground.prefix)/d-2/status",
                    text: #"{"state":"online"}"#,
                    retain: true
                )
            )
            let second = Rig.gateway(on: store, port: rig.broker.port)
            await rig.gateway.stop()
            try await second.start()
            async let running: Void = second.run()
            let device = DeviceID(trusted: "d-2")
            while await second.presence(of: device)?.isOnline != true { try await pause() }
            await second.stop()
            await running
        }
    }

    @Test func `an alarm is stored with what raised it, shown at the bedside, and acknowledged`()
        async throws
    {
        let store = try await filled()
        try await Rig.run(store) { rig in
            try await rig.publish(#"{"event":"sos"}"#, leaf: "events")
            await rig.answers.wait("alarms/p-1", containing: #""cause":"sos""#)
            let alarm = try #require(await rig.gateway.openAlarms().first)
            #expect(try await store.alarm(alarm.id)?.signal == .on)
            let user = UserID(trusted: "nurse")
            let acknowledged = try await rig.gateway.acknowledge(alarm.id, by: user)
            #expect(acknowledged.acknowledgedBy == user)
            #expect(try await store.alarm(alarm.id)?.acknowledgedBy == user)
            // The button has no condition that could stay, so the alarm is over with this.
            await rig.answers.wait("alarms/p-1", containing: #""alarms":[]"#)
        }
    }

    @Test func `an acknowledgement that comes during a commit is answered after its own`()
        async throws
    {
        let memory = try await filled()
        let store = GatedStore(memory)
        try await Rig.run(store) { rig in
            try await rig.publish(#"{"event":"sos"}"#, leaf: "events")
            await rig.answers.wait("alarms/p-1", containing: #""cause":"sos""#)
            let alarm = try #require(await rig.gateway.openAlarms().first).id
            // A commit is under way, and holds nothing of the acknowledgement.
            store.closeGate()
            try await rig.publish(#"{"event":"sensorOff"}"#, leaf: "events")
            await store.arrival()
            async let durable = acknowledge(alarm, rig.gateway, memory)
            while await rig.gateway.openAlarms().contains(where: { $0.id == alarm }) {
                try await pause()
            }
            store.openOnce()
            await store.arrival()
            // Who was answered too early has all the time to look.
            for _ in 0..<1_000 { await Task.yield() }
            store.openGate()
            #expect(try await durable == UserID(trusted: "nurse"))
        }
    }

    /// Acknowledges, and returns what the store holds of it when the answer comes.
    private func acknowledge(
        _ alarm: AlarmID,
        _ gateway: Gateway,
        _ store: MemoryStore
    ) async throws -> UserID? {
        try await gateway.acknowledge(alarm, by: UserID(trusted: "nurse"))
        return try await store.alarm(alarm)?.acknowledgedBy
    }

    @Test func `an alarm whose commit failed is announced only when it is durable`() async throws {
        let store = try await filled()
        let faulty = FaultyStore(store)
        try await Rig.run(faulty) { rig in
            faulty.failNext(1)
            try await rig.publish(#"{"event":"sos"}"#, leaf: "events")
            await rig.answers.wait("alarms/p-1", containing: #""cause":"sos""#)
            #expect(faulty.faultsLeft == 0)
            #expect(try await store.alarms(AlarmFilter(open: true)).count == 1)
        }
    }

    @Test func `a restarted gateway knows the open alarms and the durable numbers`() async throws {
        let store = try await filled()
        try await Rig.run(store) { rig in
            try await rig.publish(sequences: 1...3)
            try await rig.publish(#"{"event":"sos"}"#, leaf: "events")
            await rig.answers.wait("alarms/p-1", containing: "sos")
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":3"#)
            await rig.gateway.stop()
            let before = await rig.gateway.openAlarms()
            let second = Rig.gateway(on: store, port: rig.broker.port)
            try await second.start()
            async let running: Void = second.run()
            #expect(await second.openAlarms().map(\.id) == before.map(\.id))
            while await !second.isConnected { try await pause() }
            try await rig.publish(sequences: 4...4)
            await rig.answers.wait("d-1/receipt", containing: #""seqHigh":4,"gaps":[]"#)
            await second.stop()
            await running
        }
    }

    @Test func `what followers are told is durable`() async throws {
        let store = try await filled()
        try await Rig.run(store) { rig in
            try await rig.publish(sequences: 1...1)
            for await event in rig.gateway.events {
                guard case .readings(let readings) = event else { continue }
                #expect(readings.map(\.sequence) == [1])
                break
            }
            #expect(try await store.readingCount() == 1)
        }
    }
}
