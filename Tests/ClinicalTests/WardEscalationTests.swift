import Clinical
import Foundation
import Testing
import Vocabulary

/// Nurse → site doctor → on-call specialist, each step timed, across a restart too.
@Suite struct WardEscalationTests {
    private let cause = AlarmCause.low(.oxygenSaturation)
    private let doctor = DoctorID(trusted: "dr-1")

    /// A ward with a chain of 60, 90 and 120 s that begins anew after 300 s, and an alarm at 10 s.
    private func alarming(
        _ priority: AlarmPriority = .high
    ) throws -> (WardUnderTest, Alarm) {
        var ward = makeWard(priority)
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        return (ward, try #require(ward.open(cause)))
    }

    private func makeWard(_ priority: AlarmPriority = .high, seed: UInt64 = 1) -> WardUnderTest {
        var policy = WardPolicy()
        policy.acknowledgeTimeoutSeconds = 600
        policy.escalation = EscalationPolicy(
            chain: [
                EscalationStep(.nurse, waitSeconds: 60),
                EscalationStep(.siteDoctor, waitSeconds: 90),
                EscalationStep(.onCallSpecialist, waitSeconds: 120),
            ],
            sites: [SiteID(trusted: "site-2"): [EscalationStep(.onCallSpecialist, waitSeconds: 5)]],
            mediumFactor: 3,
            repeatSeconds: 300
        )
        return WardUnderTest(
            limits: saturationLimit(priority),
            policy: policy,
            patients: [child()],
            seed: seed
        )
    }

    private func choose(_ ward: inout WardUnderTest, _ doctors: [DoctorID], at seconds: Double) {
        guard let alarm = ward.open(cause), let number = alarm.offers?.last?.number else { return }
        ward.note {
            $0.choose(doctors, forOffer: number, of: alarm.id, at: time(seconds), changed: &$1)
        }
    }

    @Test func `an alarm is offered to the nurse when it is raised`() throws {
        let (ward, alarm) = try alarming()
        let offer = try #require(alarm.offers?.first)
        #expect(offer.to == .nurse && offer.at == time(10) && offer.until == time(70))
        #expect(offer.state == .offered && offer.number == 1 && offer.doctors == [])
        #expect(alarm.responsibility == .offered && alarm.escalation == 0)
        #expect(ward.ward.nextDeadline == time(70))
    }

    @Test func `each step has its time, and the next one is told exactly when it has run out`()
        throws
    {
        var (ward, _) = try alarming()
        #expect(ward.advance(to: 69.999).isEmpty)
        let second = try #require(ward.advance(to: 70).first)
        #expect(second.offers?.map(\.state) == [.expired, .offered])
        #expect(second.offers?.last?.to == .siteDoctor && second.escalation == 1)
        #expect(second.offers?.last?.doctors == nil)
        choose(&ward, [doctor], at: 71)
        #expect(ward.open(cause)?.offeredDoctors == [doctor])
        #expect(ward.advance(to: 159.999).isEmpty)
        let third = try #require(ward.advance(to: 160).first)
        #expect(third.offers?.last?.to == .onCallSpecialist && third.escalation == 2)
        choose(&ward, [doctor], at: 161)
        let end = try #require(ward.advance(to: 280).first)
        #expect(end.responsibility == .expired && end.offers?.last?.state == .expired)
        #expect(ward.advance(to: 579.999).isEmpty)
        let again = try #require(ward.advance(to: 580).first)
        #expect(again.offers?.last?.to == .nurse && again.offers?.last?.number == 4)
        #expect(again.escalation == 0 && again.responsibility == .offered)
    }

    @Test func `an alarm of medium priority waits longer, one of low priority never goes on`()
        throws
    {
        var (medium, _) = try alarming(.medium)
        #expect(medium.open(cause)?.offers?.last?.until == time(190))
        #expect(medium.advance(to: 189.999).isEmpty)
        #expect(medium.advance(to: 190).first?.escalation == 1)
        var (low, alarm) = try alarming(.low)
        #expect(alarm.offers == nil && alarm.responsibility == .unassigned)
        #expect(low.advance(to: 100_000).isEmpty)
    }

    @Test func `a site may have a chain of its own`() throws {
        var ward = makeWard()
        var patient = child()
        patient.site = SiteID(trusted: "site-2")
        ward.ward.admit(patient)
        for second in [0.0, 10] { ward.receive(second, [.oxygenSaturation: 80]) }
        let offer = try #require(ward.open(cause)?.offers?.last)
        #expect(offer.to == .onCallSpecialist && offer.until == time(15) && offer.number == 1)
    }

    @Test func `an acknowledgement ends the chain, and it begins anew when that has run out`()
        throws
    {
        var (ward, alarm) = try alarming()
        ward.advance(to: 70)
        try ward.acknowledge(alarm, at: 75)
        let taken = try #require(ward.open(cause))
        #expect(taken.responsibility == .accepted && taken.offers?.last?.state == .accepted)
        #expect(taken.offers?.last?.answeredBy == nurse)
        #expect(ward.advance(to: 674.999).isEmpty)
        let sounding = try #require(ward.advance(to: 675).first)
        #expect(sounding.offers?.last?.to == .nurse && sounding.offers?.last?.number == 3)
        #expect(ward.advance(to: 735).first?.offers?.last?.to == .siteDoctor)
    }

    @Test func `an acknowledgement after the chain's end that runs out begins the chain anew`()
        throws
    {
        var (ward, alarm) = try alarming()
        for seconds in [70.0, 160, 280] { ward.advance(to: seconds) }
        #expect(ward.open(cause)?.responsibility == .expired)
        try ward.acknowledge(alarm, at: 290)
        #expect(ward.open(cause)?.responsibility == .accepted)
        #expect(ward.advance(to: 889.999).isEmpty)
        let again = try #require(ward.advance(to: 890).first)
        #expect(again.signal == .on && again.offers?.last?.to == .nurse)
        #expect(again.offers?.last?.number == 4 && again.responsibility == .offered)
    }

    @Test func `a step that finds nobody goes on at once`() throws {
        var (ward, _) = try alarming()
        ward.advance(to: 70)
        choose(&ward, [], at: 71)
        let third = try #require(ward.open(cause))
        #expect(third.offers?.map(\.to) == [.nurse, .siteDoctor, .onCallSpecialist])
        choose(&ward, [], at: 72)
        let end = try #require(ward.open(cause))
        #expect(end.responsibility == .expired && end.offers?.last?.until == time(372))
        #expect(end.offers?.count == 3)
    }

    @Test func `the doctors of a step are noted once`() throws {
        var (ward, _) = try alarming()
        ward.advance(to: 70)
        choose(&ward, [doctor], at: 71)
        let count = ward.changes.count
        choose(&ward, [DoctorID(trusted: "dr-2")], at: 72)
        #expect(ward.changes.count == count && ward.open(cause)?.offeredDoctors == [doctor])
    }

    @Test func `whoever cannot take it passes it on, and nobody twice`() throws {
        var (ward, alarm) = try alarming()
        var changed: [Alarm] = []
        try ward.ward.reject(alarm.id, by: nurse, at: time(20), changed: &changed)
        #expect(changed.last?.offers?.first?.state == .rejected)
        #expect(changed.last?.offers?.first?.answeredBy == nurse)
        #expect(changed.last?.offers?.last?.to == .siteDoctor)
        try ward.acknowledge(alarm, at: 25)
        #expect(throws: WardError.notOffered(alarm.id)) {
            try ward.ward.reject(alarm.id, by: nurse, at: time(26), changed: &changed)
        }
    }

