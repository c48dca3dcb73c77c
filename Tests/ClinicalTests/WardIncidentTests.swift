import Clinical
import Testing
import Vocabulary

/// Many devices of one site silent at once: one incident of the site, its alarms suppressed.
@Suite struct WardIncidentTests {
    private func makeWard(
        _ count: Int = 4,
        seed: UInt64 = 1,
        devices least: Int = 3,
        percent: Int = 50
    ) -> WardUnderTest {
        var policy = WardPolicy.withoutChain
        policy.incidentDevices = least
        policy.incidentPercent = percent
        policy.incidentWindowSeconds = 300
        let numbers = (1...count).map { PatientNumber($0) }
        var ward = WardUnderTest(
            limits: saturationLimit(),
            policy: policy,
            patients: numbers.map { patient($0, birthYear: 2015) },
            seed: seed
        )
        for number in numbers { ward.ward.admit(device(number, period: 30), patient: number) }
        return ward
    }

    private func measure(_ ward: inout WardUnderTest, _ number: Int32, at seconds: Double) {
        ward.receive(
            reading(seconds, [.oxygenSaturation: 98], device: number, patient: number)
        )
    }

    private func offline(_ ward: WardUnderTest) -> [Alarm] {
        ward.ward.openAlarms().filter { $0.cause == .offline }.sorted { $0.patient < $1.patient }
    }

    @Test func `as many silent devices as the threshold are an incident, one fewer are not`()
        throws
    {
        for silent in [2, 3] as [Int32] {
            var ward = makeWard()
            for number in 1...4 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
            for number in (silent + 1)...4 { measure(&ward, number, at: 59) }
            ward.advance(to: 60)
            let alarms = offline(ward)
            #expect(alarms.count == Int(silent))
            let incidents = Set(alarms.map(\.incident?.id))
            #expect(incidents.count == 1 && (incidents.first == .some(nil)) == (silent == 2))
            for alarm in alarms where silent == 3 {
                #expect(alarm.signal == .off && alarm.condition == .present)
                #expect(alarm.incident?.isSuppressed == true)
                #expect(alarm.incident?.openedAt == time(60))
            }
        }
    }

    @Test func `three silent devices of ten are no incident`() {
        var ward = makeWard(10)
        for number in 1...10 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
        for number in 4...10 as ClosedRange<Int32> { measure(&ward, number, at: 59) }
        ward.advance(to: 60)
        #expect(offline(ward).allSatisfy { $0.incident == nil && $0.signal == .on })
        ward.advance(to: 119)
        #expect(offline(ward).count == 10)
        #expect(offline(ward).allSatisfy { $0.incident?.isSuppressed == true })
    }

    @Test func `devices that fall silent one after another over hours are no incident`() {
        var ward = makeWard()
        for number in 1...4 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
        for number in 2...4 as ClosedRange<Int32> { measure(&ward, number, at: 59) }
        ward.advance(to: 60)
        for step in 1...20 {
            for number in 3...4 as ClosedRange<Int32> {
                measure(&ward, number, at: 59 + Double(step) * 50)
            }
            ward.advance(to: 60 + Double(step) * 50)
        }
        // The first falls silent at 60 s, the second at 119 s, the others at 1,119 s.
        ward.advance(to: 1_119)
        let alarms = offline(ward)
        #expect(alarms.count == 4 && alarms.allSatisfy { $0.incident == nil })
    }

    @Test func `a child whose patient is ill is never suppressed and has high priority`() throws {
        var ward = makeWard()
        for number in 1...4 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
        for second in [10.0, 20] {
            ward.receive(reading(second, [.oxygenSaturation: 80], device: 2, patient: 2))
        }
        ward.advance(to: 80)
        let alarms = offline(ward)
        #expect(alarms.count == 4 && Set(alarms.map(\.incident?.id)).count == 1)
        let ill = try #require(alarms.first { $0.patient == PatientID(trusted: "p-2") })
        #expect(ill.priority == .high && ill.signal == .on && ill.incident?.isSuppressed == false)
        #expect(alarms.filter { $0.id != ill.id }.allSatisfy { $0.signal == .off })
    }

