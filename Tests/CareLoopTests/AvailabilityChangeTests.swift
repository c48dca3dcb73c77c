import CareLoop
import Scheduler
import Testing
import Vocabulary

/// What new hours do to bookings that stand.
@Suite struct AvailabilityChangeTests {
    /// Friday, 08:00 local.
    private let now = Nation.morning

    @Test func `bookings outside new hours stand, and doctor and operations are told`() throws {
        let hours = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 9 * 60, untilMinute: 12 * 60)]
        )
        var doctor = Nation.doctor("doctor-1", presence: .off, availability: hours)
        var loop = Nation.loop([doctor])
        let draft = ConsultDraft(
            site: Nation.clinic,
            patient: Nation.patient,
            specialty: .emergency,
            urgency: .soon,
            earliest: now + .hours(2),
            deadline: now + .hours(4)
        )
        let asked = try loop.requestAsked(draft, at: now).effects
        let offer = try #require(asked.bookings.last)
        let accepted = try loop.offerAnswered(offer.id, .accept, by: doctor.id, at: now)
        let booking = try #require(accepted.bookings.last)

        #expect(loop.stranded(by: hours, of: doctor.id, at: now).isEmpty)
        #expect(loop.stranded(by: Availability(), of: doctor.id, at: now) == [booking])
        #expect(loop.stranded(by: Availability(), of: DoctorID(trusted: "x"), at: now).isEmpty)
        #expect(loop.booking(booking.id) == booking, "a question changes nothing")

        doctor.availability = Availability()
        let effects = loop.availabilityChanged(doctor, at: now + .minutes(1))
        #expect(loop.booking(booking.id) == booking, "a told booking never moves by itself")
        #expect(effects.bookings.isEmpty)
        for audience in [CareAudience.doctor(doctor.id), .operations] {
            let notices = effects.heard(by: audience)
            #expect(notices.map(\.subject) == [.booking(booking)])
            #expect(notices.map(\.isEscalation) == [true])
        }
        #expect(effects.heard(by: .site(Nation.clinic)).isEmpty)
        // The same hours again strand nothing anew.
        #expect(loop.availabilityChanged(doctor, at: now + .minutes(2)).isEmpty)
    }

    @Test func `nobody is booked into weekly hours on a public holiday`() throws {
        let hours = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 12 * 60)]
        )
        let doctor = Nation.doctor("doctor-1", presence: .off, availability: hours)
        let holiday = Holiday(day: LocalTime.dayNumber(of: now), name: "a day off")
        for holidays in [HolidayCalendar(), HolidayCalendar([holiday])] {
            var loop = CareLoop(seed: 1, sites: Nation.sites, doctors: [doctor], holidays: holidays)
            let asked = try loop.requestAsked(Nation.draft(), at: now).effects
            #expect(asked.bookings.isEmpty == !holidays.holidays.isEmpty)
        }
    }
}
