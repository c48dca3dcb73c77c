import Arguments
import EventLoop
import Foundation
import Simulation
import Synchronization

/// What ends a run before its time.
let stopSignals = [SIGTERM, SIGINT]

/// Lets the process hold three descriptors for each of thousands of connections, where it may.
func raiseDescriptorLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// Returns when the process is told to stop, or the task is cancelled.
func stopped() async {
    let signals = Signals(stopSignals)
    for await _ in signals.stream { break }
    await signals.stop()
}

/// Writes progress lines: for a person, or one JSON object a line.
func progressWriter(isJSON: Bool) -> @Sendable (SimulationReport) -> Void {
    { report in
        writeLine(isJSON ? report.json(indented: false) : report.line, to: STDERR_FILENO)
    }
}

/// Writes the report to the file that `--report` names, whole or not at all; `-` is standard output.
func write(_ report: SimulationReport, to path: String?) throws {
    guard let path else { return }
    let text = report.json(indented: true)
    guard path != "-" else { return writeLine(text) }
    do {
        try Data((text + "\n").utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
        throw SimulationError("cannot write \(path): \(error.localizedDescription)")
    }
}

/// Ends with a failure when readings are left that no receipt covers.
func check(_ report: SimulationReport) throws {
    guard report.readings.unacknowledged == 0 else {
        throw SimulationError(
            "\(report.readings.unacknowledged) readings have no receipt after the drain;"
                + " is the gateway running, and are the devices registered?"
        )
    }
}

extension ParsedArguments {
    /// A range of whole milliseconds, `200-1500`, or nil when it was not given.
    func milliseconds(_ name: String) throws(UsageError) -> ClosedRange<Int>? {
        guard let text = value(name) else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high else {
            throw UsageError("\(name) takes MIN-MAX in milliseconds, not '\(text)'")
        }
        return low...high
    }

    /// A span of seconds, which may be fractional; nil when it was not given.
    func seconds(_ name: String) throws(UsageError) -> Duration? {
        try positiveNumber(name).map { .seconds($0) }
    }

    /// The time between progress lines: 1 s unless given, nil for `--progress 0`.
    func progressInterval() throws(UsageError) -> Duration? {
        value("--progress") == "0" ? nil : try seconds("--progress") ?? .seconds(1)
    }
}

let reportOptions: [Arguments.Option] = [
    .option("--report", "FILE", "write the report, JSON, when done; - is standard output"),
    .option("--progress", "S", "seconds between progress lines; 0 for none (default 1)"),
    .flag("--json", "progress as one JSON object a line"),
]
