import CareLoop
import Scheduler
import Signalling
import Testing
import Vocabulary

/// Slots that are searched, held, booked and moved.
@Suite struct SlotTests {
    private let now = Nation.morning
    private let other = PatientID(trusted: "patient-2")
    private let doctor = Nation.doctor(
        "doctor",
        availability: Availability(
            weekly: (1...7).map {
                WeeklyWindow(weekday: $0, fromMinute: 7 * 60, untilMinute: 17 * 60)
            }
        )
    )

    private var draft: ConsultDraft { Nation.draft(urgency: .routine) }
    private var rival: ConsultDraft {
        Nation.draft(patient: other, site: Nation.farClinic, urgency: .routine)
    }

    private func loop() -> CareLoop { Nation.loop([doctor]) }

    private func held(_ loop: inout CareLoop, after minutes: Int = 60) throws -> Booking {
        let start = now + .minutes(minutes)
        let held = try loop.slotHeld(draft, doctor: doctor.id, start: start, at: now)
        #expect(loop.violations() == [])
        return try #require(loop.booking(held.id))
    }

    @Test func `a search gives several times of a doctor, each of which can be held`() throws {
        var loop = loop()
        let slots = try loop.slots(draft, limit: 5, at: now)
        #expect(slots.count == 5)
        #expect(Set(slots.map(\.start)).count == 5)
        #expect(slots.allSatisfy { !$0.reasons.isEmpty && $0.start >= now })
        for slot in slots {
            var copy = loop
            _ = try copy.slotHeld(draft, doctor: slot.doctor, start: slot.start, at: now)
            #expect(copy.violations() == [])
        }
        let hold = try held(&loop)
        #expect(hold.state == .held && hold.answerBy == now + .minutes(3))
        let left = try loop.slots(rival, limit: 50, at: now)
        #expect(!left.isEmpty)
        #expect(left.allSatisfy { $0.end <= hold.start || $0.start >= hold.doctorFreeAt })
    }

