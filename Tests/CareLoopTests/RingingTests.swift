import CareLoop
import Clinical
import Scheduler
import Signalling
import Testing
import Vocabulary

/// Emergencies ring several doctors by a plan: 3 who are reachable for 30 s, 3 more on call for
/// 30 s, 6 of other specialties and tiers for 45 s, then operations.
@Suite struct RingingTests {
    private let now = Nation.morning

    private func doctors(_ count: Int, _ presence: Presence = .onCall) -> [Doctor] {
        (1...count).map { Nation.doctor("doctor-\($0)", presence: presence) }
    }

    private func loop(_ doctors: [Doctor], seed: UInt64 = 1) -> CareLoop {
        Nation.loop(doctors, seed: seed, policy: LoopPolicy())
    }

    private func raised(_ loop: inout CareLoop) -> [CareEffect] {
        loop.alarmChanged(Nation.alarm(), patient: nil, at: now)
    }

    private func names(_ bookings: [Booking], _ state: BookingState = .offered) -> [String] {
        bookings.filter { $0.state == state }.map(\.doctor.rawValue).sorted()
    }

    private func request(_ loop: CareLoop) throws -> ConsultRequest {
        try #require(loop.openRequests.first)
    }

    /// A machine that takes up what the other one has stored, as after a kill.
    private func restarted(
        _ loop: CareLoop,
        _ doctors: [Doctor],
        at instant: Instant
    ) -> (CareLoop, [CareEffect]) {
        var next = self.loop(doctors, seed: 99)
        var alarm = Nation.alarm()
        alarm.request = loop.openRequests.first?.id
        let effects = next.restore(
            requests: loop.openRequests,
            bookings: loop.liveBookings,
            sessions: loop.openSessions,
            alarms: [alarm],
            patients: [],
            at: instant
        )
        return (next, effects)
    }

    // MARK: Steps

    @Test func `the first step rings three at once, each with an offer of their own`() throws {
        var loop = loop(doctors(5))
        let effects = raised(&loop)
        let rings = effects.bookings
        #expect(names(rings) == ["doctor-1", "doctor-2", "doctor-3"])
        #expect(Set(rings.map(\.id)).count == 3)
        #expect(rings.allSatisfy { $0.answerBy == now + .seconds(60) && $0.start == now })
        for ring in rings {
            #expect(effects.heard(by: .doctor(ring.doctor)).map(\.subject) == [.booking(ring)])
        }
        let request = try request(loop)
        #expect(request.state == .offered)
        #expect(request.booking == rings.first?.id)
        #expect(request.ringing?.steps.map(\.doctors) == [rings.map(\.doctor)])
        #expect(loop.nextDeadline == now + .seconds(30))
        #expect(loop.violations().isEmpty)
    }

    @Test func `a step's rings and its progress are in one transaction`() {
        var loop = loop(doctors(3))
        let transactions = raised(&loop).compactMap { effect -> [CareRecord]? in
            guard case .store(let records) = effect else { return nil }
            return records
        }
        // Asked, then rung.
        #expect(transactions.map(\.count) == [1, 4])
    }

    @Test func `the time-out of a step rings the next, and those before ring on to their own end`()
        throws
    {
        var loop = loop(doctors(5))
        _ = raised(&loop)
        #expect(loop.advance(to: now + .seconds(30) - .milliseconds(1)).isEmpty)
        let second = loop.advance(to: now + .seconds(30))
        #expect(names(second.bookings) == ["doctor-4", "doctor-5"])
        #expect(loop.liveBookings.count == 5)
        let ended = loop.advance(to: now + .seconds(60))
        #expect(names(ended.bookings, .expired) == ["doctor-1", "doctor-2", "doctor-3"])
        #expect(names(ended.bookings) == [])
        #expect(try request(loop).unansweredBy.count == 3)
        #expect(loop.violations().isEmpty)
    }

    @Test func `a decline of all goes on at once, and not before all have declined`() throws {
        var loop = loop(doctors(5))
        let rings = raised(&loop).bookings
        for ring in rings.dropLast() {
            let effects = try loop.offerAnswered(ring.id, .decline, by: ring.doctor, at: now)
            #expect(names(effects.bookings) == [])
        }
        let last = try #require(rings.last)
        let effects = try loop.offerAnswered(last.id, .decline, by: last.doctor, at: now)
        #expect(names(effects.bookings) == ["doctor-4", "doctor-5"])
        #expect(try request(loop).declinedBy.count == 3)
        #expect(try request(loop).state == .offered, "a decline never loses the request")
    }

