import Clinical
import Testing
import Vocabulary

@Suite struct WardEquipmentTests {
    private func ward(period: Int = 5) -> WardUnderTest {
        var ward = WardUnderTest(limits: saturationLimit(), patients: [child()])
        ward.ward.admit(device(period: period), patient: 1)
        return ward
    }

    @Test func `the button alarms at once, high, and once for each press`() throws {
        var ward = ward()
        let alarm = try #require(ward.receive(.sos, at: 0, late: 3_600).first)
        #expect(alarm.priority == .high && alarm.signal == .on && alarm.cause == .sos)
        #expect(alarm.sampleAt == time(0) && alarm.sampleReceivedAt == time(3_600))
        #expect(ward.receive(.sos, at: 0, late: 3_601).isEmpty)
        let closed = try #require(try ward.acknowledge(alarm, at: 3_700).first)
        #expect(closed.closedAt == time(3_700))
        #expect(ward.receive(.sos, at: 0, late: 3_800).isEmpty)
        #expect(ward.receive(.sos, at: 3_900).first?.id != alarm.id)
    }

    @Test func `a device is offline after twice its period`() throws {
        var ward = ward(period: 5)
        #expect(ward.ward.nextDeadline == nil)
        ward.receive(0, [.oxygenSaturation: 97])
        ward.receive(5, [.oxygenSaturation: 97])
        #expect(ward.ward.nextDeadline == time(10))
        #expect(ward.advance(to: 14.999).isEmpty)
        #expect(ward.ward.nextDeadline == time(15))
        let alarm = try #require(ward.advance(to: 15).first)
        #expect(alarm.cause == .offline && alarm.priority == .low)
        let end = try #require(ward.receive(60, [.oxygenSaturation: 97]).first)
        #expect(end.closedAt == time(60) && end.id == alarm.id)
        #expect(ward.advance(to: 70).first?.cause == .offline)
    }

    @Test func `offline is urgent while something ails the patient`() throws {
        var ward = ward()
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        let alarm = try #require(ward.advance(to: 20).first)
        #expect(alarm.cause == .offline && alarm.priority == .high)
    }

    @Test func `a Will tells at once, and its device's return ends it`() {
        var ward = ward()
        #expect(ward.receive(.offline, at: 3).map(\.cause) == [.offline])
        #expect(ward.receive(.offline, at: 4).isEmpty)
        #expect(ward.receive(.online, at: 5).first?.closedAt == time(5))
    }

    @Test func `two silent devices end with the second's return`() {
        var ward = ward()
        ward.ward.admit(device(2), patient: 1)
        ward.receive(.offline, at: 1)
        ward.receive(.offline, device: 2, at: 2)
        ward.receive(.online, at: 3)
        #expect(ward.open(.offline) != nil)
        ward.receive(.online, device: 2, at: 4)
        #expect(ward.open(.offline) == nil)
    }

    @Test func `a silent device that is taken away is no longer missed`() {
        var ward = ward()
        ward.receive(.offline, at: 1)
        ward.ward.admit(device(), patient: nil)
        ward.advance(to: 2)
        #expect(ward.open(.offline) == nil)
    }

    @Test func `a zero means a probe off until the sign is measured again`() throws {
        var ward = ward(period: 60)
        ward.receive(0, [.oxygenSaturation: 97, .heartRate: 70])
        let alarm = try #require(ward.receive(5, [.oxygenSaturation: 0, .heartRate: 70]).first)
        #expect(alarm.cause == .sensorOff && alarm.priority == .low && alarm.sampleAt == time(5))
        #expect(ward.receive(10, [.heartRate: 70]).isEmpty)
        let end = try #require(ward.receive(15, [.oxygenSaturation: 97]).first)
        #expect(end.closedAt == time(15))
    }

    @Test func `an event of a probe lasts until every sign measured before is back`() {
        var ward = ward(period: 60)
        ward.receive(0, [.oxygenSaturation: 97, .heartRate: 70])
        #expect(ward.receive(.sensorOff, at: 1).map(\.cause) == [.sensorOff])
        #expect(ward.receive(2, [.heartRate: 70]).isEmpty)
        #expect(ward.receive(3, [.oxygenSaturation: 97]).first?.closedAt == time(3))
        #expect(ward.receive(.leadOff, at: 4).map(\.cause) == [.sensorOff])
        let both: [Sign: Double] = [.oxygenSaturation: 97, .heartRate: 70]
        #expect(ward.receive(5, both).first?.closedAt == time(5))
    }

    @Test func `a low battery that is told again lasts an hour from then`() {
        var ward = ward()
        ward.receive(.lowBattery, at: 0)
        ward.receive(.lowBattery, at: 1_000)
        ward.receive(.offline, at: 1_001)
        #expect(ward.advance(to: 4_599.999).isEmpty)
        #expect(ward.advance(to: 4_600).map(\.cause) == [.lowBattery])
    }

    @Test func `a low battery lasts until the device starts anew or an hour has passed`() {
        var ward = ward()
        #expect(ward.receive(.lowBattery, at: 0).map(\.cause) == [.lowBattery])
        #expect(ward.receive(.lowBattery, at: 1).isEmpty)
        #expect(ward.receive(.online, at: 2).first?.closedAt == time(2))
        ward.receive(.lowBattery, at: 10)
        ward.receive(.offline, at: 11)
        #expect(ward.advance(to: 3_609.999).isEmpty)
        #expect(ward.advance(to: 3_610).first?.closedAt == time(3_610))
    }
}
