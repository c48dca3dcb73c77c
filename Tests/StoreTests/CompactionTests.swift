import Clinical
import EventLoop
import Foundation
import SQLite
import Store
import TestKit
import Testing
import Vocabulary

/// What the embedded store promises of its partitions.
@Suite struct CompactionTests {
    @Test func `a process that ends between any two steps loses nothing and repeats nothing`()
        async throws
    {
        let seed = TestSeed.take("steps of a compaction")
        var random = SeededRandom(seed: seed)
        var seen: Set<String> = []
        let runs = ProcessInfo.processInfo.environment["TELEHEALTH_RUNS"].flatMap(Int.init) ?? 24
        for run in 0..<runs {
            // The last one runs through.
            let last = run == runs - 1 ? Int.max : Int.random(in: 0..<260, using: &random)
            let steps = Steps(failingAt: last)
            try await withTemporaryFolder { folder in
                let store = try await opened(folder, steps)
                var chart = Chart()
                // Enough runs that some are joined, and a day that expires at the end.
                for _ in 0..<18 {
                    let batch = Chart.batch(&random)
                    _ = try await store.commit(batch)
                    chart.note(batch)
                    try? await store.compact()
                    if steps.hasFailed { break }
                }
                await store.close()
                let again = try await opened(folder, nil)
                try await chart.matches(again)
                try await again.compact()
                let batch = Chart.batch(&random)
                _ = try await again.commit(batch)
                chart.note(batch)
                try await again.compact()
                try await chart.matches(again)
                #expect(try await again.verify().isSound)
                await again.close()
            }
            seen.formUnion(steps.kinds)
        }
        #expect(seen == ["add", "keepLedger", "trim", "join"])
    }

