import Foundation

/// A child process that receives, so that its CPU and memory are its own.
final class Side {
    private let name: String
    private let process = Process()
    private let output = Pipe()
    private var text = ""

    /// The gateway or the bare subscriber: this program itself.
    convenience init(_ name: String, _ words: [String]) throws {
        try self.init(
            name,
            URL(filePath: "/proc/self/exe").resolvingSymlinksInPath(),
            ["ingest-part", "--side", name] + words
        )
    }

    /// The peer, run by that Python.
    convenience init(python: String, _ words: [String]) throws {
        try self.init("peer", URL(filePath: "/usr/bin/env"), [python, peerProgram()] + words)
    }

    private init(_ name: String, _ program: URL, _ words: [String]) throws {
        self.name = name
        process.executableURL = program
        process.arguments = words
        process.standardOutput = output
        try process.run()
    }

    /// Waits until it receives.
    func awaitReady() throws {
        while !text.contains("ready\n") { try read() }
    }

    /// Waits for its end and returns what it reports.
    func finish<Report: Decodable>() throws -> Report {
        while text.split(separator: "\n").count < 2 || !text.hasSuffix("\n") { try read() }
        process.waitUntilExit()
        let line = text.split(separator: "\n").last.map(String.init) ?? ""
        return try JSONDecoder().decode(Report.self, from: Data(line.utf8))
    }

    /// The memory it holds now, in MiB; 0 when it has ended.
    var residentMegabytes: Double {
        let path = "/proc/\(process.processIdentifier)/status"
        guard let status = try? String(contentsOfFile: path, encoding: .utf8) else { return 0 }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }
        return (kilobytes ?? 0) / 1_024
    }

    private func read() throws {
        let data = output.fileHandleForReading.availableData
        guard !data.isEmpty else { throw IngestBench.Failure.sideFailed(name) }
        text += String(decoding: data, as: UTF8.self)
    }
}

/// What a bench found: lines for people, or one line of JSON.
protocol BenchResult: Encodable {
    var text: String { get }
}

extension BenchResult {
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// With two digits after the point.
func rounded(_ number: Double) -> String { String(format: "%.2f", number) }
