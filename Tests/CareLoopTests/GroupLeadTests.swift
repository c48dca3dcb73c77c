import CareLoop
import Scheduler
import Signalling
import Testing
import Vocabulary

/// A group's responsible doctor is exchanged in one step; the rest keep their time and answers.
@Suite struct GroupLeadTests {
    private let now = Nation.morning
    private let old = DoctorID(trusted: "c-1")
    private let new = DoctorID(trusted: "c-2")
    private let further = DoctorID(trusted: "n-1")

    private func loop(seed: UInt64 = 1) -> CareLoop {
        Nation.loop(
            present: [("c-1", .cardiology), ("c-2", .cardiology), ("n-1", .neurology)],
            seed: seed
        )
    }

    /// A group of `old` and `further` at two sites, with the yes of those who are given.
    private func asked(_ loop: inout CareLoop, yes: [DoctorID]) throws -> Booking {
        var draft = Nation.draft(specialty: .cardiology, urgency: .soon)
        draft.group = GroupDemand(
            sites: [.init(Nation.farClinic)],
            seats: [.init(.neurology)]
        )
        let start = now + .hours(2)
        draft.earliest = start
        let held = try loop.slotHeld(draft, doctor: old, start: start, at: now)
        _ = try loop.holdBooked(held.id, by: .site(Nation.clinic), at: now)
        for doctor in yes { _ = try loop.offerAnswered(held.id, .accept, by: doctor, at: now) }
        #expect(loop.violations() == [])
        return try #require(loop.booking(held.id))
    }

    private func give(
        _ loop: inout CareLoop,
        _ booking: Booking,
        by party: CareParty = .site(Nation.clinic)
    ) throws -> [CareEffect] {
        let effects = try loop.bookingMoved(
            booking.id,
            to: booking.start,
            doctor: new,
            by: party,
            at: now
        )
        #expect(loop.violations() == [])
        return effects
    }

    private func proposal(_ loop: CareLoop) throws -> Booking {
        let offer = loop.liveBookings.first { $0.isProposed }
        return try #require(offer)
    }

    @Test func `the other doctor is asked, and the group stands till the yes`() throws {
        var loop = loop()
        let booking = try asked(&loop, yes: [old, further])
        let effects = try give(&loop, booking)
        let offer = try proposal(loop)
        #expect(offer.doctor == new && offer.start == booking.start && offer.claims == nil)
        #expect(loop.booking(booking.id) == booking)
        #expect(!effects.heard(by: .doctor(new)).isEmpty)
        for audience in [CareAudience.doctor(old), .doctor(further), .site(Nation.farClinic)] {
            #expect(effects.heard(by: audience).isEmpty, "\(audience): nothing has changed yet")
        }
    }

    @Test func `with the yes the group has another doctor, and everybody is told`() throws {
        var loop = loop()
        let booking = try asked(&loop, yes: [old, further])
        _ = try give(&loop, booking)
        let offer = try proposal(loop)
        let effects = try loop.offerAnswered(offer.id, .accept, by: new, at: now)
        #expect(loop.violations() == [])
        #expect(loop.liveBookings.map(\.id) == [offer.id])
        let taken = try #require(loop.booking(offer.id))
        #expect(taken.state == .confirmed && taken.start == booking.start)
        #expect(taken.doctors == [new, further] && taken.sites == booking.sites)
        #expect(taken.claims == booking.claims, "who had agreed has agreed")
        #expect(loop.openSessions.map(\.doctor) == [new])
        for audience in [
            CareAudience.doctor(old), .doctor(new), .doctor(further), .site(Nation.clinic),
            .site(Nation.farClinic),
        ] {
            #expect(!effects.heard(by: audience).isEmpty, "\(audience)")
        }
        #expect(loop.roster.isFree(old, from: booking.start, until: booking.end, at: now))
        #expect(try loop.offerAnswered(offer.id, .accept, by: new, at: now).isEmpty)
    }

    @Test func `who has not answered yet is still awaited after the exchange`() throws {
        var loop = loop()
        let booking = try asked(&loop, yes: [old])
        _ = try give(&loop, booking)
        let offer = try proposal(loop)
        _ = try loop.offerAnswered(offer.id, .accept, by: new, at: now)
        #expect(loop.violations() == [])
        let waiting = try #require(loop.booking(offer.id))
        #expect(waiting.state == .offered && waiting.acceptedAt == now && !waiting.isProposed)
        #expect(loop.booking(booking.id) == nil)
        _ = try loop.offerAnswered(offer.id, .accept, by: further, at: now)
        #expect(loop.booking(offer.id)?.state == .confirmed)
        #expect(loop.violations() == [])
    }

