import Clinical
import Foundation
import SQLite
import Store
import TestKit
import Testing
import Vocabulary

/// Power fails at any write; the unsynchronised rest survives in part, torn and out of order.
@Suite struct PowerLossTests {
    @Test func `what a commit acknowledged survives the loss of power, whole`() async throws {
        let seed = TestSeed.take("loss of power")
        var random = SeededRandom(seed: seed)
        var lostWrites = 0
        var acknowledged = 0
        try await withTemporaryFolder { folder in
            let made = try SQLiteStore(directory: folder)
            try await made.apply(Sample.registry)
            await made.close()
            let runs = environment("TELEHEALTH_RUNS") ?? 40
            for run in 0..<runs {
                let writes = Int.random(in: 1...600, using: &random)
                let outcome = try await loseState(writes, of: folder, &random)
                lostWrites += outcome.lostWrites
                acknowledged += outcome.acknowledged
                try #require(outcome.problems.isEmpty, "run \(run): \(outcome.problems)")
            }
            // The test would show nothing had nothing been lost or nothing been promised.
            #expect(lostWrites > runs)
            #expect(acknowledged > 5 * runs)
        }
    }

    @Test func `the same losses do take what synchronous NORMAL acknowledged`() async throws {
        let seed = TestSeed.take("loss of power, NORMAL")
        var random = SeededRandom(seed: seed)
        var lost = 0
        for _ in 0..<50 {
            try await withTemporaryFolder { folder in
                let path = folder + "/x.db"
                try Connection(path: path, access: .creating)
                    .execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
                let disk = PowerLossDisk(failingAfter: 60)
                let acknowledged = try insertUntilOff(path, disk)
                disk.restore(&random)
                let after = try Connection(path: path, access: .writing)
                let found = try after.integer("SELECT count(*) FROM t") ?? 0
                if found < acknowledged { lost += 1 }
            }
        }
        #expect(lost > 25)
    }

    /// How many inserts were acknowledged.
    ///
    /// The connection is closed afterwards, because the system
    /// shares what it knows of a file among all of a process's connections.
    private func insertUntilOff(_ path: String, _ disk: PowerLossDisk) throws -> Int64 {
        let connection = try Connection(path: path, access: .writing, vfs: disk.name)
        try connection.execute("PRAGMA synchronous = NORMAL")
        var acknowledged: Int64 = 0
        while (try? connection.execute("INSERT INTO t VALUES (1)")) != nil { acknowledged += 1 }
        return acknowledged
    }

    private func environment(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init)
    }

    private struct Outcome {
        var problems: [String] = []
        var lostWrites = 0
        var acknowledged = 0
    }

    /// Writes until the power fails, and says what was not as promised afterwards.
    private func loseState(
        _ writes: Int,
        of template: String,
        _ random: inout SeededRandom
    ) async throws -> Outcome {
        var generator = random
        defer { random = generator }
        var outcome = Outcome()
        try await withTemporaryFolder { folder in
            try FileManager.default.copyItem(
                atPath: template + "/telehealth.db",
                toPath: folder + "/telehealth.db"
            )
            let disk = PowerLossDisk(failingAfter: writes)
            // A small log, so that checkpoints are hit as well.
            var settings = SQLiteSettings(
                checkpointPages: 20,
                checkedMegabytes: 0,
                compactionSeconds: 86_400
            )
            settings.vfs = disk.name
            var batches: [ClosedRange<Int64>] = []
            var entries = 0
            if let store = try? SQLiteStore(directory: folder, settings: settings) {
                var next: Int64 = 0
                while !disk.isOff {
                    let size = Int64.random(in: 1...60, using: &generator)
                    let range = next...next + size - 1
                    next += size
                    let readings = range.map { Sample.reading(sequence: $0, minute: Int($0)) }
                    if await refusal({ _ = try await store.commit(batch(readings)) }) == nil {
                        batches.append(range)
                    }
                    let entry = Sample.auditEntry(entries)
                    if await refusal({ try await store.audit(entry) }) == nil { entries += 1 }
                    if generator.chance(0.3) { try? await store.compact() }
                }
                await store.close()
            }
            disk.restore(&generator)
            outcome.lostWrites = disk.lost
            outcome.acknowledged = batches.count + entries

            let store = try SQLiteStore(directory: folder)
            let report = try await store.verify()
            if !report.isSound { outcome.problems.append("\(report)") }
            // A compaction that was cut off is carried on, in one run of two.
            if generator.chance(0.5) { try await store.compact() }
            let kept = try await store.readings(
                of: 1,
                from: .distantPast,
                until: .distantFuture,
                limit: .max
            ).map(\.sequence)
            let found = Set(kept)
            if kept.count != found.count { outcome.problems.append("a reading is there twice") }
            let counted = try await store.aggregates(
                of: 1,
                .minute,
                from: .distantPast,
                until: .distantFuture,
                limit: .max
            ).compactMap { $0[.heartRate]?.count }.reduce(0, +)
            if counted != Int64(found.count) {
                outcome.problems.append("\(found.count) readings, \(counted) in the minutes")
            }
            for range in batches where !range.allSatisfy(found.contains) {
                outcome.problems.append("batch \(range) was acknowledged and lost")
            }
            let durable = try await store.durableSequences(device: 1, boot: 1)
            if Set(durable.joined()) != found {
                outcome.problems.append("the ranges \(durable) do not match the readings")
            }
            // At most the one write that was under way may have come through unacknowledged.
            let chain = try await store.auditEntries(AuditFilter(limit: .max)).count
            if !(entries...entries + 1).contains(chain) {
                outcome.problems.append("\(entries) audit entries acknowledged, \(chain) kept")
            }
            await store.close()
        }
        return outcome
    }
}
