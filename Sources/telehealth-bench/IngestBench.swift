import Arguments
import EventLoop
import Foundation
import Gateway
import MQTT
import Synchronization
import TestKit
import Vocabulary

/// The gateway beside a bare subscriber: the same broker, the same load, at the same time.
let ingestCommand = Command(
    "ingest",
    "CPU for each durable message, beside a libmosquitto subscriber that throws messages away.",
    options: [
        .option("--messages", "N", "messages to publish (100000)"),
        .option("--devices", "N", "devices that publish them (100)"),
        .option("--partitions", "N", "provinces, each with a session at the broker of its own (1)"),
        .option("--qos", "N", "1; the gateway takes nothing less"),
        .flag("--json", "print one line of JSON"),
    ]
) { arguments in
    guard try arguments.integer("--qos", in: 1...1) ?? 1 == 1 else { return }
    let bench = IngestBench(
        messages: try arguments.integer("--messages", in: 1...100_000_000) ?? 100_000,
        devices: try arguments.integer("--devices", in: 1...10_000) ?? 100,
        partitions: try arguments.integer("--partitions", in: 1...Partitioning.limit) ?? 1
    )
    let result = try await bench.run()
    writeLine(arguments.has("--json") ? try result.json() : result.text)
    if result.lost > 0 { throw IngestBench.Failure.lost(result.lost) }
}

/// What one run found.
struct IngestResult: BenchResult {
    var messages: Int
    var devices: Int
    var partitions: Int
    var gateway: IngestReport
    var bare: IngestReport
    var gatewayMicrosecondsPerMessage: Double
    var bareMicrosecondsPerMessage: Double
    var ratio: Double
    var durableMessagesPerSecond: Double
    var lost: Int
    var duplicates: Int

    var text: String {
        let p50 = gateway.receiptToDurableP50Milliseconds ?? 0
        let p99 = gateway.receiptToDurableP99Milliseconds ?? 0
        return """
            \(messages) messages of \(devices) devices at QoS 1, one broker, \(partitions) \
            partition(s), one run
            gateway   \(rounded(gatewayMicrosecondsPerMessage)) µs CPU a message: decoded, scored, \
            durable in SQLite (\(gateway.batches) commits)
            bare      \(rounded(bareMicrosecondsPerMessage)) µs CPU a message: received, thrown away
            ratio     \(rounded(ratio))
            durable   \(Int(durableMessagesPerSecond)) messages/s; receipt to durable p50 \
            \(rounded(p50)) ms, p99 \(rounded(p99)) ms
            lost \(lost), sent twice \(duplicates), quarantined \(gateway.quarantined)
            """
    }
}

/// Starts broker and both sides, publishes, and collects what they report.
struct IngestBench {
    enum Failure: Error, CustomStringConvertible {
        case sideFailed(String)
        case lost(Int)

        var description: String {
            switch self {
            case .sideFailed(let side): "the \(side) side ended without a report"
            case .lost(let count): "\(count) messages were lost"
            }
        }
    }

    let messages: Int
    let devices: Int
    let partitions: Int

    func run() async throws -> IngestResult {
        let broker = try BrokerProcess()
        let folder = broker.directory.appending(path: "store").path
        let bare = try Side("bare", ["--port", "\(broker.port)", "--messages", "\(messages)"])
        let gateway = try Side(
            "gateway",
            [
                "--port", "\(broker.port)", "--messages", "\(messages)",
                "--devices", "\(devices)", "--directory", folder, "--partitions", "\(partitions)",
            ]
        )
        try bare.awaitReady()
        try gateway.awaitReady()
        try await publish(port: broker.port)
        let bareReport = try bare.finish()
        let report = try gateway.finish()
        let count = Double(messages)
        let gatewayCost = report.cpuSeconds / count * 1e6
        let bareCost = bareReport.cpuSeconds / count * 1e6
        return IngestResult(
            messages: messages,
            devices: devices,
            partitions: partitions,
            gateway: report,
            bare: bareReport,
            gatewayMicrosecondsPerMessage: gatewayCost,
            bareMicrosecondsPerMessage: bareCost,
            ratio: gatewayCost / bareCost,
            durableMessagesPerSecond: Double(report.stored) / report.wallSeconds,
            lost: messages - report.stored - report.quarantined,
            duplicates: report.duplicates
        )
    }

    /// Each device sends its share; at most 200 messages of each are on their way.
    private func publish(port: Int) async throws {
        let loop = MQTTLoop(name: "devices")
        loop.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...devices {
                let share = messages / devices + (number <= messages % devices ? 1 : 0)
                group.addTask { try await publish(share, from: number, port: port, on: loop) }
            }
            try await group.waitForAll()
        }
        await loop.stop()
    }

    private func publish(_ count: Int, from number: Int, port: Int, on loop: MQTTLoop) async throws
    {
        let configuration = MQTTConfiguration(port: port, clientID: benchDevice(number))
        let client = try MQTTClient(configuration, on: loop)
        await client.connect()
        try await client.connected()
        // A backlog of the last ten minutes, so that no two readings were measured at once.
        let end = SteadyClock().now().milliseconds
        let step = max(1, 600_000 / Int64(max(count, 1)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sequence in 0..<count {
                if sequence >= 200 { try await group.next() }
                let at = Instant(milliseconds: end - step * Int64(count - sequence))
                let message = MQTTMessage(
                    topic: benchTopic(number, of: partitions),
                    text: nativePayload(sequence + 1, at: at)
                )
                group.addTask { try await client.publish(message) }
            }
            try await group.waitForAll()
        }
        await client.disconnect()
    }
}
