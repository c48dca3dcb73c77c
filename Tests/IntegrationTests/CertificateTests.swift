import Crypto
import Foundation
import Glibc
import MQTT
import Testing
import Vocabulary
import WebServer

/// Devices with certificates at a real broker: who is let in, and what it may do there.
@Suite(.serialized) struct CertificateTests {
    @Test func `a device that is provisioned beside a running coordinator is heard`() async throws {
        try await GuardedDeployment.running { guarded, administrator in
            let files = try await guarded.admit("m-7", administrator)
            let settings = try JSONObject(
                [UInt8](Data(contentsOf: URL(filePath: files + "/broker.json")))
            )
            #expect(settings["host"] == "127.0.0.1" && settings.integer("port") == guarded.port)
            #expect(settings["clientId"] == "m-7")
            #expect(
                settings.object("publish")?["vitals"] == "telehealth/v1/01/hn-0001/m-7/vitals"
            )
            let monitor = try await guarded.connect(files, as: "m-7")
            try await guarded.measure(monitor, seq: 1, 71)
            await monitor.stop()
            let status = try guarded.deployment.telehealth(["device", "list", "--json"])
            #expect(status.output.contains("\"id\":\"m-7\"") && status.code == 0)
            let mode = try FileManager.default.attributesOfItem(atPath: files + "/key.pem")
            #expect(mode[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `what was issued and revoked is in the audit chain`() async throws {
        try await GuardedDeployment.running { guarded, administrator in
            try guarded.provision("m-7")
            try guarded.set(["device", "revoke", "m-7", "--reason", "keyCompromise"])
            let auditor = try await guarded.deployment.signIn("auditor", at: administrator.address)
            try await eventually("the coordinator enters both") {
                let entries = try await auditor.object(.get, "/audit?limit=500").list("items")
                let actions = entries.filter { $0["object"] == "device/m-7" }.map { $0["action"] }
                return actions.contains("provision") && actions.contains("revoke")
            }
            #expect(try guarded.deployment.telehealth(["verify"]).code == 0)
        }
    }

    @Test func `without a good certificate nobody is let in`() async throws {
        try await GuardedDeployment.with { guarded in
            let good = try guarded.provision("m-7")
            #expect(await guarded.isLetIn(good, as: "m-7"))

            let expired = try copy(of: good, named: "expired", in: guarded)
            try issueExpired("m-7", into: expired, guarded)
            #expect(await !guarded.isLetIn(expired, as: "m-7"))

            let foreign = try copy(of: good, named: "foreign", in: guarded)
            try openssl([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=m-7", "-days", "1", "-keyout", foreign + "/key.pem", "-out",
                foreign + "/certificate.pem",
            ])
            #expect(await !guarded.isLetIn(foreign, as: "m-7"))

            let nobody = try? await Monitor(
                port: guarded.port,
                topic: "telehealth/v1/01/hn-0001/m-7",
                clientID: "m-7",
                username: "coordinator",
                password: try guarded.password,
                security: MQTTSecurity(authority: good + "/ca.pem")
            )
            #expect(nobody == nil)

            // A broker that shows another authority's certificate is not spoken to.
            let deceived = try copy(of: good, named: "deceived", in: guarded)
            try FileManager.default.removeItem(atPath: deceived + "/ca.pem")
            try FileManager.default.copyItem(
                atPath: foreign + "/certificate.pem",
                toPath: deceived + "/ca.pem"
            )
            #expect(await !guarded.isLetIn(deceived, as: "m-7"))

            // All that while the good one is let in, and until it is revoked.
            #expect(await guarded.isLetIn(good, as: "m-7"))
            try guarded.set(["device", "revoke", "m-7"])
            try await eventually("the broker reads the list") {
                await !guarded.isLetIn(good, as: "m-7")
            }
        }
    }

    @Test func `a revoked device is cut off at once and its neighbour is not`() async throws {
        try await GuardedDeployment.running { guarded, administrator in
            let lost = try await guarded.admit("m-7", administrator)
            let kept = try await guarded.admit("m-8", administrator)
            let thief = try await guarded.connect(lost, as: "m-7")
            let neighbour = try await guarded.connect(kept, as: "m-8")
            try await guarded.measure(thief, seq: 1, 61)
            try await guarded.measure(neighbour, seq: 1, 62)

            try guarded.set(["device", "revoke", "m-7", "--reason", "keyCompromise"])
            try await eventually("its connection is ended, and it is not let in again") {
                await !thief.isConnected
            }
            #expect(await !guarded.isLetIn(lost, as: "m-7"))
            try await guarded.measure(neighbour, seq: 2, 63)

            // Provisioned anew it is heard again.
            let fresh = try guarded.provision("m-7", [], into: "fresh")
            try await eventually("the broker knows") { await guarded.isLetIn(fresh, as: "m-7") }
            let found = try await guarded.connect(fresh, as: "m-7")
            try await eventually("the gateway knows") {
                try await found.publish(seq: 2, at: now(), "\"hr\":64")
                return found.receipts.last?.integer("seqHigh") == 2
            }
            for monitor in [thief, neighbour, found] { await monitor.stop() }
        }
    }

    @Test func `where the broker's list is wrong the gateway refuses a revoked device`()
        async throws
    {
        try await GuardedDeployment.running { guarded, administrator in
            let files = try await guarded.admit("m-7", administrator)
            try guarded.set(["device", "revoke", "m-7"])
            // Somebody with the coordinator's rights publishes in its name.
            let impostor = try await guarded.witness(under: "telehealth/v1/01/hn-0001/m-7")
            try await eventually("the gateway refuses") {
                try await impostor.publish(seq: 1, at: now(), "\"hr\":66")
                let list = try await administrator.object(.get, "/quarantine").list("items")
                return list.contains {
                    $0["code"] == "identityMismatch" && $0["detail"]?.contains("revoked") == true
                }
            }
            await impostor.stop()
            #expect(await !guarded.isLetIn(files, as: "m-7"))
        }
    }

    private func copy(
        of files: String,
        named name: String,
        in guarded: GuardedDeployment
    ) throws -> String {
        let folder = guarded.folder + "/" + name
        try FileManager.default.copyItem(atPath: files, toPath: folder)
        return folder
    }

    /// A certificate of the deployment's own authority that ended an hour ago.
    private func issueExpired(
        _ name: String,
        into files: String,
        _ guarded: GuardedDeployment
    ) throws {
        func text(_ path: String) throws -> String {
            try String(contentsOfFile: guarded.data + path, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let sealing = try SealingKey(try #require(Hexadecimal.decode(text("/keys/sealing.key"))))
        let key = try sealing.open(text("/ca/authority-1.key"), for: "ca/authority-1")
        let authority = try CertificateAuthority(
            try Certificate(pem: text("/ca/authority-1.pem") + "\n"),
            try PrivateKey(pem: key)
        )
        let seconds = now().milliseconds / 1_000
        let content = CertificateContent(
            commonName: name,
            purpose: .client,
            notBefore: seconds - 7_200,
            notAfter: seconds - 3_600
        )
        let own = try PrivateKey.generate()
        try authority.issue(content, for: own).pem()
            .write(toFile: files + "/certificate.pem", atomically: true, encoding: .utf8)
        try own.pem().write(toFile: files + "/key.pem", atomically: true, encoding: .utf8)
    }
}
