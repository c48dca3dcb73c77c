import Clinical
import Testing
import Vocabulary

/// Live, late and backfilled readings.
@Suite struct WardTimeTests {
    private let cause = AlarmCause.low(.oxygenSaturation)

    private func ward() -> WardUnderTest {
        WardUnderTest(limits: saturationLimit(), patients: [child()])
    }

    @Test func `readings 15 min old page, older ones never do`() {
        for (late, count) in [(900.0, 1), (900.001, 0)] {
            var ward = ward()
            ward.receive(reading(0, [.oxygenSaturation: 80], late: late))
            ward.receive(reading(10, [.oxygenSaturation: 80], late: late))
            #expect(ward.changes.count == count)
        }
    }

    @Test func `backfill shows in the latest values but does not touch an alarm`() {
        var ward = ward()
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        for second in [20.0, 40] {
            ward.receive(reading(second, [.oxygenSaturation: 98], late: 1_000))
        }
        #expect(ward.open(cause)?.condition == .present)
        #expect(ward.ward.latest(of: 1).first?.value == Magnitude(98))
    }

    @Test func `a late reading is put in its place and neither clears nor hides the present`() {
        var ward = ward()
        for second in [0.0, 10, 20] { ward.receive(second, [.oxygenSaturation: 80]) }
        ward.receive(reading(-30, [.oxygenSaturation: 98], late: 55))
        ward.receive(reading(-15, [.oxygenSaturation: 98], late: 41))
        #expect(ward.open(cause)?.condition == .present)
        #expect(ward.changes.count == 1)
    }

    @Test func `a late reading that interrupts the run is told, and the alarm stays shown`() throws
    {
        var ward = ward()
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        let change = try #require(
            ward.receive(reading(5, [.oxygenSaturation: 98], late: 10)).first
        )
        #expect(change.condition == .pending && change.signal == .on)
        #expect(ward.receive(15, [.oxygenSaturation: 80]).isEmpty)
        let again = try #require(ward.receive(20, [.oxygenSaturation: 80]).first)
        #expect(again.condition == .present && again.id == change.id)
    }

    @Test func `an episode that late readings reveal is shown once, latched`() throws {
        var ward = ward()
        ward.receive(100, [.oxygenSaturation: 98])
        ward.receive(120, [.oxygenSaturation: 98])
        ward.receive(reading(50, [.oxygenSaturation: 80], late: 80))
        let alarm = try #require(
            ward.receive(reading(60, [.oxygenSaturation: 80], late: 71)).first
        )
        #expect(alarm.condition == .absent && alarm.signal == .latched)
        #expect(alarm.sampleAt == time(60) && alarm.raisedAt == time(131))
        ward.receive(reading(55, [.oxygenSaturation: 80], late: 77))
        try ward.acknowledge(alarm, at: 140)
        ward.receive(reading(57, [.oxygenSaturation: 80], late: 90))
        ward.receive(150, [.oxygenSaturation: 98])
        #expect(ward.changes.count == 2)
    }

    @Test func `a duplicate changes nothing`() {
        var ward = ward()
        for second in [0.0, 0, 0, 9, 9] { ward.receive(second, [.oxygenSaturation: 80]) }
        #expect(ward.changes.isEmpty)
        #expect(ward.ward.condition(of: cause, 1) == .pending)
        var three = WardUnderTest(limits: saturationLimit(samples: 3), patients: [child()])
        for second in [0.0, 10, 10, 0, 10] { three.receive(second, [.oxygenSaturation: 80]) }
        #expect(three.changes.isEmpty)
        #expect(three.receive(11, [.oxygenSaturation: 80]).count == 1)
    }

    @Test func `a reading from far in the future is passed over`() {
        var ward = ward()
        ward.receive(reading(86_400, [.oxygenSaturation: 80], late: -86_400))
        #expect(ward.ward.latest(of: 1).isEmpty)
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        #expect(ward.changes.count == 1)
    }

    @Test func `signs sent one by one with the same time are one reading`() {
        var ward = WardUnderTest()
        for second in [0.0, 10] {
            ward.receive(second, [.respiratoryRate: 25])
            ward.receive(second, [.oxygenSaturation: 92])
            ward.receive(second, [.heartRate: 111])
        }
        #expect(ward.open(.news2)?.priority == .high)
    }

    @Test func `readings of strangers are passed over`() {
        var ward = ward()
        ward.receive(reading(0, [.oxygenSaturation: 80], patient: 99))
        #expect(ward.ward.latest(of: 99).isEmpty)
        #expect(ward.ward.assessment(of: 99, at: start) == nil)
    }

    @Test(arguments: [(window: 1_024, isSeen: true), (120, false)])
    func `at a reading a second the window must reach over all that may still come late`(
        _ ward: (window: Int, isSeen: Bool)
    ) {
        var policy = WardPolicy.withoutChain
        policy.windowReadings = ward.window
        #expect(ward.isSeen == (ward.window == WardPolicy().windowReadings))
        var late = WardUnderTest(limits: saturationLimit(), policy: policy, patients: [child()])
        // Half a minute of a low saturation that comes ten minutes after it was measured.
        let readings = (0..<900).map { second in
            let isLow = (300..<330).contains(second)
            return reading(
                Double(second),
                [.oxygenSaturation: isLow ? 80 : 98],
                late: isLow ? 600 : 0
            )
        }
        for reading in readings.sorted(by: { $0.receivedAt < $1.receivedAt }) {
            late.receive(reading)
        }
        let alarm = late.open(.low(.oxygenSaturation))
        #expect((alarm != nil) == ward.isSeen)
        #expect(alarm.map { $0.signal == .latched && $0.condition == .absent } ?? true)
    }

    @Test func `late readings of a backlog are judged once, after the last of them`() {
        var ward = WardUnderTest(limits: saturationLimit(), patients: [child()])
        for second in stride(from: 0.0, through: 300, by: 30) {
            ward.receive(second, [.oxygenSaturation: 98])
        }
        for second in [100.0, 115, 105] {
            var late = reading(second, [.oxygenSaturation: 80], late: 210)
            late.flags.insert(.backlog)
            #expect(ward.receive(late).isEmpty)
        }
        #expect(ward.ward.nextDeadline == .distantPast)
        let changed = ward.note { ward, changed in
            ward.settleBacklog(at: time(325), changed: &changed)
        }
        #expect(changed.map(\.signal) == [.latched] && changed.first?.sampleAt == time(115))
        #expect(ward.note { $0.settleBacklog(at: time(326), changed: &$1) }.isEmpty)
    }
}
