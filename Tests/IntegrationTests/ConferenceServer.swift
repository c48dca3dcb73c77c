import EventLoop
import Foundation
import Glibc
import Testing
import WebServer

/// A real Janus with the configuration that the program writes, on 127.0.0.1.
struct ConferenceServer: Sendable {
    /// Where browsers reach it.
    let port: Int
    private let adminPort: Int
    private let directory: String
    private let deployment: Deployment

    /// Chooses ports and writes the server's files.
    init(_ deployment: Deployment) throws {
        port = try #require(LoopbackPort.free())
        adminPort = try #require(LoopbackPort.free())
        let first = try #require(LoopbackPort.free())
        directory = deployment.folder + "/janus"
        self.deployment = deployment
        let written = try deployment.telehealth([
            "janus", "config", "--directory", directory, "--host", "127.0.0.1",
            "--listen", "127.0.0.1", "--port", "\(port)", "--admin-port", "\(adminPort)",
            "--media-ports", "\(first)-\(first + 500)",
        ])
        try #require(written.code == 0, "janus config: \(written.error)")
    }

    /// What the coordinator must be told of it.
    var settings: [String] { settings(over: port) }

    /// The same where browsers reach it through another port.
    func settings(over port: Int) -> [String] {
        [
            "media.conference.admin=http://127.0.0.1:\(adminPort)/admin",
            "media.conference.url=ws://127.0.0.1:\(port)",
            "media.conference.secretFile=\(secretFile)",
        ]
    }

    private var secretFile: String { deployment.folder + "/data/conference/secret" }

    /// Starts the server; returns when it takes calls.
    func start() async throws -> RunningProgram {
        try #require(
            FileManager.default.isExecutableFile(atPath: "/usr/bin/janus"),
            "these tests need janus: apt install janus"
        )
        let process = try RunningProgram(
            "/usr/bin/janus",
            ["-F", directory, "-L", directory + "/janus.log", "-N"],
            errors: directory + "/errors.log"
        )
        try await eventually("the conference server answers", within: .seconds(60)) {
            try #require(process.isRunning, "janus ended: \(process.errorText)")
            return try await rooms() != nil
        }
        return process
    }

    /// Lends a running server; ends it whatever happens.
    func running(_ body: () async throws -> Void) async throws {
        let process = try await start()
        do {
            try await body()
        } catch {
            process.send(SIGKILL)
            throw error
        }
        try await process.end()
    }

    /// Lends a scene whose coordinator knows a running server.
    static func with(_ body: (Scene, ConferenceServer) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            try deployment.addPeople()
            let server = try ConferenceServer(deployment)
            try await server.running {
                try await Scene.with(in: deployment, settings: server.settings) { scene in
                    try await body(scene, server)
                }
            }
        }
    }

    /// How many tokens open the server.
    func tokens() async throws -> Int? {
        let reply = try await ask(["janus": "list_tokens", "admin_secret": try secret()])
        return reply["data"]?["tokens"]?.items.count
    }

    /// The names of the rooms that stand, nil while the server does not answer.
    func rooms() async throws -> [String]? {
        let reply = try? await ask([
            "janus": "message_plugin", "plugin": "janus.plugin.videoroom",
            "admin_secret": try secret(),
            "request": ["request": "list", "admin_key": try roomKey()],
        ])
        return reply?["response"]?["list"]?.items.compactMap { $0["room"]?.text }
    }

    /// Asks the Admin API something.
    func ask(_ call: [String: any Sendable]) async throws -> JSON {
        let body = call.merging(["transaction": "test"]) { old, _ in old }
        let answer = try await deployment.client.request(
            .post,
            "http://127.0.0.1:\(adminPort)/admin",
            headers: ["content-type": "application/json"],
            body: Array(try JSONSerialization.data(withJSONObject: body))
        )
        return try JSON(answer.body)
    }

    /// What opens the Admin API.
    func secret() throws -> String {
        try String(contentsOfFile: secretFile, encoding: .utf8).filter { !$0.isWhitespace }
    }

    /// The key for rooms as it stands in the server's own file.
    private func roomKey() throws -> String {
        let text = try String(
            contentsOfFile: directory + "/janus.plugin.videoroom.jcfg",
            encoding: .utf8
        )
        let line = try #require(text.split(separator: "\n").first { $0.contains("admin_key") })
        return try #require(line.split(separator: "\"").dropFirst().first.map(String.init))
    }
}
