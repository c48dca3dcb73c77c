import Clinical
import Store
import TestKit
import Testing
import Vocabulary

@Suite struct AggregateConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func `minutes and hours equal those recomputed, in any order of arrival, with copies`(
        kind: StoreKind
    ) async throws {
        let seed = TestSeed.take("aggregates, \(kind)")
        try await kind.withStore { first, room in
            var random = SeededRandom(seed: seed)
            var store = first
            var chart = Chart()
            for _ in 0..<40 {
                let batch = Chart.batch(&random)
                _ = try await store.commit(batch)
                chart.note(batch)
                if random.chance(0.3) { try await room.tidy() }
                if random.chance(0.1) { store = try await room.reopen() }
            }
            try await chart.matches(store)
            try await room.tidy()
            try await chart.matches(store)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a minute counts what may be scored, doubted values too, invalid ones not`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, room in
            var first = Sample.reading(sequence: 1)
            first[.heartRate] = Magnitude(60)
            var second = Sample.reading(sequence: 2)
            second.at = Sample.start + .seconds(59)
            second[.heartRate] = Magnitude(thousandths: 90_500)
            second.questionable = SignSet(.heartRate)
            second.invalid = SignSet(.oxygenSaturation)
            let next = Sample.reading(sequence: 3, minute: 1)
            _ = try await store.commit(batch([second, first, next]))
            for isTidy in [false, true] {
                if isTidy { try await room.tidy() }
                let minutes = try await store.aggregates(
                    of: 1,
                    .minute,
                    from: Sample.start + .seconds(30),
                    until: Sample.start + .minutes(1),
                    limit: 10
                )
                #expect(minutes.map(\.start) == [Sample.start])
                let rate = try #require(minutes.first?[.heartRate])
                #expect(rate.least == 60_000)
                #expect(rate.greatest == 90_500)
                #expect(rate.sum == 150_500)
                #expect(rate.count == 2)
                #expect(minutes.first?[.oxygenSaturation]?.count == 1)
                #expect(minutes.first?[.temperature] == nil)
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the range takes whole minutes from the first, and none that begins at its end`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, room in
            let readings = (0..<10).map { Sample.reading(sequence: $0, minute: Int($0)) }
            _ = try await store.commit(batch(Array(readings.prefix(5))))
            try await room.tidy()
            _ = try await store.commit(batch(Array(readings.suffix(5))))
            func minutes(_ from: Int, _ until: Int, limit: Int = 100) async throws -> [Int64] {
                try await store.aggregates(
                    of: 1,
                    .minute,
                    from: Sample.start + .seconds(from),
                    until: Sample.start + .seconds(until),
                    limit: limit
                ).map { ($0.start.milliseconds - Sample.start.milliseconds) / 60_000 }
            }
            #expect(try await minutes(60, 180) == [1, 2])
            #expect(try await minutes(61, 181) == [1, 2, 3])
            #expect(try await minutes(0, 600) == Array(0...9))
            #expect(try await minutes(0, 600, limit: 7) == Array(0...6))
            #expect(try await minutes(120, 120).isEmpty)
            #expect(try await minutes(180, 60).isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `single readings go after their days, minutes after theirs, hours last`(
        kind: StoreKind
    ) async throws {
        let retention = Retention(rawDays: 2, minuteDays: 40, hourDays: 400)
        try await kind.withStore(retention: retention) { first, room in
            var store = first
            // Received on day 0, 1, 2, …; Sample.start is a midnight.
            for day in 0..<4 {
                _ = try await store.commit(batch([reading(day: day, Int64(day))]))
                try await room.tidy()
            }
            #expect(try await raw(store) == [2, 3])
            #expect(try await counted(store, .minute) == 4)
            // Late beyond the retention of readings: only in the aggregates, and once.
            var late = reading(day: 0, 100)
            late.receivedAt = Sample.start + .hours(73)
            #expect(
                try await store.commit(batch([late])) == IngestOutcome(stored: 1, duplicates: 0)
            )
            #expect(
                try await store.commit(batch([late])) == IngestOutcome(stored: 0, duplicates: 1)
            )
            for isTidy in [false, true] {
                if isTidy { try await room.tidy() }
                #expect(try await raw(store) == [2, 3])
                #expect(try await counted(store, .minute) == 5)
                #expect(try await counted(store, .hour) == 5)
                #expect(try await store.readingCount() == 5)
                #expect(try await store.durableSequences(device: 1, boot: 1) == [0...3, 100...100])
            }
            // Later still the minutes and then the hours are gone; the numbers stay.
            _ = try await store.commit(batch([reading(day: 80, 5)]))
            try await room.tidy()
            store = try await room.reopen()
            #expect(try await counted(store, .minute) == 1)
            #expect(try await counted(store, .hour) == 6)
            _ = try await store.commit(batch([reading(day: 900, 6), late]))
            try await room.tidy()
            #expect(try await counted(store, .hour) == 1)
            #expect(
                try await store.durableSequences(device: 1, boot: 1)
                    == [0...3, 5...6, 100...100]
            )
        }
    }

    private func reading(day: Int, _ sequence: Int64) -> Reading {
        Sample.reading(sequence: sequence, minute: day * 1_440 + 600)
    }

    private func raw(_ store: any Store) async throws -> [Int64] {
        let found = try await store.readings(
            of: 1,
            from: .distantPast,
            until: .distantFuture,
            limit: 100
        )
        let page = try await store.readings(since: .distantPast, page: nil)
        #expect(page.readings.map(\.sequence) == found.map(\.sequence))
        return found.map(\.sequence)
    }

    private func counted(
        _ store: any Store,
        _ resolution: Aggregate.Resolution
    ) async throws -> Int64 {
        try await store.aggregates(
            of: 1,
            resolution,
            from: .distantPast,
            until: .distantFuture,
            limit: 1_000
        ).compactMap { $0[.heartRate]?.count }.reduce(0, +)
    }
}