    @Test func `when all have declined the request is open, and people are told`() throws {
        var loop = loop(doctors(2))
        var effects: [CareEffect] = []
        for ring in raised(&loop).bookings {
            effects += try loop.offerAnswered(ring.id, .decline, by: ring.doctor, at: now)
        }
        #expect(try request(loop).state == .open)
        #expect(effects.heard(by: .operations).contains { $0.isEscalation })
        #expect(loop.nextDeadline != nil)
        #expect(loop.violations().isEmpty)
    }

    @Test func `who let a ring run out is rung again in the next round, after the pause`() throws {
        var loop = loop(doctors(1))
        _ = raised(&loop)
        _ = loop.advance(to: now + .seconds(30))
        let ranOut = now + .seconds(60)
        #expect(names(loop.advance(to: ranOut).bookings, .expired) == ["doctor-1"])
        let pauseEnd = ranOut + .minutes(1)
        var early: [CareEffect] = []
        while let deadline = loop.nextDeadline, deadline < pauseEnd {
            early += loop.advance(to: deadline)
        }
        #expect(early.bookings.isEmpty)
        let again = loop.advance(to: pauseEnd).bookings
        #expect(names(again) == ["doctor-1"])
        #expect(again.last?.ring?.round == 2)
    }

    @Test func `a wide step rings other specialties and hospitals below provincial level`() {
        var far = Nation.doctor("commune", hospital: "clinic-2")
        far.presence = .available
        var loop = loop([far, Nation.doctor("instead", .internalMedicine)])
        // Nobody of the specialty at a provincial hospital: the first two steps are passed at once.
        let rings = raised(&loop).bookings
        #expect(names(rings) == ["commune", "instead"])
        #expect(rings.allSatisfy { $0.ring?.step == 3 })
    }

