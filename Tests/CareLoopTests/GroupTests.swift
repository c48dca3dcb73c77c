import CareLoop
import Scheduler
import Signalling
import Testing
import Vocabulary

/// Group consults: everybody is asked, held, replaced, moved and given back together.
@Suite struct GroupTests {
    private let now = Nation.morning
    private let far = SiteID(trusted: "hospital-2")
    private let lead = DoctorID(trusted: "c-1")

    private func pair(_ more: (String, Specialty)...) -> CareLoop {
        Nation.loop(present: [("c-1", .cardiology), ("n-1", .neurology)] + more)
    }

    private func draft(
        sites: [GroupDemand.Site]? = nil,
        isRequired: Bool = true,
        urgency: Urgency = .soon
    ) -> ConsultDraft {
        var draft = Nation.draft(specialty: .cardiology, urgency: urgency)
        draft.group = GroupDemand(
            sites: sites ?? [.init(Nation.farClinic), .init(far, isRequired: false)],
            seats: [.init(.neurology, isRequired: isRequired)]
        )
        return draft
    }

    private func only(_ loop: CareLoop) throws -> Booking {
        #expect(loop.violations() == [])
        #expect(loop.liveBookings.count == 1)
        return try #require(loop.liveBookings.first)
    }

    private func answer(
        _ loop: inout CareLoop,
        _ answer: OfferAnswer,
        _ doctor: String,
        at time: Instant? = nil
    ) throws -> [CareEffect] {
        let booking = try #require(loop.liveBookings.first)
        let effects = try loop.offerAnswered(
            booking.id,
            answer,
            by: DoctorID(trusted: doctor),
            at: time ?? now
        )
        #expect(loop.violations() == [])
        return effects
    }

    /// A group that everybody agreed to.
    private func confirmed(_ loop: inout CareLoop) throws -> Booking {
        _ = try loop.requestAsked(draft(), at: now)
        _ = try answer(&loop, .accept, "c-1")
        _ = try answer(&loop, .accept, "n-1")
        let booking = try only(loop)
        #expect(booking.state == .confirmed)
        return booking
    }

    @Test func `everybody is invited at one time, and it is certain once all have agreed`() throws {
        var loop = pair()
        let asked = try loop.requestAsked(draft(), at: now)
        let offer = try only(loop)
        #expect(offer.state == .offered)
        #expect(offer.doctors.map(\.rawValue) == ["c-1", "n-1"])
        #expect(offer.sites == [Nation.clinic, Nation.farClinic, far])
        for audience in offer.doctors.map({ CareAudience.doctor($0) })
            + offer.sites.map({ .site($0) })
        {
            #expect(!asked.effects.heard(by: audience).isEmpty, "\(audience) hears nothing")
        }
        _ = try answer(&loop, .accept, "n-1")
        #expect(try only(loop).state == .offered)
        let last = try answer(&loop, .accept, "c-1")
        #expect(try only(loop).state == .confirmed)
        #expect(last.opened.count == 1)
        // The same yes again changes nothing.
        #expect(try answer(&loop, .accept, "n-1").isEmpty)
        #expect(try answer(&loop, .accept, "c-1").isEmpty)
    }

    @Test func `the responsible doctor's yes waits for the others`() throws {
        var loop = pair()
        _ = try loop.requestAsked(draft(), at: now)
        _ = try answer(&loop, .accept, "c-1")
        let offer = try only(loop)
        #expect(offer.state == .offered && offer.acceptedAt == now)
        #expect(try answer(&loop, .accept, "c-1").isEmpty)
        _ = try answer(&loop, .accept, "n-1")
        #expect(try only(loop).state == .confirmed)
    }

    @Test func `who is not required need not answer`() throws {
        var loop = pair()
        _ = try loop.requestAsked(draft(isRequired: false), at: now)
        _ = try answer(&loop, .accept, "c-1")
        #expect(try only(loop).state == .confirmed)
        _ = try answer(&loop, .accept, "n-1")
        #expect(try only(loop).claims?.first?.state == .accepted)
        _ = try answer(&loop, .decline, "n-1")
        let booking = try only(loop)
        #expect(booking.state == .confirmed && booking.doctors == [lead])
    }