    @Test func `a latched alarm goes on along its chain, a closed one does not`() throws {
        var (ward, alarm) = try alarming()
        for second in [20.0, 30] { ward.receive(second, [.oxygenSaturation: 98]) }
        #expect(ward.open(cause)?.signal == .latched)
        #expect(ward.advance(to: 70).first?.escalation == 1)
        let closed = try #require(try ward.acknowledge(alarm, at: 80).first)
        #expect(closed.closedAt == time(80) && closed.responsibility == .accepted)
        #expect(closed.offers?.last?.state == .accepted)
        #expect(ward.advance(to: 100_000).isEmpty)
    }

    @Test func `a worse alarm shortens the time of whoever has it`() throws {
        var ward = makeWard()
        ward.ward.admit(patient())
        // 5 points are medium, 8 are high: the nurse's 180 s become 60.
        let medium: [Sign: Double] = [.respiratoryRate: 25, .oxygenSaturation: 93]
        for second in [0.0, 10] { ward.receive(second, medium) }
        #expect(ward.open(.news2)?.offers?.last?.until == time(190))
        let high = medium.merging([.heartRate: 135]) { $1 }
        for second in [20.0, 30] { ward.receive(second, high) }
        let offer = try #require(ward.open(.news2)?.offers?.last)
        #expect(ward.open(.news2)?.priority == .high && offer.number == 1)
        #expect(offer.until == time(80))
    }

    // MARK: Pauses

    @Test func `a pause is silent until its time, reminds, and gives the step its time again`()
        throws
    {
        var (ward, alarm) = try alarming()
        try pause(&ward, alarm, 100, at: 20)
        #expect(ward.open(cause)?.pausedUntil == time(120))
        #expect(ward.open(cause)?.signal == .on)
        #expect(ward.advance(to: 119.999).isEmpty)
        let over = try #require(ward.advance(to: 120).first)
        #expect(over.pausedUntil == nil && over.pauses?.first?.endedAt == time(120))
        #expect(over.offers?.last?.until == time(180) && over.escalation == 0)
        #expect(ward.advance(to: 180).first?.escalation == 1)
    }

