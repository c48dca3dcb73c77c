import EventLoop
import Foundation
import Glibc
import MQTT
import Testing
import Vocabulary
import WebServer

/// A deployment whose broker asks for certificates, set up with the commands of the manual.
struct GuardedDeployment {
    let deployment: Deployment
    /// Where devices with a certificate connect.
    let port: Int
    /// Where devices with a password connect, over TLS.
    let passwordPort: Int
    let broker: RunningProgram

    var folder: String { deployment.folder }
    var data: String { folder + "/data" }

    /// What the coordinator's configuration says of the broker.
    var settings: [String] {
        [
            "mqtt.user=coordinator", "mqtt.passwordFile=\(data)/broker/password",
            "mqtt.devicePasswords=\(folder)/passwords", "mqtt.brokerPid=\(folder)/mosquitto.pid",
        ]
    }

    /// Runs `body` beside a broker that was set up; the coordinator is started by `body`.
    static func with(_ body: (GuardedDeployment) async throws -> Void) async throws {
        try await Deployment.with { deployment in
            let port = try #require(LoopbackPort.free())
            let passwordPort = try #require(LoopbackPort.free())
            let set = GuardedDeployment.command(deployment)
            try set(["ca", "init"])
            try set(
                [
                    "broker", "config", "--directory", deployment.folder, "--state",
                    deployment.folder, "--host", "127.0.0.1", "--host", "localhost", "--port",
                    "\(port)", "--password-port", "\(passwordPort)", "--local-port",
                    "\(deployment.brokerPort)",
                ] + (getuid() == 0 ? ["--user", "root"] : [])
            )
            let broker = try await deployment.startBroker()
            do {
                try await body(
                    GuardedDeployment(
                        deployment: deployment,
                        port: port,
                        passwordPort: passwordPort,
                        broker: broker
                    )
                )
            } catch {
                broker.send(SIGTERM)
                throw error
            }
            try await broker.end()
        }
    }

    /// Runs `body` beside a broker and a coordinator, with an administrator who is signed in.
    static func running(
        _ body: (GuardedDeployment, _ administrator: Caller) async throws -> Void
    ) async throws {
        try await with { guarded in
            let (coordinator, address) = try await guarded.deployment.startCoordinator(
                guarded.settings
            )
            do {
                try await body(guarded, try await guarded.deployment.signIn("admin", at: address))
            } catch {
                coordinator.send(SIGKILL)
                throw error
            }
            #expect(try await coordinator.end() == 0)
        }
    }

    private static func command(_ deployment: Deployment) -> ([String]) throws -> Void {
        { arguments in
            let result = try deployment.telehealth(arguments)
            try #require(result.code == 0, "\(arguments.joined(separator: " ")): \(result.error)")
        }
    }

    /// Runs a command that has to succeed.
    func set(_ arguments: [String]) throws {
        try GuardedDeployment.command(deployment)(arguments)
    }

    /// Provisions a device and returns the folder of its files.
    @discardableResult
    func provision(
        _ device: String,
        _ options: [String] = ["--site", "hn-0001"],
        into name: String? = nil
    ) throws -> String {
        let out = folder + "/files-" + (name ?? device)
        try set(["device", "provision", device, "--out", out] + options)
        return out
    }

    /// Provisions a device beside the coordinator, and binds it once it is registered.
    func admit(_ device: String, _ administrator: Caller) async throws -> String {
        let files = try provision(device)
        try await eventually("\(device) is registered") {
            let list = try await administrator.object(.get, "/devices").list("items")
            return list.contains { $0["id"] == device && $0["site"] == "hn-0001" }
        }
        try await bind(device, administrator)
        return files
    }

    /// Connects with the certificate of a folder, under a device's topics.
    func connect(
        _ files: String,
        as device: String,
        site: String = "hn-0001",
        clientID: String? = nil,
        will: MQTTMessage? = nil,
        listensTo others: [String] = []
    ) async throws -> Monitor {
        try await Monitor(
            port: port,
            topic: "telehealth/v1/01/\(site)/\(device)",
            clientID: clientID ?? device,
            security: MQTTSecurity(
                authority: files + "/ca.pem",
                certificate: files + "/certificate.pem",
                key: files + "/key.pem"
            ),
            will: will,
            listensTo: others
        )
    }

    /// Somebody with the coordinator's rights, who sees what the broker let through.
    func witness(under topic: String) async throws -> Monitor {
        try await Monitor(
            port: deployment.brokerPort,
            topic: topic,
            clientID: "witness-\(UUID().uuidString)",
            username: "coordinator",
            password: try password,
            listensTo: ["telehealth/v1/+/+/+/vitals", "telehealth/v1/+/+/+/status"]
        )
    }

    var password: String {
        get throws {
            try String(contentsOfFile: data + "/broker/password", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
        }
    }

    /// Whether the broker lets in who shows these files.
    func isLetIn(_ files: String, as device: String) async -> Bool {
        guard let monitor = try? await connect(files, as: device, clientID: device) else {
            return false
        }
        await monitor.stop()
        return true
    }

    /// Binds a device to the patient, from long ago.
    func bind(_ device: String, _ administrator: Caller) async throws {
        _ = try await administrator.object(
            .put,
            "/devices/\(device)/binding",
            ["patient": Deployment.patient, "from": "2025-01-01T00:00:00Z"]
        )
    }

    /// Publishes one heart rate until its receipt comes, as a device does: twice costs nothing.
    func measure(_ monitor: Monitor, seq: Int, _ rate: Int) async throws {
        try await eventually("the receipt of \(seq) comes") {
            if monitor.receipts.last?.integer("seqHigh") == seq { return true }
            _ = try? await monitor.publish(seq: seq, at: now(), "\"hr\":\(rate)")
            return false
        }
    }
}

/// Waits until the attempt gives something.
func eventually<Result>(_ what: String, gives attempt: () async -> Result?) async throws -> Result {
    var found: Result?
    try await eventually(what) {
        found = await attempt()
        return found != nil
    }
    return try #require(found)
}

/// Runs openssl, to check what was issued and to make what was not.
func openssl(_ arguments: [String]) throws {
    let result = try run("/usr/bin/openssl", arguments)
    try #require(result.code == 0, "openssl \(arguments.joined(separator: " ")): \(result.error)")
}