    @Test func `what the others answer meanwhile holds after the exchange`() throws {
        var loop = loop()
        let booking = try asked(&loop, yes: [old])
        _ = try give(&loop, booking)
        _ = try loop.offerAnswered(booking.id, .accept, by: further, at: now)
        #expect(loop.booking(booking.id)?.state == .confirmed)
        _ = try loop.offerAnswered(try proposal(loop).id, .accept, by: new, at: now)
        #expect(loop.liveBookings.map(\.state) == [.confirmed])
        #expect(loop.liveBookings.first?.doctor == new)
        #expect(loop.violations() == [])
    }

    @Test func `an administrator exchanges the doctor at once`() throws {
        var loop = loop()
        let booking = try asked(&loop, yes: [old, further])
        _ = try give(&loop, booking, by: .operations)
        #expect(loop.liveBookings.map(\.doctor) == [new])
        #expect(loop.liveBookings.map(\.state) == [.confirmed])
    }

    @Test func `a no leaves the group as it was`() throws {
        var loop = loop()
        let booking = try asked(&loop, yes: [old, further])
        _ = try give(&loop, booking)
        _ = try loop.offerAnswered(try proposal(loop).id, .decline, by: new, at: now)
        #expect(loop.liveBookings.map(\.id) == [booking.id])
        #expect(loop.booking(booking.id)?.state == .confirmed)
        #expect(loop.violations() == [])
    }

    @Test func `only in the group's own time, and not by one of its further doctors`() throws {
        var loop = loop()
        let booking = try asked(&loop, yes: [old, further])
        let later = booking.start + .milliseconds(1)
        #expect(throws: CareRefusal.otherDoctor) {
            try loop.bookingMoved(booking.id, to: later, doctor: new, by: .operations, at: now)
        }
        #expect(throws: CareRefusal.slotTaken) {
            try loop.bookingMoved(
                booking.id,
                to: booking.start,
                doctor: further,
                by: .operations,
                at: now
            )
        }
        #expect(loop.liveBookings == [booking])
    }

    @Test func `when the old one goes first the time is tried anew with those who had agreed`()
        throws
    {
        var loop = loop()
        let booking = try asked(&loop, yes: [old, further])
        _ = try give(&loop, booking)
        let proposed = try proposal(loop)
        _ = try loop.bookingCancelled(booking.id, by: .doctor(old), at: now)
        #expect(loop.violations() == [])
        let next = try #require(loop.liveBookings.first)
        #expect(loop.liveBookings.count == 1 && next.id != proposed.id)
        #expect(next.doctor == new && next.start == booking.start && !next.isProposed)
        #expect(next.claims?.first { $0.doctor == further }?.state == .accepted)
    }

    @Test func `an exchange that the database refuses leaves the group`() throws {
        for yes in [[old, further], [old]] {
            var loop = loop()
            let booking = try asked(&loop, yes: yes)
            _ = try give(&loop, booking)
            let offer = try proposal(loop)
            _ = try loop.offerAnswered(offer.id, .accept, by: new, at: now)
            let effects = loop.bookingRefused(offer.id, at: now)
            #expect(loop.violations() == [])
            #expect(loop.liveBookings == [booking])
            #expect(effects.bookings.last?.id == offer.id)
            #expect(effects.bookings.last?.state == .cancelled)
        }
    }

    @Test func `the exchange survives a restart before the yes and after it`() throws {
        var loop = loop()
        _ = try give(&loop, try asked(&loop, yes: [old]))
        let offer = try proposal(loop)
        var next = restarted(loop)
        #expect(try proposal(next).id == offer.id)
        _ = try next.offerAnswered(offer.id, .accept, by: new, at: now)
        var last = restarted(next)
        #expect(last.liveBookings == next.liveBookings)
        _ = try last.offerAnswered(offer.id, .accept, by: further, at: now)
        #expect(last.liveBookings.map(\.state) == [.confirmed])
    }

    private func restarted(_ before: CareLoop) -> CareLoop {
        var next = loop(seed: 2)
        _ = next.restore(
            requests: before.openRequests,
            bookings: before.liveBookings,
            sessions: before.openSessions,
            alarms: [],
            patients: [],
            at: now
        )
        #expect(next.violations() == [])
        return next
    }
}