    @Test func `a pause has a longest time and an alarm a largest number of them`() throws {
        var (ward, alarm) = try alarming()
        for seconds in [0, -1, 601] {
            #expect(throws: WardError.pauseTooLong(atMostSeconds: 600)) {
                try pause(&ward, alarm, seconds, at: 20)
            }
        }
        var at = 20.0
        for _ in 0..<3 {
            try pause(&ward, alarm, 10, at: at)
            #expect(throws: WardError.notPausable(alarm.id)) {
                try pause(&ward, alarm, 10, at: at + 1)
            }
            at += 10
            ward.advance(to: at)
        }
        #expect(throws: WardError.notPausable(alarm.id)) { try pause(&ward, alarm, 10, at: at) }
        #expect(throws: WardError.noOpenAlarm(AlarmID(trusted: "al-0"))) {
            var changed: [Alarm] = []
            let other = AlarmID(trusted: "al-0")
            try ward.ward.pause(other, seconds: 5, by: nurse, at: time(at), changed: &changed)
        }
    }

    @Test func `an acknowledged alarm makes no sound that could be paused`() throws {
        var (ward, alarm) = try alarming()
        try ward.acknowledge(alarm, at: 15)
        #expect(throws: WardError.notPausable(alarm.id)) { try pause(&ward, alarm, 60, at: 16) }
    }

    @Test func `acknowledging or getting worse ends a pause`() throws {
        var (ward, alarm) = try alarming()
        try pause(&ward, alarm, 300, at: 15)
        try ward.acknowledge(alarm, at: 20)
        #expect(ward.open(cause)?.pauses?.first?.endedAt == time(20))
        var other = makeWard()
        other.ward.admit(patient())
        let medium: [Sign: Double] = [.respiratoryRate: 25, .oxygenSaturation: 93]
        for second in [0.0, 10] { other.receive(second, medium) }
        try pause(&other, try #require(other.open(.news2)), 300, at: 15)
        for second in [20.0, 30] {
            other.receive(second, medium.merging([.heartRate: 135]) { $1 })
        }
        #expect(other.open(.news2)?.pausedUntil == nil)
    }

    private func pause(
        _ ward: inout WardUnderTest,
        _ alarm: Alarm,
        _ seconds: Int,
        at: Double
    ) throws {
        var changed: [Alarm] = []
        try ward.ward.pause(
            alarm.id,
            seconds: seconds,
            by: nurse,
            at: time(at),
            changed: &changed
        )
        ward.changes += changed
    }

    // MARK: Restarts

    @Test(arguments: [30.0, 69.999, 70, 100, 5_000])
    func `a restart goes on where the chain was`(_ seconds: Double) throws {
        let (before, _) = try alarming()
        let stored = before.ward.openAlarms()
        var after = makeWard(seed: 2)
        after.ward.restore(stored)
        let changes = after.advance(to: seconds)
        #expect(changes.map(\.id) == (seconds < 70 ? [] : stored.map(\.id)))
        #expect(after.open(cause)?.offers?.map(\.number) == (seconds < 70 ? [1] : [1, 2]))
        if seconds < 70 { #expect(after.advance(to: 70).first?.escalation == 1) }
    }

    @Test func `a restart goes on with a pause`() throws {
        var (before, alarm) = try alarming()
        try pause(&before, alarm, 100, at: 20)
        var after = makeWard(seed: 2)
        after.ward.restore(before.ward.openAlarms())
        #expect(after.advance(to: 119.999).isEmpty)
        #expect(after.advance(to: 120).first?.pauses?.first?.endedAt == time(120))
    }

    @Test func `an alarm from before there were chains gets one at the restart`() throws {
        let (before, _) = try alarming()
        let old = before.ward.openAlarms().map { alarm in
            var alarm = alarm
            alarm.offers = nil
            return alarm
        }
        var after = makeWard(seed: 2)
        after.ward.restore(old)
        let change = try #require(after.advance(to: 1_000).first)
        #expect(change.offers?.map(\.until) == [time(1_060)])
    }

    @Test func `a record keeps a bounded number of offers and counts on`() throws {
        var (ward, _) = try alarming()
        var seconds = 10.0
        while seconds < 60_000 {
            seconds += 30
            ward.advance(to: seconds)
            choose(&ward, [doctor], at: seconds)
        }
        let offers = try #require(ward.open(cause)?.offers)
        #expect(offers.count == 24)
        #expect(zip(offers, offers.dropFirst()).allSatisfy { $0.number + 1 == $1.number })
    }

    @Test func `an alarm's record from before there were chains can still be read`() throws {
        let (ward, alarm) = try alarming(.low)
        let text = try JSONEncoder().encode(alarm)
        #expect(try JSONDecoder().decode(Alarm.self, from: text) == ward.open(cause))
        #expect(!String(decoding: text, as: UTF8.self).contains("offers"))
    }
}
