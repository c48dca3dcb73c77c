import Clinical
import Testing
import Vocabulary

@Suite struct WardRestartTests {
    /// What is stored: every reading, and the last record of every alarm.
    private struct Stored {
        var readings: [Reading] = []
        var alarms: [AlarmID: Alarm] = [:]
    }

    @Test func `a ward rebuilt at any moment goes on as if it had never stopped`() {
        let seed = testSeed()
        print("TELEHEALTH_SEED=\(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<40 {
            let readings = WardOrderTests.stay(&random).sorted { $0.receivedAt < $1.receivedAt }
            let cut = Int.random(in: 0..<readings.count, using: &random)
            let acknowledged = Int.random(in: 0..<readings.count, using: &random)
            let whole = run(readings, restartBefore: nil, acknowledgeAt: acknowledged)
            let broken = run(readings, restartBefore: cut, acknowledgeAt: acknowledged)
            #expect(
                summary(whole) == summary(broken),
                "restart before reading \(cut): TELEHEALTH_SEED=\(seed)"
            )
        }
    }

    private func run(
        _ readings: [Reading],
        restartBefore cut: Int?,
        acknowledgeAt: Int
    ) -> Stored {
        var stored = Stored()
        var ward = Ward(seed: 1)
        ward.admit(patient())
        for (index, reading) in readings.enumerated() {
            if index == cut, index > 0 {
                ward = Ward(seed: 2)
                ward.admit(patient())
                ward.restore(stored.alarms.values.filter { $0.closedAt == nil })
                var ignored: [Alarm] = []
                for old in stored.readings.sorted(by: { $0.at < $1.at }) {
                    ward.receive(old, at: old.receivedAt, changed: &ignored)
                }
                #expect(ignored.isEmpty)
                var changed: [Alarm] = []
                ward.advance(to: readings[index - 1].receivedAt, changed: &changed)
                #expect(changed.isEmpty, "a restart changed or raised an alarm")
            }
            var changed: [Alarm] = []
            ward.advance(to: reading.receivedAt, changed: &changed)
            ward.receive(reading, at: reading.receivedAt, changed: &changed)
            if index == acknowledgeAt {
                for alarm in ward.openAlarms() {
                    try? ward.acknowledge(
                        alarm.id,
                        by: nurse,
                        at: reading.receivedAt,
                        changed: &changed
                    )
                }
            }
            stored.readings.append(reading)
            for alarm in changed { stored.alarms[alarm.id] = alarm }
        }
        return stored
    }

    /// The alarms without their ids, which the seed decides.
    private func summary(_ stored: Stored) -> [String] {
        stored.alarms.values.map { alarm in
            "\(alarm.raisedAt) \(alarm.cause.name) \(alarm.priority) \(alarm.condition) "
                + "\(alarm.signal) \(alarm.changedAt) \(alarm.closedAt.map(\.rfc3339) ?? "open")"
        }.sorted()
    }

    @Test func `an open alarm stands though nothing was measured since`() throws {
        var before = WardUnderTest(limits: saturationLimit(), patients: [child()])
        for second in [0.0, 10] { before.receive(second, [.oxygenSaturation: 80]) }
        let alarm = try #require(before.open(.low(.oxygenSaturation)))
        var after = WardUnderTest(limits: saturationLimit(), patients: [child()], seed: 2)
        after.ward.restore([alarm])
        #expect(after.ward.nextDeadline == .distantPast)
        #expect(after.advance(to: 100).isEmpty)
        #expect(after.ward.openAlarms() == [alarm])
        #expect(after.receive(110, [.oxygenSaturation: 80]).isEmpty)
        for second in [120.0, 130] { after.receive(second, [.oxygenSaturation: 97]) }
        #expect(after.open(.low(.oxygenSaturation))?.signal == .latched)
    }

    @Test func `an acknowledgement still runs out, and a consult still holds`() throws {
        var before = WardUnderTest(limits: saturationLimit(), patients: [child()])
        for second in [0.0, 10] { before.receive(second, [.oxygenSaturation: 80]) }
        let raised = try #require(before.open(.low(.oxygenSaturation)))
        let request = RequestID(trusted: "rq-1")
        before.note { $0.attach(request, to: raised.id, at: time(11), changed: &$1) }
        try before.acknowledge(raised, at: 12)
        let alarm = try #require(before.ward.openAlarms().first)
        var after = WardUnderTest(limits: saturationLimit(), patients: [child()], seed: 2)
        after.ward.restore([alarm])
        #expect(after.advance(to: 611.999).isEmpty)
        #expect(after.advance(to: 612).map(\.signal) == [.on])
        try after.acknowledge(alarm, at: 613)
        for second in [620.0, 630] { after.receive(second, [.oxygenSaturation: 97]) }
        #expect(after.ward.openAlarms().count == 1)
        let end = after.note { $0.consultEnded(request, of: alarm.id, at: time(640), changed: &$1) }
        #expect(end.first?.closedAt == time(640))
    }

    @Test func `a closed alarm's episode is not raised again`() throws {
        var before = WardUnderTest(limits: saturationLimit(), patients: [child()])
        let readings = [(0.0, 80.0), (10, 80), (20, 98), (30, 98)].map {
            reading($0.0, [.oxygenSaturation: $0.1])
        }
        for reading in readings { before.receive(reading) }
        let alarm = try #require(before.open(.low(.oxygenSaturation)))
        try before.acknowledge(alarm, at: 40)
        var after = WardUnderTest(limits: saturationLimit(), patients: [child()], seed: 2)
        after.ward.restore([])
        for reading in readings { after.receive(reading) }
        after.advance(to: 50)
        after.receive(60, [.oxygenSaturation: 98])
        #expect(after.changes.isEmpty)
    }

    @Test func `a replay that starts after the alarm's sample keeps the alarm`() throws {
        var before = WardUnderTest(limits: saturationLimit(), patients: [child()])
        for second in [0.0, 10] { before.receive(second, [.oxygenSaturation: 80]) }
        before.receive(20, [.oxygenSaturation: 91])
        let alarm = try #require(before.open(.low(.oxygenSaturation)))
        var after = WardUnderTest(limits: saturationLimit(), patients: [child()], seed: 2)
        after.ward.restore([alarm])
        // 91 is within the limit but not by the hysteresis: by itself it would not be present.
        after.receive(20, [.oxygenSaturation: 91])
        #expect(after.advance(to: 30).isEmpty)
        #expect(after.ward.condition(of: .low(.oxygenSaturation), 1) == .present)
    }

    @Test func `a press of the button during the replay is not lost`() {
        var ward = WardUnderTest(limits: saturationLimit(), patients: [child()])
        ward.ward.restore([])
        ward.receive(0, [.oxygenSaturation: 98])
        #expect(ward.receive(.sos, at: 5).map(\.cause) == [.sos])
    }

    @Test func `devices have their whole deadline again after a restart`() {
        var ward = WardUnderTest(limits: saturationLimit(), patients: [child()])
        ward.ward.admit(device(period: 5), patient: 1)
        ward.ward.restore([])
        ward.receive(0, [.oxygenSaturation: 98])
        #expect(ward.advance(to: 1_000).isEmpty)
        #expect(ward.advance(to: 1_009.999).isEmpty)
        #expect(ward.advance(to: 1_010).map(\.cause) == [.offline])
    }

    @Test func `an offline alarm from before a restart ends with a sign of life`() throws {
        var before = WardUnderTest(limits: saturationLimit(), patients: [child()])
        before.ward.admit(device(period: 5), patient: 1)
        before.receive(0, [.oxygenSaturation: 98])
        let alarm = try #require(before.advance(to: 10).first)
        var after = WardUnderTest(limits: saturationLimit(), patients: [child()], seed: 2)
        after.ward.admit(device(period: 5), patient: 1)
        after.ward.restore([alarm])
        after.receive(0, [.oxygenSaturation: 98])
        after.advance(to: 20)
        #expect(after.changes.isEmpty)
        #expect(after.receive(21, [.oxygenSaturation: 98]).map(\.closedAt) == [time(21)])
    }
}
