import Foundation
import MQTT
import Testing
import Vocabulary
import WebServer

/// What a device with a certificate may do at the broker, and what a clinic's hub may.
@Suite(.serialized) struct BrokerAccessTests {
    @Test func `a device neither writes as another one nor reads what is for it`() async throws {
        try await GuardedDeployment.running { guarded, administrator in
            let filesA = try await guarded.admit("m-a", administrator)
            let filesB = try await guarded.admit("m-b", administrator)
            let topicB = "telehealth/v1/01/hn-0001/m-b"
            let witness = try await guarded.witness(under: topicB)
            let spy = try await guarded.connect(
                filesA,
                as: "m-a",
                listensTo: [topicB + "/receipt", "telehealth/#"]
            )
            // Under the client id of m-b and its topics, with the certificate of m-a.
            let victim = try await guarded.connect(filesB, as: "m-b")
            try await guarded.measure(victim, seq: 1, 61)
            _ = try? await spy.publish(
                "{\"seq\":2,\"boot\":\"b1\",\"at\":\"\(now())\",\"hr\":200}",
                to: topicB + "/vitals"
            )
            try await guarded.measure(spy, seq: 1, 62)
            #expect(spy.all(under: topicB).isEmpty)
            let vitals = witness.all(under: topicB + "/vitals")
            #expect(!vitals.isEmpty && vitals.allSatisfy { !$0.contains("200") })

            // The client id is the certificate's: m-b keeps its connection.
            await spy.stop()
            let thief = try await guarded.connect(filesA, as: "m-a", clientID: "m-b")
            try await guarded.measure(victim, seq: 2, 63)
            for monitor in [witness, victim, thief] { await monitor.stop() }
        }
    }

    @Test func `a will under another device's topic is not published`() async throws {
        try await GuardedDeployment.with { guarded in
            let files = try guarded.provision("m-a")
            let topicB = "telehealth/v1/01/hn-0001/m-b"
            let witness = try await guarded.witness(under: topicB)
            let liar = try? await guarded.connect(
                files,
                as: "m-a",
                will: MQTTMessage(
                    topic: topicB + "/status",
                    payload: Array("{\"state\":\"offline\"}".utf8)
                )
            )
            await liar?.vanish()
            let honest = try await guarded.connect(
                files,
                as: "m-a",
                will: MQTTMessage(
                    topic: "telehealth/v1/01/hn-0001/m-a/status",
                    payload: Array("{\"state\":\"offline\"}".utf8)
                )
            )
            await honest.vanish()
            try await eventually("its own will is published") {
                !witness.all(under: "telehealth/v1/01/hn-0001/m-a/status").isEmpty
            }
            #expect(witness.all(under: topicB).isEmpty)
            for monitor in [liar, honest, witness].compactMap({ $0 }) { await monitor.stop() }
        }
    }

    @Test func `a hub writes for the devices of its own site only`() async throws {
        try await GuardedDeployment.with { guarded in
            let files = try guarded.provision("hub-a", ["--hub", "--site", "hn-0001"])
            let witness = try await guarded.witness(under: "telehealth/v1/01/hn-0001/m-1")
            try await eventually("the broker knows the hub") {
                await guarded.isLetIn(files, as: "hub-a")
            }
            let hub = try await guarded.connect(files, as: "m-1", clientID: "hub-a")
            _ = try? await hub.publish("{}", to: "telehealth/v1/01/hn-0002/m-1/vitals")
            _ = try? await hub.publish("{}", to: "telehealth/v1/02/hn-0001/m-1/vitals")
            _ = try? await hub.publish("{}", to: "telehealth/v1/01/hn-0001/alarms/p-1")
            try await eventually("its own site's reading passes") {
                _ = try? await hub.publish("{}", to: "telehealth/v1/01/hn-0001/m-1/vitals")
                return !witness.all(under: "telehealth/v1/01/hn-0001/").isEmpty
            }
            #expect(witness.all(under: "telehealth/v1/01/hn-0002/").isEmpty)
            #expect(witness.all(under: "telehealth/v1/02/").isEmpty)
            for monitor in [hub, witness] { await monitor.stop() }
        }
    }

    @Test func `names that stand for others or read like them get no certificate`() async throws {
        try await GuardedDeployment.with { guarded in
            try guarded.provision("mon-10")
            let wrong = ["+", "#", "m/1", "M-1", "m 1", "m-１", "mоn-1", "", "$SYS", "%u", "m-1\n"]
            for name in wrong {
                let result = try guarded.deployment.telehealth(
                    ["device", "provision", name, "--site", "hn-0001"]
                )
                #expect(result.code == 2, "'\(name)': \(result.error)")
            }
            for name in ["coordinator", "hub-x", "mon-lo", "mon-i0"] {
                let result = try guarded.deployment.telehealth(
                    ["device", "provision", name, "--site", "hn-0001"]
                )
                #expect(result.code == 1 && !result.error.isEmpty, "\(name)")
            }
            let hub = try guarded.deployment.telehealth(
                ["device", "provision", "mon-11", "--hub", "--site", "hn-0001"]
            )
            #expect(hub.code == 1)
            let moved = try guarded.deployment.telehealth(
                ["device", "provision", "m-1", "--site", "hn-0002"]
            )
            #expect(moved.code == 1 && moved.error.contains("registered at hn-0001"))
        }
    }

    @Test func `a name with more rights at the broker cannot be registered`() async throws {
        try await GuardedDeployment.running { _, administrator in
            for name in ["coordinator", "hub-hn-0001"] {
                let answer = try await administrator.call(
                    .post,
                    "/devices",
                    ["id": name, "site": "hn-0001"]
                )
                #expect(answer.status == 400 || answer.status == 422, "\(answer.text)")
            }
        }
    }

    @Test func `a reading that was left at the broker for whoever comes is not taken`() async throws
    {
        try await GuardedDeployment.with { guarded in
            let poisoner = try await guarded.witness(under: Deployment.topic)
            try await poisoner.publish(
                "{\"seq\":9,\"boot\":\"b9\",\"at\":\"\(now())\",\"hr\":200}",
                to: Deployment.topic + "/vitals",
                retain: true
            )
            let (coordinator, address) = try await guarded.deployment.startCoordinator(
                guarded.settings
            )
            let nurse = try await guarded.deployment.signIn("nurse", at: address)
            try await guarded.measure(poisoner, seq: 1, 65)
            let series = try JSON(try await nurse.call(.get, "/patients/p-1/vitals?sign=hr").body)
            let values = series["series"]?["hr"]?.items.compactMap { $0.items.last?.number }
            #expect(values == [65])
            await poisoner.stop()
            #expect(try await coordinator.end() == 0)
        }
    }
}
