import CareLoop
import Clinical
import Scheduler
import Signalling
import Testing
import Vocabulary

/// The way of one request from the alarm to the outcome.
@Suite struct LoopTests {
    private let now = Nation.morning

    @Test func `an alarm becomes a request, an offer, a booking, a session and an outcome`() throws
    {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        let raised = loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
        let request = try #require(raised.requests.last)
        #expect(request.urgency == .emergency)
        #expect(request.latestStart == now + .minutes(30))
        #expect(raised.contains(.attachRequest(request.id, to: Nation.alarm().id)))
        let offer = try #require(raised.bookings.last)
        #expect(offer.state == .offered)
        #expect(offer.answerBy == now + .seconds(60))
        #expect(raised.heard(by: .doctor(offer.doctor)).map(\.subject) == [.booking(offer)])

        let later = now + .seconds(20)
        let accepted = try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: later)
        let session = try #require(accepted.opened.first)
        let booking = try #require(accepted.bookings.last)
        #expect(booking.state == .confirmed)
        #expect(booking.session == session.id)
        #expect(booking.start == later, "an immediate consult begins when the doctor says yes")
        #expect(accepted.stored.count == 3, "request, booking and session in one transaction")
        #expect(!accepted.heard(by: .doctor(offer.doctor)).isEmpty)
        #expect(!accepted.heard(by: .site(Nation.clinic)).isEmpty)
        #expect(loop.request(request.id)?.state == .matched)

