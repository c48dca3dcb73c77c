import CareLoop
import Scheduler
import Signalling
import Testing
import Vocabulary

/// A booking that is moved to another doctor: asked first, exchanged in one transaction.
@Suite struct OtherDoctorTests {
    private let now = Nation.morning
    private let start = Nation.morning + .hours(2)
    private let old = DoctorID(trusted: "old")
    private let new = DoctorID(trusted: "new")

    private func loop(seed: UInt64 = 1) -> CareLoop {
        let week = Availability(
            weekly: (1...7).map {
                WeeklyWindow(weekday: $0, fromMinute: 7 * 60, untilMinute: 17 * 60)
            }
        )
        let doctors = ["old", "new", "third"].map {
            Nation.doctor($0, presence: .available, availability: week)
        }
        return Nation.loop(doctors, seed: seed)
    }

    private func booked(_ loop: inout CareLoop) throws -> Booking {
        let draft = Nation.draft(urgency: .routine)
        let held = try loop.slotHeld(draft, doctor: old, start: start, at: now)
        _ = try loop.holdBooked(held.id, by: .doctor(old), at: now)
        return try #require(loop.booking(held.id))
    }

    /// The booking and the offer to the other doctor, by default for the same time.
    private func asked(
        _ loop: inout CareLoop,
        to time: Instant? = nil
    ) throws -> (booking: Booking, offer: Booking, effects: [CareEffect]) {
        let booking = try booked(&loop)
        let effects = try loop.bookingMoved(
            booking.id,
            to: time ?? start,
            doctor: new,
            by: .site(Nation.clinic),
            at: now
        )
        #expect(loop.violations() == [])
        let offer = loop.liveBookings.first(where: \.isProposed)
        return (booking, try #require(offer), effects)
    }

    private func transactions(_ effects: [CareEffect]) -> [[CareRecord]] {
        effects.compactMap { if case .store(let records) = $0 { records } else { nil } }
    }

    @Test func `the old booking stands until the other doctor has said yes`() throws {
        var loop = loop()
        let (booking, offer, effects) = try asked(&loop)
        #expect(offer.doctor == new && offer.start == start && offer.replaces == booking.id)
        #expect(offer.state == .offered && offer.answerBy.map { $0 > now && $0 <= start } == true)
        #expect(loop.booking(booking.id) == booking)
        #expect(!effects.heard(by: .doctor(new)).isEmpty)
        #expect(effects.heard(by: .doctor(old)).isEmpty, "nothing has changed for this one yet")
        let rival = Nation.draft(
            patient: PatientID(trusted: "rival"),
            site: Nation.farClinic,
            urgency: .routine
        )
        #expect(throws: CareRefusal.slotTaken, "the time is kept for the move") {
            try loop.slotHeld(rival, doctor: new, start: start, at: now)
        }
    }

    @Test func `with the yes both bookings change in one transaction, and everybody is told`()
        throws
    {
        var loop = loop()
        let (booking, offer, _) = try asked(&loop, to: start + .minutes(10))
        let effects = try loop.offerAnswered(offer.id, .accept, by: new, at: now)
        #expect(loop.violations() == [])
        let both = transactions(effects).filter { records in
            let ids = records.compactMap { if case .booking(let one) = $0 { one.id } else { nil } }
            return ids.contains(booking.id) && ids.contains(offer.id)
        }
        #expect(both.count == 1)
        #expect(effects.bookings.first { $0.id == booking.id }?.state == .cancelled)
        let taken = try #require(loop.booking(offer.id))
        #expect(taken.state == .confirmed && taken.session != booking.session)
        #expect(loop.openSessions.map(\.doctor) == [new])
        #expect(effects.heard(by: .doctor(old)).contains { $0.why.contains("taken") })
        #expect(effects.heard(by: .doctor(new)).contains { $0.why == "the doctor accepted" })
        #expect(!effects.heard(by: .site(Nation.clinic)).isEmpty)
        #expect(loop.roster.isFree(old, from: start, until: start + .hours(1), at: now))
        // Reminders are of the time that holds now.
        let reminder = loop.advance(to: taken.start - .hours(1)).heard(by: .doctor(new))
        #expect(reminder.contains { $0.why.hasPrefix("reminder") })
    }

