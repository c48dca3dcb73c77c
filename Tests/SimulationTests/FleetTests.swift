import EventLoop
import Foundation
import MQTT
import Simulation
import TestKit
import Testing
import Vocabulary

/// Devices against a real broker, with a gateway that only keeps and acknowledges.
@Suite(.serialized) struct FleetTests {
    let clock = SteadyClock()

    /// A population of devices that measure ten times a second.
    func population(_ count: Int, port: Int, scenario: Scenario = .stable) -> Population {
        let devices = (0..<count).map { number in
            Population.DeviceAccount(
                id: DeviceID(trusted: "d\(number)"),
                province: ProvinceID(trusted: "01"),
                site: SiteID(trusted: "hn-0001"),
                patient: PatientID(trusted: "p\(number)"),
                periodSeconds: 0.1,
                scenario: scenario
            )
        }
        return Population(
            mqtt: Population.Broker(host: "127.0.0.1", port: port),
            http: nil,
            devices: devices
        )
    }

    func withFleet(
        _ body: (BrokerProcess, MQTTLoop, Fleet) async throws -> Void
    ) async throws {
        let broker = try BrokerProcess()
        let loop = MQTTLoop()
        loop.start()
        let fleet = Fleet(on: loop, clock: clock)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(broker, loop, fleet))
        } catch {
            result = .failure(error)
        }
        await fleet.disconnect()
        await loop.stop()
        try result.get()
    }

    /// Waits for the condition; fails the test when it takes longer than anything could.
    func eventually(_ condition: () async -> Bool) async throws {
        let deadline = clock.now() + .seconds(20)
        while await !condition() {
            try #require(clock.now() < deadline, "the condition never held")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `every reading is covered by a receipt, and the gateway holds just as many`()
        async throws
    {
        try await withFleet { broker, loop, fleet in
            let gateway = try await KeepingGateway(port: broker.port, on: loop)
            try await fleet.add(population(20, port: broker.port), options: NationOptions())
            try await fleet.connect()
            try await eventually { await fleet.report().readings.published >= 100 }
            await fleet.rest()
            try await eventually { await fleet.isCovered }
            let report = await fleet.report()
            #expect(report.connections.connected == 20)
            #expect(report.readings.unacknowledged == 0)
            #expect(report.readings.acknowledged == report.readings.published)
            #expect(report.receipts.count == report.readings.published)
            #expect(await gateway.kept.count == report.readings.published)
            await gateway.close()
        }
    }

    @Test func `a broker that goes away costs nothing: the backlog comes after it`() async throws {
        try await withFleet { broker, loop, fleet in
            let gateway = try await KeepingGateway(port: broker.port, on: loop)
            try await fleet.add(population(5, port: broker.port), options: NationOptions())
            try await fleet.connect()
            try await eventually { await fleet.report().readings.acknowledged >= 10 }
            broker.stop()
            try await eventually { await fleet.report().connections.connected == 0 }
            #expect(await fleet.report().connections.disconnects == 5)
            try broker.start()
            try await eventually { await fleet.report().connections.connected == 5 }
            await fleet.rest()
            try await eventually { await fleet.isCovered }
            let report = await fleet.report()
            #expect(report.connections.connects == 10)
            #expect(report.readings.acknowledged == report.readings.published)
            #expect(await gateway.kept.count == report.readings.published)
            await gateway.close()
        }
    }

    @Test func `readings without a receipt are not called covered`() async throws {
        try await withFleet { broker, _, fleet in
            try await fleet.add(population(2, port: broker.port), options: NationOptions())
            try await fleet.connect()
            try await eventually { await fleet.report().readings.published >= 4 }
            await fleet.rest()
            #expect(await fleet.isCovered == false)
            let readings = await fleet.report().readings
            #expect(readings.unacknowledged == readings.published)
        }
    }

    @Test func `the fleet knows when a reading was sent, before and after its receipt`()
        async throws
    {
        try await withFleet { broker, loop, fleet in
            let gateway = try await KeepingGateway(port: broker.port, on: loop)
            try await fleet.add(population(1, port: broker.port), options: NationOptions())
            try await fleet.connect()
            try await eventually { await fleet.report().readings.acknowledged >= 3 }
            await fleet.rest()
            try await eventually { await fleet.isCovered }
            let kept = try #require(await gateway.kept.values.max())
            let patient = PatientID(trusted: "p0")
            let sent = try #require(await fleet.published(patient, at: kept))
            #expect(kept <= sent)
            #expect(sent - kept < .seconds(5))
            #expect(await fleet.published(patient, at: kept + .milliseconds(1)) == nil)
            #expect(await fleet.published(PatientID(trusted: "nobody"), at: kept) == nil)
            await gateway.close()
        }
    }

    @Test func `an absent broker is one clear error`() async throws {
        let loop = MQTTLoop()
        loop.start()
        let fleet = Fleet(on: loop, clock: clock)
        try await fleet.add(population(3, port: 1), options: NationOptions())
        await #expect(throws: SimulationError.self) {
            try await fleet.connect(within: .milliseconds(300))
        }
        await fleet.disconnect()
        await loop.stop()
    }

    @Test func `a recorded stay is played to its end and covered`() async throws {
        let broker = try BrokerProcess()
        let loop = MQTTLoop()
        loop.start()
        let gateway = try await KeepingGateway(port: broker.port, on: loop)
        let entries = (0..<40).map { minute in
            RecordedEntry(
                measuredMinute: Double(minute),
                enteredMinute: Double(minute * 7 % 40),
                values: [RecordedValue(name: "HR", value: 80)]
            )
        }
        let replay = try Replay(
            [RecordedStay(name: "s", entries: entries)],
            on: population(1, port: broker.port),
            speed: 6_000,
            drain: .seconds(10),
            clock: clock
        )
        let report = try await replay.run(
            stopped: { try? await Task.sleep(for: .seconds(60)) },
            every: nil,
            progress: { _ in }
        )
        #expect(report.readings.published == 40)
        #expect(report.readings.acknowledged == 40)
        #expect(await gateway.kept.count == 40)
        await gateway.close()
        await loop.stop()
    }

    @Test func `more stays than devices are refused`() {
        let stay = RecordedStay(name: "s", entries: [])
        #expect(throws: SimulationError.self) {
            _ = try Replay(
                [stay, stay],
                on: population(1, port: 1),
                speed: 1,
                drain: .zero,
                clock: clock
            )
        }
    }
}

