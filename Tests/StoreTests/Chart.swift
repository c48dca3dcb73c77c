import Clinical
import Store
import TestKit
import Testing
import Vocabulary

/// Readings that came in some order, and what a store must say of them.
struct Chart {
    static let patients: ClosedRange<PatientNumber> = 1...3

    /// In the order of arrival, copies left out.
    private(set) var readings: [Reading] = []
    private var names: Set<[Int64]> = []

    mutating func note(_ batch: IngestBatch) {
        for reading in batch.readings {
            let name = [Int64(reading.device), Int64(reading.boot), reading.sequence]
            if names.insert(name).inserted { readings.append(reading) }
        }
    }

    /// Every way of asking gives what came, each reading once.
    func matches(_ store: any Store, sourceLocation: SourceLocation = #_sourceLocation) async throws
    {
        #expect(try await store.readingCount() == readings.count, sourceLocation: sourceLocation)
        for patient in Chart.patients {
            let own = of(patient).map(Facts.init)
            let found = try await store.readings(
                of: patient,
                from: .distantPast,
                until: .distantFuture,
                limit: .max
            )
            #expect(found.map(Facts.init) == own, sourceLocation: sourceLocation)
            for resolution in Aggregate.Resolution.allCases {
                let found = try await store.aggregates(
                    of: patient,
                    resolution,
                    from: .distantPast,
                    until: .distantFuture,
                    limit: .max
                )
                #expect(
                    found.map(AggregateFacts.init) == aggregates(patient, resolution),
                    sourceLocation: sourceLocation
                )
            }
        }
        var page = try await store.readings(since: .distantPast, page: nil)
        var paged = page.readings
        while let next = page.next {
            page = try await store.readings(since: .distantPast, page: next)
            paged += page.readings
        }
        #expect(paged.count == readings.count, sourceLocation: sourceLocation)
        for patient in Chart.patients {
            #expect(
                paged.filter { $0.patient == patient }.map(Facts.init)
                    == of(patient).map(Facts.init),
                sourceLocation: sourceLocation
            )
        }
    }

    func of(_ patient: PatientNumber) -> [Reading] {
        readings.filter { $0.patient == patient }.sorted { left, right in
            if left.at != right.at { return left.at < right.at }
            return (left.device, left.boot, left.sequence)
                < (right.device, right.boot, right.sequence)
        }
    }

    /// Recomputed from single readings, with code of its own.
    func aggregates(
        _ patient: PatientNumber,
        _ resolution: Aggregate.Resolution
    ) -> [AggregateFacts] {
        let length: Int64 = resolution == .minute ? 60_000 : 3_600_000
        let groups = Dictionary(grouping: of(patient)) { reading in
            Int64((Double(reading.at.milliseconds) / Double(length)).rounded(.down)) * length
        }
        return groups.sorted { $0.key < $1.key }.map { start, readings in
            var values: [Sign: [Int64]] = [:]
            for reading in readings {
                for sign in Sign.allCases {
                    guard let magnitude = reading.scorable(sign) else { continue }
                    values[sign, default: []].append(Int64(magnitude.thousandths))
                }
            }
            return AggregateFacts(start: start, values: values)
        }
    }

    /// A batch of readings of three patients over some days, some late, some copies, some doubted.
    static func batch(_ random: inout SeededRandom, days: Int = 3) -> IngestBatch {
        var batch = IngestBatch()
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            let device = Int32.random(in: 1...4, using: &random)
            var reading = Sample.reading(
                device: device,
                patient: Int32.random(in: patients, using: &random),
                boot: Int32.random(in: 1...2, using: &random),
                sequence: Int64.random(in: 0..<400, using: &random)
            )
            let milliseconds = Int64(days) * 86_400_000
            let offset = Int64.random(in: 0..<milliseconds, using: &random)
            // Near the borders of days and hours as well.
            let snapped = random.chance(0.3) ? offset / 3_600_000 * 3_600_000 : offset
            reading.at = Instant(
                milliseconds: Sample.start.milliseconds + snapped - (random.chance(0.1) ? 1 : 0)
            )
            reading.receivedAt = Sample.start + .hours(24 * days)
            for sign in Sign.allCases where random.chance(0.3) {
                reading[sign] = Magnitude(
                    thousandths: Int32.random(in: -200_000...300_000, using: &random)
                )
                if random.chance(0.1) { reading.invalid.insert(SignSet(sign)) }
                if random.chance(0.1) { reading.questionable.insert(SignSet(sign)) }
            }
            batch.readings.append(reading)
            if random.chance(0.1) { batch.readings.append(reading) }
        }
        return batch
    }
}

/// All of an aggregate that can be compared.
struct AggregateFacts: Equatable, CustomStringConvertible {
    let start: Int64
    let signs: [[Int64]?]

    init(_ aggregate: Aggregate) {
        start = aggregate.start.milliseconds
        signs = Sign.allCases.map { sign in
            aggregate[sign].map { summary in
                [Int64(summary.least), Int64(summary.greatest), summary.sum, summary.count]
            }
        }
    }

    init(start: Int64, values: [Sign: [Int64]]) {
        self.start = start
        signs = Sign.allCases.map { sign in
            guard let own = values[sign], let least = own.min(), let greatest = own.max() else {
                return nil
            }
            return [least, greatest, own.reduce(0, +), Int64(own.count)]
        }
    }

    var description: String { "\(start): \(signs.map { $0.map(\.description) ?? "-" })" }
}
