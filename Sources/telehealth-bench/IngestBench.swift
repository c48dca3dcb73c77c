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
        .option("--qos", "N", "1, or 0: the broker's word is all that a device has then (1)"),
        .option("--form", "FORM", "json, senml or cbor (json)"),
        .flag("--tls", "all connections with TLS"),
        .option("--peer", "PYTHON", "then the same load to paho-mqtt and SQLite in this Python"),
        .flag("--json", "print one line of JSON"),
    ]
) { arguments in
    let form = arguments.value("--form") ?? BenchPayload.json.rawValue
    guard let payload = BenchPayload(rawValue: form) else {
        throw UsageError("--form is json, senml or cbor, not '\(form)'")
    }
    let qos = try arguments.integer("--qos", in: 0...1) ?? 1
    let bench = IngestBench(
        messages: try arguments.integer("--messages", in: 1...100_000_000) ?? 100_000,
        devices: try arguments.integer("--devices", in: 1...10_000) ?? 100,
        partitions: try arguments.integer("--partitions", in: 1...Partitioning.limit) ?? 1,
        qos: qos == 0 ? .atMostOnce : .atLeastOnce,
        payload: payload,
        hasTLS: arguments.has("--tls"),
        peer: arguments.value("--peer")
    )
    let result = try await bench.run()
    writeLine(arguments.has("--json") ? try result.json() : result.text)
    // At QoS 0 nobody promises anything.
    if qos > 0, result.lost > 0 { throw IngestBench.Failure.lost(result.lost) }
}

/// What one run found.
struct IngestResult: BenchResult {
    var messages: Int
    var devices: Int
    var partitions: Int
    var qos: Int32
    var form: BenchPayload
    var isEncrypted: Bool
    var gateway: IngestReport
    var bare: IngestReport
    var gatewayMicrosecondsPerMessage: Double
    var bareMicrosecondsPerMessage: Double
    var ratio: Double
    var durableMessagesPerSecond: Double
    var lost: Int
    var duplicates: Int
    var peer: PeerReport?

    var text: String {
        let p50 = gateway.receiptToDurableP50Milliseconds ?? 0
        let p99 = gateway.receiptToDurableP99Milliseconds ?? 0
        return """
            \(messages) messages of \(devices) devices at QoS \(qos), \(form.rawValue), \
            \(isEncrypted ? "TLS" : "plain"), one broker, \(partitions) partition(s), one run
            gateway   \(rounded(gatewayMicrosecondsPerMessage)) µs CPU a message: decoded, scored, \
            durable in SQLite (\(gateway.batches) commits)
            bare      \(rounded(bareMicrosecondsPerMessage)) µs CPU a message: received, thrown away
            ratio     \(rounded(ratio))
            durable   \(Int(durableMessagesPerSecond)) messages/s; receipt to durable p50 \
            \(rounded(p50)) ms, p99 \(rounded(p99)) ms
            lost \(lost), sent twice \(duplicates), quarantined \(gateway.quarantined)
            """ + (peer.map { "\n" + $0.text(messages, gatewayMicrosecondsPerMessage) } ?? "")
    }
}

/// Starts broker and both sides, publishes, and collects what they report.
struct IngestBench {
    enum Failure: Error, CustomStringConvertible {
        case sideFailed(String)
        case lost(Int)
        case noPeer(String)

        var description: String {
            switch self {
            case .sideFailed(let side): "the \(side) side ended without a report"
            case .lost(let count): "\(count) messages were lost"
            case .noPeer(let path): "there is no \(path); run the bench from its checkout"
            }
        }
    }

    let messages: Int
    let devices: Int
    let partitions: Int
    let qos: MQTTQoS
    let payload: BenchPayload
    let hasTLS: Bool
    let peer: String?

    func run() async throws -> IngestResult {
        let broker = try BenchBroker(hasTLS: hasTLS)
        let count = "\(messages)"
        let bare = try Side("bare", broker.words + ["--messages", count])
        let gateway = try Side("gateway", broker.words + gatewayWords(broker))
        try bare.awaitReady()
        try gateway.awaitReady()
        try await load.run(to: broker)
        let bareReport: IngestReport = try bare.finish()
        let report: IngestReport = try gateway.finish()
        var peerReport: PeerReport?
        if let peer { peerReport = try await measure(peer) }
        let gatewayCost = report.cpuSeconds / Double(messages) * 1e6
        let bareCost = bareReport.cpuSeconds / Double(messages) * 1e6
        return IngestResult(
            messages: messages,
            devices: devices,
            partitions: partitions,
            qos: qos.rawValue,
            form: payload,
            isEncrypted: hasTLS,
            gateway: report,
            bare: bareReport,
            gatewayMicrosecondsPerMessage: gatewayCost,
            bareMicrosecondsPerMessage: bareCost,
            ratio: gatewayCost / bareCost,
            durableMessagesPerSecond: Double(report.stored) / report.wallSeconds,
            lost: messages - report.stored - report.quarantined,
            duplicates: report.duplicates,
            peer: peerReport
        )
    }

    private var load: IngestLoad {
        IngestLoad(
            messages: messages,
            devices: devices,
            partitions: partitions,
            qos: qos,
            payload: payload
        )
    }

    private func gatewayWords(_ broker: BenchBroker) -> [String] {
        [
            "--messages", "\(messages)", "--devices", "\(devices)",
            "--partitions", "\(partitions)",
            "--directory", broker.process.directory.appending(path: "store").path,
        ]
    }

    /// The same load to the peer, with a broker of its own and nobody beside it.
    private func measure(_ python: String) async throws -> PeerReport {
        let broker = try BenchBroker(hasTLS: hasTLS)
        let database = broker.process.directory.appending(path: "peer.db").path
        let side = try Side(
            python: python,
            broker.words + ["--messages", "\(messages)", "--database", database]
        )
        try side.awaitReady()
        try await load.run(to: broker)
        return try side.finish()
    }
}
