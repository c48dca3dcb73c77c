import Clinical
import EventLoop
import Foundation
import Gateway
import MQTT
import Store
import TestKit
import Testing
import Vocabulary

struct PartitioningTests {
    private func refusal(_ text: String) -> PartitioningError? {
        do throws(PartitioningError) {
            _ = try Partitioning(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a number, lists of codes and nothing are read`() throws {
        #expect(try Partitioning("") == .single)
        #expect(try Partitioning("1") == .single)
        #expect(try Partitioning("64") == .number(64))
        let codes = [["01", "79"], ["hue"]].map { $0.map { ProvinceID(trusted: $0) } }
        #expect(try Partitioning("01,79;hue") == .lists(codes))
        #expect(try Partitioning("01") == .lists([[ProvinceID(trusted: "01")]]))
    }

    @Test func `a wrong number, no code, and a province named twice are refused`() {
        #expect(refusal("65") == .tooMany)
        #expect(refusal("-1") == .tooMany)
        #expect(refusal("01;Huế") == .notACode("Huế"))
        #expect(refusal("01;;79") == .notACode(""))
        #expect(refusal("01,79;01") == .twice(ProvinceID(trusted: "01")))
        #expect(refusal("01,01") == .twice(ProvinceID(trusted: "01")))
    }
}

/// Four provinces with one device each, and a gateway that can be made anew.
private final class Country: Sendable {
    let broker: BrokerProcess
    let store = MemoryStore()
    let loop = MQTTLoop(name: "devices")
    let device: MQTTClient
    let answers = Answers()
    let log = Guarded<[String]>([])

    static let provinces = ["bac", "dong", "nam", "tay"]

    init() async throws {
        broker = try BrokerProcess()
        loop.start()
        var configuration = MQTTConfiguration(port: broker.port, clientID: "devices")
        configuration.subscriptions = [MQTTSubscription("telehealth/v1/+/+/+/receipt")]
        configuration.retryAfter = .milliseconds(20) ... .milliseconds(200)
        device = try MQTTClient(configuration, on: loop, received: answers.note)
        await device.connect()
        try await device.connected()
        for (index, province) in Country.provinces.enumerated() {
            try await store.apply(Country.registry(province, index + 1))
        }
    }

    private static func registry(_ province: String, _ number: Int) -> [Change] {
        let site = SiteID(trusted: "site-\(province)")
        let patient = PatientID(trusted: "p-\(province)")
        let device = DeviceID(trusted: "d-\(province)")
        return [
            .site(Ground.site(site.rawValue, province: province)),
            .patient(
                Patient(
                    id: patient,
                    number: PatientNumber(number),
                    site: site,
                    birthYear: 1960,
                    sex: .female
                )
            ),
            .device(Device(id: device, number: DeviceNumber(number), site: site)),
            .binding(
                DeviceBinding(device: device, patient: patient, from: Instant(seconds: 0))
            ),
        ]
    }

    func publish(_ sequence: Int, from province: String) async throws {
        try await device.publish(
            MQTTMessage(
                topic: "telehealth/v1/\(province)/site-\(province)/d-\(province)/vitals",
                text: #"{"seq":\#(sequence),"boot":"a","hr":72}"#
            )
        )
    }

    func publish(_ sequence: Int) async throws {
        for province in Country.provinces { try await publish(sequence, from: province) }
    }

    func receipts(upTo sequence: Int) async {
        for province in Country.provinces {
            await answers.wait(
                "d-\(province)/receipt",
                containing: #""seqHigh":\#(sequence),"gaps":[]"#
            )
        }
    }

    /// Runs a gateway with these partitions while `body` runs.
    func run(
        _ partitions: Partitioning,
        on store: (any Store)? = nil,
        _ body: (Gateway) async throws -> Void
    ) async throws {
        let gateway = Rig.gateway(
            on: store ?? self.store,
            port: broker.port,
            partitions: partitions,
            memoryFile: broker.directory.path + "/broker.json",
            log: { line in self.log.withLock { $0.append(line) } }
        )
        try await gateway.start()
        async let running: Void = gateway.run()
        while await !gateway.isConnected { try await pause() }
        let result: Result<Void, any Error>
        do {
            try await body(gateway)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await gateway.stop()
        await running
        try result.get()
    }

    func end() async {
        await device.disconnect()
        await loop.stop()
    }
}

@Suite(.timeLimit(.minutes(5)))
struct PartitionTests {
    @Test func `every partition's readings are stored by one gateway`() async throws {
        let country = try await Country()
        try await country.run(.number(3)) { gateway in
            #expect(await gateway.sessions.map(\.provinces.count) == [2, 1, 1])
            for sequence in 1...20 { try await country.publish(sequence) }
            await country.receipts(upTo: 20)
            #expect(try await country.store.readingCount() == 80)
        }
        await country.end()
    }

    @Test func `batches of several sessions are given back together and stored once`()
        async throws
    {
        let country = try await Country()
        let faulty = FaultyStore(country.store)
        try await country.run(.number(4), on: faulty) { gateway in
            faulty.failNext(3, .refused(.diskFull))
            for sequence in 1...5 { try await country.publish(sequence) }
            await country.receipts(upTo: 5)
            #expect(try await country.store.readingCount() == 20)
            let statistics = await gateway.statistics
            #expect(statistics.commitFailures == 3)
            #expect(statistics.ingest.quarantined.isEmpty)
        }
        await country.end()
    }

    @Test func `a province without a partition is an error that names it`() async throws {
        let country = try await Country()
        let lists = [["bac", "dong"], ["nam"]].map { $0.map { ProvinceID(trusted: $0) } }
        let gateway = Rig.gateway(
            on: country.store,
            port: country.broker.port,
            partitions: .lists(lists)
        )
        let error = await #expect(throws: GatewayError.self) { try await gateway.start() }
        #expect(error?.description.contains("province tay has sites") == true)
        await gateway.stop()
        await country.end()
    }

    @Test func `what an older session had queued is stored, and the session ends`() async throws {
        let country = try await Country()
        try await country.run(.single) { _ in
            try await country.publish(1)
            await country.receipts(upTo: 1)
        }
        // Nobody is there: the broker queues for the one session of old.
        for sequence in 2...50 { try await country.publish(sequence) }
        try await country.run(.number(4)) { gateway in
            while await gateway.statistics.broker.sessionsEmptied < 1 { try await pause() }
            await country.receipts(upTo: 50)
            // What comes now reaches the new sessions, and only them.
            let before = await gateway.statistics.ingest.messages
            try await country.publish(51)
            await country.receipts(upTo: 51)
            #expect(await gateway.statistics.ingest.messages == before + 4)
            #expect(try await country.store.readingCount() == 204)
            #expect(await gateway.statistics.ingest.quarantined.isEmpty)
        }
        #expect(
            country.log.withLock { $0.filter { $0.contains("is emptied and ended") }.count } == 1
        )
        await country.end()
    }

    @Test func `a dealing-out that is taken back finds its sessions in order`() async throws {
        let country = try await Country()
        let turns: [Partitioning] = [.number(2), .single, .number(2), .number(3)]
        for (turn, partitions) in turns.enumerated() {
            try await country.publish(turn + 1)
            try await country.run(partitions) { gateway in
                try await country.publish(turn + 2)
                if turn > 0 {
                    let emptied = turn == 1 || turn == 3 ? 2 : 1
                    while await gateway.statistics.broker.sessionsEmptied < emptied {
                        try await pause()
                    }
                    #expect(await gateway.statistics.broker.sessionsLost == 0)
                }
                await country.answers.wait("d-bac/receipt", containing: #""seqHigh":\#(turn + 2)"#)
            }
        }
        await country.end()
    }
}
