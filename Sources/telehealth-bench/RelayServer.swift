import Crypto
import EventLoop
import Foundation

/// A server of the load in a process of its own, pinned to one processor.
final class RelayServer {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var text = ""
    private var endsByInput = true
    private(set) var target = LoadSocket.Target(port: 0)

    /// The web server and the switchboard, or only the web server sending every text back; under
    /// TLS when there is a folder with certificates.
    convenience init(
        certificates folder: String?,
        openings: Int? = nil,
        isEcho: Bool = false
    ) throws {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
        let words = folder.map {
            ["--certificate", $0 + "/broker.pem", "--key", $0 + "/broker-key.pem"]
        }
        let pace = openings.map { ["--openings", "\($0)"] } ?? []
        let echo = isEcho ? ["--echo"] : []
        let all = [program, "signalling-part"] + echo + pace + (words ?? [])
        try self.init(all, certificates: folder)
    }

    /// A peer: a program of ours under an interpreter, which speaks without TLS.
    convenience init(interpreter: String, _ program: String) throws {
        try self.init([interpreter, try peerProgram(program)], certificates: nil)
    }

    /// A program that sends every text back, such as the one in C.
    convenience init(echo: String, certificates folder: String?) throws {
        let words = folder.map { [$0 + "/broker.pem", $0 + "/broker-key.pem"] }
        try self.init([echo] + (words ?? []), certificates: folder)
    }

    /// Janus with its WebSockets alone, configured in that folder.
    convenience init(janus folder: String) throws {
        let port = LoopbackPort.free() ?? 0
        try Self.writeJanus(port: port, into: folder)
        let line = "echo \(port); exec janus -F \(folder) >/dev/null 2>&1"
        try self.init(["sh", "-c", line], certificates: nil)
        endsByInput = false
    }

    private static func writeJanus(port: Int, into folder: String) throws {
        let none = folder + "/none"
        try FileManager.default.createDirectory(atPath: none, withIntermediateDirectories: true)
        let whole = """
            general: { debug_level = 1; plugins_folder = "\(none)"; events_folder = "\(none)";
                loggers_folder = "\(none)"; session_timeout = 0; }
            transports: { disable = "libjanus_http.so,libjanus_pfunix.so,libjanus_mqtt.so,\
            libjanus_nanomsg.so,libjanus_rabbitmq.so"; }
            """
        let sockets = """
            general: { json = "compact"; ws = true; ws_port = \(port); ws_ip = "127.0.0.1"; }
            """
        let files = ["janus.jcfg": whole, "janus.transport.websockets.jcfg": sockets]
        for (name, text) in files {
            try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        }
    }

    private init(_ words: [String], certificates folder: String?) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["taskset", "-c", "0"] + words
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        target.port = Int(try line()) ?? 0
        target.trust = try folder.map { try TLSTrust(authority: $0 + "/ca.pem") }
    }

    /// So many tickets for `rooms` (two each) or `desks`.
    func tickets(_ number: Int, for place: String) throws -> [String] {
        let count = place == "rooms" ? 2 * number : number
        try input.fileHandleForWriting.write(contentsOf: Data("\(place) \(number)\n".utf8))
        return try (0..<count).map { _ in try line() }
    }

    /// CPU seconds of all its threads until now.
    var processorSeconds: Double {
        let path = "/proc/\(process.processIdentifier)/stat"
        let stat = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        // The second field is the program's name, which may hold spaces.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return (user + system) / 100
    }

    /// Kilobytes that it holds.
    var residentKilobytes: Double {
        let path = "/proc/\(process.processIdentifier)/status"
        let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
    }

    /// Ends it, and waits for that.
    func stop() {
        try? input.fileHandleForWriting.close()
        if !endsByInput { process.terminate() }
        process.waitUntilExit()
    }

    private func line() throws -> String {
        while true {
            if let end = text.firstIndex(of: "\n") {
                defer { text.removeSubrange(...end) }
                return String(text[..<end])
            }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw IngestBench.Failure.sideFailed("relay") }
            text += String(decoding: data, as: UTF8.self)
        }
    }
}
