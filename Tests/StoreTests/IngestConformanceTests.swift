import Clinical
import Store
import TestKit
import Testing
import Vocabulary

@Suite struct IngestConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func `a reading comes back with every value it had`(kind: StoreKind) async throws {
        try await kind.withStore { first, room in
            var reading = Sample.reading(sequence: 7)
            for sign in Sign.allCases {
                reading[sign] = Magnitude(thousandths: Int32(sign.rawValue) * 1_001 - 5_000)
            }
            reading.questionable = SignSet(.heartRate)
            reading.invalid = SignSet(.height)
            reading.flags = [.backlog, .unsequenced]
            var bare = Sample.reading(sequence: 8, minute: 1)
            for sign in Sign.allCases { bare[sign] = nil }
            _ = try await first.commit(batch([reading, bare]))
            let store = try await room.reopen()
            let found = try await store.readings(
                of: 1,
                from: Sample.start,
                until: .distantFuture,
                limit: 10
            )
            #expect(found.count == 2)
            #expect(found.first.map(Facts.init) == Facts(reading))
            #expect(found.last.map(Facts.init) == Facts(bare))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a reading that comes again is counted and dropped`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let reading = Sample.reading(sequence: 1)
            var changed = reading
            changed[.heartRate] = Magnitude(200)
            changed.at = reading.at + .minutes(9)
            changed.patient = 2
            #expect(
                try await store.commit(batch([reading, reading]))
                    == IngestOutcome(stored: 1, duplicates: 1)
            )
            #expect(
                try await store.commit(batch([changed])) == IngestOutcome(stored: 0, duplicates: 1)
            )
            #expect(try await store.readingCount() == 1)
            let kept = try await store.readings(
                of: 1,
                from: Sample.start,
                until: .distantFuture,
                limit: 10
            )
            #expect(kept.first.map(Facts.init) == Facts(reading))
            // Another boot, device or sequence number is another reading.
            let others = [
                Sample.reading(sequence: 2), Sample.reading(boot: 2, sequence: 1),
                Sample.reading(device: 2, sequence: 1),
            ]
            #expect(
                try await store.commit(batch(others)) == IngestOutcome(stored: 3, duplicates: 0)
            )
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an empty batch changes nothing`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let outcome = try await store.commit(IngestBatch())
            #expect(outcome == IngestOutcome(stored: 0, duplicates: 0))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a patient's readings come in order, from inclusive and until exclusive`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            let readings = [3, 0, 2, 1].map { minute in
                Sample.reading(sequence: Int64(10 + minute), minute: minute)
            }
            _ = try await store.commit(batch(readings + [Sample.reading(patient: 2, sequence: 99)]))
            let inside = try await store.readings(
                of: 1,
                from: Sample.start + .minutes(1),
                until: Sample.start + .minutes(3),
                limit: 10
            )
            #expect(inside.map(\.sequence) == [11, 12])
            let first = try await store.readings(
                of: 1,
                from: Sample.start,
                until: .distantFuture,
                limit: 1
            )
            #expect(first.map(\.sequence) == [10])
            let none = try await store.readings(
                of: 1,
                from: Sample.start + .minutes(3),
                until: Sample.start,
                limit: 10
            )
            #expect(none.isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `pages give every reading since an instant once, of each patient the oldest first`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            // More than two pages, many at the same instant, from several patients.
            let readings = (0..<10_400).map { index in
                Sample.reading(
                    device: Int32(index % 7 + 1),
                    patient: Int32(index % 3 + 1),
                    sequence: Int64(index),
                    minute: index % 50
                )
            }
            _ = try await store.commit(batch(readings))
            let from = Sample.start + .minutes(2)
            var found: [Reading] = []
            var page = try await store.readings(since: from, page: nil)
            found += page.readings
            while let next = page.next {
                page = try await store.readings(since: from, page: next)
                found += page.readings
            }
            let expected = readings.filter { $0.at >= from }
            #expect(found.count == expected.count)
            #expect(Set(found.map(\.sequence)) == Set(expected.map(\.sequence)))
            for patient in Int32(1)...3 {
                let own = found.filter { $0.patient == patient }
                #expect(zip(own, own.dropFirst()).allSatisfy { $0.at <= $1.at })
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `durable sequences are closed ranges and cover what was refused`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            var ingest = batch([1, 2, 3, 5, 9].map { Sample.reading(sequence: $0) })
            ingest.quarantined = [Sample.refused(sequence: 4), Sample.refused(sequence: 7)]
            ingest.readings.append(Sample.reading(boot: 2, sequence: 6))
            _ = try await store.commit(ingest)
            #expect(try await store.durableSequences(device: 1, boot: 1) == [1...5, 7...7, 9...9])
            #expect(try await store.durableSequences(device: 1, boot: 2) == [6...6])
            #expect(try await store.durableSequences(device: 2, boot: 1).isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `boots come back, and a number keeps its text`(kind: StoreKind) async throws {
        try await kind.withStore { first, room in
            let boots = [
                DeviceBoot(device: 1, number: 1, boot: "a"),
                DeviceBoot(device: 1, number: 2, boot: "b"),
                DeviceBoot(device: 2, number: 1, boot: "a"),
            ]
            var ingest = IngestBatch()
            ingest.boots = boots + [boots[0]]
            _ = try await first.commit(ingest)
            let store = try await room.reopen()
            #expect(try await store.boots() == boots)
            for wrong in [
                DeviceBoot(device: 1, number: 1, boot: "c"),
                DeviceBoot(device: 1, number: 3, boot: "a"),
            ] {
                var refused = batch([Sample.reading(sequence: 1)])
                refused.boots = [wrong]
                guard case .constraint = await refusal({ _ = try await store.commit(refused) })
                else {
                    Issue.record("\(wrong) was taken")
                    continue
                }
            }
            #expect(try await store.readingCount() == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an alarm is committed with its readings, or both are refused`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            var ingest = batch([Sample.reading(sequence: 1)])
            ingest.alarms = [Sample.alarm(1)]
            _ = try await store.commit(ingest)
            #expect(try await store.alarm(AlarmID(trusted: "alarm-1")) == Sample.alarm(1))
            ingest = batch([Sample.reading(sequence: 2)])
            ingest.alarms = [Sample.strayAlarm]
            let refused = ingest
            guard case .constraint = await refusal({ _ = try await store.commit(refused) }) else {
                Issue.record("an alarm of nobody was taken")
                return
            }
            #expect(try await store.readingCount() == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the smallest and the largest sequence numbers are numbers like others`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            let sequences: [Int64] = [.max, .min, .max - 1, .min + 1, .max, 0, .min]
            let outcome = try await store.commit(
                batch(sequences.map { Sample.reading(sequence: $0) })
            )
            #expect(outcome == IngestOutcome(stored: 5, duplicates: 2))
            #expect(
                try await store.durableSequences(device: 1, boot: 1)
                    == [Int64.min...(.min + 1), 0...0, (.max - 1)...Int64.max]
            )
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a refused payload that is replayed is stored as a reading once`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            var refused = batch([Sample.reading(sequence: 1)])
            refused.quarantined = [Sample.refused(sequence: 2)]
            _ = try await store.commit(refused)
            let replay = batch([Sample.reading(sequence: 2), Sample.reading(sequence: 3)])
            #expect(
                try await store.commit(replay) == IngestOutcome(stored: 2, duplicates: 0)
            )
            #expect(
                try await store.commit(replay) == IngestOutcome(stored: 0, duplicates: 2)
            )
            #expect(try await store.durableSequences(device: 1, boot: 1) == [1...3])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `random batches with copies store each reading once`(kind: StoreKind) async throws {
        let seed = TestSeed.take("random batches, \(kind)")
        try await kind.withStore { first, room in
            var random = SeededRandom(seed: seed)
            var store = first
            var expected: Set<Int64> = []
            for _ in 0..<60 {
                let sequences = (0..<Int.random(in: 1...80, using: &random)).map { _ in
                    Int64.random(in: 0..<2_000, using: &random)
                }
                let new = Set(sequences).subtracting(expected)
                let outcome = try await store.commit(
                    batch(sequences.map { Sample.reading(sequence: $0, minute: Int($0)) })
                )
                #expect(outcome.stored == new.count)
                #expect(outcome.duplicates == sequences.count - new.count)
                expected.formUnion(new)
                if random.chance(0.1) { store = try await room.reopen() }
                if random.chance(0.2) {
                    // A batch that is refused leaves no trace in what is remembered either.
                    var refused = batch([
                        Sample.reading(sequence: Int64.random(in: 0..<2_000, using: &random))
                    ])
                    refused.alarms = [Sample.strayAlarm]
                    let given = refused
                    let error = await refusal { _ = try await store.commit(given) }
                    #expect(error != nil)
                }
            }
            #expect(try await store.readingCount() == expected.count)
            let durable = try await store.durableSequences(device: 1, boot: 1)
            #expect(Set(durable.joined()) == expected)
        }
    }
}

extension Sample {
    /// An alarm of a patient whom nobody knows.
    static let strayAlarm = Alarm(
        id: AlarmID(trusted: "stray"),
        patient: PatientID(trusted: "nobody"),
        site: SiteID(trusted: "site-1"),
        cause: .sos,
        priority: .high,
        condition: .present,
        signal: .on,
        sampleAt: start,
        sampleReceivedAt: start,
        raisedAt: start,
        changedAt: start
    )
}

func batch(_ readings: [Reading]) -> IngestBatch {
    var batch = IngestBatch()
    batch.readings = readings
    return batch
}

/// All of a reading that can be compared.
struct Facts: Equatable {
    let numbers: [Int64]
    let magnitudes: [Magnitude?]

    init(_ reading: Reading) {
        numbers = [
            Int64(reading.device), Int64(reading.patient), Int64(reading.boot), reading.sequence,
            reading.at.milliseconds, reading.receivedAt.milliseconds,
            Int64(reading.signs.rawValue), Int64(reading.questionable.rawValue),
            Int64(reading.invalid.rawValue), Int64(reading.flags.rawValue),
        ]
        magnitudes = Sign.allCases.map { reading[$0] }
    }
}
