import EventLoop
import Foundation
import Glibc
import Testing

/// A real coturn with the configuration that the program writes, on 127.0.0.1.
struct RelayServer: Sendable {
    let port: Int
    private let directory: String

    /// Chooses a port and writes the relay's files.
    init(_ deployment: Deployment) throws {
        port = try #require(LoopbackPort.free())
        let first = try #require(LoopbackPort.free())
        directory = deployment.folder + "/relay"
        let written = try deployment.telehealth([
            "turn", "config", "--directory", directory, "--host", "127.0.0.1",
            "--listen", "127.0.0.1", "--port", "\(port)", "--media-ports",
            "\(first)-\(first + 400)",
            "--allow-peer", "127.0.0.1",
        ])
        try #require(written.code == 0, "turn config: \(written.error)")
    }

    /// What the coordinator must be told of it.
    func settings(_ deployment: Deployment) -> [String] {
        [
            "media.turn.urls=turn:127.0.0.1:\(port)",
            "media.turn.secretFile=\(secretFile(deployment))",
        ]
    }

    /// The same where the relay is reached over TCP alone, through another port.
    func settings(_ deployment: Deployment, over port: Int) -> [String] {
        [
            "media.turn.urls=turn:127.0.0.1:\(port)?transport=tcp",
            "media.turn.secretFile=\(secretFile(deployment))",
        ]
    }

    /// Where the secret is.
    func secretFile(_ deployment: Deployment) -> String {
        deployment.folder + "/data/turn/secret"
    }

    /// Lends the running relay; ends it whatever happens.
    func running(_ body: () async throws -> Void) async throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: "/usr/bin/turnserver"),
            "these tests need coturn: apt install coturn"
        )
        let process = try RunningProgram(
            "/usr/bin/turnserver",
            ["-c", directory + "/turnserver.conf"],
            errors: directory + "/errors.log"
        )
        try await eventually("the relay listens") {
            try #require(process.isRunning, "coturn ended: \(process.errorText)")
            return !LoopbackPort.isFree(port)
        }
        do {
            try await body()
        } catch {
            process.send(SIGKILL)
            throw error
        }
        try await process.end()
    }

    /// Lets coturn's own client relay a few packets to itself; returns how many were lost, nil when
    /// it got no allocation.
    func lostPackets(user: String, password: String) throws -> Int? {
        let answer = try run(
            "/usr/bin/timeout",
            [
                "60", "/usr/bin/turnutils_uclient", "-y", "-c", "-n", "5", "-u", user, "-w",
                password, "-p", "\(port)", "127.0.0.1",
            ]
        )
        guard !answer.output.contains("Cannot complete Allocation"),
            let line = answer.output.split(separator: "\n")
                .first(where: { $0.contains("Total lost packets") }),
            let count = line.split(separator: " ").compactMap({ Int($0) }).first
        else { return nil }
        return count
    }
}
