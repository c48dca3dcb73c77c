import Foundation
import Glibc
import Store
import TestKit
import Testing
import Vocabulary

/// The coordinator is killed at random moments while devices publish with QoS 1.
@Suite(.serialized) struct KillTests {
    private static let kills = 10

    @Test(.timeLimit(.minutes(3)))
    func `killed ten times under load, every published reading is stored exactly once`()
        async throws
    {
        let seed = TestSeed.take("kill under load")
        var random = SeededRandom(seed: seed)
        try await Deployment.with { deployment in
            try deployment.addDevices(upTo: 10)
            let broker = try await deployment.startBroker()
            // The broker must know the session before it can keep anything for it.
            let (first, _) = try await deployment.startCoordinator()
            var publishers: [Publisher] = []
            for number in 1...10 {
                publishers.append(
                    try await Publisher(
                        "m-\(number)",
                        port: deployment.brokerPort,
                        seed: random.next()
                    )
                )
            }
            let devices = publishers
            let kills = try await withThrowingTaskGroup { group in
                for device in devices {
                    group.addTask(name: device.device) { try await device.run() }
                }
                let kills = try await killRepeatedly(first, deployment, &random)
                for device in devices { device.stop() }
                try await group.waitForAll()
                return kills
            }
            #expect(kills == KillTests.kills)

            let (last, _) = try await deployment.startCoordinator()
            for device in devices { try await device.publish() }
            try await eventually("receipts cover everything", within: .seconds(60)) {
                devices.allSatisfy(\.isCovered)
            }
            #expect(try await last.end() == 0)
            let published = devices.reduce(into: [:]) { all, device in
                all.merge(device.published) { one, _ in one }
            }
            try await deployment.withStore { store in
                let (stored, rows) = try await store.everyReading()
                #expect(published.count > 1_000, "the load was no load")
                let lost = published.keys.filter { stored[$0] == nil }
                let invented = stored.keys.filter { published[$0] == nil }
                #expect(lost.isEmpty, "\(lost.count) of \(published.count) lost: \(lost.prefix(3))")
                #expect(invented.isEmpty, "\(invented.prefix(3))")
                #expect(rows == stored.count, "\(rows - stored.count) rows are doubled")
                #expect(stored == published, "a reading was stored with another's value")
                #expect(try await store.readingCount() == rows)
                #expect(try await store.quarantine(limit: 10, before: nil).isEmpty)
                #expect(try await store.verify().isSound)
            }
            for device in devices { await device.monitor.stop() }
            try await broker.end()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a broker that is killed and keeps nothing costs no reading, since devices send again`()
        async throws
    {
        try await KillRun(kills: 4, victims: [.broker], isPersistent: false)
            .run("forgetful broker")
    }

    @Test(.timeLimit(.minutes(5)))
    func `coordinator and broker killed in turn lose and double nothing`() async throws {
        try await KillRun(kills: 6).run("both killed")
    }

    /// Kills the program and its successors, two in three of them at work, one while it starts.
    private func killRepeatedly(
        _ first: RunningProgram,
        _ deployment: Deployment,
        _ random: inout SeededRandom
    ) async throws -> Int {
        var program = first
        var isReady = true
        var kills = 0
        while true {
            let patience = Duration.milliseconds(
                Int.random(in: 0...(isReady ? 1_000 : 300), using: &random)
            )
            // The random moment itself.
            try await Task.sleep(for: patience)
            #expect(program.isRunning, "it ended by itself: \(program.errorText.suffix(300))")
            _ = try await program.end(SIGKILL)
            kills += 1
            guard kills < KillTests.kills else { return kills }
            isReady = random.chance(0.66)
            if isReady {
                (program, _) = try await deployment.startCoordinator()
            } else {
                program = try deployment.spawnCoordinator()
            }
        }
    }
}
