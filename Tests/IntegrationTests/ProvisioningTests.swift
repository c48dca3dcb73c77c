import Crypto
import Foundation
import Gateway
import Glibc
import Testing
import WebServer

/// Devices as a clinic sets them up, over a broker that checks names, passwords and topics.
@Suite(.serialized) struct ProvisioningTests {
    @Test func `a vendor's device is registered with its profile, and read by it`() async throws {
        try await withGuardedBroker { deployment, nurse, administrator in
            let body = ["id": "m-8", "profile": "lifetouch-flat"]
            let device = try await nurse.object(.post, "/devices", body, expecting: 201)
            let credentials = try #require(device.object("credentials"))
            let binding = ["patient": "p-1", "from": "2025-01-01T00:00:00Z"]
            _ = try await nurse.object(.put, "/devices/m-8/binding", binding)
            let monitor = try await connect(
                deployment,
                "m-8",
                try #require(credentials["password"]),
                String(try #require(credentials["topic"]).dropLast(7))
            )
            try await monitor.publish(#"{"session":"a","n":1,"tempF":98.6}"#)
            try await eventually("its receipt comes") {
                monitor.receipts.last?.integer("seqHigh") == 1
            }
            let patient = try JSON(try await nurse.call(.get, "/patients/p-1").body)
            #expect(patient["latest"]?["temp"]?["value"]?.number == 37)
            await monitor.stop()

            let unknown = try await nurse.call(.post, "/devices", ["id": "m-7", "profile": "x"])
            #expect(unknown.status == 422 && unknown.text.contains("native, lifetouch-flat"))
        }
    }

    @Test func `a device measures with the credentials it was given, until it is removed`()
        async throws
    {
        try await withGuardedBroker { deployment, nurse, administrator in
            let device = try await nurse.object(.post, "/devices", ["id": "m-9"], expecting: 201)
            let credentials = try #require(device.object("credentials"))
            let topic = try #require(credentials["topic"])
            #expect(credentials["username"] == "m-9" && topic.hasSuffix("/hn-0001/m-9/vitals"))
            #expect(credentials.integer("port") == deployment.brokerPort)
            let password = try #require(credentials["password"])
            #expect(password.utf8.count >= 20)
            _ = try await nurse.object(
                .put,
                "/devices/m-9/binding",
                ["patient": "p-1", "from": "2025-01-01T00:00:00Z"]
            )
            // The credentials are shown once; only their hash is kept.
            let list = try await nurse.call(.get, "/devices")
            #expect(!list.text.contains("credentials") && !list.text.contains(password))

            let monitor = try await connect(deployment, "m-9", password, String(topic.dropLast(7)))
            try await monitor.publish(seq: 1, at: now(), "\"hr\":77")
            try await eventually("its receipt comes") {
                monitor.receipts.last?.integer("seqHigh") == 1
            }
            let patient = try JSON(try await nurse.call(.get, "/patients/p-1").body)
            #expect(patient["latest"]?["hr"]?["value"]?.number == 77)

            // Under another site's topic it is refused, kept, and refused again.
            let spoof = try await connect(
                deployment,
                "m-9",
                password,
                "telehealth/v1/01/hn-0002/m-9",
                clientID: "m-9-spoof"
            )
            try await spoof.publish(seq: 2, at: now(), "\"hr\":200")
            let entry = try await refused(administrator) {
                $0["topic"]?.contains("hn-0002") == true
            }
            let path = "/quarantine/\(try #require(entry.integer("id")))/replay"
            let again = try await administrator.call(.post, path)
            #expect(again.status == 409 && again.text.contains("refusedAgain"), "\(again.text)")
            // Another device's topic does not even pass the broker.
            let thief = try await connect(
                deployment,
                "m-9",
                password,
                Deployment.topic,
                clientID: "m-9-thief"
            )
            _ = try? await thief.publish(seq: 1, at: now(), "\"hr\":201")
            try await monitor.publish(seq: 3, at: now(), "\"hr\":78")
            try await eventually("the honest reading is stored") {
                monitor.receipts.last?.integer("seqHigh") == 3
            }
            let series = try JSON(try await nurse.call(.get, "/patients/p-1/vitals?sign=hr").body)
            let values = series["series"]?["hr"]?.items.compactMap { $0.items.last?.number }
            #expect(values == [77, 78])
            for one in [monitor, spoof, thief] { await one.stop() }

            let removed = try await nurse.call(.delete, "/devices/m-9")
            #expect(removed.status == 204)
            try await eventually("the broker forgets the password") {
                do {
                    let late = try await connect(deployment, "m-9", password, Deployment.topic)
                    await late.stop()
                    return false
                } catch {
                    return true
                }
            }
            #expect(try await nurse.call(.delete, "/devices/m-9").status == 404)
            let passwords = try String(
                contentsOfFile: deployment.folder + "/passwords",
                encoding: .utf8
            )
            #expect(!passwords.contains("m-9:") && !passwords.contains(password))
        }
    }

    @Test func `what a device sent before it was known is stored once its cause is mended`()
        async throws
    {
        try await withGuardedBroker { deployment, nurse, administrator in
            let topic = "telehealth/v1/01/hn-0001/m-early"
            let early = try await connect(deployment, "coordinator", "broker-secret", topic)
            try await early.publish(seq: 1, at: now(), "\"hr\":64")
            let entry = try await refused(administrator) { $0["topic"]?.hasPrefix(topic) == true }
            await early.stop()
            let path = "/quarantine/\(try #require(entry.integer("id")))/replay"
            #expect(try await administrator.call(.post, path).status == 409)
            _ = try await nurse.object(.post, "/devices", ["id": "m-early"], expecting: 201)
            _ = try await nurse.object(
                .put,
                "/devices/m-early/binding",
                ["patient": "p-1", "from": "2025-01-01T00:00:00Z"]
            )
            #expect(try await administrator.call(.post, path).status == 200)
            let patient = try JSON(try await nurse.call(.get, "/patients/p-1").body)
            #expect(patient["latest"]?["hr"]?["value"]?.number == 64)
            let twice = try await administrator.call(.post, path)
            #expect(twice.status == 409 && twice.text.contains("resolved"))
        }
    }

    private func refused(
        _ administrator: Caller,
        where isIt: (JSONObject) -> Bool
    ) async throws -> JSONObject {
        var found: JSONObject?
        try await eventually("the payload is in quarantine") {
            let list = try await administrator.object(.get, "/quarantine")
            found = list.list("items").first(where: isIt)
            return found != nil
        }
        return try #require(found)
    }

    private func connect(
        _ deployment: Deployment,
        _ user: String,
        _ password: String,
        _ topic: String,
        clientID: String? = nil
    ) async throws -> Monitor {
        try await Monitor(
            port: deployment.brokerPort,
            topic: topic,
            clientID: clientID ?? user + "-client",
            username: user,
            password: password
        )
    }

    private func withGuardedBroker(
        _ body: (Deployment, _ nurse: Caller, _ administrator: Caller) async throws -> Void
    ) async throws {
        try await Deployment.with { deployment in
            var files = BrokerConfiguration(
                directory: deployment.folder,
                port: deployment.brokerPort
            )
            if getuid() == 0 { files.user = "root" }
            files.passwordLines = [
                try MosquittoPassword.line(name: "coordinator", password: "broker-secret")
            ]
            try files.write()
            let broker = try await deployment.startBroker()
            let (coordinator, address) = try await deployment.startCoordinator([
                "mqtt.user=coordinator", "mqtt.password=broker-secret",
                "mqtt.devicePasswords=\(deployment.folder)/passwords",
                "mqtt.brokerPid=\(deployment.folder)/mosquitto.pid",
            ])
            do {
                try await body(
                    deployment,
                    try await deployment.signIn("nurse", at: address),
                    try await deployment.signIn("admin", at: address)
                )
            } catch {
                broker.send(SIGTERM)
                coordinator.send(SIGKILL)
                throw error
            }
            #expect(try await coordinator.end() == 0)
            try await broker.end()
        }
    }
}
