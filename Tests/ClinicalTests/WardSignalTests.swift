import Clinical
import Testing
import Vocabulary

/// Acknowledgement, time-outs, consults and the end of an alarm.
@Suite struct WardSignalTests {
    private let cause = AlarmCause.low(.oxygenSaturation)
    private let request = RequestID(trusted: "rq-1")

    private func alarming() throws -> (WardUnderTest, Alarm) {
        var ward = WardUnderTest(limits: saturationLimit(), patients: [child()])
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        return (ward, try #require(ward.open(cause)))
    }

    private func clear(_ ward: inout WardUnderTest, from second: Double) {
        ward.receive(second, [.oxygenSaturation: 98])
        ward.receive(second + 10, [.oxygenSaturation: 98])
    }

    @Test func `an acknowledged alarm closes when its condition goes`() throws {
        var (ward, alarm) = try alarming()
        let change = try #require(try ward.acknowledge(alarm, at: 15).first)
        #expect(change.signal == .acknowledged && change.acknowledgedBy == nurse)
        #expect(change.closedAt == nil)
        clear(&ward, from: 20)
        let last = try #require(ward.changes.last)
        #expect(last.closedAt == time(30) && last.signal == .off && last.condition == .absent)
        #expect(ward.ward.openAlarms().isEmpty)
    }

    @Test func `a latched alarm closes when it is acknowledged`() throws {
        var (ward, alarm) = try alarming()
        clear(&ward, from: 20)
        let change = try #require(try ward.acknowledge(alarm, at: 40).first)
        #expect(change.closedAt == time(40))
        #expect(throws: WardError.noOpenAlarm(alarm.id)) { try ward.acknowledge(alarm, at: 41) }
    }

    @Test func `acknowledging twice changes nothing`() throws {
        var (ward, alarm) = try alarming()
        try ward.acknowledge(alarm, at: 15)
        #expect(try ward.acknowledge(alarm, at: 16).isEmpty)
        #expect(ward.open(cause)?.acknowledgedAt == time(15))
    }

    @Test func `an acknowledgement runs out while the condition lasts`() throws {
        var (ward, alarm) = try alarming()
        try ward.acknowledge(alarm, at: 15)
        #expect(ward.ward.nextDeadline == time(615))
        #expect(ward.advance(to: 614.999).isEmpty)
        let change = try #require(ward.advance(to: 615).first)
        #expect(change.signal == .on)
        #expect(ward.advance(to: 10_000).isEmpty)
        try ward.acknowledge(alarm, at: 10_000)
        #expect(ward.advance(to: 10_600).count == 1)
    }

    @Test func `a condition that comes back after an acknowledgement sounds again`() throws {
        var (ward, alarm) = try alarming()
        try ward.acknowledge(alarm, at: 15)
        ward.note { $0.attach(request, to: alarm.id, at: time(16), changed: &$1) }
        clear(&ward, from: 20)
        #expect(ward.open(cause)?.signal == .acknowledged)
        for second in [40.0, 50] { ward.receive(second, [.oxygenSaturation: 80]) }
        #expect(ward.open(cause)?.signal == .on)
        #expect(ward.open(cause)?.id == alarm.id)
    }

    @Test func `an alarm stays open until the consult it caused has ended`() throws {
        var (ward, alarm) = try alarming()
        let change = ward.note { $0.attach(request, to: alarm.id, at: time(12), changed: &$1) }
        #expect(change.first?.request == request)
        #expect(ward.note { $0.attach(request, to: alarm.id, at: time(13), changed: &$1) }.isEmpty)
        try ward.acknowledge(alarm, at: 15)
        clear(&ward, from: 20)
        #expect(ward.open(cause)?.closedAt == nil)
        let other = RequestID(trusted: "rq-2")
        ward.note { $0.consultEnded(other, of: alarm.id, at: time(40), changed: &$1) }
        #expect(ward.open(cause) != nil)
        let end = ward.note { $0.consultEnded(request, of: alarm.id, at: time(50), changed: &$1) }
        #expect(end.first?.closedAt == time(50))
        #expect(ward.ward.openAlarms().isEmpty)
    }

    @Test func `a consult that ends first leaves the alarm to its condition and its nurse`() throws
    {
        var (ward, alarm) = try alarming()
        ward.note { $0.attach(request, to: alarm.id, at: time(12), changed: &$1) }
        ward.note { $0.consultEnded(request, of: alarm.id, at: time(14), changed: &$1) }
        #expect(ward.open(cause) != nil)
        clear(&ward, from: 20)
        #expect(ward.open(cause)?.signal == .latched)
        try ward.acknowledge(alarm, at: 60)
        #expect(ward.open(cause) == nil)
    }

    @Test func `after it closed, the next episode is another alarm`() throws {
        var (ward, alarm) = try alarming()
        try ward.acknowledge(alarm, at: 15)
        clear(&ward, from: 20)
        for second in [40.0, 50] { ward.receive(second, [.oxygenSaturation: 80]) }
        let second = try #require(ward.open(cause))
        #expect(second.id != alarm.id)
    }
}