    @Test func `the last days' files are there, and expired ones are gone`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore(
                directory: folder,
                settings: SQLiteSettings(retention: Retention(rawDays: 2, minuteDays: 1))
            )
            try await store.apply(Sample.registry)
            for day in 0..<3 {
                _ = try await store.commit(
                    batch([Sample.reading(sequence: Int64(day), minute: day * 1_440)])
                )
                try await store.compact()
            }
            #expect(
                files(folder) == [
                    "2026-11-21.db", "2026-11-22.db", "hours-2026.db", "minutes-2026-11.db",
                ]
            )
            _ = try await store.commit(batch([Sample.reading(sequence: 9, minute: 50 * 1_440)]))
            try await store.compact()
            #expect(
                files(folder) == [
                    "2027-01-09.db", "hours-2026.db", "hours-2027.db", "minutes-2027-01.db",
                ]
            )
            await store.close()
        }
    }

    @Test func `a store for reading finds what is in the journal and what has left it`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let store = try await opened(folder, nil)
            let reader = try SQLiteStore(readingFrom: folder)
            var random = SeededRandom(seed: 7)
            var chart = Chart()
            for round in 0..<6 {
                let batch = Chart.batch(&random)
                _ = try await store.commit(batch)
                chart.note(batch)
                if round % 2 == 1 { try await store.compact() }
                try await chart.matches(reader)
                for device in Int32(1)...4 {
                    #expect(
                        try await reader.durableSequences(device: device, boot: 1)
                            == store.durableSequences(device: device, boot: 1)
                    )
                }
            }
            await #expect(throws: StoreError.readOnly) { try await reader.compact() }
            await reader.close()
            await store.close()
        }
    }

    @Test func `readings go into partitions by themselves, by number and by time`() async throws {
        for settings in [
            SQLiteSettings(compactionReadings: 50), SQLiteSettings(compactionSeconds: 1),
        ] {
            try await withTemporaryFolder { folder in
                let store = try SQLiteStore(directory: folder, settings: settings)
                try await store.apply(Sample.registry)
                _ = try await store.commit(batch((0..<60).map { Sample.reading(sequence: $0) }))
                while await store.burden().readings > 0 { try await pause() }
                #expect(files(folder).contains("2026-11-20.db"))
                await store.close()
            }
        }
    }

    @Test func `what is remembered of boots is bounded`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore(directory: folder)
            let devices = Int32(1)...100_001
            _ = try await store.commit(
                batch(devices.map { Sample.reading(device: $0, sequence: 1) })
            )
            #expect(await store.burden().boots == 100_001)
            try await store.compact()
            #expect(await store.burden().boots == 0)
            #expect(await store.burden().readings == 0)
            let again = batch([1, 50_000, 100_001].map { Sample.reading(device: $0, sequence: 1) })
            #expect(try await store.commit(again) == IngestOutcome(stored: 0, duplicates: 3))
            await store.close()
        }
    }

    @Test func `a journal that cannot be emptied refuses commits, and recovers`() async throws {
        try await withTemporaryFolder { folder in
            let steps = Steps(failingAt: 0)
            var settings = SQLiteSettings(journalMegabytes: 1, compactionSeconds: 86_400)
            settings.beforeStep = steps.note
            let store = try SQLiteStore(directory: folder, settings: settings)
            try await store.apply(Sample.registry)
            var next: Int64 = 0
            var error: StoreError?
            while error == nil {
                let readings = (next..<next + 2_000).map {
                    Sample.reading(sequence: $0 * 7)
                }
                error = await refusal { _ = try await store.commit(batch(readings)) }
                if error == nil { next += 2_000 }
                try #require(next < 1_000_000)
            }
            guard case .input = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await store.readingCount() == Int(next))
            await #expect(throws: StoreError.self) { try await store.compact() }
            // Other writes go on, and once compaction works so do commits.
            try await store.audit(Sample.auditEntry())
            try await store.compact()
            #expect(
                try await store.commit(
                    batch([Sample.reading(sequence: 7), Sample.reading(sequence: 1)])
                )
                    == IngestOutcome(stored: 1, duplicates: 1)
            )
            await store.close()
        }
    }

    // MARK: Damage

    @Test func `a full disk under the partitions delays nothing but the compaction`() async throws {
        try await withTemporaryFolder { folder in
            var settings = SQLiteSettings()
            settings.partitionPageLimit = 8
            var store = try SQLiteStore(directory: folder, settings: settings)
            try await store.apply(Sample.registry)
            var random = SeededRandom(seed: 3)
            var chart = Chart()
            var refused = 0
            for _ in 0..<60 {
                let batch = Chart.batch(&random)
                _ = try await store.commit(batch)
                chart.note(batch)
                if await refusal({ try await store.compact() }) == .diskFull { refused += 1 }
            }
            #expect(refused > 0)
            try await chart.matches(store)
            await store.close()
            store = try SQLiteStore(directory: folder)
            try await chart.matches(store)
            try await store.compact()
            try await chart.matches(store)
            #expect(await store.burden().readings == 0)
            #expect(try await store.verify().isSound)
            await store.close()
        }
    }

    @Test func `a damaged partition is named, its neighbours are served, and ingest goes on`()
        async throws
    {
        let seed = TestSeed.take("damaged partition")
        var random = SeededRandom(seed: seed)
        var refused = 0
        for _ in 0..<30 {
            try await withTemporaryFolder { folder in
                let store = try await opened(folder, nil)
                let readings = (0..<2_880).map { Sample.reading(sequence: $0, minute: Int($0)) }
                _ = try await store.commit(batch(readings))
                try await store.compact()
                await store.close()
                let file = URL(filePath: folder + "/readings/2026-11-20.db")
                var data = try Data(contentsOf: file)
                if random.chance(0.2) {
                    data = data.prefix(Int.random(in: 0..<data.count, using: &random))
                } else {
                    let place = Int.random(in: 0..<data.count, using: &random)
                    data[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
                try data.write(to: file)
                let damaged = try SQLiteStore(directory: folder)
                let report = try await damaged.verify()
                let found = await result { () throws(StoreError) in
                    try await damaged.readings(
                        of: 1,
                        from: Sample.start,
                        until: Sample.start + .hours(24),
                        limit: .max
                    )
                }
                switch found {
                case .success(let found):
                    #expect(found.map(Facts.init) == readings.prefix(1_440).map(Facts.init))
                case .failure(let error):
                    refused += 1
                    guard case .corrupt(let what) = error else {
                        Issue.record("\(error)")
                        return
                    }
                    #expect(what.contains("2026-11-20.db"))
                    #expect(
                        report.databaseProblems.contains { $0.contains("2026-11-20.db") },
                        "\(report)"
                    )
                }
                let other = try await damaged.readings(
                    of: 1,
                    from: Sample.start + .hours(24),
                    until: .distantFuture,
                    limit: .max
                )
                #expect(other.count == 1_440)
                let next = Sample.reading(sequence: 9_000, minute: 2)
                #expect(try await damaged.commit(batch([next])).stored == 1)
                try await damaged.compact()
                await damaged.close()
            }
        }
        #expect(refused > 5)
    }

    @Test func `a partition that is no database is set aside, and the day begun anew`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let store = try await opened(folder, nil)
            _ = try await store.commit(batch([Sample.reading(sequence: 1)]))
            try await store.compact()
            await store.close()
            try Data("not a database".utf8)
                .write(to: URL(filePath: folder + "/readings/2026-11-20.db"))
            let again = try SQLiteStore(directory: folder)
            _ = try await again.commit(
                batch([Sample.reading(sequence: 1), Sample.reading(sequence: 2)])
            )
            try await again.compact()
            let found = try await again.readings(
                of: 1,
                from: .distantPast,
                until: .distantFuture,
                limit: 10
            )
            #expect(found.map(\.sequence) == [2])
            let problems = try await again.verify().databaseProblems
            #expect(problems.count == 1)
            #expect(problems.first?.contains("2026-11-20.db.damaged-1") == true)
            await again.close()
        }
    }

    @Test func `a copy taken while readings move into partitions has each once`() async throws {
        try await withTemporaryFolder { folder in
            let store = try await opened(folder + "/live", nil)
            let progress = Guarded<Int64>(0)
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for number in Int64(1)...300 {
                        _ = try await store.commit(
                            batch([Sample.reading(sequence: number, minute: Int(number) * 7)])
                        )
                        progress.withLock { $0 = number }
                        // A copy that is being made keeps compactions away for a while.
                        if number % 5 == 0 { try? await store.compact() }
                    }
                }
                for round in 1...4 {
                    let before = progress.withLock(\.self)
                    let copy = folder + "/copy-\(round % 2)"
                    try await store.backup(to: copy)
                    let restored = try SQLiteStore(directory: copy)
                    let found = try await restored.readings(
                        of: 1,
                        from: .distantPast,
                        until: .distantFuture,
                        limit: .max
                    ).map(\.sequence)
                    #expect(found.count >= Int(before))
                    #expect(
                        found
                            == Array(1...Int64(max(1, found.count))).prefix(found.count).map(\.self)
                    )
                    let durable = try await restored.durableSequences(device: 1, boot: 1)
                    #expect(Array(durable.joined()) == found)
                    #expect(try await restored.readingCount() == found.count)
                    #expect(try await restored.verify().isSound)
                    await restored.close()
                }
                try await group.waitForAll()
            }
            await store.close()
        }
    }

    // MARK: Schema 1

    @Test func `a database of schema 1 keeps its readings, and knows them again`() async throws {
        try await withTemporaryFolder { folder in
            try makeSchema1(folder, readings: 5_000)
            for isTidy in [false, true] {
                let store = try SQLiteStore(directory: folder)
                if isTidy { try await store.compact() }
                let found = try await store.readings(
                    of: 1,
                    from: .distantPast,
                    until: .distantFuture,
                    limit: .max
                )
                #expect(found.map(\.sequence) == Array(0..<5_000))
                #expect(found.last?[.heartRate] == Magnitude(72))
                #expect(found.last?[.oxygenSaturation] == Magnitude(thousandths: 97_500))
                #expect(try await store.readingCount() == 5_000)
                #expect(try await store.durableSequences(device: 1, boot: 1) == [0...4_999])
                let again = batch([Sample.reading(sequence: 4_999)])
                #expect(try await store.commit(again).duplicates == 1)
                #expect(try await store.verify().isSound)
                await store.close()
            }
        }
    }

    private func makeSchema1(_ folder: String, readings: Int64) throws {
        let connection = try Connection(path: folder + "/telehealth.db", access: .creating)
        try connection.execute(SQLiteSchema.version1)
        try connection.execute(
            """
            PRAGMA application_id = \(0x746C_686C); PRAGMA user_version = 1; BEGIN;
            INSERT INTO stored_sequences VALUES (1, 1, 0, \(readings - 1));
            """
        )
        for sequence in 0..<readings {
            let at = Sample.start.milliseconds + sequence * 60_000
            try connection.execute(
                """
                INSERT INTO readings VALUES (\(at / 300_000), 1, \(at), 1, 1, \(sequence), \(at + 5),
                    \(1 << Sign.heartRate.rawValue | 1 << Sign.oxygenSaturation.rawValue), 0, 0, 0,
                    \(Sign.heartRate.rawValue < Sign.oxygenSaturation.rawValue
                        ? "x'40190100dc7c0100'" : "x'dc7c010040190100'"))
                """
            )
        }
        try connection.execute("COMMIT")
    }

    // MARK: Parts

    private func opened(_ folder: String, _ steps: Steps?) async throws -> SQLiteStore {
        var settings = SQLiteSettings(compactionSeconds: 86_400)
        settings.beforeStep = steps?.note
        let store = try SQLiteStore(directory: folder, settings: settings)
        try await store.apply(Sample.registry)
        return store
    }

    private func files(_ folder: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder + "/readings")
        return (names ?? []).filter { $0.hasSuffix(".db") }.sorted()
    }

    private func result<Success>(
        _ body: () async throws(StoreError) -> Success
    ) async -> Result<Success, StoreError> {
        do throws(StoreError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}

/// Counts the steps of compactions and makes one of them fail, as if the process had ended there.
final class Steps: Sendable {
    private struct State {
        var left: Int
        var kinds: Set<String> = []
        var hasFailed = false
    }

    private let state: Guarded<State>

    init(failingAt step: Int) {
        state = Guarded(State(left: step))
    }

    var hasFailed: Bool { state.withLock(\.hasFailed) }

    /// The kinds of steps that were seen.
    var kinds: Set<String> { state.withLock(\.kinds) }

    @Sendable func note(_ step: CompactionStep) throws(StoreError) {
        let fails = state.withLock { state in
            state.kinds.insert(String("\(step)".prefix { $0 != "(" }))
            state.left -= 1
            guard state.left == -1 else { return false }
            state.hasFailed = true
            return true
        }
        if fails { throw .input(code: 5, message: "the process ended") }
    }
}
