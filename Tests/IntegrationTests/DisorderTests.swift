import Clinical
import Simulation
import TestKit
import Testing
import Vocabulary

/// The order in which readings arrive decides nothing.
@Suite struct DisorderTests {
    @Test(arguments: [(period: 1, count: 900), (2, 600), (10, 300), (60, 200), (600, 60)])
    func `shuffled, doubled and late, readings lead to the same readings, scores and conditions`(
        _ stay: (period: Int, count: Int)
    ) async throws {
        let seed = TestSeed.take("disorder")
        var random = SeededRandom(seed: seed)
        var backfilled = 0
        var copies = 0
        var present = 0
        for _ in 0..<3 {
            let measurements = DisorderTests.stay(stay.period, stay.count, &random)
            let disorder = try await Disorder(
                measurements,
                periodSeconds: stay.period,
                &random
            )
            #expect(disorder.faults == [], "TELEHEALTH_SEED=\(seed), every \(stay.period) s")
            #expect(disorder.late.stored.count == disorder.entries, "TELEHEALTH_SEED=\(seed)")
            backfilled += disorder.deliveries.backfilled.count
            copies += disorder.deliveries.copies
            present += disorder.late.open.count
        }
        // A disorder that disturbs nothing, or a patient who is well, would prove nothing.
        #expect(backfilled > 0 && copies > 0 && present > 0, "TELEHEALTH_SEED=\(seed)")
    }

    /// A patient around the limits, with doubts, dirt and probes that come off.
    private static func stay(
        _ period: Int,
        _ count: Int,
        _ random: inout SeededRandom
    ) -> [Measurement] {
        var saturation = 93.0
        var rate = 20.0
        var pulse = 95.0
        return (0..<count).map { step in
            saturation = min(100, max(80, saturation + .random(in: -2...2, using: &random)))
            rate = min(36, max(6, rate + .random(in: -2...2, using: &random)))
            pulse = min(150, max(35, pulse + .random(in: -6...6, using: &random)))
            let at = Instant(seconds: 1_763_600_000) + .seconds(step * period)
            var measurement = Measurement(at: at)
            measurement[.oxygenSaturation] = Magnitude(rounding: saturation.rounded())
            measurement[.respiratoryRate] = Magnitude(rounding: rate.rounded())
            measurement[.heartRate] = Magnitude(rounding: pulse.rounded())
            if random.chance(0.05) { measurement[.oxygenSaturation] = Magnitude(0) }
            if random.chance(0.1) {
                measurement[.systolicPressure] = Magnitude(Int.random(in: 80...200, using: &random))
                measurement[.supplementalOxygen] = Magnitude(random.chance(0.3) ? 1 : 0)
            }
            if random.chance(0.1) {
                measurement.reading.questionable.insert(SignSet(.oxygenSaturation))
            }
            if random.chance(0.05) { measurement.reading.invalid.insert(SignSet(.heartRate)) }
            return measurement
        }
    }
}