/// The least that a gateway is: keeps every reading by its key and answers with receipts.
actor KeepingGateway {
    private let loop: MQTTLoop
    private var client: MQTTClient?
    private(set) var kept: [String: Instant] = [:]
    private var highest: [String: Int] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.eventLoop.asUnownedSerialExecutor()
    }

    init(port: Int, on loop: MQTTLoop) async throws {
        self.loop = loop
        var configuration = MQTTConfiguration(
            host: "127.0.0.1",
            port: port,
            clientID: "keeping-gateway"
        )
        configuration.cleanStart = false
        configuration.sessionExpirySeconds = 600
        configuration.subscriptions = [MQTTSubscription("telehealth/v1/+/+/+/vitals")]
        let client = try MQTTClient(
            configuration,
            on: loop,
            received: { [weak self] batch in self?.assumeIsolated { $0.received(batch) } }
        )
        self.client = client
        await client.connect()
        try await client.connected()
    }

    func close() async {
        await client?.disconnect()
        client = nil
    }

    private func received(_ batch: MQTTBatch) {
        for (number, entry) in batch.entries.enumerated() {
            let topic = batch.topicText(number)
            let payload = Array(batch.bytes[entry.payload])
            guard let value = JSONValue(payload), let boot = value["boot"]?.text else { continue }
            for reading in value["readings"]?.elements ?? [value] {
                guard let sequence = reading["seq"]?.integer,
                    let at = reading["at"]?.text.flatMap(Instant.init(rfc3339:))
                else { continue }
                kept["\(topic) \(boot) \(sequence)"] = at
                let key = "\(topic) \(boot)"
                highest[key] = max(highest[key] ?? 0, sequence)
            }
            let high = highest["\(topic) \(boot)"] ?? 0
            let gaps = (1..<max(1, high)).filter { kept["\(topic) \(boot) \($0)"] == nil }
            let list = gaps.map { "[\($0),\($0)]" }.joined(separator: ",")
            let receipt = MQTTMessage(
                topic: topic.replacingOccurrences(of: "/vitals", with: "/receipt"),
                text: #"{"boot":"\#(boot)","seqHigh":\#(high),"gaps":[\#(list)]}"#
            )
            client?.assumeIsolated { $0.send(receipt) }
        }
    }
}
