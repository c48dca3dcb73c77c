import Clinical
import Glibc
import Simulation
import Testing
import Vocabulary

@Suite struct PatientModelTests {
    let start = Instant(seconds: 1_763_600_000)

    /// The seed of a random test: printed, and taken back from `TELEHEALTH_SEED`.
    static let seed: UInt64 = {
        let seed =
            unsafe getenv("TELEHEALTH_SEED").flatMap { UInt64(unsafe String(cString: $0)) }
            ?? UInt64.random(in: 0...UInt64.max)
        print("TELEHEALTH_SEED=\(seed)")
        return seed
    }()

    /// Every sign at every second of `seconds`, as text, for comparison.
    func values(of model: PatientModel, seconds: Int) -> [String] {
        var model = model
        return (0..<seconds).map { second in
            let measurement = model.measure(at: start + .seconds(second))
            return Sign.allCases.map { sign in
                measurement[sign].map { "\(sign.name)=\($0.value)" } ?? ""
            }.joined(separator: " ")
        }
    }

    @Test(arguments: Scenario.allCases)
    func `the same seed gives the same patient and another seed another`(_ scenario: Scenario) {
        let one = PatientModel(scenario: scenario, seed: 7, start: start, hasten: 60)
        let same = PatientModel(scenario: scenario, seed: 7, start: start, hasten: 60)
        let other = PatientModel(scenario: scenario, seed: 8, start: start, hasten: 60)
        #expect(values(of: one, seconds: 60) == values(of: same, seconds: 60))
        #expect(values(of: one, seconds: 60) != values(of: other, seconds: 60))
    }

    @Test func `a stable patient stays inside the bands that score little`() {
        var random = SeededRandom(seed: Self.seed)
        for _ in 0..<50 {
            var model = PatientModel(scenario: .stable, seed: random.next(), start: start)
            for minute in 0..<1_440 {
                let measurement = model.measure(at: start + .minutes(minute))
                // No single red parameter (3 points) and no limit of the default alarms.
                #expect((51...110).contains(measurement[.heartRate]?.rounded ?? 0))
                #expect((94...100).contains(measurement[.oxygenSaturation]?.rounded ?? 0))
                #expect((10...22).contains(measurement[.respiratoryRate]?.rounded ?? 0))
                #expect((101...180).contains(measurement[.systolicPressure]?.rounded ?? 0))
                #expect((361...380).contains(measurement[.temperature]?.roundedTenths ?? 0))
            }
        }
    }

    @Test func `pulse follows the hours of the day`() {
        func mean(atHour hour: Int) -> Double {
            let midnight = Instant(seconds: 1_763_571_600)  // 00:00 in Viet Nam
            var sum = 0.0
            for seed in 0..<200 {
                let from = midnight + .hours(hour)
                var model = PatientModel(scenario: .stable, seed: UInt64(seed), start: from)
                sum += model.measure(at: from)[.heartRate]?.value ?? 0
            }
            return sum / 200
        }
        #expect(mean(atHour: 17) > mean(atHour: 5) + 5)
    }

    @Test func `noise remembers for a while and then forgets`() {
        func spread(afterSeconds seconds: Int) -> Double {
            var sum = 0.0
            for seed in 0..<300 {
                var model = PatientModel(scenario: .stable, seed: UInt64(seed), start: start)
                let first = model.measure(at: start)[.systolicPressure]?.value ?? 0
                let later = model.measure(at: start + .seconds(seconds))
                let change = (later[.systolicPressure]?.value ?? 0) - first
                sum += change * change
            }
            return (sum / 300).squareRoot()
        }
        #expect(spread(afterSeconds: 5) * 2 < spread(afterSeconds: 3_000))
    }

