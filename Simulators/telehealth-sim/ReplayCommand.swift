import Arguments
import EventLoop
import Foundation
import Simulation

let replayCommand = Command(
    "replay",
    "Play recorded stays over MQTT, late and out of order as they were.",
    options: [
        .option("--population", "FILE", "broker and devices, JSON; each stay takes one device"),
        .option("--mimic3", "FILE", "the MIMIC-III demo's vitals.csv or vitals.csv.gz"),
        .option("--mimic2", "FILE", "a monitor's numerics as CSV", repeatable: true),
        .option("--stays", "N", "play only the first N stays"),
        .option("--hours", "H", "play only the first H hours of each stay"),
        .option(
            "--speed",
            "F",
            "how much faster than recorded (default 60); lateness shrinks alike"
        ),
        .option("--drain", "S", "seconds to wait for receipts afterwards (default 30)"),
    ] + reportOptions
) { arguments in
    let speed = try arguments.positiveNumber("--speed") ?? 60
    let drain = try arguments.seconds("--drain") ?? .seconds(30)
    let limit = try arguments.integer("--stays", in: 1...Int.max) ?? .max
    let hours = try arguments.positiveNumber("--hours") ?? .infinity
    let population = try Population(file: try arguments.required("--population"))
    let stays = try recordedStays(arguments).prefix(limit).map { $0.beginning(hours: hours) }
    let interval = try arguments.progressInterval()
    let replay = try Replay(
        stays,
        on: population,
        speed: speed,
        drain: drain,
        clock: SteadyClock()
    )
    let report = try await replay.run(
        stopped: stopped,
        every: interval,
        progress: progressWriter(isJSON: arguments.has("--json"))
    )
    try write(report, to: arguments.value("--report"))
    try check(report)
}

private func recordedStays(_ arguments: ParsedArguments) throws -> [RecordedStay] {
    var stays: [RecordedStay] = []
    if let path = arguments.value("--mimic3") {
        let text = try recordedText(path)
        do {
            stays += try Recordings.chart(text)
        } catch {
            throw SimulationError("\(path): \(error)")
        }
    }
    for path in arguments.all("--mimic2") {
        let text = try recordedText(path)
        do {
            stays.append(try Recordings.numerics(text, name: path))
        } catch {
            throw SimulationError("\(path): \(error)")
        }
    }
    guard !stays.isEmpty else { throw UsageError("--mimic3 or --mimic2 is missing") }
    return stays
}

/// The text of a recording; one that ends in `.gz` goes through the system's gzip.
private func recordedText(_ path: String) throws -> String {
    do {
        guard path.hasSuffix(".gz") else {
            return try String(contentsOf: URL(filePath: path), encoding: .utf8)
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", "--", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let text = String(data: data, encoding: .utf8) else {
            throw SimulationError("cannot decompress \(path): gzip failed")
        }
        return text
    } catch let error as SimulationError {
        throw error
    } catch {
        throw SimulationError("cannot read \(path): \(error.localizedDescription)")
    }
}
