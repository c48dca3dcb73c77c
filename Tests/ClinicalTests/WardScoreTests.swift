import Clinical
import Testing
import Vocabulary

/// NEWS2 as the cause of an alarm.
@Suite struct WardScoreTests {
    /// Rate 25 (3), SpO2 92 (2), pulse 111 (2): 7.
    private let emergency: [Sign: Double] = [
        .respiratoryRate: 25, .oxygenSaturation: 92, .heartRate: 111,
    ]
    /// Rate 21 (2), SpO2 95 (1), pulse 111 (2): 5.
    private let urgent: [Sign: Double] = [
        .respiratoryRate: 21, .oxygenSaturation: 95, .heartRate: 111,
    ]
    private let normal: [Sign: Double] = [
        .respiratoryRate: 16, .oxygenSaturation: 97, .heartRate: 70,
    ]

    @Test func `7 known points page at once though the score is partial`() throws {
        var ward = WardUnderTest()
        #expect(ward.receive(0, emergency).isEmpty)
        let alarm = try #require(ward.receive(10, emergency).first)
        #expect(alarm.cause == .news2 && alarm.priority == .high && alarm.score == 7)
        #expect(ward.ward.assessment(of: 1, at: time(10))?.state == .partial)
    }

    @Test func `the score must persist for its dwell`() {
        var ward = WardUnderTest()
        ward.receive(0, emergency)
        #expect(ward.receive(9.999, emergency).isEmpty)
        #expect(ward.receive(10, emergency).count == 1)
    }

    @Test func `4 points do not alarm, 5 do, and a red parameter does`() {
        var four = WardUnderTest()
        let values: [Sign: Double] = [
            .respiratoryRate: 21, .oxygenSaturation: 96, .heartRate: 111,
        ]
        for second in [0.0, 10, 20] { four.receive(second, values) }
        #expect(four.changes.isEmpty)
        var five = WardUnderTest()
        for second in [0.0, 10] { five.receive(second, urgent) }
        #expect(five.changes.map(\.priority) == [.medium])
        var red = WardUnderTest()
        for second in [0.0, 10] { red.receive(second, [.heartRate: 131]) }
        #expect(red.changes.map(\.priority) == [.medium])
        #expect(red.changes.map(\.score) == [3])
    }

    @Test func `a single glitch does not page, whatever else is measured after it`() {
        var ward = WardUnderTest()
        ward.receive(0, normal)
        ward.receive(60, [.oxygenSaturation: 70])
        ward.receive(reading(75, [.temperature: 39.5, .systolicPressure: 105], device: 2))
        ward.receive(reading(90, [.temperature: 39.5, .systolicPressure: 105], device: 2))
        ward.receive(120, normal)
        #expect(ward.changes.isEmpty)
        ward.receive(180, [.oxygenSaturation: 70])
        #expect(ward.receive(240, [.oxygenSaturation: 70]).count == 1)
    }

    @Test func `a cuff's single red value pages once the dwell has passed`() {
        var ward = WardUnderTest()
        ward.receive(reading(0, [.systolicPressure: 85], device: 2))
        ward.receive(5, normal)
        #expect(ward.receive(10, normal).map(\.cause) == [.news2])
    }

    @Test func `a priority goes up at once and down after its dwell`() throws {
        var ward = WardUnderTest()
        for second in [0.0, 10] { ward.receive(second, urgent) }
        let alarm = try #require(ward.open(.news2))
        try ward.acknowledge(alarm, at: 11)
        let up = try #require(ward.receive(12, emergency).first)
        #expect(up.priority == .high && up.signal == .on && up.id == alarm.id)
        ward.receive(20, urgent)
        #expect(ward.receive(79.999, urgent).isEmpty)
        let down = try #require(ward.receive(80, urgent).first)
        #expect(down.priority == .medium && down.condition == .present)
    }

