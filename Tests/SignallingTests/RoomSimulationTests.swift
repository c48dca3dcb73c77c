import Foundation
import Signalling
import Testing

/// Thousands of consults in which people do whatever they can, from one seed each.
@Suite struct RoomSimulationTests {
    /// `TELEHEALTH_CONSULTS=10000` makes it as many; `TELEHEALTH_SEED=n` runs one.
    @Test func `whatever people do, nobody sees or does what they may not`() {
        let environment = ProcessInfo.processInfo.environment
        let wanted = environment["TELEHEALTH_CONSULTS"].flatMap { UInt64($0) } ?? 1_000
        let given = environment["TELEHEALTH_SEED"].flatMap { UInt64($0) }
        var counts: [String: Int] = [:]
        for seed in given.map({ [$0] }) ?? Array(1...wanted) {
            var world = RoomWorld(seed: seed)
            world.run(steps: 150)
            #expect(world.faults.isEmpty, "TELEHEALTH_SEED=\(seed): \(world.faults.prefix(3))")
            counts.merge(world.counts) { $0 + $1 }
        }
        let lines = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print(lines.joined(separator: ", "))
        guard given == nil else { return }
        for what in [
            "handed over", "put out", "took vitals back", "saw vitals", "hold done", "recall done",
            "admit done", "resumed", "failed in the store", "deny done",
        ] {
            #expect(counts[what, default: 0] > 20, "the runs had too little of: \(what)")
        }
    }
}
