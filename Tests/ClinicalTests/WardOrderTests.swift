import Clinical
import Foundation
import Testing
import Vocabulary

/// The seed of random tests: `TELEHEALTH_SEED`, or another each time.
func testSeed() -> UInt64 {
    ProcessInfo.processInfo.environment["TELEHEALTH_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 0...(.max))
}

@Suite struct WardOrderTests {
    /// A stay of some minutes from two devices, with excursions, doubts, dirt and lateness.
    ///
    /// With the defaults all of it fits the fifteen minutes in which a reading can be placed.
    static func stay(
        _ random: inout SeededRandom,
        periods: [Double] = [1, 2, 5],
        lateness: Double = 400
    ) -> [Reading] {
        var readings: [Reading] = []
        var saturation = 95.0
        var rate = 18.0
        var pulse = 85.0
        let period = periods.randomElement(using: &random) ?? 5
        for step in 0..<90 {
            saturation = min(100, max(82, saturation + .random(in: -3...3, using: &random)))
            rate = min(34, max(7, rate + .random(in: -2...2, using: &random)))
            pulse = min(150, max(35, pulse + .random(in: -8...8, using: &random)))
            var values: [Sign: Double] = [
                .oxygenSaturation: saturation, .respiratoryRate: rate, .heartRate: pulse,
            ]
            if random.chance(0.05) { values[.oxygenSaturation] = 0 }
            if random.chance(0.05) { values[.systolicPressure] = 11_647 }
            readings.append(
                reading(
                    Double(step) * period,
                    values,
                    late: random.chance(0.2) ? .random(in: 0...lateness, using: &random) : 0.2,
                    questionable: random.chance(0.1) ? SignSet(.oxygenSaturation) : [],
                    invalid: random.chance(0.05) ? SignSet(.heartRate) : []
                )
            )
            if random.chance(0.15) {
                readings.append(
                    reading(
                        Double(step) * period,
                        [
                            .systolicPressure: .random(in: 80...130, using: &random),
                            .temperature: .random(in: 35...40, using: &random),
                            .supplementalOxygen: random.chance(0.3) ? 1 : 0,
                        ],
                        device: 2,
                        late: random.chance(0.1) ? 1_200 : 1
                    )
                )
            }
        }
        return readings
    }

    static func outcome(_ readings: [Reading]) -> (conditions: [AlarmCondition], ward: Ward) {
        var policy = WardPolicy()
        policy.windowReadings = 200
        var ward = Ward(policy: policy, seed: 1)
        ward.admit(patient(spo2Scale: .two, prescriber: "Dr Lan"))
        var changed: [Alarm] = []
        for reading in readings { ward.receive(reading, at: reading.receivedAt, changed: &changed) }
        let causes: [AlarmCause] = [
            .news2, .low(.oxygenSaturation), .low(.heartRate), .high(.heartRate),
            .low(.respiratoryRate), .high(.respiratoryRate), .low(.systolicPressure),
            .low(.temperature), .high(.temperature),
        ]
        return (causes.map { ward.condition(of: $0, 1) }, ward)
    }

    @Test func `the same readings in any order give the same conditions and scores`() {
        let seed = testSeed()
        print("TELEHEALTH_SEED=\(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<40 {
            let readings = Self.stay(&random)
            let ordered = Self.outcome(readings.sorted { $0.at < $1.at })
            var shuffled = readings
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                if let copy = readings.randomElement(using: &random) { shuffled.append(copy) }
            }
            shuffled.shuffle(using: &random)
            let other = Self.outcome(shuffled)
            #expect(ordered.conditions == other.conditions, "TELEHEALTH_SEED=\(seed)")
            #expect(
                ordered.ward.assessment(of: 1, at: time(1_000))
                    == other.ward.assessment(of: 1, at: time(1_000)),
                "TELEHEALTH_SEED=\(seed)"
            )
            #expect(ordered.ward.latest(of: 1) == other.ward.latest(of: 1))
            let present = ordered.ward.openAlarms().filter { $0.condition == .present }
            let others = other.ward.openAlarms().filter { $0.condition == .present }
            #expect(
                Set(present.map(\.cause)) == Set(others.map(\.cause)),
                "TELEHEALTH_SEED=\(seed)"
            )
            #expect(
                ailments(ordered.ward).isSubset(of: ailments(other.ward)),
                "an order of arrival hid an alarm: TELEHEALTH_SEED=\(seed)"
            )
        }
    }

    @Test func `readings up to 15 min late are as good as readings on time`() {
        let seed = testSeed()
        print("TELEHEALTH_SEED=\(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<40 {
            let readings = Self.stay(&random, periods: [10, 20, 60], lateness: 900)
            let onTime = Self.outcome(readings.sorted { $0.at < $1.at })
            let late = Self.outcome(readings.sorted { $0.receivedAt < $1.receivedAt })
            #expect(onTime.conditions == late.conditions, "TELEHEALTH_SEED=\(seed)")
            #expect(
                ailments(onTime.ward).isSubset(of: ailments(late.ward)),
                "lateness hid an alarm: TELEHEALTH_SEED=\(seed)"
            )
        }
    }

    private func ailments(_ ward: Ward) -> Set<AlarmCause> {
        Set(ward.openAlarms().map(\.cause).filter { $0.kind == .physiological })
    }

    @Test func `at most one alarm of a cause is open, and none changes after it closed`() throws {
        let seed = testSeed()
        print("TELEHEALTH_SEED=\(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<20 {
            var ward = WardUnderTest(limits: .standard, seed: random.next())
            for reading in Self.stay(&random).shuffled(using: &random) {
                ward.receive(reading)
                if random.chance(0.1), let alarm = ward.ward.openAlarms().first {
                    var changed: [Alarm] = []
                    try ward.ward.acknowledge(
                        alarm.id,
                        by: nurse,
                        at: reading.receivedAt,
                        changed: &changed
                    )
                    ward.changes += changed
                }
                let open = ward.ward.openAlarms().map(\.cause)
                #expect(Set(open).count == open.count, "TELEHEALTH_SEED=\(seed)")
            }
            var closed: Set<AlarmID> = []
            var last: [AlarmID: Alarm] = [:]
            for change in ward.changes {
                #expect(!closed.contains(change.id), "TELEHEALTH_SEED=\(seed)")
                if change.closedAt != nil { closed.insert(change.id) }
                last[change.id] = change
            }
            for alarm in ward.ward.openAlarms() { #expect(last[alarm.id] == alarm) }
        }
    }
}
