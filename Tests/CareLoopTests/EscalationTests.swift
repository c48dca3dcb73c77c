import CareLoop
import Clinical
import Scheduler
import Testing
import Vocabulary

/// Whom a step of an alarm's chain is told, and that each is told once.
@Suite struct EscalationTests {
    private let now = Nation.morning

    private func alarm(
        _ role: EscalationRole,
        number: Int = 2,
        doctors: [DoctorID]? = nil,
        cause: AlarmCause = .news2
    ) -> Alarm {
        var alarm = Nation.alarm(cause: cause)
        alarm.offers = [
            AlarmOffer(
                number: number,
                to: role,
                at: now,
                priority: .high,
                until: now + .minutes(2),
                doctors: doctors
            )
        ]
        return alarm
    }

    private func chosen(_ effects: [CareEffect]) -> [[DoctorID]] {
        effects.compactMap { effect in
            guard case .offerAlarm(_, _, let doctors) = effect else { return nil }
            return doctors
        }
    }

    private func chosen(_ role: EscalationRole, _ doctors: [Doctor]) -> [String]? {
        var loop = Nation.loop(doctors)
        let effects = loop.alarmChanged(alarm(role), patient: nil, at: now)
        return chosen(effects).first?.map(\.rawValue)
    }

    @Test func `the site's doctor is one who works there and is not off`() {
        let doctors = [
            Nation.doctor("far"), Nation.doctor("off", hospital: "clinic-1", presence: .off),
            Nation.doctor("there", hospital: "clinic-1", presence: .available),
        ]
        #expect(chosen(.siteDoctor, doctors) == ["there"])
        #expect(chosen(.siteDoctor, Array(doctors.prefix(2))) == [])
    }

    @Test func `the specialist is on call, of the cause's specialty, from a twinned hospital`() {
        let doctors = [
            Nation.doctor("other-hospital", hospital: "hospital-2"),
            Nation.doctor("twinned"), Nation.doctor("available", presence: .available),
            Nation.doctor("heart", .cardiology),
        ]
        #expect(chosen(.onCallSpecialist, doctors) == ["twinned"])
        #expect(chosen(.onCallSpecialist, [doctors[0], doctors[3]]) == ["other-hospital"])
        #expect(chosen(.onCallSpecialist, [doctors[2], doctors[3]]) == [])
        let instead = Nation.doctor("instead", .internalMedicine)
        #expect(chosen(.onCallSpecialist, [doctors[2], instead]) == ["instead"])
    }

    @Test func `the on-call roster counts like the doctor's own word`() {
        let roster = Availability(onCall: [DatedWindow(from: now, until: now + .hours(1))])
        let doctor = Nation.doctor("rostered", presence: .off, availability: roster)
        #expect(chosen(.onCallSpecialist, [doctor]) == ["rostered"])
        let later = Availability(onCall: [
            DatedWindow(from: now + .hours(1), until: now + .hours(2))
        ])
        let other = Nation.doctor("later", presence: .off, availability: later)
        #expect(chosen(.onCallSpecialist, [other]) == [])
    }

    @Test func `a step tells three doctors at most`() {
        let doctors = (1...5).map { Nation.doctor("doctor-\($0)") }
        #expect(chosen(.onCallSpecialist, doctors)?.count == CareLoop.addresseeLimit)
    }

    @Test func `doctors are chosen once, and again only after a restart`() {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        let alarm = alarm(.onCallSpecialist)
        #expect(chosen(loop.alarmChanged(alarm, patient: nil, at: now)).count == 1)
        #expect(chosen(loop.alarmChanged(alarm, patient: nil, at: now)).isEmpty)
        var after = Nation.loop([Nation.doctor("doctor-1")])
        let effects = after.restore(
            requests: [],
            bookings: [],
            sessions: [],
            alarms: [alarm],
            patients: [],
            at: now
        )
        #expect(chosen(effects).count == 1)
        guard case .offerAlarm = effects.first else {
            Issue.record("a refused booking could take the choice down with it")
            return
        }
    }

    // MARK: Telling

    private let doctor = DoctorID(trusted: "doctor-1")

    @Test func `a step is told its site and its doctors, once`() throws {
        var teller = AlarmTeller(open: [])
        let alarm = alarm(.onCallSpecialist, doctors: [doctor])
        let telling = try #require(teller.changed(alarm).first)
        #expect(telling.news == .offered && telling.number == 2)
        #expect(telling.audiences == [.site(Nation.clinic), .doctor(doctor)])
        #expect(teller.changed(alarm).isEmpty)
    }

    @Test func `a step is not told before its doctors are chosen, and not at all without any`() {
        var teller = AlarmTeller(open: [])
        #expect(teller.changed(alarm(.onCallSpecialist)).isEmpty)
        #expect(teller.changed(alarm(.onCallSpecialist, doctors: [doctor])).count == 1)
        var other = AlarmTeller(open: [])
        #expect(other.changed(alarm(.siteDoctor, doctors: [])).isEmpty)
    }

    @Test func `the first step is told by the alarm itself, later rounds of the nurse are news`() {
        var teller = AlarmTeller(open: [])
        #expect(teller.changed(alarm(.nurse, number: 1, doctors: [])).isEmpty)
        #expect(teller.changed(alarm(.nurse, number: 4, doctors: [])).count == 1)
    }

    @Test func `the chain's end is told the operations desk, once`() throws {
        var teller = AlarmTeller(open: [])
        var alarm = alarm(.onCallSpecialist, doctors: [doctor])
        _ = teller.changed(alarm)
        alarm.offers?[0].state = .expired
        let telling = try #require(teller.changed(alarm).first)
        #expect(telling.news == .chainEnded && telling.audiences.contains(.operations))
        #expect(teller.changed(alarm).isEmpty)
    }

    @Test func `a pause that is over reminds, one that was ended by an answer does not`() {
        for signal in [AlarmSignal.on, .acknowledged] {
            var teller = AlarmTeller(open: [])
            var alarm = alarm(.siteDoctor, doctors: [doctor])
            alarm.pauses = [
                AlarmPause(by: UserID(trusted: "nurse"), at: now, until: now + .minutes(1))
            ]
            _ = teller.changed(alarm)
            alarm.pauses?[0].endedAt = now + .minutes(1)
            alarm.signal = signal
            #expect(teller.changed(alarm).map(\.news) == (signal == .on ? [.pauseOver] : []))
            #expect(teller.changed(alarm).isEmpty)
        }
    }

    @Test func `an incident is told when it begins and when its last device is back`() {
        var teller = AlarmTeller(open: [])
        var first = Nation.alarm("alarm-1", cause: .offline, priority: .low)
        var second = Nation.alarm("alarm-2", cause: .offline, priority: .low)
        let incident = AlarmIncident(
            id: IncidentID(trusted: "in-1"),
            openedAt: now,
            isSuppressed: true
        )
        (first.incident, second.incident) = (incident, incident)
        (first.signal, second.signal) = (.off, .off)
        #expect(teller.changed(first).map(\.news) == [.incidentBegan])
        #expect(teller.changed(second).isEmpty)
        first.closedAt = now
        #expect(teller.changed(first).isEmpty)
        second.closedAt = now
        #expect(teller.changed(second).map(\.news) == [.incidentOver])
    }

    @Test func `what a process before this one had stored is no news`() {
        let alarm = alarm(.onCallSpecialist, doctors: [doctor])
        var teller = AlarmTeller(open: [alarm])
        #expect(teller.changed(alarm).isEmpty)
    }
}