    @Test func `a suppressed child sounds at once when its patient turns out to be ill`() throws {
        var ward = makeWard()
        for number in 1...4 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
        ward.advance(to: 60)
        ward.note { ward, changed in
            ward.receive(
                .sos,
                of: 9,
                patient: 3,
                at: time(70),
                now: time(70),
                changed: &changed
            )
        }
        let child = try #require(
            offline(ward).first { $0.patient == PatientID(trusted: "p-3") }
        )
        #expect(child.priority == .high && child.signal == .on)
        #expect(child.incident?.isSuppressed == false)
    }

    @Test func `the incident is over when the last device is back, and the next is another`()
        throws
    {
        var ward = makeWard()
        for number in 1...4 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
        ward.advance(to: 60)
        let first = try #require(offline(ward).first?.incident?.id)
        for number in 1...3 as ClosedRange<Int32> { measure(&ward, number, at: 100) }
        #expect(offline(ward).map(\.incident?.id) == [first])
        measure(&ward, 4, at: 110)
        #expect(offline(ward).isEmpty)
        #expect(ward.changes.filter { $0.closedAt != nil }.count == 4)
        ward.advance(to: 170)
        let second = try #require(offline(ward).first?.incident?.id)
        #expect(second != first)
    }

    @Test func `a device that falls silent during the incident joins it`() throws {
        var ward = makeWard(6)
        for number in 1...6 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
        for number in 5...6 as ClosedRange<Int32> { measure(&ward, number, at: 50) }
        ward.advance(to: 60)
        #expect(offline(ward).count == 4)
        ward.advance(to: 110)
        let alarms = offline(ward)
        #expect(alarms.count == 6 && Set(alarms.map(\.incident?.id)).count == 1)
        #expect(alarms.allSatisfy { $0.signal == .off })
    }

    @Test func `acknowledging one child acknowledges the incident`() throws {
        var ward = makeWard()
        for number in 1...4 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
        ward.advance(to: 60)
        let child = try #require(offline(ward).first)
        #expect(try ward.acknowledge(child, at: 65).count == 4)
        #expect(offline(ward).allSatisfy { $0.acknowledgedBy == nurse })
        // Nobody is called again for a site that everybody knows to be cut off.
        #expect(ward.advance(to: 10_000).isEmpty)
        measure(&ward, 1, at: 10_000)
        #expect(offline(ward).count == 3)
    }

    @Test func `a restart takes the incident up`() throws {
        var before = makeWard()
        for number in 1...4 as ClosedRange<Int32> { measure(&before, number, at: 0) }
        before.advance(to: 60)
        let stored = before.ward.openAlarms()
        let incident = try #require(stored.first?.incident?.id)
        var after = makeWard(seed: 2)
        after.ward.restore(stored)
        for number in 1...4 as ClosedRange<Int32> { measure(&after, number, at: 0) }
        after.advance(to: 61)
        #expect(after.changes.isEmpty)
        for number in 1...3 as ClosedRange<Int32> { measure(&after, number, at: 70) }
        #expect(offline(after).map(\.incident?.id) == [incident])
        measure(&after, 4, at: 75)
        #expect(offline(after).isEmpty)
        after.advance(to: 140)
        #expect(offline(after).first?.incident.map { $0.id != incident } == true)
    }

    @Test func `a policy may do without incidents`() {
        var ward = makeWard(devices: 0)
        for number in 1...4 as ClosedRange<Int32> { measure(&ward, number, at: 0) }
        ward.advance(to: 60)
        #expect(offline(ward).count == 4 && offline(ward).allSatisfy { $0.incident == nil })
    }

    @Test func `a device may say itself how long it is silent, if that is longer than its period`()
    {
        for (seconds, due) in [(200, 200.0), (20, 60)] {
            var ward = makeWard(1)
            ward.ward.mayBeSilent(1, seconds: seconds)
            measure(&ward, 1, at: 0)
            #expect(ward.advance(to: due - 0.001).isEmpty)
            #expect(ward.advance(to: due).map(\.cause) == [.offline])
        }
    }
}
