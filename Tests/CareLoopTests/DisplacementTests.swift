import CareLoop
import Scheduler
import Testing
import Vocabulary

@Suite struct DisplacementTests {
    private let morning = Nation.morning
    private let other = PatientID(trusted: "patient-2")
    /// The instant at which the routine consult of 9:00 lies just outside the freeze horizon.
    private var quarterTo: Instant { morning + .minutes(45) }

    private let doctor = Nation.doctor(
        "doctor",
        availability: Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 7 * 60, untilMinute: 17 * 60)]
        )
    )

    /// A loop in which the only doctor has a routine consult at 9:00, confirmed.
    private func booked(
        _ doctors: [Doctor] = [],
        policy: LoopPolicy = LoopPolicy(),
        rings: Bool = false
    ) throws -> (loop: CareLoop, booking: Booking) {
        var policy = policy
        if !rings { policy.emergencyRinging = .oneByOne }
        var loop = CareLoop(
            seed: 1,
            sites: Nation.sites,
            doctors: [doctor] + doctors,
            policy: policy
        )
        let draft = Nation.draft(urgency: .routine)
        let asked = try loop.requestAsked(draft, at: morning)
        let offer = try #require(asked.effects.bookings.last)
        #expect(offer.start == morning + .hours(1))
        let told = try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: morning)
        return (loop, try #require(told.bookings.last))
    }

    private func emergency(
        _ loop: inout CareLoop,
        at now: Instant,
        patient: PatientID? = nil,
        urgency: Urgency = .emergency
    ) throws -> (id: RequestID, effects: [CareEffect]) {
        let draft = Nation.draft(
            patient: patient ?? other,
            site: Nation.farClinic,
            urgency: urgency
        )
        return try loop.requestAsked(draft, at: now)
    }

    @Test func `an emergency takes a routine consult's place, and that one is searched at once`()
        throws
    {
        var (loop, booking) = try booked()
        let asked = try emergency(&loop, at: quarterTo)
        let moved = try #require(asked.effects.bookings.first { $0.id == booking.id })
        #expect(moved.state == .cancelled)
        #expect(moved.displacedFor == asked.id)
        let offers = asked.effects.bookings.filter { $0.state == .offered }
        #expect(offers.map(\.request) == [asked.id, booking.request])
        #expect(offers.first?.start == quarterTo)
        // An hour of notice from now, as for every routine consult, with the same doctor.
        #expect(offers.last?.start == quarterTo + .hours(1))
        #expect(loop.request(booking.request)?.openedAt == morning)
        let why = "an emergency needs this time; another one is sought"
        for audience in [
            CareAudience.doctor(doctor.id), .site(Nation.clinic), .operations,
        ] {
            #expect(asked.effects.heard(by: audience).contains { $0.why == why })
        }
        let asking = asked.effects.heard(by: .site(Nation.farClinic))
        #expect(asking.contains { $0.why == "a routine consult was moved to make room" })
        #expect(loop.displacedCount == 1)
        #expect(loop.violations() == [])
    }

    @Test func `where doctors are rung the one displaced does not take the time back`() throws {
        var (loop, booking) = try booked(rings: true)
        let asked = try emergency(&loop, at: quarterTo)
        #expect(loop.booking(booking.id) == nil)
        let rings = asked.effects.bookings.filter(\.isRinging)
        #expect(rings.map(\.request) == [asked.id])
        #expect(rings.map(\.doctor) == [doctor.id])
        #expect(loop.request(booking.request)?.state == .open)
        #expect(loop.violations() == [])
        _ = try loop.offerAnswered(rings[0].id, .accept, by: doctor.id, at: quarterTo)
        #expect(loop.request(asked.id)?.state == .matched)
    }

    @Test func `inside the freeze horizon nothing moves`() throws {
        var (loop, booking) = try booked()
        let asked = try emergency(&loop, at: quarterTo + .milliseconds(1))
        #expect(loop.booking(booking.id) == booking)
        #expect(loop.request(asked.id)?.state == .open)
    }

    @Test func `only an emergency displaces, and only when nobody else could serve in time`() throws
    {
        var (loop, booking) = try booked()
        _ = try emergency(&loop, at: quarterTo, urgency: .urgent)
        #expect(loop.booking(booking.id) == booking)
        var (second, kept) = try booked([Nation.doctor("second")])
        _ = try emergency(&second, at: quarterTo)
        #expect(second.booking(kept.id) == kept)
        #expect(second.displacedCount == 0)
    }

    @Test func `a consult to which somebody has come stays`() throws {
        var (loop, booking) = try booked()
        _ = try loop.checkedIn(booking.id, by: .site(Nation.clinic), at: quarterTo)
        _ = try emergency(&loop, at: quarterTo)
        #expect(loop.booking(booking.id)?.state == .checkedIn)
    }

    @Test func `no more of a site's bookings move in a day than the budget says`() throws {
        for budget in [0, 1] {
            var policy = LoopPolicy()
            policy.displacement.movesPerSiteAndDay = budget
            var (loop, booking) = try booked(policy: policy)
            _ = try emergency(&loop, at: quarterTo)
            #expect((loop.booking(booking.id) == nil) == (budget == 1))
            #expect(loop.displacedCount == budget)
        }
    }

    /// The routine consult has made room once and is confirmed again at 9:45; the emergency's
    /// doctor is free at 9:20.
    private func movedOnce() throws -> (loop: CareLoop, effects: [CareEffect], booking: Booking) {
        var loop = try booked().loop
        let asked = try emergency(&loop, at: quarterTo)
        let offers = asked.effects.bookings.filter { $0.state == .offered }
        let first = try #require(offers.first)
        let second = try #require(offers.last)
        var effects = asked.effects
        effects += try loop.offerAnswered(second.id, .accept, by: doctor.id, at: quarterTo)
        effects += try loop.requestCancelled(first.request, by: .operations, at: quarterTo)
        return (loop, effects, try #require(loop.booking(second.id)))
    }

    @Test func `the same patient is not moved twice, whatever the budget`() throws {
        var (loop, _, booking) = try movedOnce()
        #expect(booking.start == quarterTo + .hours(1))
        let late = booking.start - .minutes(20)
        let third = PatientID(trusted: "patient-3")
        let asked = try emergency(&loop, at: late, patient: third)
        #expect(loop.booking(booking.id) == booking)
        #expect(loop.request(asked.id)?.state == .open)
    }

    @Test func `a restart remembers who was moved`() throws {
        let (before, effects, booking) = try movedOnce()
        let records = effects.bookings.reduce(into: [:]) { $0[$1.id] = $1 }
        for remembers in [true, false] {
            var policy = LoopPolicy()
            policy.emergencyRinging = .oneByOne
            var loop = CareLoop(
                seed: 2,
                sites: Nation.sites,
                doctors: [doctor],
                policy: policy
            )
            let past = remembers ? records.values.filter { !$0.state.isLive } : []
            _ = loop.restore(
                requests: before.openRequests,
                bookings: past.sorted { $0.id < $1.id } + before.liveBookings,
                sessions: before.openSessions,
                alarms: [],
                patients: [],
                at: quarterTo
            )
            let third = PatientID(trusted: "patient-3")
            _ = try emergency(&loop, at: booking.start - .minutes(20), patient: third)
            #expect((loop.booking(booking.id) == booking) == remembers)
        }
    }

    @Test func `the only station of the emergency's own site is made free too`() throws {
        let second = Nation.doctor("second")
        var (loop, booking) = try booked([second])
        let draft = Nation.draft(patient: other, site: Nation.clinic, urgency: .emergency)
        let asked = try loop.requestAsked(draft, at: quarterTo)
        #expect(loop.booking(booking.id) == nil)
        #expect(loop.request(asked.id)?.state == .offered)
    }
}