    @Test func `a further doctor who declines is replaced in the same time`() throws {
        var loop = pair(("n-2", .neurology))
        _ = try loop.requestAsked(draft(), at: now)
        let offer = try only(loop)
        let effects = try answer(&loop, .decline, "n-1")
        let after = try only(loop)
        #expect(after.id == offer.id && after.start == offer.start)
        #expect(after.doctors.map(\.rawValue) == ["c-1", "n-2"])
        #expect(!effects.heard(by: .doctor(DoctorID(trusted: "n-2"))).isEmpty)
        // Who declined is free and not asked again.
        _ = try answer(&loop, .accept, "c-1")
        _ = try answer(&loop, .accept, "n-2")
        #expect(try only(loop).state == .confirmed)
        #expect(throws: CareRefusal.notYours) { try answer(&loop, .accept, "n-1") }
    }

    @Test func `without a replacement the time is given back and people are told`() throws {
        var loop = pair()
        _ = try loop.requestAsked(draft(), at: now)
        let effects = try answer(&loop, .decline, "n-1")
        #expect(loop.liveBookings.isEmpty)
        #expect(loop.openRequests.map(\.state) == [.open])
        #expect(effects.heard(by: .doctor(lead)).contains { $0.isEscalation })
        #expect(effects.heard(by: .site(Nation.farClinic)).contains { $0.isEscalation })
        let why = try #require(loop.explanation(of: loop.openRequests[0].id, at: now))
        #expect(why.summary.contains("a doctor of neurology could not come at all"))
    }

    @Test func `another responsible doctor takes over the time and the others' yes`() throws {
        var loop = pair(("c-2", .cardiology))
        _ = try loop.requestAsked(draft(), at: now)
        let offer = try only(loop)
        _ = try answer(&loop, .accept, "n-1")
        _ = try answer(&loop, .decline, offer.doctor.rawValue)
        let next = try only(loop)
        #expect(next.id != offer.id && next.start == offer.start)
        #expect(next.doctor != offer.doctor)
        #expect(next.claims?.first { $0.doctor != nil }?.state == .accepted)
        _ = try answer(&loop, .accept, next.doctor.rawValue)
        #expect(try only(loop).state == .confirmed)
    }

    @Test func `who does not answer in time is replaced, else the time is sought anew`() throws {
        var loop = pair(("n-2", .neurology))
        _ = try loop.requestAsked(draft(), at: now)
        _ = try answer(&loop, .accept, "c-1")
        let offer = try only(loop)
        let end = try #require(offer.answerBy)
        _ = loop.advance(to: end)
        let second = try only(loop)
        #expect(second.doctors.map(\.rawValue) == ["c-1", "n-2"])
        #expect(second.answerBy.map { $0 > end } == true)
        #expect(second.acceptedAt == now)
        // The second one is silent, too: nobody is left for the same time.
        _ = loop.advance(to: try #require(second.answerBy))
        #expect(loop.violations() == [])
        #expect(loop.booking(second.id) == nil)
    }

    @Test func `a further doctor who cancels later is replaced, and the session stays`() throws {
        var loop = pair(("n-2", .neurology))
        let booking = try confirmed(&loop)
        let party = CareParty.doctor(DoctorID(trusted: "n-1"))
        _ = try loop.bookingCancelled(booking.id, by: party, at: now)
        let after = try only(loop)
        #expect(after.session == booking.session && after.state == .confirmed)
        #expect(after.doctors.map(\.rawValue) == ["c-1", "n-2"])
    }

    @Test func `a site that need not be there leaves, and the others meet without it`() throws {
        var loop = pair()
        let booking = try confirmed(&loop)
        let effects = try loop.bookingCancelled(booking.id, by: .site(far), at: now)
        #expect(!effects.heard(by: .operations).contains { $0.isEscalation })
        let after = try only(loop)
        #expect(after.id == booking.id && after.state == .confirmed)
        #expect(after.sites == [Nation.clinic, Nation.farClinic])
        #expect(throws: CareRefusal.notYours) {
            try loop.bookingCancelled(booking.id, by: .site(far), at: now)
        }
    }