    @Test(arguments: ["no", "silence", "withdrawn"])
    func `without the yes everything is as it was`(_ ending: String) throws {
        var loop = loop()
        let (booking, offer, _) = try asked(&loop)
        let end = try #require(offer.answerBy)
        let effects: [CareEffect] =
            switch ending {
            case "no": try loop.offerAnswered(offer.id, .decline, by: new, at: now)
            case "withdrawn":
                try loop.bookingCancelled(offer.id, by: .site(Nation.clinic), at: now)
            default: loop.advance(to: end - .milliseconds(1)) + loop.advance(to: end)
            }
        #expect(loop.violations() == [])
        #expect(loop.liveBookings.map(\.id) == [booking.id])
        #expect(loop.booking(booking.id)?.state == .confirmed)
        #expect(effects.heard(by: .site(Nation.clinic)).contains { $0.why.contains("stands") })
        #expect(loop.roster.isFree(new, from: start, until: start + .hours(1), at: now))
        #expect(throws: CareRefusal.self) {
            try loop.offerAnswered(offer.id, .accept, by: new, at: end)
        }
    }

    @Test func `a move in the booking's own time takes no second station, in another time it does`()
        throws
    {
        for (time, isFree) in [(start, true), (start + .minutes(10), false)] {
            var loop = loop()
            var clinic = try #require(loop.roster.site(Nation.clinic))
            clinic.stations = 2
            _ = loop.siteChanged(clinic, at: now)
            _ = try asked(&loop, to: time)
            let rival = Nation.draft(
                patient: PatientID(trusted: "rival"),
                site: Nation.clinic,
                urgency: .routine
            )
            let third = DoctorID(trusted: "third")
            let other = try? loop.slotHeld(rival, doctor: third, start: time, at: now)
            #expect((other != nil) == isFree, "two stations, and the consult there is one")
            #expect(loop.violations() == [])
        }
    }

    @Test func `an administrator moves it without asking`() throws {
        var loop = loop()
        let booking = try booked(&loop)
        let effects = try loop.bookingMoved(
            booking.id,
            to: start,
            doctor: new,
            by: .operations,
            at: now
        )
        #expect(loop.violations() == [])
        #expect(loop.liveBookings.map(\.doctor) == [new])
        #expect(loop.liveBookings.map(\.state) == [.confirmed])
        #expect(!effects.heard(by: .doctor(old)).isEmpty)
    }

    @Test func `when the old doctor takes it back meanwhile the move goes on as an offer`() throws {
        var loop = loop()
        let (booking, offer, _) = try asked(&loop)
        _ = try loop.bookingCancelled(booking.id, by: .doctor(old), at: now)
        #expect(loop.violations() == [])
        let next = try #require(loop.liveBookings.first)
        #expect(next.id == offer.id && next.replaces == nil)
        #expect(loop.openRequests.map(\.state) == [.offered])
        _ = try loop.offerAnswered(offer.id, .accept, by: new, at: now)
        #expect(loop.booking(offer.id)?.state == .confirmed)
        #expect(loop.violations() == [])
    }

    @Test func `taking the request back ends the move too, and so does checking in`() throws {
        var first = loop()
        let (_, _, _) = try asked(&first)
        let request = try #require(first.openRequests.first)
        _ = try first.requestCancelled(request.id, by: .site(Nation.clinic), at: now)
        #expect(first.liveBookings.isEmpty && first.violations() == [])

        var second = loop()
        let (booking, _, _) = try asked(&second)
        _ = try second.checkedIn(booking.id, by: .doctor(old), at: now)
        #expect(second.liveBookings.map(\.id) == [booking.id])
        #expect(second.violations() == [])
    }

    @Test func `a second move takes the place of the first`() throws {
        var loop = loop()
        let (booking, offer, _) = try asked(&loop)
        _ = try loop.bookingMoved(
            booking.id,
            to: start,
            doctor: DoctorID(trusted: "third"),
            by: .site(Nation.clinic),
            at: now
        )
        #expect(loop.violations() == [])
        #expect(loop.booking(offer.id) == nil)
        let later = start + .hours(1)
        _ = try loop.bookingMoved(booking.id, to: later, by: .doctor(old), at: now)
        #expect(loop.liveBookings.map(\.id) == [booking.id])
        #expect(loop.liveBookings.map(\.start) == [later])
        #expect(loop.violations() == [])
    }

    @Test func `an exchange that the database refuses leaves the old booking`() throws {
        var loop = loop()
        let (booking, offer, _) = try asked(&loop)
        _ = try loop.offerAnswered(offer.id, .accept, by: new, at: now)
        let effects = loop.bookingRefused(offer.id, at: now)
        #expect(loop.violations() == [])
        #expect(loop.liveBookings == [booking])
        #expect(loop.openSessions.map(\.id) == [booking.session])
        #expect(effects.bookings.last?.id == offer.id)
        #expect(effects.bookings.last?.state == .cancelled)
    }

    @Test func `a move survives a restart`() throws {
        var loop = loop()
        let (booking, offer, _) = try asked(&loop)
        var next = self.loop(seed: 2)
        _ = next.restore(
            requests: loop.openRequests,
            bookings: loop.liveBookings,
            sessions: loop.openSessions,
            alarms: [],
            patients: [],
            at: now
        )
        #expect(next.violations() == [])
        #expect(Set(next.liveBookings.map(\.id)) == [booking.id, offer.id])
        _ = try next.offerAnswered(offer.id, .accept, by: new, at: now)
        #expect(next.liveBookings.map(\.id) == [offer.id])
    }
}
