import Arguments
import Clinical
import EventLoop
import Foundation
import Gateway
import Glibc
import MQTT
import Scheduler
import Store
import Vocabulary
import Wire

/// One receiving side of the ingest measurement, in a process of its own so that its CPU counts.
///
/// It writes `ready` when it receives, and one line of JSON at its end.
let ingestPartCommand = Command(
    "ingest-part",
    "One receiving side of 'ingest', started by it.",
    options: [
        .option("--side", "SIDE", "gateway or bare"),
        .option("--port", "N", "the broker's port"),
        .option("--ca", "FILE", "the broker's authority; plain without"),
        .option("--messages", "N", "how many to receive"),
        .option("--devices", "N", "how many devices send"),
        .option("--period", "S", "how often each device is said to send (1)"),
        .option("--partitions", "N", "sessions at the broker"),
        .option("--directory", "DIR", "where the gateway stores"),
    ]
) { arguments in
    var broker = MQTTConfiguration(
        port: try arguments.integer("--port", in: 1...65_535) ?? 1_883,
        clientID: "bench"
    )
    broker.security = arguments.value("--ca").map { MQTTSecurity(authority: $0) }
    let messages = try arguments.integer("--messages", in: 0...100_000_000) ?? 1
    switch try arguments.required("--side") {
    case "bare": try receiveBare(messages, broker)
    case "gateway":
        try await receiveAsGateway(
            messages,
            devices: try arguments.integer("--devices", in: 1...1_000_000) ?? 1,
            period: try arguments.integer("--period", in: 1...86_400) ?? 1,
            partitions: try arguments.integer("--partitions", in: 1...Partitioning.limit) ?? 1,
            broker: broker,
            directory: try arguments.required("--directory")
        )
    default: throw UsageError("--side is gateway or bare")
    }
}

/// What a receiving side reports.
struct IngestReport: Codable {
    var received: Int
    var stored: Int
    var duplicates: Int
    var quarantined: Int
    var batches: Int
    var cpuSeconds: Double
    var wallSeconds: Double
    /// What the gateway took to be ready on what its store held.
    var startSeconds: Double?
    var receiptToDurableP50Milliseconds: Double?
    var receiptToDurableP99Milliseconds: Double?
    var decodingSeconds: Double?
    var committingSeconds: Double?
    var maximumResidentMegabytes: Double
}

private func receiveBare(_ messages: Int, _ broker: MQTTConfiguration) throws {
    var configuration = broker
    configuration.clientID = "bench-bare"
    configuration.receiveMaximum = 2_000
    configuration.subscriptions = [MQTTSubscription("telehealth/v1/+/+/+/vitals")]
    var cpu = 0.0
    let start = ContinuousClock.now
    let received = try BareSubscriber(configuration).receive(messages) {
        cpu = processorSeconds()
        writeLine("ready")
    }
    report(
        IngestReport(
            received: received,
            stored: 0,
            duplicates: max(0, received - messages),
            quarantined: 0,
            batches: 0,
            cpuSeconds: processorSeconds() - cpu,
            wallSeconds: start.duration(to: .now).seconds,
            maximumResidentMegabytes: maximumResidentMegabytes()
        )
    )
}

private func receiveAsGateway(
    _ messages: Int,
    devices: Int,
    period: Int,
    partitions: Int,
    broker: MQTTConfiguration,
    directory: String
) async throws {
    let store = try SQLiteStore(directory: directory)
    try await store.apply(registry(devices, period: period, partitions))
    var configuration = GatewayConfiguration(broker: broker)
    configuration.partitions = partitions == 1 ? .single : .number(partitions)
    // The load is as fast as it can be; the rate of one device is not what is measured.
    configuration.limits.readingsPerSecond = 1_000_000
    configuration.limits.burst = 100_000_000
    let gateway = Gateway(
        configuration: configuration,
        store: store,
        clock: SteadyClock(),
        seed: 1,
        log: { writeLine($0, to: 2) }
    )
    let begin = ContinuousClock.now
    try await gateway.start()
    let startSeconds = begin.duration(to: .now).seconds
    async let running: Void = gateway.run()
    while await !gateway.isConnected { try await Task.sleep(for: .milliseconds(10)) }
    let cpu = processorSeconds()
    let start = ContinuousClock.now
    writeLine("ready")
    var last = 0
    var idleSince = ContinuousClock.now
    while true {
        let done = await gateway.statistics.ingest
        let seen = done.stored + done.quarantined.values.reduce(0, +)
        if seen >= messages { break }
        if seen != last {
            last = seen
            idleSince = .now
        }
        if idleSince.duration(to: .now) > .seconds(30) { break }
        try await Task.sleep(for: .milliseconds(20))
    }
    let statistics = await gateway.statistics
    let used = processorSeconds() - cpu
    let wall = start.duration(to: .now).seconds
    // Before the store is closed, which brings the whole journal into the partitions.
    let resident = maximumResidentMegabytes()
    await gateway.stop()
    await running
    let stored = try await store.readingCount()
    await store.close()
    report(
        IngestReport(
            received: statistics.ingest.messages,
            stored: stored,
            duplicates: statistics.ingest.duplicates,
            quarantined: statistics.ingest.quarantined.values.reduce(0, +),
            batches: statistics.batches,
            cpuSeconds: used,
            wallSeconds: wall,
            startSeconds: startSeconds,
            receiptToDurableP50Milliseconds: statistics.receiptToDurable.quantile(0.5)?
                .milliseconds,
            receiptToDurableP99Milliseconds: statistics.receiptToDurable.quantile(0.99)?
                .milliseconds,
            decodingSeconds: statistics.decoding.seconds,
            committingSeconds: statistics.committing.seconds,
            maximumResidentMegabytes: resident
        )
    )
}

/// A site in each province; a patient for each device.
private func registry(_ devices: Int, period: Int, _ partitions: Int) -> [Change] {
    var changes = (0..<partitions).map { number in
        Change.site(
            Site(
                id: SiteID(trusted: benchSite(number, of: partitions)),
                name: "Bench",
                province: ProvinceID(trusted: benchProvince(number, of: partitions)),
                provinceName: "Bench",
                ward: "",
                latitude: 0,
                longitude: 0,
                tier: .commune,
                stations: 1,
                chain: []
            )
        )
    }
    for number in 1...devices {
        let site = SiteID(trusted: benchSite(number, of: partitions))
        let patient = PatientID(trusted: "p-\(number)")
        let device = DeviceID(trusted: benchDevice(number))
        changes.append(
            .patient(
                Patient(
                    id: patient,
                    number: PatientNumber(number),
                    site: site,
                    birthYear: 1_960,
                    sex: .unknown
                )
            )
        )
        changes.append(
            .device(
                Device(
                    id: device,
                    number: DeviceNumber(number),
                    site: site,
                    periodSeconds: period
                )
            )
        )
        changes.append(
            .binding(DeviceBinding(device: device, patient: patient, from: Instant(seconds: 0)))
        )
    }
    return changes
}

private func report(_ report: IngestReport) {
    guard let json = try? JSONEncoder().encode(report) else { return }
    writeLine(String(decoding: json, as: UTF8.self))
}

/// CPU seconds of this process, user and system.
func processorSeconds() -> Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let microseconds =
        (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000
        + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    return Double(microseconds) / 1_000_000
}

func maximumResidentMegabytes() -> Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1_024
}

extension Duration {
    /// Seconds with their fraction.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// Milliseconds with their fraction.
    var milliseconds: Double { seconds * 1_000 }
}