    @Test func `what is held is refused to everybody else until the hold has run out`() throws {
        var loop = loop()
        let hold = try held(&loop)
        #expect(throws: CareRefusal.slotTaken) {
            try loop.slotHeld(rival, doctor: doctor.id, start: hold.start, at: now)
        }
        _ = loop.advance(to: now + .minutes(3) - .milliseconds(1))
        #expect(loop.booking(hold.id)?.state == .held)
        let effects = loop.advance(to: now + .minutes(3))
        #expect(effects.bookings.map(\.state) == [.expired])
        #expect(effects.requests.last?.state == .cancelled, "it was made for the hold alone")
        let again = try loop.slotHeld(
            rival,
            doctor: doctor.id,
            start: hold.start,
            at: now + .minutes(3)
        )
        #expect(loop.booking(again.id)?.start == hold.start)
        #expect(loop.violations() == [])
    }

    @Test func `its doctor books a hold at once, a site's goes to the doctor`() throws {
        var first = loop()
        let hold = try held(&first)
        let booked = try first.holdBooked(hold.id, by: .doctor(doctor.id), at: now)
        #expect(booked.bookings.last?.state == .confirmed)
        #expect(booked.opened.count == 1)
        #expect(throws: CareRefusal.notInState("confirmed")) {
            try first.holdBooked(hold.id, by: .doctor(doctor.id), at: now)
        }

        var second = loop()
        let asked = try held(&second)
        let offered = try second.holdBooked(asked.id, by: .site(Nation.clinic), at: now)
        #expect(offered.bookings.last?.state == .offered)
        #expect(throws: CareRefusal.notYours) {
            try second.holdBooked(asked.id, by: .site(Nation.farClinic), at: now)
        }
        let yes = try second.offerAnswered(asked.id, .accept, by: doctor.id, at: now)
        #expect(yes.bookings.last?.start == asked.start)
        #expect(second.violations() == [])
    }

    @Test func `a hold that is too old is not booked, and one given back is free at once`() throws {
        var loop = loop()
        let hold = try held(&loop)
        #expect(throws: CareRefusal.tooLate) {
            try loop.holdBooked(hold.id, by: .doctor(doctor.id), at: now + .minutes(3))
        }
        let effects = try loop.holdGivenBack(hold.id, by: .site(Nation.clinic), at: now)
        #expect(effects.bookings.map(\.state) == [.cancelled])
        _ = try loop.slotHeld(rival, doctor: doctor.id, start: hold.start, at: now)
    }

    @Test func `a hold for an open request leaves it open when it ends`() throws {
        var loop = loop()
        var busy = draft
        busy.earliest = now + .hours(48)
        busy.deadline = now + .hours(48) + .minutes(10)
        busy.durationMinutes = 10
        let declined = try loop.requestAsked(busy, at: now)
        let offer = try #require(declined.effects.bookings.last)
        _ = try loop.offerAnswered(offer.id, .decline, by: doctor.id, at: now)
        #expect(throws: CareRefusal.slotTaken, "who declined is not asked again") {
            try loop.slotHeld(
                busy,
                doctor: doctor.id,
                start: now + .hours(48),
                for: declined.id,
                at: now
            )
        }
        #expect(throws: CareRefusal.duplicate(declined.id)) { try held(&loop) }
    }

    @Test func `a hold survives a restart and still ends by itself`() throws {
        var loop = loop()
        let hold = try held(&loop)
        var next = self.loop()
        _ = next.restore(
            requests: loop.openRequests,
            bookings: loop.liveBookings,
            sessions: [],
            alarms: [],
            patients: [],
            at: now + .minutes(1)
        )
        #expect(next.booking(hold.id) == hold)
        #expect(next.advance(to: now + .minutes(3)).bookings.map(\.state) == [.expired])
    }

    @Test func `a move keeps the old time until the new one is certain, and frees it then`() throws
    {
        var loop = loop()
        let hold = try held(&loop)
        let booked = try loop.holdBooked(hold.id, by: .doctor(doctor.id), at: now)
        let session = try #require(booked.sessions.last)
        let wall = try loop.slotHeld(
            rival,
            doctor: doctor.id,
            start: now + .hours(3),
            at: now
        )
        #expect(throws: CareRefusal.slotTaken) {
            try loop.bookingMoved(hold.id, to: now + .hours(3), by: .site(Nation.clinic), at: now)
        }
        #expect(loop.booking(hold.id)?.start == hold.start, "the old time is kept")
        #expect(throws: CareRefusal.slotTaken, "nobody has this id") {
            try loop.bookingMoved(
                hold.id,
                to: now + .hours(5),
                doctor: DoctorID(trusted: "somebody"),
                by: .operations,
                at: now
            )
        }
        let moved = try loop.bookingMoved(
            hold.id,
            to: now + .hours(5),
            by: .site(Nation.clinic),
            at: now
        )
        let booking = try #require(moved.bookings.last)
        #expect(booking.id == hold.id && booking.start == now + .hours(5))
        #expect(booking.state == .confirmed && booking.session == session.id)
        #expect(moved.heard(by: .doctor(doctor.id)).contains { $0.why.hasPrefix("moved from") })
        _ = try loop.holdGivenBack(wall.id, by: .site(Nation.farClinic), at: now)
        _ = try loop.slotHeld(rival, doctor: doctor.id, start: hold.start, at: now)
        #expect(loop.violations() == [])
    }

    @Test func `what is freed goes at once to whoever waits`() throws {
        var loop = loop()
        var short = draft
        short.durationMinutes = 30
        let start = now + .hours(1)
        let hold = try loop.slotHeld(short, doctor: doctor.id, start: start, at: now)
        _ = try loop.holdBooked(hold.id, by: .doctor(doctor.id), at: now)
        var waiting = rival
        waiting.earliest = start
        waiting.deadline = start + .minutes(30)
        waiting.durationMinutes = 30
        let asked = try loop.requestAsked(waiting, at: now)
        #expect(loop.request(asked.id)?.state == .open)
        let moved = try loop.bookingMoved(
            hold.id,
            to: now + .hours(4),
            by: .doctor(doctor.id),
            at: now
        )
        #expect(moved.bookings.last?.request == asked.id)
        #expect(moved.bookings.last?.start == start)
        #expect(loop.request(asked.id)?.state == .offered)
    }

    @Test func `both ends are reminded a day and an hour before, once each`() throws {
        var loop = loop()
        let start = now + .hours(48)
        let hold = try loop.slotHeld(draft, doctor: doctor.id, start: start, at: now)
        _ = try loop.holdBooked(hold.id, by: .doctor(doctor.id), at: now)
        var at: [Instant] = []
        while let next = loop.nextDeadline, next < start {
            let told = loop.advance(to: next).heard(by: .site(Nation.clinic))
            if told.contains(where: { $0.why.hasPrefix("reminder") }) { at.append(next) }
        }
        #expect(at == [start - .hours(24), start - .hours(1)])
        #expect(loop.violations() == [])
    }

    @Test func `no final state has a successor, and every other one has`() {
        for state in BookingState.allCases {
            #expect(state.successors.isEmpty == !state.isLive, "\(state)")
        }
    }
}
