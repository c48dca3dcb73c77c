import Dispatch
import EventLoop
import Foundation
import Glibc
import Testing

/// A process that a test started and ends by its own id.
final class RunningProgram: Sendable {
    private let process: Process
    private let errors: String
    private let lines: AsyncStream<String>

    /// Starts a program; standard error goes to a file.
    init(_ program: String, _ arguments: [String], errors: String) throws {
        self.errors = errors
        let process = Process()
        self.process = process
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        if !FileManager.default.fileExists(atPath: errors) {
            _ = FileManager.default.createFile(atPath: errors, contents: nil)
        }
        let log = FileHandle(forWritingAtPath: errors)
        _ = try log?.seekToEnd()
        process.standardError = log
        let pipe = Pipe()
        process.standardOutput = pipe
        try Signals.unblocked { try process.run() }
        lines = LineReader.lines(of: pipe.fileHandleForReading.fileDescriptor)
    }

    /// A test that failed leaves nothing behind.
    deinit { send(SIGKILL) }

    /// The first line it writes, nil when it ends without one.
    func firstLine() async -> String? {
        await lines.first { _ in true }
    }

    /// What it has written to standard error.
    var errorText: String {
        (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
    }

    /// Whether it has not ended.
    var isRunning: Bool { process.isRunning }

    /// Its process id.
    var id: pid_t { process.processIdentifier }

    /// Sends a signal.
    func send(_ signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    /// Sends a signal, waits for the end and returns the exit code.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) async throws -> Int32 {
        send(signal)
        try await eventually("the process ends", within: .seconds(30)) { !self.process.isRunning }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Waits until it ends by itself and returns the exit code.
    func exitCode() async throws -> Int32 {
        try await eventually("the process ends", within: .seconds(30)) { !self.process.isRunning }
        return process.terminationStatus
    }
}

/// Runs a program to its end.
func run(
    _ program: String,
    _ arguments: [String],
    input: String = ""
) throws -> (code: Int32, output: String, error: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = stderr
    try process.run()
    stdin.fileHandleForWriting.write(Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    // A program that should have ended must not keep the tests for ever.
    let guardian = DispatchWorkItem {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + 100, execute: guardian)
    defer { guardian.cancel() }
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    let error = stderr.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
        process.terminationStatus, String(decoding: output, as: UTF8.self),
        String(decoding: error, as: UTF8.self)
    )
}

/// Waits for a condition; fails the test when it does not come true in time.
func eventually(
    _ what: String,
    within patience: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + patience
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "waited in vain until \(what)")
        // Gives way between two looks at the condition; nothing depends on how long.
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// A JSON object whose members a test looks at.
struct JSONObject: @unchecked Sendable {
    // Foundation's parsed JSON is immutable; only reading methods are offered here.
    private let members: [String: Any]

    init(_ bytes: [UInt8]) throws {
        let value = try JSONSerialization.jsonObject(with: Data(bytes))
        members = try #require(value as? [String: Any], "not an object")
    }

    private init(_ members: [String: Any]) {
        self.members = members
    }

    subscript(name: String) -> String? { members[name] as? String }
    func integer(_ name: String) -> Int? { (members[name] as? NSNumber)?.intValue }
    func boolean(_ name: String) -> Bool? { members[name] as? Bool }
    func object(_ name: String) -> JSONObject? {
        (members[name] as? [String: Any]).map(JSONObject.init)
    }
    func list(_ name: String) -> [JSONObject] {
        (members[name] as? [[String: Any]] ?? []).map(JSONObject.init)
    }
    func count(_ name: String) -> Int { (members[name] as? [Any])?.count ?? 0 }
    /// A list of pairs such as a receipt's gaps.
    func ranges(_ name: String) -> [ClosedRange<Int64>] {
        (members[name] as? [[NSNumber]] ?? []).compactMap { pair in
            pair.count == 2 ? pair[0].int64Value...pair[1].int64Value : nil
        }
    }
    var names: Set<String> { Set(members.keys) }
}