    @Test(arguments: [true, false])
    func `when a required site leaves everybody is told and the next common time is sought`(
        _ isCertain: Bool
    ) throws {
        var loop = pair()
        if isCertain {
            _ = try confirmed(&loop)
        } else {
            _ = try loop.requestAsked(draft(), at: now)
        }
        let booking = try only(loop)
        let effects = try loop.bookingCancelled(
            booking.id,
            by: .site(Nation.farClinic),
            at: now
        )
        #expect(effects.bookings.first { $0.id == booking.id }?.state == .cancelled)
        let everybody =
            booking.doctors.map { CareAudience.doctor($0) } + booking.sites.map { .site($0) }
        for audience in everybody + [.operations] {
            let heard = effects.heard(by: audience).filter(\.isEscalation)
            #expect(heard.contains { $0.why.contains("required site") }, "\(audience)")
        }
        let next = try only(loop)
        #expect(next.id != booking.id && next.state == .offered)
        #expect(next.start >= booking.end, "the site cannot come at the old time")
        #expect(next.sites.contains(Nation.farClinic))
        // Nobody agreed to the new time yet.
        _ = try answer(&loop, .accept, "c-1")
        #expect(try only(loop).state == .offered)
        _ = try answer(&loop, .accept, "n-1")
        #expect(try only(loop).state == .confirmed)
    }

    @Test func `a window without room for another time begins anew when a required site leaves`()
        throws
    {
        var loop = pair()
        var tight = draft()
        tight.durationMinutes = 30
        tight.deadline = now + .minutes(45)
        _ = try loop.requestAsked(tight, at: now)
        let booking = try only(loop)
        _ = try loop.bookingCancelled(booking.id, by: .site(Nation.farClinic), at: now)
        let next = try only(loop)
        #expect(next.start >= booking.end)
        #expect(loop.openRequests[0].deadline >= next.end)
    }

    @Test func `cancelling frees everybody at once`() throws {
        var loop = pair()
        let booking = try confirmed(&loop)
        let effects = try loop.bookingCancelled(booking.id, by: .site(Nation.clinic), at: now)
        #expect(loop.violations() == [])
        #expect(loop.liveBookings.isEmpty && loop.openRequests.isEmpty)
        for doctor in booking.doctors {
            #expect(!effects.heard(by: .doctor(doctor)).isEmpty)
            #expect(loop.roster.isFree(doctor, from: now, until: now + .hours(8), at: now))
        }
        for site in booking.sites { #expect(!effects.heard(by: .site(site)).isEmpty) }
        // The same group finds the same time again.
        _ = try loop.requestAsked(draft(), at: now)
        #expect(try only(loop).start == booking.start)
    }

    @Test func `nobody of a group is booked otherwise in its time`() throws {
        var loop = pair()
        let booking = try confirmed(&loop)
        for (number, specialty) in [Specialty.neurology, .cardiology].enumerated() {
            let rival = Nation.draft(
                patient: PatientID(trusted: "rival-\(number)"),
                site: Nation.farClinic,
                specialty: specialty,
                urgency: .soon
            )
            _ = try loop.requestAsked(rival, at: now)
        }
        #expect(loop.violations() == [])
        #expect(loop.liveBookings.count == 3)
        for other in loop.liveBookings where other.id != booking.id {
            #expect(other.start >= booking.end)
        }
    }

    @Test func `moving a group moves everybody, and asks for a time that suits them`() throws {
        var loop = pair()
        let booking = try confirmed(&loop)
        let later = booking.start + .hours(1)
        let rival = Nation.draft(
            patient: PatientID(trusted: "rival"),
            site: Nation.farClinic,
            specialty: .neurology,
            urgency: .routine
        )
        let taken = now + .hours(4)
        _ = try loop.slotHeld(rival, doctor: DoctorID(trusted: "n-1"), start: taken, at: now)
        #expect(throws: CareRefusal.slotTaken) {
            try loop.bookingMoved(booking.id, to: taken, by: .operations, at: now)
        }
        _ = try loop.bookingMoved(booking.id, to: later, by: .operations, at: now)
        #expect(loop.violations() == [])
        let moved = try #require(loop.booking(booking.id))
        #expect(moved.start == later && moved.state == .confirmed)
        #expect(moved.doctors == booking.doctors && moved.sites == booking.sites)
        #expect(moved.claims?.first { $0.doctor != nil }?.state == .accepted)
    }