        _ = loop.sessionProgress(session.id, .clinicJoined, at: later + .seconds(5))
        #expect(loop.session(session.id)?.state == .waiting)
        _ = loop.sessionProgress(session.id, .doctorJoined, at: later + .seconds(9))
        #expect(loop.session(session.id)?.state == .live)
        #expect(loop.booking(offer.id)?.state == .checkedIn)
        _ = loop.sessionProgress(session.id, .bothPresent, at: later + .seconds(9))
        #expect(loop.booking(offer.id)?.state == .inSession)
        #expect(
            loop.session(session.id)?.timeline.map(\.what)
                == ["scheduled", "clinicJoined", "doctorJoined", "bothPresent"]
        )
        let end = later + .minutes(12)
        let outcome = Outcome(
            disposition: .transfer,
            sealedNote: "x",
            by: offer.doctor,
            at: end
        )
        let ended = try loop.outcomeGiven(session.id, outcome, at: end)
        #expect(ended.requests.last?.state == .fulfilled)
        #expect(ended.bookings.last?.state == .fulfilled)
        #expect(ended.bookings.last?.end == end)
        #expect(ended.sessions.last?.outcome == outcome)
        #expect(ended.contains(.consultEnded(request.id, of: Nation.alarm().id)))
        #expect(loop.openRequests.isEmpty)
        #expect(loop.nextDeadline == nil)
        #expect(loop.violations().isEmpty)
    }

    @Test func `every step begins with its transaction`() {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        let effects = loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
        guard case .store = effects.first else {
            Issue.record("the first effect is not a transaction")
            return
        }
    }

    @Test func `an offer can be taken until just before its end, and not at it`() throws {
        for isInTime in [true, false] {
            var loop = Nation.loop([Nation.doctor("doctor-1")])
            let offer = try #require(
                loop.alarmChanged(Nation.alarm(), patient: nil, at: now).bookings.last
            )
            let end = try #require(offer.answerBy)
            let at = isInTime ? end - .milliseconds(1) : end
            if isInTime {
                #expect(loop.advance(to: at).isEmpty)
                #expect(
                    try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: at)
                        .bookings.last?.state == .confirmed
                )
            } else {
                #expect(throws: CareRefusal.tooLate) {
                    try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: at)
                }
                #expect(loop.advance(to: at).bookings.first?.state == .expired)
            }
        }
    }

    @Test func `a decline goes to the next doctor in the same breath, and never back`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1"), Nation.doctor("doctor-2")])
        let first = try #require(
            loop.alarmChanged(Nation.alarm(), patient: nil, at: now).bookings.last
        )
        #expect(first.doctor == DoctorID(trusted: "doctor-1"))
        let declined = try loop.offerAnswered(first.id, .decline, by: first.doctor, at: now)
        let second = try #require(declined.bookings.last)
        #expect(declined.bookings.first?.state == .declined)
        #expect(second.state == .offered)
        #expect(second.doctor == DoctorID(trusted: "doctor-2"))

        let none = try loop.offerAnswered(second.id, .decline, by: second.doctor, at: now)
        #expect(none.bookings.allSatisfy { $0.state == .declined })
        #expect(none.heard(by: .operations).contains { $0.isEscalation })
        let request = try #require(loop.openRequests.first)
        #expect(request.state == .open, "a decline never loses the request")
        // Nobody is left: whatever is tried until the deadline, nobody is asked twice.
        var at = now
        while let deadline = loop.nextDeadline, deadline <= request.latestStart {
            at = deadline
            #expect(loop.advance(to: at).bookings.isEmpty)
        }
        #expect(loop.violations().isEmpty)
    }

    @Test func `who let an offer run out is asked again after the pause, not before`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        _ = loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
        let ranOut = now + .seconds(60)
        #expect(loop.advance(to: ranOut).bookings.last?.state == .expired)
        let pauseEnd = ranOut + .minutes(1)
        #expect(loop.advance(to: pauseEnd - .milliseconds(1)).bookings.isEmpty)
        let again = loop.advance(to: pauseEnd)
        #expect(again.bookings.last?.state == .offered)
        #expect(again.requests.last?.unansweredBy == [])
    }

    @Test func `nobody by the deadline makes a request unmatched, and one from an alarm goes on`()
        throws
    {
        var loop = Nation.loop([])
        let asked = loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
        let id = try #require(asked.requests.last?.id)
        let last = now + .minutes(30)
        _ = loop.advance(to: last)
        #expect(loop.request(id)?.state == .open)
        let passed = loop.advance(to: last + .milliseconds(1))
        #expect(loop.request(id)?.state == .unmatched)
        #expect(passed.heard(by: .operations).contains { $0.isEscalation })
        #expect(passed.heard(by: .site(Nation.clinic)).contains { $0.isEscalation })
        let rescue = loop.doctorChanged(Nation.doctor("doctor-9"), at: last + .minutes(5))
        #expect(rescue.bookings.last?.state == .offered)
        #expect(loop.request(id)?.state == .offered)
    }

    @Test func `a clinic's own urgent request is shown and waits once its deadline has passed`()
        throws
    {
        var loop = Nation.loop([])
        let asked = try loop.requestAsked(Nation.draft(), at: now)
        let last = now + .minutes(60)
        _ = loop.advance(to: last + .milliseconds(1))
        #expect(loop.request(asked.id)?.state == .unmatched)
        #expect(loop.nextDeadline == nil)
        #expect(loop.doctorChanged(Nation.doctor("doctor-9"), at: last + .minutes(5)).isEmpty)
        let cancelled = try loop.requestCancelled(
            asked.id,
            by: .site(Nation.clinic),
            at: last + .minutes(6)
        )
        #expect(cancelled.requests.last?.state == .cancelled)
    }

    @Test func `whoever comes first, the emergency gets the freed doctor`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        let first = try loop.requestAsked(
            Nation.draft(patient: PatientID(trusted: "a"), site: Nation.farClinic),
            at: now
        )
        let offer = try #require(first.effects.bookings.last)
        // The one doctor is asked already; both of these wait for that answer.
        let urgent = try loop.requestAsked(
            Nation.draft(patient: PatientID(trusted: "b"), site: Nation.hospital),
            at: now
        )
        let emergency = try loop.requestAsked(
            Nation.draft(patient: PatientID(trusted: "c"), urgency: .emergency),
            at: now + .seconds(1)
        )
        #expect(loop.request(urgent.id)?.state == .open)
        #expect(loop.request(emergency.id)?.state == .open)
        let freed = try loop.requestCancelled(first.id, by: .operations, at: now + .seconds(2))
        #expect(freed.bookings.first?.id == offer.id)
        #expect(freed.bookings.last?.request == emergency.id)
        #expect(freed.bookings.last?.start == now + .seconds(2))
        #expect(loop.request(urgent.id)?.state == .open)
        #expect(loop.violations().isEmpty)
    }

    @Test func `an alarm that worsens makes its open request an emergency`() throws {
        var loop = Nation.loop([])
        let medium = Nation.alarm(priority: .medium)
        let asked = loop.alarmChanged(medium, patient: nil, at: now)
        let id = try #require(asked.requests.last?.id)
        #expect(loop.request(id)?.urgency == .urgent)
        #expect(loop.request(id)?.latestStart == now + .minutes(60))
        let later = now + .minutes(10)
        let raised = loop.alarmChanged(
            Nation.alarm(priority: .high, at: later),
            patient: nil,
            at: later
        )
        #expect(loop.request(id)?.urgency == .emergency)
        #expect(loop.request(id)?.latestStart == later + .minutes(30))
        #expect(raised.heard(by: .operations).contains { $0.isEscalation })
        // Better again: nothing is taken back.
        let better = later + .minutes(1)
        #expect(
            loop.alarmChanged(Nation.alarm(priority: .medium, at: better), patient: nil, at: better)
                .isEmpty
        )
        #expect(loop.request(id)?.urgency == .emergency)
    }

    @Test func `a second alarm of the patient joins the open request`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        let first = loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
        let id = try #require(first.requests.last?.id)
        let second = Nation.alarm("alarm-2", cause: .low(.oxygenSaturation))
        #expect(
            loop.alarmChanged(second, patient: nil, at: now) == [.attachRequest(id, to: second.id)]
        )
        #expect(loop.alarmChanged(second, patient: nil, at: now).isEmpty, "said once")
        let over = try loop.requestCancelled(id, by: .operations, at: now)
        #expect(over.contains(.consultEnded(id, of: second.id)))
        #expect(over.contains(.consultEnded(id, of: Nation.alarm().id)))
        // Staff took it back: the same alarms do not ask again.
        #expect(loop.alarmChanged(second, patient: nil, at: now).isEmpty)
    }

    @Test func `an alarm that goes away leaves its request`() throws {
        var loop = Nation.loop([])
        _ = loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
        let later = now + .minutes(1)
        let gone = Nation.alarm(condition: .absent, signal: .off, at: later)
        #expect(loop.alarmChanged(gone, patient: nil, at: later).isEmpty)
        #expect(loop.openRequests.count == 1)
    }

    @Test func `the doctor's grace is kept to the millisecond`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1"), Nation.doctor("doctor-2")])
        let offer = try #require(
            loop.alarmChanged(Nation.alarm(), patient: nil, at: now).bookings.last
        )
        _ = try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: now)
        let grace = now + .minutes(3)
        #expect(loop.advance(to: grace - .milliseconds(1)).isEmpty)
        let missed = loop.advance(to: grace)
        #expect(missed.bookings.first?.state == .noShow)
        #expect(missed.sessions.first?.state == .expired)
        #expect(missed.bookings.last?.state == .offered)
        #expect(missed.bookings.last?.doctor == DoctorID(trusted: "doctor-2"))
    }

    @Test func `a clinic that does not come ends its own request and frees the doctor`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        let asked = try loop.requestAsked(Nation.draft(), at: now)
        let offer = try #require(asked.effects.bookings.last)
        let accepted = try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: now)
        let session = try #require(accepted.opened.first)
        _ = loop.sessionProgress(session.id, .doctorJoined, at: now + .minutes(1))
        let grace = now + .minutes(11)
        #expect(loop.advance(to: grace - .milliseconds(1)).isEmpty)
        let missed = loop.advance(to: grace)
        #expect(missed.requests.last?.state == .cancelled)
        #expect(missed.bookings.last?.state == .noShow)
        #expect(loop.liveBookings.isEmpty)
    }

    @Test func `a consult without an outcome is asked for it again and again`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        let offer = try #require(
            loop.alarmChanged(Nation.alarm(), patient: nil, at: now).bookings.last
        )
        let session = try #require(
            try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: now).opened.first
        )
        _ = loop.sessionProgress(session.id, .bothPresent, at: now + .seconds(10))
        let due = now + .minutes(60)
        #expect(loop.advance(to: due - .milliseconds(1)).isEmpty)
        #expect(loop.advance(to: due).heard(by: .doctor(offer.doctor)).count == 1)
        #expect(loop.advance(to: due).isEmpty, "told once")
        #expect(loop.nextDeadline == due + .minutes(30))
    }

    @Test func `a refused booking is void and the next doctor is asked`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1"), Nation.doctor("doctor-2")])
        let offer = try #require(
            loop.alarmChanged(Nation.alarm(), patient: nil, at: now).bookings.last
        )
        let effects = loop.bookingRefused(offer.id, at: now)
        #expect(effects.bookings.first?.state == .cancelled)
        #expect(effects.bookings.last?.doctor == DoctorID(trusted: "doctor-2"))
        #expect(effects.heard(by: .doctor(offer.doctor)).isEmpty, "never told of the offer")
        #expect(loop.bookingRefused(offer.id, at: now).isEmpty)
    }

    @Test func `who goes off gives an offer back at once`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1"), Nation.doctor("doctor-2")])
        let offer = try #require(
            loop.alarmChanged(Nation.alarm(), patient: nil, at: now).bookings.last
        )
        let effects = loop.presenceChanged(offer.doctor, .off, at: now + .seconds(5))
        #expect(effects.bookings.first?.state == .expired)
        #expect(effects.bookings.last?.doctor == DoctorID(trusted: "doctor-2"))
    }

    @Test func `others' offers, sessions and requests are refused`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1"), Nation.doctor("doctor-2")])
        let offer = try #require(
            loop.alarmChanged(Nation.alarm(), patient: nil, at: now).bookings.last
        )
        let stranger = DoctorID(trusted: "doctor-2")
        #expect(throws: CareRefusal.notYours) {
            try loop.offerAnswered(offer.id, .accept, by: stranger, at: now)
        }
        #expect(throws: CareRefusal.notYours) {
            try loop.requestCancelled(offer.request, by: .site(Nation.farClinic), at: now)
        }
        #expect(throws: CareRefusal.unknownBooking) {
            try loop.offerAnswered(BookingID(trusted: "none"), .accept, by: stranger, at: now)
        }
        let session = try #require(
            try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: now).opened.first
        )
        _ = loop.sessionProgress(session.id, .bothPresent, at: now)
        let outcome = Outcome(disposition: .discharged, sealedNote: "", by: stranger, at: now)
        #expect(throws: CareRefusal.notYours) {
            try loop.outcomeGiven(session.id, outcome, at: now)
        }
        #expect(throws: CareRefusal.duplicate(offer.request)) {
            try loop.requestAsked(Nation.draft(), at: now)
        }
    }

    @Test func `after a restart nothing is forgotten and nobody is told twice`() throws {
        let doctors = [Nation.doctor("doctor-1"), Nation.doctor("doctor-2")]
        var loop = Nation.loop(doctors)
        let raised = loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
        let request = try #require(raised.requests.last)
        let offer = try #require(raised.bookings.last)
        // The alarm does not know its request yet: that effect was lost with the process.
        var next = Nation.loop(doctors, seed: 2)
        let restored = next.restore(
            requests: [request],
            bookings: [offer],
            sessions: [],
            alarms: [Nation.alarm()],
            patients: [],
            at: now + .seconds(30)
        )
        #expect(restored == [.attachRequest(request.id, to: Nation.alarm().id)])
        #expect(next.booking(offer.id) == offer)
        #expect(next.nextDeadline == offer.answerBy)
        #expect(next.violations().isEmpty)

        let session = try #require(
            try next.offerAnswered(offer.id, .accept, by: offer.doctor, at: now + .seconds(40))
                .opened.first
        )
        var third = Nation.loop(doctors, seed: 3)
        var alarm = Nation.alarm()
        alarm.request = request.id
        let again = third.restore(
            requests: next.openRequests,
            bookings: next.liveBookings,
            sessions: next.openSessions,
            alarms: [alarm],
            patients: [],
            at: now + .seconds(50)
        )
        #expect(again == [.openSession(session)])
    }

    /// A loop that took up a booking whose doctor was in the room alone when the process ended.
    private func restoredWithLonelyDoctor() throws -> (CareLoop, SessionRecord) {
        let doctors = [Nation.doctor("doctor-1"), Nation.doctor("doctor-2")]
        var loop = Nation.loop(doctors)
        let raised = loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
        let offer = try #require(raised.bookings.last)
        let accepted = try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: now)
        let session = try #require(accepted.opened.first)
        _ = loop.sessionProgress(session.id, .doctorJoined, at: now + .seconds(5))
        var next = Nation.loop(doctors, seed: 2)
        _ = next.restore(
            requests: loop.openRequests,
            bookings: loop.liveBookings,
            sessions: loop.openSessions,
            alarms: [],
            patients: [],
            at: now + .seconds(20)
        )
        return (next, session)
    }

    @Test func `a doctor who does not come back after a restart has not met the clinic`() throws {
        var (loop, session) = try restoredWithLonelyDoctor()
        _ = loop.roomsSeen([], at: now + .seconds(20))
        _ = loop.sessionProgress(session.id, .clinicJoined, at: now + .seconds(30))
        #expect(loop.booking(session.booking)?.state == .checkedIn)
        let given = loop.advance(to: now + .seconds(30) + .minutes(10))
        #expect(given.bookings.contains { $0.id == session.booking && $0.state == .noShow })
        #expect(given.bookings.contains { $0.doctor != session.doctor && $0.state == .offered })
        #expect(loop.violations().isEmpty)
    }

    @Test func `a doctor whose connection is lost before the clinic comes has not met it`() throws {
        var (loop, session) = try restoredWithLonelyDoctor()
        _ = loop.sessionProgress(session.id, .clinicJoined, at: now + .seconds(30))
        #expect(loop.booking(session.booking)?.state == .checkedIn)
        _ = loop.sessionProgress(session.id, .left(.doctor), at: now + .seconds(125))
        #expect(loop.nextDeadline == now + .seconds(30) + .minutes(10))
        _ = loop.sessionProgress(session.id, .bothPresent, at: now + .seconds(130))
        #expect(loop.booking(session.booking)?.state == .inSession)
    }

    @Test func `who is in the room while the loop is rebuilt counts as there`() throws {
        var (loop, session) = try restoredWithLonelyDoctor()
        let roles: Set<ParticipantRole> = [.doctor, .clinic]
        let lonely = Room(session: session.id, state: .live, roles: roles, haveMet: false)
        _ = loop.roomsSeen([lonely], at: now + .seconds(20))
        #expect(loop.booking(session.booking)?.state == .checkedIn)
        let room = Room(session: session.id, state: .live, roles: roles, haveMet: true)
        let seen = loop.roomsSeen([room], at: now + .seconds(20))
        #expect(seen.bookings.last?.state == .inSession)
        #expect(loop.booking(session.booking)?.state == .inSession)
        #expect(loop.roomsSeen([room], at: now + .seconds(21)).isEmpty)
    }

    @Test func `an alarm whose consult ended while nobody looked is told so after a restart`()
        throws
    {
        var loop = Nation.loop([])
        let request = try #require(
            loop.alarmChanged(Nation.alarm(), patient: nil, at: now).requests.last
        )
        let over = try #require(
            try loop.requestCancelled(request.id, by: .operations, at: now).requests.last
        )
        var alarm = Nation.alarm()
        alarm.request = request.id
        var next = Nation.loop([], seed: 2)
        let effects = next.restore(
            requests: [over],
            bookings: [],
            sessions: [],
            alarms: [alarm],
            patients: [],
            at: now
        )
        #expect(effects == [.consultEnded(request.id, of: alarm.id)])
        #expect(next.openRequests.isEmpty)
    }

    @Test(arguments: [
        (AlarmCause.news2, AlarmPriority.high, Urgency?.some(.emergency)),
        (.news2, .medium, .urgent),
        (.news2, .low, nil),
        (.sos, .high, .emergency),
        (.low(.oxygenSaturation), .high, .urgent),
        (.low(.oxygenSaturation), .medium, nil),
        (.offline, .high, nil),
        (.sensorOff, .high, nil),
    ])
    func `the policy asks what the clinical rule says`(
        cause: AlarmCause,
        priority: AlarmPriority,
        urgency: Urgency?
    ) {
        let alarm = Nation.alarm(cause: cause, priority: priority)
        let demand = LoopPolicy().demand(of: alarm, patient: nil, at: now)
        #expect(demand?.urgency == urgency)
    }

    @Test func `children and the pregnant go to their own specialty`() {
        func patient(born year: Int, pregnant: Bool = false) -> Patient {
            Patient(
                id: Nation.patient,
                number: PatientNumber(1),
                site: Nation.clinic,
                birthYear: year,
                sex: .female,
                pregnant: pregnant
            )
        }
        let policy = LoopPolicy()
        let alarm = Nation.alarm()
        let specialty = { policy.demand(of: alarm, patient: $0, at: now)?.specialty }
        #expect(specialty(patient(born: 2011)) == .paediatrics)
        #expect(specialty(patient(born: 2010)) == .emergency)
        #expect(specialty(patient(born: 1990, pregnant: true)) == .obstetrics)
    }
}
