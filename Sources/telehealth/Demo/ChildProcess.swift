import EventLoop
import Foundation
import Glibc

/// A process that the demo started and will end, by its own id.
final class ChildProcess: Sendable {
    private let process: Process
    /// The lines it writes to its standard output.
    let lines: AsyncStream<String>
    private let log: String
    private let name: String

    /// Starts a program; what it says on standard error goes to a file.
    init(_ program: String, _ arguments: [String], log: String) throws {
        name = (program as NSString).lastPathComponent
        self.log = log
        let process = Process()
        self.process = process
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardError = FileHandle(forWritingAtPath: log)
        let pipe = Pipe()
        process.standardOutput = pipe
        do {
            try Signals.unblocked { try process.run() }
        } catch {
            throw CommandFailure("cannot start \(program); is it installed and built?")
        }
        lines = LineReader.lines(of: pipe.fileHandleForReading.fileDescriptor)
    }

    /// Its process id.
    var id: pid_t { process.processIdentifier }

    /// Whether it still runs.
    var isRunning: Bool { process.isRunning }

    /// Asks it to end and waits; after the deadline it is killed.
    ///
    /// Returns its exit code.
    @discardableResult
    func end(within patience: Duration = .seconds(20)) async -> Int32 {
        if process.isRunning { process.terminate() }
        return await wait(within: patience)
    }

    /// Waits until it ends by itself; after the deadline it is killed.
    @discardableResult
    func wait(within patience: Duration) async -> Int32 {
        let deadline = ContinuousClock.now + patience
        while process.isRunning, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Resident memory in MiB, nil once it has ended.
    var residentMiB: Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/statm", encoding: .ascii) else {
            return nil
        }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }

    /// The last line it wrote to standard error, for saying why it ended.
    var lastWords: String {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? "it said nothing"
    }

    /// An error that says which child failed and how.
    var failure: CommandFailure {
        CommandFailure("\(name) ended: \(lastWords)")
    }
}