    @Test func `stale inputs never raise`() {
        var ward = WardUnderTest()
        let limit = 900.0
        ward.receive(0, [.oxygenSaturation: 92, .respiratoryRate: 22])
        ward.receive(1, [.oxygenSaturation: 92, .respiratoryRate: 22])
        // 4 points so far; the pulse adds 2 once they are too old.
        ward.receive(limit + 1.001, [.heartRate: 120])
        ward.receive(limit + 20, [.heartRate: 120])
        #expect(ward.changes.isEmpty)
        var fresh = WardUnderTest()
        fresh.receive(0, [.oxygenSaturation: 92, .respiratoryRate: 22])
        fresh.receive(1, [.oxygenSaturation: 92, .respiratoryRate: 22])
        fresh.receive(limit - 30, [.heartRate: 120])
        fresh.receive(limit - 10, [.heartRate: 120])
        #expect(fresh.changes.map(\.priority) == [.medium])
    }

    @Test func `an alarm does not clear because an input grew stale`() {
        var ward = WardUnderTest()
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 85]) }
        for second in stride(from: 20.0, through: 1_200, by: 20) {
            ward.receive(second, [.heartRate: 70])
        }
        #expect(ward.open(.news2)?.condition == .present)
        for second in [1_220.0, 1_230] { ward.receive(second, normal) }
        #expect(ward.open(.news2)?.condition == .absent)
    }

    @Test func `children and pregnant patients have no score`() throws {
        // The year is 2026: born in 2010 makes 16, in 2011 15.
        for (person, applies) in [
            (patient(birthYear: 2010), true), (patient(birthYear: 2011), false),
            (patient(pregnant: true), false),
        ] {
            var ward = WardUnderTest(patients: [person])
            for second in [0.0, 10, 20] { ward.receive(second, emergency) }
            let assessment = try #require(ward.ward.assessment(of: 1, at: time(20)))
            #expect(assessment.applicable == applies)
            #expect((assessment.score != nil) == applies)
            #expect(ward.changes.isEmpty != applies)
        }
    }

    @Test func `scale 2 needs a prescriber`() throws {
        for (prescriber, points) in [(String?.none, 3), ("", 3), ("Dr Lan", 0)] {
            var ward = WardUnderTest(
                patients: [patient(spo2Scale: .two, prescriber: prescriber)]
            )
            ward.receive(0, [.oxygenSaturation: 90])
            let assessment = try #require(ward.ward.assessment(of: 1, at: time(0)))
            #expect(assessment.score?[.oxygenSaturation] == points)
        }
    }

    @Test func `an assessment tells where each input comes from`() throws {
        var ward = WardUnderTest()
        ward.receive(
            reading(
                0,
                [
                    .respiratoryRate: 16, .oxygenSaturation: 95, .heartRate: 80, .temperature: 37,
                    .systolicPressure: 120, .consciousness: 0, .supplementalOxygen: 0,
                ],
                questionable: SignSet(.oxygenSaturation)
            )
        )
        ward.receive(reading(5, [.pulseRate: 95], device: 7))
        let fresh = try #require(ward.ward.assessment(of: 1, at: time(900)))
        #expect(fresh.state == .complete && fresh.score?.total == 2)
        #expect(fresh.inputs.count == 7 && fresh.low == 2 && fresh.high == 2)
        let saturation = try #require(fresh.inputs.first { $0.sign == .oxygenSaturation })
        #expect(saturation.validity == .questionable && saturation.points == 1)
        #expect(saturation.ageSeconds == 900 && !saturation.stale && saturation.at == time(0))
        let pulse = try #require(fresh.inputs.first { $0.sign == .pulseRate })
        #expect(pulse.device == 7 && pulse.points == 1)

        let stale = try #require(ward.ward.assessment(of: 1, at: time(900.001)))
        #expect(stale.state == .stale && stale.score?.total == 2)
        #expect(stale.inputs.filter(\.stale).map(\.sign) == [.respiratoryRate, .oxygenSaturation])
        #expect(stale.low == 1 && stale.high == 7)
    }
}
