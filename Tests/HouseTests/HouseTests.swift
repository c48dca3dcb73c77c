import Foundation
import Testing

/// From the bedside to the room in virtual time, through every fault, from one seed a run.
@Suite struct HouseTests {
    @Test func `whatever happens on the way, nothing is lost and everybody is seen`() async throws {
        for seed in seeds(1...200) {
            var world = World(seed: seed)
            try await world.run()
            if !world.broken.isEmpty { show(world) }
            #expect(world.broken.isEmpty, "TELEHEALTH_SEED=\(seed): \(world.broken.prefix(3))")
        }
    }

    @Test func `the same seed gives the same run`() async throws {
        for seed in seeds(1...5) {
            var one = World(seed: seed)
            var other = World(seed: seed)
            try await one.run()
            try await other.run()
            #expect(one.digest == other.digest, "TELEHEALTH_SEED=\(seed)")
        }
    }

    @Test(arguments: Sabotage.allCases)
    func `a defect built in on purpose is noticed`(_ sabotage: Sabotage) async throws {
        for seed in UInt64(1)...100 {
            var world = World(seed: seed, sabotage: sabotage)
            try await world.run()
            if !world.broken.isEmpty { return }
        }
        Issue.record("no run noticed \(sabotage.rawValue)")
    }

    private func seeds(_ range: ClosedRange<UInt64>) -> [UInt64] {
        let given = ProcessInfo.processInfo.environment["TELEHEALTH_SEED"].flatMap { UInt64($0) }
        return given.map { [$0] } ?? Array(range)
    }

    /// The log of a run that was asked for by its seed.
    private func show(_ world: World) {
        guard ProcessInfo.processInfo.environment["TELEHEALTH_SEED"] != nil else { return }
        let text = world.log.joined(separator: "\n") + "\n"
        FileHandle.standardError.write(Data(text.utf8))
    }
}