    @Test(arguments: [Scenario.sepsis, .hypoxia, .bradyarrhythmia], 0..<20)
    func `a deterioration hastened sixtyfold is unmistakable within a minute`(
        _ scenario: Scenario,
        _ seed: Int
    ) {
        var model = PatientModel(scenario: scenario, seed: UInt64(seed), start: start, hasten: 60)
        let before = model.measure(at: start)
        let after = model.measure(at: start + .seconds(60))
        #expect(before[.consciousness] == Magnitude(0))
        #expect(after[.consciousness] != Magnitude(0))
        switch scenario {
        case .sepsis:
            #expect((after[.respiratoryRate]?.rounded ?? 0) >= 25)
            #expect((after[.temperature]?.roundedTenths ?? 0) >= 391 - 3)
        case .hypoxia: #expect((after[.oxygenSaturation]?.rounded ?? 100) <= 91)
        case .bradyarrhythmia: #expect((after[.heartRate]?.rounded ?? 100) <= 40)
        case .stable, .sensorOff, .flatBattery: Issue.record("no deterioration")
        }
    }

    @Test func `at real speed nothing has happened after a minute`() {
        let model = PatientModel(scenario: .hypoxia, seed: 3, start: start, hasten: 1)
        #expect(model.onset >= start + .seconds(120))
        #expect(model.extent(at: start + .seconds(60)) == 0)
    }

    @Test func `whoever recovered falls ill again after a rest`() {
        var model = PatientModel(
            scenario: .hypoxia,
            seed: 7,
            start: start,
            hasten: 60,
            relapses: true
        )
        var instant = start
        while model.extent(at: instant) < 1 { instant = instant + .seconds(1) }
        model.treat(at: instant)
        while model.extent(at: instant) > 0 { instant = instant + .seconds(1) }
        let recovered = instant
        _ = model.measure(at: recovered)
        #expect(model.onset > recovered)
        #expect(model.onset <= recovered + .seconds(60))
        #expect(model.extent(at: model.onset + .seconds(20)) == 1)
    }

    @Test func `treatment turns a deterioration back`() {
        var model = PatientModel(scenario: .hypoxia, seed: 3, start: start, hasten: 60)
        let worst = start + .seconds(40)
        #expect(model.extent(at: worst) == 1)
        model.treat(at: worst)
        #expect(model.extent(at: worst) == 1)
        #expect(model.extent(at: worst + .seconds(8)) < 1)
        #expect(model.extent(at: worst + .seconds(20)) == 0)
    }

    @Test func `a probe that fell off reads zero and says that it is invalid`() {
        var model = PatientModel(scenario: .sensorOff, seed: 3, start: start, hasten: 60)
        let before = model.measure(at: start)
        #expect(before.reading.invalid.isEmpty)
        let after = model.measure(at: start + .seconds(60))
        #expect(after[.oxygenSaturation] == Magnitude(0))
        #expect(after.reading.invalid.contains(.oxygenSaturation))
        #expect(!after.reading.invalid.contains(.heartRate))
    }

    @Test func `a mix is drawn exactly, at places that the seed decides`() throws {
        let mix = try #require(ScenarioMix("sepsis=100,hypoxia=50"))
        var random = SeededRandom(seed: Self.seed)
        let drawn = mix.draw(1_010, using: &random)
        let counts = Dictionary(grouping: drawn, by: \.self).mapValues(\.count)
        #expect(counts == [.sepsis: 101, .hypoxia: 51, .stable: 858])
        let again = mix.draw(1_010, using: &random)
        #expect(again != drawn)
    }

    @Test(arguments: [(29, 0), (30, 1), (250, 1), (374, 1), (375, 2)])
    func `a small nation shows every scenario once it has thirty devices`(
        _ count: Int,
        _ expected: Int
    ) throws {
        let mix = try #require(ScenarioMix("hypoxia=4"))
        var random = SeededRandom(seed: Self.seed)
        let drawn = mix.draw(count, using: &random)
        #expect(drawn.count == count)
        #expect(drawn.count { $0 == .hypoxia } == expected)
    }

    @Test(arguments: [
        "sepsis", "sepsis=", "sepsis=x", "stable=1", "flu=3", "sepsis=1,sepsis=1",
        "sepsis=600,hypoxia=401", "sepsis=-1",
    ])
    func `a wrong mix is refused`(_ text: String) {
        #expect(ScenarioMix(text) == nil)
    }

    @Test func `a mix may fill the whole and no more`() {
        #expect(ScenarioMix("sepsis=600,hypoxia=400") != nil)
    }
}