    @Test func `a slot of a group is held whole, and booking it invites the others`() throws {
        var loop = pair()
        let wanted = draft(urgency: .routine)
        let slot = try #require(try loop.slots(wanted, limit: 3, at: now).first)
        #expect(slot.claims.count == 3)
        let held = try loop.slotHeld(wanted, doctor: slot.doctor, start: slot.start, at: now)
        #expect(try only(loop).sites.count == 3)
        #expect(throws: CareRefusal.notInState("held")) { try answer(&loop, .accept, "n-1") }
        _ = try loop.holdBooked(held.id, by: .doctor(lead), at: now)
        #expect(try only(loop).state == .offered)
        _ = try answer(&loop, .accept, "n-1")
        #expect(try only(loop).state == .confirmed)
    }

    @Test func `a group's time that the database refuses is sought anew`() throws {
        var loop = pair(("n-2", .neurology), ("c-2", .cardiology))
        _ = try loop.requestAsked(draft(), at: now)
        let offer = try only(loop)
        _ = loop.bookingRefused(offer.id, at: now)
        let next = try only(loop)
        #expect(next.id != offer.id)
        #expect(Set(next.doctors).isDisjoint(with: offer.doctors))
    }

    @Test func `a group with a site that nobody knows is refused`() {
        var loop = pair()
        let nowhere = draft(sites: [.init(SiteID(trusted: "nowhere"))])
        #expect(throws: CareRefusal.unknownSite) { try loop.requestAsked(nowhere, at: now) }
        #expect(loop.openRequests.isEmpty)
    }

    @Test func `a restart keeps every claim and every answer`() throws {
        var loop = pair(("n-2", .neurology))
        _ = try loop.requestAsked(draft(), at: now)
        _ = try answer(&loop, .accept, "n-1")
        let offer = try only(loop)
        let doctors = [("c-1", Specialty.cardiology), ("n-1", .neurology), ("n-2", .neurology)]
        var copy = Nation.loop(present: doctors, seed: 2)
        _ = copy.restore(
            requests: loop.openRequests,
            bookings: loop.liveBookings,
            sessions: [],
            alarms: [],
            patients: [],
            at: now
        )
        #expect(try only(copy) == offer)
        let rival = Nation.draft(
            patient: PatientID(trusted: "rival"),
            site: Nation.farClinic,
            specialty: .neurology,
            urgency: .soon
        )
        _ = try copy.requestAsked(rival, at: now)
        #expect(copy.violations() == [])
        _ = try copy.offerAnswered(offer.id, .accept, by: lead, at: now)
        #expect(copy.booking(offer.id)?.state == .confirmed)
    }

    @Test func `a group is neither rung for, nor displaced, nor planned with others`() throws {
        var policy = LoopPolicy()
        policy.emergencyRinging = .standard
        let day = DatedWindow(from: now, until: now + .hours(8))
        let doctors = [("c-1", Specialty.cardiology), ("n-1", .neurology)].map { id, specialty in
            Nation.doctor(
                id,
                specialty,
                availability: Availability(additions: [day], onCall: [day])
            )
        }
        var loop = CareLoop(seed: 1, sites: Nation.sites, doctors: doctors, policy: policy)
        _ = try loop.requestAsked(draft(urgency: .emergency), at: now)
        let offer = try only(loop)
        #expect(!offer.isRinging && offer.doctors.count == 2)
    }
}
