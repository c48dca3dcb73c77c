import Foundation
import MQTT
import Testing

/// Certificates, authorities and passwords that are changed while devices measure.
@Suite(.serialized) struct RotationTests {
    @Test func `a device changes over to a new certificate while the old one is still good`()
        async throws
    {
        try await GuardedDeployment.running { guarded, administrator in
            let old = try guarded.provision("m-1", [], into: "old")
            let monitor = try await guarded.connect(old, as: "m-1")
            try await guarded.measure(monitor, seq: 1, 61)
            let new = try guarded.provision("m-1", [], into: "new")
            try await guarded.measure(monitor, seq: 2, 62)
            await monitor.stop()
            let changed = try await guarded.connect(new, as: "m-1")
            try await guarded.measure(changed, seq: 3, 63)
            try guarded.set([
                "device", "revoke", "m-1", "--serial", try serial(of: old), "--reason",
                "superseded",
            ])
            try await eventually("the old one is refused") {
                await !guarded.isLetIn(old, as: "m-1")
            }
            try await guarded.measure(changed, seq: 4, 64)
            await changed.stop()
        }
    }

    @Test func `an authority is replaced while every device goes on`() async throws {
        try await GuardedDeployment.running { guarded, administrator in
            let old = try guarded.provision("m-1", [], into: "old")
            let monitor = try await guarded.connect(old, as: "m-1")
            try await guarded.measure(monitor, seq: 1, 61)

            // 1. A second authority issues; everybody trusts both.
            try guarded.set(["ca", "rotate"])
            try await guarded.measure(monitor, seq: 2, 62)
            #expect(await guarded.isLetIn(old, as: "m-1"))
            // 2. Devices get certificates of the new one, when it suits them.
            let new = try guarded.provision("m-1", [], into: "new")
            await monitor.stop()
            let changed = try await eventually(
                "the broker trusts the new authority",
                gives: {
                    try? await guarded.connect(new, as: "m-1")
                }
            )
            try await guarded.measure(changed, seq: 3, 63)
            // The old authority cannot go while the broker's own certificate is of it.
            let early = try guarded.deployment.telehealth(["ca", "retire", "1"])
            #expect(early.code == 1 && early.error.contains("in use"))
            // 3. The broker shows a certificate of the new one.
            try guarded.set(["broker", "config", "--renew"])
            try await eventually("the broker shows the new certificate") {
                guard await guarded.isLetIn(new, as: "m-1") else { return false }
                return await !guarded.isLetIn(old, as: "m-1")
            }
            try await guarded.measure(changed, seq: 4, 64)
            // 4. What is left of the old one is revoked, and it is trusted no more.
            let left = try guarded.deployment.telehealth(["ca", "retire", "1"])
            #expect(left.code == 1 && left.error.contains("1 certificates"))
            try guarded.set([
                "device", "revoke", "m-1", "--serial", try serial(of: old), "--reason",
                "superseded",
            ])
            try guarded.set(["ca", "retire", "1"])
            let mixed = guarded.folder + "/mixed"
            try FileManager.default.copyItem(atPath: old, toPath: mixed)
            try FileManager.default.removeItem(atPath: mixed + "/ca.pem")
            try FileManager.default.copyItem(atPath: new + "/ca.pem", toPath: mixed + "/ca.pem")
            try await eventually("certificates of the old one are refused") {
                await !guarded.isLetIn(mixed, as: "m-1")
            }
            try await guarded.measure(changed, seq: 5, 65)
            await changed.stop()
        }
    }

    @Test func `a password is replaced and nothing that was measured is lost`() async throws {
        try await GuardedDeployment.running { guarded, administrator in
            let authority = guarded.data + "/broker/ca.pem"
            func connect(_ password: String) async throws -> Monitor {
                try await Monitor(
                    port: guarded.passwordPort,
                    topic: Deployment.topic,
                    clientID: "m-1",
                    username: "m-1",
                    password: password,
                    security: MQTTSecurity(authority: authority)
                )
            }
            func fresh() throws -> String {
                let result = try guarded.deployment.telehealth(["broker", "password", "m-1"])
                try #require(result.code == 0, "\(result.error)")
                return result.output.trimmingCharacters(in: .newlines)
            }
            let first = try fresh()
            let monitor = try await eventually(
                "the broker knows the password",
                gives: {
                    try? await connect(first)
                }
            )
            try await guarded.measure(monitor, seq: 1, 61)
            let second = try fresh()
            let changed = try await eventually(
                "the broker knows the new password",
                gives: {
                    try? await connect(second)
                }
            )
            try await guarded.measure(changed, seq: 2, 62)
            await #expect(throws: MQTTError.self) { _ = try await connect(first) }
            for one in [monitor, changed] { await one.stop() }
        }
    }

    @Test func `a device with a key of its own gets a certificate for its request`() async throws {
        try await GuardedDeployment.running { guarded, administrator in
            let files = guarded.folder + "/own"
            try FileManager.default.createDirectory(
                atPath: files,
                withIntermediateDirectories: false
            )
            func request(_ name: String) throws {
                try openssl([
                    "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=\(name)", "-keyout", files + "/key.pem", "-out",
                    files + "/request.pem",
                ])
            }
            try request("m-2")
            let order = [
                "device", "provision", "m-1", "--csr", files + "/request.pem", "--out", files,
            ]
            let foreign = try guarded.deployment.telehealth(order)
            #expect(foreign.code == 1 && foreign.error.contains("names 'm-2'"))
            try request("m-1")
            try guarded.set(order)
            let monitor = try await guarded.connect(files, as: "m-1")
            try await guarded.measure(monitor, seq: 1, 61)
            await monitor.stop()
            try openssl(["verify", "-CAfile", files + "/ca.pem", files + "/certificate.pem"])
        }
    }

    private func serial(of files: String) throws -> String {
        let settings = try Data(contentsOf: URL(filePath: files + "/broker.json"))
        return try #require(try JSONObject(Array(settings)).object("certificate")?["serial"])
    }
}
