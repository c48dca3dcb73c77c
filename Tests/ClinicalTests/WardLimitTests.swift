import Clinical
import Testing
import Vocabulary

/// One limit, SpO2 below 90 with hysteresis 2, and NEWS2 out of the way.
@Suite struct WardLimitTests {
    private func ward(
        _ priority: AlarmPriority = .high,
        dwell: Int = 10,
        samples: Int = 2,
        policy: WardPolicy = WardPolicy()
    ) -> WardUnderTest {
        WardUnderTest(
            limits: saturationLimit(priority, dwell: dwell, samples: samples),
            policy: policy,
            patients: [child()]
        )
    }

    private let cause = AlarmCause.low(.oxygenSaturation)

    @Test func `the limit itself does not alarm and the next value below does`() {
        var ward = ward()
        for second in [0.0, 20, 40] { ward.receive(second, [.oxygenSaturation: 90]) }
        #expect(ward.changes.isEmpty)
        for second in [60.0, 80] { ward.receive(second, [.oxygenSaturation: 89.999]) }
        #expect(ward.changes.map(\.cause) == [cause])
    }

    @Test func `values must persist for the dwell`() {
        var early = ward()
        early.receive(0, [.oxygenSaturation: 80])
        #expect(early.receive(9.999, [.oxygenSaturation: 80]).isEmpty)
        #expect(early.ward.condition(of: cause, 1) == .pending)
        var due = ward()
        due.receive(0, [.oxygenSaturation: 80])
        let alarm = due.receive(10, [.oxygenSaturation: 80]).first
        #expect(alarm?.condition == .present && alarm?.signal == .on && alarm?.priority == .high)
        #expect(alarm?.sampleAt == time(10) && alarm?.raisedAt == time(10))
    }

    @Test func `a value inside starts the dwell anew`() {
        var ward = ward()
        ward.receive(0, [.oxygenSaturation: 80])
        ward.receive(6, [.oxygenSaturation: 91])
        ward.receive(10, [.oxygenSaturation: 80])
        #expect(ward.receive(19, [.oxygenSaturation: 80]).isEmpty)
        #expect(ward.receive(20, [.oxygenSaturation: 80]).count == 1)
    }

    @Test func `enough samples must lie beyond the limit`() {
        var ward = ward(samples: 3)
        ward.receive(0, [.oxygenSaturation: 80])
        #expect(ward.receive(30, [.oxygenSaturation: 80]).isEmpty)
        #expect(ward.receive(60, [.oxygenSaturation: 80]).count == 1)
    }

    @Test func `one sample suffices without dwell, and from a spot-check device`() {
        var plain = ward(dwell: 0, samples: 1)
        #expect(plain.receive(0, [.oxygenSaturation: 80]).count == 1)
        var spot = ward()
        spot.ward.admit(device(period: 300), patient: 1)
        #expect(spot.receive(0, [.oxygenSaturation: 80]).count == 1)
        var continuous = ward()
        continuous.ward.admit(device(period: 299), patient: 1)
        #expect(continuous.receive(0, [.oxygenSaturation: 80]).isEmpty)
    }

    @Test func `questionable samples need twice the dwell`() {
        var ward = ward()
        func doubtful(_ second: Double) -> Reading {
            reading(
                second,
                [.oxygenSaturation: 80],
                questionable: SignSet(.oxygenSaturation)
            )
        }
        ward.receive(doubtful(0))
        ward.receive(doubtful(10))
        #expect(ward.receive(doubtful(19.999)).isEmpty)
        #expect(ward.receive(doubtful(20)).count == 1)
    }

    @Test func `a questionable sample from a spot-check device does not alarm alone`() {
        var ward = ward(dwell: 0, samples: 1)
        ward.ward.admit(device(period: 3_600), patient: 1)
        let doubt = SignSet(.oxygenSaturation)
        #expect(ward.receive(reading(0, [.oxygenSaturation: 80], questionable: doubt)).isEmpty)
        #expect(ward.receive(reading(9, [.oxygenSaturation: 80], questionable: doubt)).count == 1)
    }

    @Test func `invalid samples never feed an alarm`() {
        var ward = ward()
        for second in [0.0, 10, 20, 30] {
            ward.receive(
                reading(second, [.oxygenSaturation: 80], invalid: SignSet(.oxygenSaturation))
            )
        }
        #expect(ward.changes.isEmpty)
        #expect(ward.ward.latest(of: 1).map(\.validity) == [.invalid])
    }

