import CareLoop
import Scheduler
import Testing
import Vocabulary

/// What a site's new opening hours do to bookings that stand.
@Suite struct OpeningChangeTests {
    /// Friday, 08:00 local.
    private let now = Nation.morning

    private func booked(
        _ urgency: Urgency,
        _ loop: inout CareLoop,
        _ doctor: Doctor
    ) throws -> Booking {
        let draft = ConsultDraft(
            site: Nation.clinic,
            patient: Nation.patient,
            specialty: .emergency,
            urgency: urgency,
            earliest: now + .minutes(10),
            deadline: now + .hours(4)
        )
        let offer = try #require(try loop.requestAsked(draft, at: now).effects.bookings.last)
        let accepted = try loop.offerAnswered(offer.id, .accept, by: doctor.id, at: now)
        return try #require(accepted.bookings.last)
    }

    @Test func `planned consults outside new hours stand, and all whom they concern are told`()
        throws
    {
        let doctor = Nation.doctor("doctor-1")
        var loop = Nation.loop([doctor])
        let booking = try booked(.soon, &loop, doctor)
        let closure = DatedWindow(from: booking.start + .minutes(5), until: now + .hours(24))
        let hours = OpeningHours(closures: [closure])

        #expect(loop.stranded(by: OpeningHours(), of: Nation.clinic, at: now).isEmpty)
        #expect(loop.stranded(by: hours, of: Nation.clinic, at: now) == [booking])
        #expect(loop.stranded(by: hours, of: Nation.farClinic, at: now).isEmpty)
        #expect(loop.stranded(by: hours, of: SiteID(trusted: "x"), at: now).isEmpty)
        let begun = booking.start
        #expect(loop.stranded(by: hours, of: Nation.clinic, at: begun).isEmpty, "it has begun")
        #expect(loop.booking(booking.id) == booking, "a question changes nothing")

        var site = try #require(Nation.sites.first { $0.id == Nation.clinic })
        site.openingHours = hours
        let effects = loop.openingChanged(site, at: now)
        #expect(loop.booking(booking.id) == booking, "a told booking never moves by itself")
        for audience in [CareAudience.site(site.id), .doctor(doctor.id), .operations] {
            let notices = effects.heard(by: audience)
            #expect(notices.map(\.subject) == [.booking(booking)])
            #expect(notices.map(\.isEscalation) == [true])
        }
        // The same hours again strand nothing anew.
        #expect(loop.openingChanged(site, at: now).isEmpty)
    }

    @Test func `an urgent consult is stranded by no hours`() throws {
        let doctor = Nation.doctor("doctor-1")
        var loop = Nation.loop([doctor])
        _ = try booked(.urgent, &loop, doctor)
        #expect(loop.stranded(by: OpeningHours(weekly: []), of: Nation.clinic, at: now).isEmpty)
    }

    @Test func `who waits is served once the site is open longer`() throws {
        let doctor = Nation.doctor("doctor-1")
        var closed = try #require(Nation.sites.first { $0.id == Nation.clinic })
        closed.openingHours = OpeningHours(weekly: [])
        var loop = Nation.loop([doctor])
        _ = loop.openingChanged(closed, at: now)
        let asked = try loop.requestAsked(Nation.draft(urgency: .soon), at: now)
        #expect(asked.effects.bookings.isEmpty)
        closed.openingHours = OpeningHours()
        #expect(!loop.openingChanged(closed, at: now + .minutes(1)).bookings.isEmpty)
    }
}
