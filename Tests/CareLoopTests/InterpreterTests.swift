import CareLoop
import Scheduler
import Signalling
import Testing
import Vocabulary

/// Interpreters are held, booked, moved and given back with the booking.
@Suite struct InterpreterTests {
    private let now = Nation.morning
    private let first = InterpreterID(trusted: "i-1")
    private let second = InterpreterID(trusted: "i-2")
    private let day = DatedWindow(from: Nation.morning, until: Nation.morning + .hours(8))

    private func loop(
        doctors: [String] = ["doctor"],
        interpreters: [InterpreterID],
        seed: UInt64 = 1,
        policy: LoopPolicy = .oneByOne
    ) -> CareLoop {
        CareLoop(
            seed: seed,
            sites: Nation.sites,
            doctors: doctors.map {
                Nation.doctor($0, availability: Availability(additions: [day], onCall: [day]))
            },
            interpreters: interpreters.map {
                Interpreter(
                    id: $0,
                    name: $0.rawValue,
                    languages: [.hmong, .vietnamese],
                    availability: Availability(additions: [day])
                )
            },
            policy: policy
        )
    }

    private func draft(
        _ patient: String = "patient-1",
        site: SiteID = Nation.farClinic,
        urgency: Urgency = .urgent
    ) -> ConsultDraft {
        var draft = Nation.draft(
            patient: PatientID(trusted: patient),
            site: site,
            urgency: urgency
        )
        draft.languages = [.hmong]
        return draft
    }

    private func only(_ loop: CareLoop) throws -> Booking {
        #expect(loop.violations() == [])
        #expect(loop.liveBookings.count == 1)
        return try #require(loop.liveBookings.first)
    }