    @Test func `the last step calls operations in`() throws {
        var loop = loop(doctors(7) + [Nation.doctor("instead", .internalMedicine)])
        _ = raised(&loop)
        // Nobody is connected, so it began with the second step.
        let third = loop.advance(to: now + .seconds(30))
        #expect(
            names(third.bookings) == ["doctor-4", "doctor-5", "doctor-6", "doctor-7", "instead"]
        )
        let ended = loop.advance(to: now + .seconds(60))
        #expect(!(third + ended).heard(by: .operations).contains { $0.isEscalation })
        let fourth = loop.advance(to: now + .seconds(75))
        #expect(names(fourth.bookings) == [], "all who wait for it are rung already")
        #expect(fourth.heard(by: .operations).contains { $0.isEscalation })
        #expect(try request(loop).ringing?.step == 4)
    }

    @Test func `an urgent request rings only where the configuration says so`() throws {
        for (plan, count) in [(RingingPlan.oneByOne, 1), (.standard, 3)] {
            var policy = LoopPolicy()
            policy.urgentRinging = plan
            var loop = Nation.loop(doctors(4), policy: policy)
            let asked = try loop.requestAsked(Nation.draft(), at: now)
            #expect(names(asked.effects.bookings).count == count)
        }
    }

    @Test func `a doctor who comes later is rung for the step that is not full`() throws {
        var loop = loop(doctors(2) + [Nation.doctor("late", presence: .off)])
        _ = raised(&loop)
        let effects = loop.presenceChanged(
            DoctorID(trusted: "late"),
            .available,
            at: now + .seconds(5)
        )
        #expect(names(effects.bookings) == ["late"])
        #expect(try request(loop).ringing?.steps.map(\.doctors.count) == [3])
        #expect(loop.violations().isEmpty)
    }

    // MARK: Answers

    @Test func `the first yes wins, and the others' rings stop at once`() throws {
        var loop = loop(doctors(3))
        let rings = raised(&loop).bookings
        let (first, second) = (rings[1], rings[0])
        let at = now + .seconds(7)
        let accepted = try loop.offerAnswered(first.id, .accept, by: first.doctor, at: at)
        #expect(names(accepted.bookings, .confirmed) == [first.doctor.rawValue])
        #expect(names(accepted.bookings, .cancelled).count == 2)
        for ring in rings where ring.id != first.id {
            #expect(
                accepted.heard(by: .doctor(ring.doctor)).map(\.why) == ["taken by another doctor"]
            )
        }
        let transactions = accepted.count { if case .store = $0 { true } else { false } }
        #expect(transactions == 1, "the yes and the others' end in one transaction")
        #expect(throws: CareRefusal.taken) {
            try loop.offerAnswered(second.id, .accept, by: second.doctor, at: at)
        }
        #expect(CareRefusal.taken.description == "Another doctor has taken the request.")
        #expect(loop.booking(first.id)?.start == at)
        #expect(loop.openSessions.count == 1)
        #expect(loop.violations().isEmpty)
        #expect(try loop.offerAnswered(first.id, .accept, by: first.doctor, at: at).isEmpty)
    }

    @Test func `a ring can be taken until just before its end, and not at it`() throws {
        for isInTime in [true, false] {
            var loop = loop(doctors(1))
            let ring = try #require(raised(&loop).bookings.last)
            let end = try #require(ring.answerBy)
            _ = loop.advance(to: now + .seconds(30))
            if isInTime {
                let at = end - .milliseconds(1)
                let taken = try loop.offerAnswered(ring.id, .accept, by: ring.doctor, at: at)
                #expect(taken.bookings.last?.state == .confirmed)
            } else {
                #expect(throws: CareRefusal.tooLate) {
                    try loop.offerAnswered(ring.id, .accept, by: ring.doctor, at: end)
                }
            }
        }
    }

    @Test func `a ring takes nobody's time until it is taken`() throws {
        var loop = loop(doctors(1))
        let ring = try #require(raised(&loop).bookings.last)
        #expect(!ring.takesTime)
        let free = { (loop: CareLoop) in
            loop.roster.isFree(ring.doctor, from: ring.start, until: ring.end, at: self.now)
        }
        #expect(free(loop))
        // The site's one station is kept all the same, and so is the patient.
        #expect(
            !loop.roster.hasFreeStation(ring.site, from: ring.start, until: ring.end, at: now)
        )
        _ = try loop.offerAnswered(ring.id, .accept, by: ring.doctor, at: now)
        #expect(!free(loop))
    }

    @Test func `the station that a ring kept is given back when the request is taken back`() throws
    {
        var loop = loop(doctors(3))
        let rings = raised(&loop).bookings
        let id = try request(loop).id
        let cancelled = try loop.requestCancelled(id, by: .operations, at: now)
        #expect(names(cancelled.bookings, .cancelled).count == 3)
        for ring in rings { #expect(cancelled.heard(by: .doctor(ring.doctor)).count == 1) }
        let ring = try #require(rings.first)
        #expect(loop.roster.hasFreeStation(ring.site, from: ring.start, until: ring.end, at: now))
        #expect(loop.liveBookings.isEmpty)
        #expect(loop.violations().isEmpty)
    }

    @Test func `who takes one emergency is no longer rung for another, and is told`() throws {
        var loop = loop(doctors(1))
        let first = try #require(raised(&loop).bookings.last)
        // Nobody else is there, so the one doctor is rung for both.
        let other = Nation.alarm(
            "alarm-2",
            patient: PatientID(trusted: "patient-2"),
            site: Nation.farClinic
        )
        let second = try #require(
            loop.alarmChanged(other, patient: nil, at: now).bookings.last
        )
        #expect(second.doctor == first.doctor)
        let taken = try loop.offerAnswered(second.id, .accept, by: second.doctor, at: now)
        let void = try #require(taken.bookings.first { $0.id == first.id })
        #expect(void.state == .cancelled)
        #expect(void.ring?.end == .void)
        #expect(taken.heard(by: .doctor(first.doctor)).contains { $0.subject == .booking(void) })
        #expect(loop.request(first.request)?.state == .open)
        #expect(loop.violations().isEmpty)
    }

    @Test func `who is rung for one emergency is not for another while others are there`() throws {
        var loop = loop(doctors(6))
        let first = raised(&loop).bookings
        let other = Nation.alarm(
            "alarm-2",
            patient: PatientID(trusted: "patient-2"),
            site: Nation.farClinic
        )
        let second = loop.alarmChanged(other, patient: nil, at: now).bookings
        #expect(names(first) == ["doctor-1", "doctor-2", "doctor-3"])
        #expect(names(second) == ["doctor-4", "doctor-5", "doctor-6"])
    }

    @Test func `an offer without an answer gives way to the emergency that its doctor takes`()
        throws
    {
        var policy = LoopPolicy()
        policy.askAgain.emergency = .hours(1)
        var loop = Nation.loop(doctors(1), policy: policy)
        let ring = try #require(raised(&loop).bookings.last)
        // Nobody else is there for this one either: the same doctor gets an ordinary offer.
        let asked = try loop.requestAsked(
            Nation.draft(patient: PatientID(trusted: "b"), site: Nation.farClinic),
            at: now
        )
        let offer = try #require(asked.effects.bookings.last)
        #expect(offer.doctor == ring.doctor)
        #expect(offer.takesTime)
        #expect(loop.booking(ring.id) != nil, "an offer is no reason to stop ringing")
        let taken = try loop.offerAnswered(ring.id, .accept, by: ring.doctor, at: now)
        #expect(taken.bookings.first?.id == offer.id)
        #expect(taken.bookings.first?.state == .cancelled)
        #expect(loop.booking(ring.id)?.state == .confirmed)
        #expect(loop.violations().isEmpty)
    }

    @Test func `when the database refuses the yes the others ring on`() throws {
        var loop = loop(doctors(3))
        let rings = raised(&loop).bookings
        let first = rings[0]
        _ = try loop.offerAnswered(first.id, .accept, by: first.doctor, at: now)
        let effects = loop.bookingRefused(first.id, at: now)
        #expect(effects.bookings.first?.state == .cancelled)
        #expect(loop.liveBookings == Array(rings.dropFirst()).sorted { $0.id < $1.id })
        #expect(try request(loop).state == .offered)
        #expect(effects.heard(by: .doctor(rings[1].doctor)).isEmpty, "they were told nothing")
        let second = rings[1]
        #expect(
            try loop.offerAnswered(second.id, .accept, by: second.doctor, at: now + .seconds(1))
                .bookings.contains { $0.id == second.id && $0.state == .confirmed }
        )
        #expect(loop.violations().isEmpty)
    }

    @Test func `who goes off is rung no longer`() throws {
        var loop = loop(doctors(4))
        let ring = try #require(raised(&loop).bookings.first)
        let effects = loop.presenceChanged(ring.doctor, .off, at: now + .seconds(1))
        #expect(names(effects.bookings, .expired) == [ring.doctor.rawValue])
        #expect(loop.liveBookings.count == 2, "the step rang its three; the next has its own time")
    }

    @Test func `an offer that is out becomes a ring when its request becomes an emergency`() throws
    {
        var loop = loop(doctors(4))
        let medium = Nation.alarm(priority: .medium)
        let offer = try #require(loop.alarmChanged(medium, patient: nil, at: now).bookings.last)
        #expect(offer.ring == nil)
        let later = now + .seconds(20)
        let raised = loop.alarmChanged(Nation.alarm(at: later), patient: nil, at: later)
        #expect(loop.liveBookings.count == 4, "the one who was asked, and three more")
        #expect(loop.liveBookings.count { $0.doctor == offer.doctor } == 1)
        #expect(loop.booking(offer.id)?.isRinging == true)
        #expect(raised.bookings.contains { $0.id == offer.id && $0.isRinging })
        #expect(loop.violations().isEmpty)
    }

    // MARK: Reachability

    @Test func `whose console is connected is rung first, and who is on call without one later`()
        throws
    {
        var loop = loop(doctors(3) + [Nation.doctor("there", presence: .available)])
        let there = DoctorID(trusted: "there")
        _ = loop.doctorConnected(there, at: now)
        let first = raised(&loop)
        #expect(names(first.bookings) == ["there"])
        let second = loop.advance(to: now + .seconds(30))
        #expect(names(second.bookings) == ["doctor-1", "doctor-2", "doctor-3"])
    }

    @Test func `a lost connection counts for its grace, to the millisecond`() {
        let there = DoctorID(trusted: "doctor-2")
        let grace = LoopPolicy().reachGrace
        for isInTime in [true, false] {
            var loop = loop(doctors(2))
            _ = loop.doctorConnected(there, at: now - grace - .seconds(1))
            let lost = isInTime ? now - grace + .milliseconds(1) : now - grace
            _ = loop.doctorDisconnected(there, at: lost)
            #expect(loop.isReachable(there, at: now) == isInTime)
            #expect(loop.lastSeen(there, at: now) == lost)
            #expect(
                names(raised(&loop).bookings)
                    == (isInTime ? ["doctor-2"] : ["doctor-1", "doctor-2"])
            )
        }
    }

    @Test func `whose console connects while it rings for somebody is rung as well`() throws {
        var loop = loop(doctors(4))
        _ = loop.doctorConnected(DoctorID(trusted: "doctor-4"), at: now)
        _ = raised(&loop)
        #expect(names(loop.liveBookings) == ["doctor-4"])
        let effects = loop.doctorConnected(DoctorID(trusted: "doctor-2"), at: now + .seconds(3))
        #expect(names(effects.bookings) == ["doctor-2"])
    }

    @Test func `who is off is not rung, connected or not`() {
        var loop = loop([Nation.doctor("doctor-1", presence: .off)])
        _ = loop.doctorConnected(DoctorID(trusted: "doctor-1"), at: now)
        #expect(raised(&loop).bookings.isEmpty)
    }

    // MARK: Restart

    @Test func `a restart in a step goes on with it, and nobody is rung again`() throws {
        let doctors = doctors(5)
        var loop = loop(doctors)
        let rings = raised(&loop).bookings
        for ring in rings { _ = loop.ringDelivered(ring.id, at: now) }
        var (next, effects) = restarted(loop, doctors, at: now + .seconds(10))
        #expect(effects.isEmpty, "nobody is told twice")
        #expect(next.liveBookings == loop.liveBookings)
        #expect(next.nextDeadline == now + .seconds(30))
        #expect(next.violations().isEmpty)
        let second = next.advance(to: now + .seconds(30))
        #expect(names(second.bookings) == ["doctor-4", "doctor-5"])
        let ring = try #require(rings.first)
        let taken = try next.offerAnswered(
            ring.id,
            .accept,
            by: ring.doctor,
            at: now + .seconds(31)
        )
        #expect(names(taken.bookings, .cancelled).count == 4)
    }

    @Test func `a restart after a step's time goes on with the next step`() throws {
        let doctors = doctors(5)
        var loop = loop(doctors)
        _ = raised(&loop)
        var (next, effects) = restarted(loop, doctors, at: now + .seconds(30))
        #expect(names(effects.bookings) == ["doctor-4", "doctor-5"])
        #expect(next.liveBookings.count == 5)
        effects = next.advance(to: now + .seconds(60))
        #expect(names(effects.bookings, .expired).count == 3)
    }

    @Test func `a restart long after goes on with the next step and loses nobody`() throws {
        let doctors = doctors(5)
        var loop = loop(doctors)
        _ = raised(&loop)
        let (next, effects) = restarted(loop, doctors, at: now + .minutes(20))
        #expect(names(effects.bookings, .expired) == ["doctor-1", "doctor-2", "doctor-3"])
        #expect(names(effects.bookings) == ["doctor-4", "doctor-5"])
        #expect(next.violations().isEmpty)
    }

    @Test func `a restart at any moment of a plan rings exactly whom it would have rung`() {
        let doctors = doctors(9) + [Nation.doctor("instead", .internalMedicine)]
        var whole = loop(doctors)
        var expected = raised(&whole).bookings
        var moments = [now]
        while let deadline = whole.nextDeadline, deadline <= now + .minutes(5) {
            expected += whole.advance(to: deadline).bookings
            moments.append(deadline)
        }
        expected = expected.filter { $0.isRinging && $0.ring?.round == 1 }
        #expect(expected.count == 10, "all ten in the first round")
        for kill in moments {
            var loop = loop(doctors)
            var rings = raised(&loop).bookings
            var isKilled = false
            if kill == now {
                (loop, _) = restarted(loop, doctors, at: now)
                isKilled = true
            }
            while let deadline = loop.nextDeadline, deadline <= now + .minutes(5) {
                if !isKilled, deadline >= kill {
                    // Killed at the very boundary, before it was looked at.
                    let (next, effects) = restarted(loop, doctors, at: deadline)
                    loop = next
                    rings += effects.bookings
                    isKilled = true
                } else {
                    rings += loop.advance(to: deadline).bookings
                }
            }
            let again = rings.contains { $0.ring?.round == 2 }
            rings = rings.filter { $0.isRinging && $0.ring?.round == 1 }
            let steps = { (bookings: [Booking]) in
                Set(
                    bookings.map {
                        "\($0.madeAt) \($0.doctor) \($0.ring?.round ?? 0).\($0.ring?.step ?? 0)"
                    }
                )
            }
            #expect(steps(rings) == steps(expected), "killed at \(kill)")
            #expect(rings.count == expected.count)
            #expect(again, "the second round comes as well")
        }
    }

    @Test func `a ring that no console has shown is told again after a restart, and only that`()
        throws
    {
        let doctors = doctors(2)
        var loop = loop(doctors)
        let rings = raised(&loop).bookings
        let marked = loop.ringDelivered(rings[0].id, at: now + .seconds(1))
        #expect(marked.bookings.map(\.ring?.deliveredAt) == [now + .seconds(1)])
        #expect(loop.ringDelivered(rings[0].id, at: now + .seconds(2)).isEmpty, "once")
        let (_, effects) = restarted(loop, doctors, at: now + .seconds(5))
        #expect(effects.heard(by: .doctor(rings[0].doctor)).isEmpty)
        #expect(effects.heard(by: .doctor(rings[1].doctor)).map(\.subject) == [.booking(rings[1])])
    }

    @Test func `rings whose request does not know of them are void, and it is open again`() throws {
        let doctors = doctors(3)
        var loop = loop(doctors)
        _ = raised(&loop)
        var request = try request(loop)
        request.state = .open
        request.booking = nil
        var next = self.loop(doctors, seed: 5)
        let effects = next.restore(
            requests: [request],
            bookings: loop.liveBookings,
            sessions: [],
            alarms: [],
            patients: [],
            at: now + .seconds(1)
        )
        #expect(names(effects.bookings, .cancelled).count == 3)
        #expect(next.liveBookings.count == 3, "it rings anew")
        #expect(next.violations().isEmpty)
    }

    // MARK: Figures

    @Test func `rings, their ends and the time to answer are counted`() throws {
        var loop = loop(doctors(3))
        let rings = raised(&loop).bookings
        _ = loop.ringDelivered(rings[0].id, at: now)
        _ = try loop.offerAnswered(
            rings[0].id,
            .decline,
            by: rings[0].doctor,
            at: now + .seconds(5)
        )
        _ = try loop.offerAnswered(
            rings[1].id,
            .accept,
            by: rings[1].doctor,
            at: now + .seconds(11)
        )
        let figures = loop.ringFigures
        #expect(figures.rung == 3)
        #expect(figures.delivered == 1)
        #expect(figures.ends == [.declined: 1, .accepted: 1, .taken: 1])
        #expect(figures.answers == [1, 0, 1, 0, 0, 0, 0])
        #expect(figures.answering == .seconds(16))
    }

    // MARK: Plans

    @Test(arguments: [
        ("3 30 reachable", true), ("1 1 operations", true), ("20 3600 wide", true),
        ("0 30 wide", false), ("21 30 wide", false), ("3 0 wide", false), ("3 3601 wide", false),
        ("3 30", false), ("3 30 everybody", false), ("three 30 wide", false), ("", false),
    ])
    func `a step is a number of doctors, seconds and a width`(text: String, isStep: Bool) {
        #expect((RingingStep(text) != nil) == isStep)
    }

    @Test func `a plan only widens and has at most eight steps`() throws {
        let narrow = try #require(RingingStep("3 30 reachable"))
        let wide = try #require(RingingStep("3 30 wide"))
        #expect(RingingPlan([narrow, wide]) != nil)
        #expect(RingingPlan([wide, narrow]) == nil)
        #expect(RingingPlan(Array(repeating: wide, count: 8)) != nil)
        #expect(RingingPlan(Array(repeating: wide, count: 9)) == nil)
        #expect(RingingPlan.standard.steps.count == RingingPlan.standardTexts.count)
    }
}