    @Test func `a condition clears inside the hysteresis for the clear dwell`() throws {
        var ward = ward()
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        for second in [20.0, 40, 60] { ward.receive(second, [.oxygenSaturation: 91.999]) }
        #expect(ward.open(cause)?.condition == .present)
        ward.receive(80, [.oxygenSaturation: 92])
        #expect(ward.receive(89.999, [.oxygenSaturation: 92]).isEmpty)
        let cleared = try #require(ward.receive(90, [.oxygenSaturation: 92]).first)
        #expect(cleared.condition == .absent && cleared.signal == .latched)
        #expect(cleared.closedAt == nil)
    }

    @Test func `high latches always, medium by policy, low never`() throws {
        var loose = WardPolicy()
        loose.latchesMedium = false
        let expected: [(AlarmPriority, WardPolicy, AlarmSignal, Bool)] = [
            (.high, loose, .latched, false), (.medium, WardPolicy(), .latched, false),
            (.medium, loose, .off, true), (.low, WardPolicy(), .off, true),
        ]
        for (priority, policy, signal, isClosed) in expected {
            var ward = ward(priority, policy: policy)
            for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
            for second in [20.0, 30] { ward.receive(second, [.oxygenSaturation: 98]) }
            let last = try #require(ward.changes.last)
            #expect(last.condition == .absent && last.signal == signal, "\(priority)")
            #expect((last.closedAt != nil) == isClosed)
            #expect(ward.ward.openAlarms().isEmpty == isClosed)
        }
    }

    @Test func `a second alarm is not raised while the first stands`() {
        var ward = ward()
        for second in stride(from: 0.0, through: 600, by: 10) {
            ward.receive(second, [.oxygenSaturation: 80])
        }
        #expect(ward.changes.count == 1)
    }

    @Test func `a latched alarm sounds again when the condition comes back`() throws {
        var ward = ward()
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        for second in [20.0, 30] { ward.receive(second, [.oxygenSaturation: 98]) }
        for second in [40.0, 50] { ward.receive(second, [.oxygenSaturation: 80]) }
        let last = try #require(ward.changes.last)
        #expect(last.condition == .present && last.signal == .on)
        #expect(Set(ward.changes.map(\.id)).count == 1)
    }

    @Test func `dirty values never alarm`() {
        var ward = WardUnderTest(limits: .standard, patients: [patient()])
        for second in stride(from: 0.0, to: 120, by: 10) {
            ward.receive(
                second,
                [
                    .heartRate: 0, .pulseRate: 0, .oxygenSaturation: 0, .respiratoryRate: 0,
                    .systolicPressure: 11_647, .diastolicPressure: 80, .meanPressure: -8,
                ]
            )
        }
        #expect(ward.changes.allSatisfy { $0.cause == .sensorOff })
        #expect(ward.ward.assessment(of: 1, at: time(120))?.inputs.isEmpty == true)
        var single = WardUnderTest(limits: .standard, patients: [patient()])
        single.receive(0, [.respiratoryRate: 16])
        single.receive(60, [.respiratoryRate: 118])
        single.receive(120, [.respiratoryRate: 16])
        #expect(single.changes.isEmpty)
    }

    @Test func `a patient's own limits go before the defaults, sign by sign`() {
        let own = AlarmLimits(
            signs: [
                SignLimit(
                    sign: .oxygenSaturation,
                    low: Magnitude(80),
                    high: nil,
                    hysteresis: Magnitude(1),
                    priority: .medium
                )
            ],
            setBy: nurse,
            setAt: start
        )
        var ward = WardUnderTest(limits: .standard, patients: [child(limits: own)])
        for second in [0.0, 20] {
            ward.receive(second, [.oxygenSaturation: 85, .heartRate: 150])
        }
        #expect(ward.changes.map(\.cause) == [.high(.heartRate)])
        let merged = AlarmLimits.standard.overridden(by: own)
        #expect(merged.signs.count == AlarmLimits.standard.signs.count)
        #expect(merged.setBy == nurse)
    }

    @Test func `a limit that is moved away ends its alarm`() throws {
        var ward = ward(.low)
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 85]) }
        #expect(ward.open(cause) != nil)
        let none = AlarmLimits(signs: [
            SignLimit(
                sign: .oxygenSaturation,
                low: nil,
                high: nil,
                hysteresis: Magnitude(0),
                priority: .low
            )
        ])
        ward.ward.admit(child(limits: none))
        #expect(ward.ward.nextDeadline == .distantPast)
        ward.advance(to: 20)
        #expect(ward.open(cause) == nil)
    }
}
