import EventLoop
import Foundation
import Glibc
import MQTT
import Store
import TestKit
import Testing
import Vocabulary

/// Coordinator and broker are killed at random moments while devices do their duty.
struct KillRun {
    /// Who is killed.
    enum Victim: CaseIterable {
        case coordinator
        case broker
    }

    let kills: Int
    var victims = Victim.allCases
    /// Whether the broker keeps on disk what it has acknowledged.
    var isPersistent = true
    /// How many readings each device keeps before the coordinator, which is away, comes back.
    var backlog = 0
    private static let devices = 10

    /// Kills, then expects that each reading is stored exactly once; returns one line of figures.
    @discardableResult
    func run(_ name: String) async throws -> String {
        let seed = TestSeed.take(name)
        var random = SeededRandom(seed: seed)
        var line = ""
        try await Deployment.with { deployment in
            try deployment.addDevices(upTo: KillRun.devices)
            try configureBroker(deployment)
            let broker = try await deployment.startBroker()
            let (coordinator, _) = try await deployment.startCoordinator()
            let loop = MQTTLoop(name: "devices")
            loop.start()
            var devices: [SpoolingDevice] = []
            for number in 1...KillRun.devices {
                devices.append(
                    try await SpoolingDevice(
                        "m-\(number)",
                        port: deployment.brokerPort,
                        on: loop,
                        seed: random.next()
                    )
                )
            }
            var pair = Pair(coordinator: coordinator, broker: broker, deployment: deployment)
            let all = devices
            let counts = try await withThrowingTaskGroup { group in
                for device in all { group.addTask(name: device.device) { try await device.run() } }
                let counts = try await pair.kill(kills, among: victims, &random)
                if backlog > 0 {
                    try await pair.beAway {
                        try await eventually("a backlog", within: .seconds(240)) {
                            all.allSatisfy { $0.kept >= backlog }
                        }
                    }
                }
                for device in all { device.rest() }
                do {
                    try await eventually("receipts cover everything", within: .seconds(120)) {
                        all.allSatisfy(\.isCovered)
                    }
                } catch {
                    let missing = all.map(\.uncovered).filter { !$0.isEmpty }
                    Issue.record("\(missing.joined(separator: "\n"))")
                    Issue.record(
                        """
                        coordinator runs: \(pair.coordinator.isRunning)
                        \(pair.coordinator.errorText.suffix(2_000))
                        broker runs: \(pair.broker.isRunning)
                        \(pair.broker.errorText.suffix(2_000))
                        """
                    )
                    throw error
                }
                try await group.waitForAll()
                return counts
            }
            #expect(try await pair.coordinator.end() == 0)
            try await pair.broker.end()
            await loop.stop()
            let figures = try await check(all, deployment)
            line =
                "\(name): \(kills) kills (coordinator \(counts.coordinator), broker"
                + " \(counts.broker)), \(figures)"
        }
        FileHandle.standardError.write(Data((line + "\n").utf8))
        return line
    }

    /// The broker saves by the clock, as in production, or keeps nothing.
    ///
    /// With `autosave_on_changes` Mosquitto writes all that it keeps with each packet: once a few
    /// thousand messages wait, it serves a few dozen packets a second, devices send again, and more
    /// waits.
    private func configureBroker(_ deployment: Deployment) throws {
        let path = deployment.folder + "/mosquitto.conf"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let (before, after) =
            isPersistent
            ? ("autosave_on_changes true", "autosave_on_changes false")
            : ("persistence true", "persistence false")
        #expect(text.contains(before))
        try deployment.file(
            "mosquitto.conf",
            text.replacingOccurrences(of: before, with: after)
        )
    }

    private func check(_ devices: [SpoolingDevice], _ deployment: Deployment) async throws -> String
    {
        let measured = devices.reduce(into: [:]) { all, device in
            all.merge(device.measured) { one, _ in one }
        }
        let resent = devices.reduce(0) { $0 + $1.resent }
        return try await deployment.withStore { store in
            let (stored, rows) = try await store.everyReading()
            let lost = measured.keys.filter { stored[$0] == nil }
            let invented = stored.keys.filter { measured[$0] == nil }
            #expect(measured.count > 100, "the load was no load")
            #expect(lost.isEmpty, "\(lost.count) of \(measured.count) lost: \(lost.prefix(3))")
            #expect(invented.isEmpty, "\(invented.prefix(3))")
            #expect(rows == stored.count, "\(rows - stored.count) rows are doubled")
            #expect(stored == measured, "a reading was stored with another's value")
            #expect(try await store.readingCount() == rows)
            #expect(try await store.quarantine(limit: 10, before: nil).isEmpty)
            #expect(try await store.verify().isSound)
            return "\(measured.count) readings, \(resent) copies sent again, lost \(lost.count),"
                + " stored twice \(rows - stored.count)"
        }
    }
}

/// The two programs that are killed and started again.
private struct Pair {
    var coordinator: RunningProgram
    var broker: RunningProgram
    let deployment: Deployment

    /// The coordinator is away while `body` runs.
    mutating func beAway(during body: () async throws -> Void) async throws {
        _ = try await coordinator.end(SIGKILL)
        try await body()
        (coordinator, _) = try await deployment.startCoordinator()
    }

    /// Kills so often and returns how often each; both run at the end.
    mutating func kill(
        _ kills: Int,
        among victims: [KillRun.Victim],
        _ random: inout SeededRandom
    ) async throws -> (coordinator: Int, broker: Int) {
        var counts = (coordinator: 0, broker: 0)
        for _ in 0..<kills {
            // The random moment itself.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...800, using: &random)))
            #expect(coordinator.isRunning, "it ended: \(coordinator.errorText.suffix(300))")
            switch victims[Int.random(in: 0..<victims.count, using: &random)] {
            case .coordinator:
                counts.coordinator += 1
                _ = try await coordinator.end(SIGKILL)
                if random.chance(0.66) {
                    (coordinator, _) = try await deployment.startCoordinator()
                } else {
                    coordinator = try deployment.spawnCoordinator()
                }
            case .broker:
                counts.broker += 1
                _ = try await broker.end(SIGKILL)
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...300, using: &random)))
                broker = try await deployment.startBroker()
            }
        }
        return counts
    }
}
