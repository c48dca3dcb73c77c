import Foundation
import Glibc
import Store
import Testing
import Vocabulary
import WebServer

/// Ending, reloading and looking in while the server runs.
@Suite(.serialized) struct ShutdownTests {
    @Test func `ended under load it exits with 0 and the broker keeps what was not taken`()
        async throws
    {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let (first, _) = try await deployment.startCoordinator()
            let device = try await Publisher("m-1", port: deployment.brokerPort, seed: 7)
            try await withThrowingTaskGroup { group in
                group.addTask(name: "load") { try await device.run() }
                try await eventually("there is load") { device.published.count > 50 }
                #expect(try await first.end() == 0, "\(first.errorText.suffix(300))")
                let taken = try await deployment.withStore { try await $0.readingCount() }
                try await eventually("more was published meanwhile") {
                    device.published.count > taken + 50
                }
                device.stop()
                try await group.waitForAll()
            }
            let (second, _) = try await deployment.startCoordinator()
            try await device.publish()
            try await eventually("receipts cover everything") { device.isCovered }
            #expect(try await second.end(SIGINT) == 0)
            try await deployment.withStore { store in
                let (stored, rows) = try await store.everyReading()
                #expect(stored == device.published)
                #expect(rows == stored.count)
            }
            await device.monitor.stop()
            try await broker.end()
        }
    }

    @Test func `the broker gone and back is two lines in the log, and nothing is lost`()
        async throws
    {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let (coordinator, _) = try await deployment.startCoordinator()
            try await broker.end()
            try await eventually("the loss is logged") {
                coordinator.errorText.contains("no connection to the broker")
            }
            let again = try await deployment.startBroker()
            try await eventually("the return is logged") {
                coordinator.errorText.contains("connected to the broker again")
            }
            let device = try await Publisher("m-1", port: deployment.brokerPort, seed: 7)
            try await device.publish()
            try await eventually("a receipt covers it") { device.isCovered }
            await device.monitor.stop()
            #expect(try await coordinator.end() == 0)
            let warnings = coordinator.errorText.split(separator: "\n").filter {
                $0.contains(" warning ")
            }
            // Lost, refused while it was down, connected again: one line a change.
            #expect(warnings.count <= 3, "\(warnings.joined(separator: "\n"))")
            try await again.end()
        }
    }

    @Test func `SIGHUP reads accounts and registry again without a pause`() async throws {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let (coordinator, address) = try await deployment.startCoordinator()
            let nurse = try await deployment.signIn("nurse", at: address)
            coordinator.send(SIGHUP)
            try await eventually("it says so") {
                coordinator.errorText.contains("accounts and registry were read again")
            }
            let me = try await nurse.object(.get, "/me")
            #expect(me["user"] == "nurse")
            #expect(try await coordinator.end() == 0)
            try await broker.end()
        }
    }

    @Test func `a backup under load verifies and holds a beginning of the readings`() async throws {
        try await Deployment.with { deployment in
            let broker = try await deployment.startBroker()
            let (coordinator, address) = try await deployment.startCoordinator()
            let device = try await Publisher("m-1", port: deployment.brokerPort, seed: 9)
            let copy = deployment.folder + "/backup"
            try await withThrowingTaskGroup { group in
                group.addTask(name: "load") { try await device.run() }
                for count in [100, 300] {
                    try await eventually("there is load") { device.published.count > count }
                    // The second one takes the place of the first.
                    let result = try deployment.telehealth(["backup", copy])
                    #expect(result.code == 0, "\(result.error)")
                    let count = device.published.count
                    try await eventually("the load goes on") { device.published.count > count }
                }
                device.stop()
                try await group.waitForAll()
            }
            // The other commands that only read work beside the server too.
            for command in [
                ["verify"], ["user", "list"], ["sites", "list"], ["doctors", "list"],
                ["patients", "list"], ["device", "list"],
            ] {
                let result = try deployment.telehealth(command)
                #expect(result.code == 0, "\(command): \(result.error)")
                #expect(result.error.isEmpty && !result.output.isEmpty, "\(command)")
            }
            let token = try deployment.telehealth(["token", "issue", "--user", "observer"])
            #expect(token.code == 0)
            let observer = Caller(
                client: deployment.client,
                address: address,
                token: token.output.trimmingCharacters(in: .whitespacesAndNewlines)
            )
            #expect(try await observer.object(.get, "/me")["user"] == "observer")
            #expect(try await coordinator.end() == 0)

            let restored = deployment.folder + "/restored"
            let setting = ["--set", "data.directory=\(restored)"]
            let result = try deployment.telehealth(["restore", copy] + setting)
            #expect(result.code == 0, "\(result.error)")
            #expect(try deployment.telehealth(["verify"] + setting).code == 0)
            let (all, _) = try await deployment.withStore { try await $0.everyReading() }
            let (kept, rows) = try await deployment.withStore(in: restored) {
                try await $0.everyReading()
            }
            #expect(rows == kept.count && kept.count >= 300 && kept.count < all.count)
            #expect(kept.allSatisfy { all[$0.key] == $0.value })
            // A beginning: of each boot the first numbers without a gap.
            for (boot, keys) in Dictionary(grouping: kept.keys, by: \.boot) {
                #expect(keys.map(\.sequence).max() == Int64(keys.count), "\(boot)")
            }
            // The server starts on the restored copy and the broker gives it the rest.
            #expect(try deployment.telehealth(["restore", copy] + setting).code == 1)
            let (second, _) = try await deployment.startCoordinator(["data.directory=\(restored)"])
            #expect(try await second.end() == 0)
            await device.monitor.stop()
            try await broker.end()
        }
    }
}
