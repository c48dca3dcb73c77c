import Arguments
import Foundation
import Gateway
import TestKit

/// The gateway for minutes under a steady load, with its memory and the way to the receipt.
let soakCommand = Command(
    "soak",
    "Many registered devices at a steady rate: memory, reading to receipt, losses, restart.",
    options: [
        .option("--devices", "N", "registered devices, all of which publish in turn (50000)"),
        .option("--rate", "N", "messages a second, all devices together (5000)"),
        .option("--duration", "S", "seconds (600)"),
        .flag("--json", "print one line of JSON"),
    ]
) { arguments in
    let bench = SoakBench(
        devices: try arguments.integer("--devices", in: 100...1_000_000) ?? 50_000,
        rate: try arguments.integer("--rate", in: 1...1_000_000) ?? 5_000,
        seconds: try arguments.integer("--duration", in: 1...86_400) ?? 600
    )
    let result = try await bench.run(quietly: arguments.has("--json"))
    writeLine(arguments.has("--json") ? try result.json() : result.text)
    if result.lost > 0 { throw IngestBench.Failure.lost(result.lost) }
}

/// What a soak found.
struct SoakResult: BenchResult {
    var devices: Int
    var rate: Int
    var seconds: Int
    var stored: Int
    var lost: Int
    var microsecondsPerMessage: Double
    var readingToReceiptP50Milliseconds: Double
    var readingToReceiptP99Milliseconds: Double
    /// Of the process, in MiB, about every ten seconds.
    var residentMegabytes: [Double]
    var maximumResidentMegabytes: Double
    /// What the next start took to rebuild the ward from the stored readings.
    var restartSeconds: Double

    var text: String {
        let half = residentMegabytes.dropFirst(residentMegabytes.count / 2)
        let growth = (half.last ?? 0) - (half.first ?? 0)
        return """
            \(devices) devices, \(rate) messages/s for \(seconds) s
            stored    \(stored), lost \(lost)
            cost      \(rounded(microsecondsPerMessage)) µs CPU a message, receipts included
            receipt   p50 \(rounded(readingToReceiptP50Milliseconds)) ms, \
            p99 \(rounded(readingToReceiptP99Milliseconds)) ms after the publishing
            memory    at most \(rounded(maximumResidentMegabytes)) MiB; \
            \(rounded(growth)) MiB more at the end than at half time
            restart   ready again after \(rounded(restartSeconds)) s
            """
    }
}

/// Starts a broker and the gateway, publishes, and watches.
struct SoakBench {
    let devices: Int
    let rate: Int
    let seconds: Int

    func run(quietly: Bool) async throws -> SoakResult {
        let broker = try BrokerProcess()
        let gateway = try side(awaiting: rate * seconds, broker)
        var memory = [gateway.residentMegabytes]
        let load = PacedLoad(devices: devices, rate: rate, messages: rate * seconds)
        var seconds = 0
        let receipts = try await load.run(port: broker.port) { published in
            seconds += 1
            guard seconds % 10 == 0 else { return }
            memory.append(gateway.residentMegabytes)
            if !quietly {
                writeLine("\(published) published, \(rounded(memory.last ?? 0)) MiB", to: 2)
            }
        }
        let report: IngestReport = try gateway.finish()
        let next: IngestReport = try side(awaiting: 0, broker).finish()
        return SoakResult(
            devices: devices,
            rate: rate,
            seconds: self.seconds,
            stored: report.stored,
            lost: rate * self.seconds - report.stored - report.quarantined,
            microsecondsPerMessage: report.cpuSeconds / Double(rate * self.seconds) * 1e6,
            readingToReceiptP50Milliseconds: receipts.latency.quantile(0.5)?.milliseconds ?? 0,
            readingToReceiptP99Milliseconds: receipts.latency.quantile(0.99)?.milliseconds ?? 0,
            residentMegabytes: memory,
            maximumResidentMegabytes: report.maximumResidentMegabytes,
            restartSeconds: next.startSeconds ?? 0
        )
    }

    /// The gateway in a process of its own, ready, until it has got so many messages.
    private func side(awaiting messages: Int, _ broker: BrokerProcess) throws -> Side {
        let side = try Side(
            "gateway",
            [
                "--port", "\(broker.port)", "--messages", "\(messages)",
                "--devices", "\(devices)", "--period", "\(max(1, devices / rate))",
                "--directory", broker.directory.appending(path: "store").path,
            ]
        )
        try side.awaitReady()
        return side
    }
}