    /// A booking that its doctor accepted.
    private func accepted(_ loop: inout CareLoop) throws -> (Booking, [CareEffect]) {
        _ = try loop.requestAsked(draft(), at: now)
        let offer = try only(loop)
        let effects = try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: now)
        return (try only(loop), effects)
    }

    @Test func `the interpreter is booked with the doctor and told once the doctor comes`() throws {
        var loop = loop(interpreters: [first])
        let asked = try loop.requestAsked(draft(), at: now)
        let offer = try only(loop)
        #expect(offer.interpreters == [first])
        #expect(asked.effects.heard(by: .interpreter(first)).isEmpty)
        let effects = try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: now)
        #expect(!effects.heard(by: .interpreter(first)).isEmpty)
    }

    @Test func `two consults at once never have the same interpreter`() throws {
        var loop = loop(doctors: ["doctor-1", "doctor-2"], interpreters: [first])
        _ = try loop.requestAsked(draft("patient-1"), at: now)
        _ = try loop.requestAsked(draft("patient-2"), at: now)
        #expect(loop.violations() == [])
        let times = loop.liveBookings.map { $0.start..<$0.end }
        #expect(times.count == 2 && !times[0].overlaps(times[1]))
    }

    @Test func `an interpreter who withdraws is replaced in the same time by another`() throws {
        var loop = loop(interpreters: [first, second])
        let (booking, _) = try accepted(&loop)
        let effects = try loop.bookingCancelled(booking.id, by: .interpreter(first), at: now)
        let after = try only(loop)
        #expect(after.id == booking.id && after.start == booking.start)
        #expect(after.interpreters == [second])
        #expect(!effects.heard(by: .interpreter(second)).isEmpty)
        #expect(effects.heard(by: .interpreter(first)).count == 1)
        #expect(!effects.heard(by: .doctor(booking.doctor)).isEmpty)
        // Who withdrew is not asked again.
        _ = try loop.bookingCancelled(booking.id, by: .interpreter(second), at: now)
        #expect(loop.liveBookings.isEmpty)
    }

    @Test func `without another interpreter the request goes on and people are told`() throws {
        var loop = loop(interpreters: [first])
        let (booking, _) = try accepted(&loop)
        let effects = try loop.bookingCancelled(booking.id, by: .interpreter(first), at: now)
        #expect(loop.violations() == [])
        #expect(loop.liveBookings.isEmpty)
        #expect(loop.request(booking.request)?.state == .open)
        #expect(effects.bookings.last { $0.id == booking.id }?.state == .cancelled)
        #expect(effects.heard(by: .operations).contains { $0.isEscalation })
        let why = try #require(loop.explanation(of: booking.request, at: now))
        #expect(why.unlocks.contains { $0.text == "an interpreter of Hmong" })
    }

    @Test func `only who is booked withdraws, and nobody during the consult`() throws {
        var loop = loop(interpreters: [first, second])
        let (booking, _) = try accepted(&loop)
        #expect(throws: CareRefusal.notYours) {
            try loop.bookingCancelled(booking.id, by: .interpreter(second), at: now)
        }
        let session = try #require(booking.session)
        _ = loop.sessionProgress(session, .bothPresent, at: now)
        #expect(throws: CareRefusal.notInState("inSession")) {
            try loop.bookingCancelled(booking.id, by: .interpreter(first), at: now)
        }
    }

    @Test func `an interpreter's yes is noted once, and moves nothing`() throws {
        var loop = loop(interpreters: [first])
        let (booking, _) = try accepted(&loop)
        _ = try loop.interpreterAccepted(booking.id, by: first, at: now)
        #expect(try only(loop).claims?.map(\.state) == [.accepted])
        #expect(try loop.interpreterAccepted(booking.id, by: first, at: now).isEmpty)
        #expect(throws: CareRefusal.notYours) {
            try loop.interpreterAccepted(booking.id, by: second, at: now)
        }
    }

    @Test func `a hold holds the interpreter too, and gives both back`() throws {
        var loop = loop(doctors: ["doctor-1", "doctor-2"], interpreters: [first])
        let wanted = draft(urgency: .routine)
        let slot = try #require(try loop.slots(wanted, limit: 1, at: now).first)
        #expect(slot.claims.map(\.on) == [.interpreter(first)])
        let held = try loop.slotHeld(wanted, doctor: slot.doctor, start: slot.start, at: now)
        let rival = draft("patient-2", urgency: .routine)
        let other = slot.doctor.rawValue == "doctor-1" ? "doctor-2" : "doctor-1"
        #expect(throws: CareRefusal.slotTaken) {
            try loop.slotHeld(rival, doctor: DoctorID(trusted: other), start: slot.start, at: now)
        }
        _ = try loop.holdGivenBack(held.id, by: .site(Nation.farClinic), at: now)
        _ = try loop.slotHeld(rival, doctor: DoctorID(trusted: other), start: slot.start, at: now)
        #expect(loop.violations() == [])
    }

    @Test func `moving a booking moves the interpreter`() throws {
        var loop = loop(interpreters: [first])
        let (booking, _) = try accepted(&loop)
        let later = booking.start + .hours(2)
        _ = try loop.bookingMoved(booking.id, to: later, by: .operations, at: now)
        #expect(try only(loop).interpreters == [first])
        #expect(try only(loop).start == later)
        #expect(throws: CareRefusal.slotTaken) {
            // The interpreter's day is over.
            try loop.bookingMoved(booking.id, to: now + .hours(8), by: .operations, at: now)
        }
    }

    @Test func `whoever accepts a ring gets an interpreter who is free`() throws {
        var policy = LoopPolicy()
        policy.emergencyRinging = .standard
        var loop = loop(
            doctors: ["doctor-1", "doctor-2"],
            interpreters: [first, second],
            policy: policy
        )
        loop = connected(loop)
        let urgent = draft(site: Nation.clinic, urgency: .emergency)
        _ = try loop.requestAsked(urgent, at: now)
        let ring = try #require(loop.liveBookings.first)
        #expect(ring.isRinging && ring.interpreters == [first])
        // Meanwhile the ring's interpreter is booked elsewhere.
        var other = draft("patient-2", urgency: .routine)
        other.earliest = now
        let spare = try #require(loop.liveBookings.last?.doctor)
        var held: BookingID?
        for slot in try loop.slots(other, doctor: spare, limit: 1, at: now)
        where slot.start < ring.end {
            held = try loop.slotHeld(other, doctor: spare, start: slot.start, at: now).id
        }
        _ = try loop.offerAnswered(ring.id, .accept, by: ring.doctor, at: now)
        #expect(loop.violations() == [])
        let booked = try #require(loop.booking(ring.id))
        let taken = held.flatMap { loop.booking($0)?.interpreters } ?? []
        #expect(booked.interpreters.count == 1 && !taken.contains(booked.interpreters[0]))
    }

    private func connected(_ loop: CareLoop) -> CareLoop {
        var loop = loop
        _ = loop.doctorsSeen(Set(loop.roster.doctors.map(\.id)), at: now)
        return loop
    }

    @Test func `a restart keeps the interpreter and the time`() throws {
        var loop = loop(doctors: ["doctor-1", "doctor-2"], interpreters: [first])
        let (booking, effects) = try accepted(&loop)
        let doctors = ["doctor-1", "doctor-2"]
        var copy = self.loop(doctors: doctors, interpreters: [first], seed: 2)
        _ = copy.restore(
            requests: loop.openRequests,
            bookings: loop.liveBookings,
            sessions: loop.openSessions,
            alarms: [],
            patients: [],
            at: now
        )
        #expect(copy.booking(booking.id) == booking)
        #expect(effects.bookings.last == booking)
        _ = try copy.requestAsked(draft("patient-2"), at: now)
        #expect(copy.violations() == [])
        #expect(copy.liveBookings.filter { $0.start < booking.end }.count == 1)
    }
}
