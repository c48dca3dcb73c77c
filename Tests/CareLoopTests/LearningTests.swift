import CareLoop
import Scheduler
import Signalling
import Testing
import Vocabulary

/// What the loop learns from what happens: how late consults begin, who waits, who does not come.
@Suite struct LearningTests {
    private let now = Nation.morning
    /// Somebody who can be booked at any time of any day.
    private let doctor = Nation.doctor(
        "doctor-1",
        availability: Availability(
            weekly: (1...7).map { WeeklyWindow(weekday: $0, fromMinute: 0, untilMinute: 1_440) }
        )
    )

    /// A consult that both come to, `minutes` after its doctor said yes; gives the booking.
    private func meet(
        _ loop: inout CareLoop,
        _ draft: ConsultDraft,
        answered: Duration,
        met: Duration,
        at now: Instant
    ) throws {
        let (id, _) = try loop.requestAsked(draft, at: now)
        let offer = try #require(loop.request(id)?.booking)
        let booking = try #require(loop.booking(offer))
        _ = try loop.offerAnswered(offer, .accept, by: booking.doctor, at: now + answered)
        let session = try #require(loop.booking(offer)?.session)
        _ = loop.sessionProgress(session, .doctorJoined, at: now + met)
        _ = loop.sessionProgress(session, .clinicJoined, at: now + met)
        _ = loop.sessionProgress(session, .bothPresent, at: now + met)
        #expect(loop.violations() == [])
    }

    private func wait(_ loop: CareLoop, _ urgency: Urgency, at now: Instant) -> WaitForecast? {
        loop.forecaster(history: ArrivalHistory(), at: now)
            .forecast(.emergency, province: nil, hours: 1, at: now)
            .waits.first { $0.urgency == urgency }
    }

    @Test func `the forecast learns how long answers and arrivals took`() throws {
        var loop = Nation.loop([doctor, Nation.doctor("doctor-2")])
        #expect(wait(loop, .urgent, at: now)?.waitSeconds == 0)
        try meet(&loop, Nation.draft(), answered: .minutes(2), met: .minutes(4), at: now)
        let learned = try #require(wait(loop, .urgent, at: now + .minutes(4)))
        #expect(learned.slipSeconds == 240 && learned.waitSeconds == 240)
        #expect(wait(loop, .routine, at: now + .minutes(4))?.slipSeconds == 0)
    }

    @Test func `a decline counts with all the time that the next doctor takes`() throws {
        var loop = Nation.loop([doctor, Nation.doctor("doctor-2")])
        let (id, _) = try loop.requestAsked(Nation.draft(), at: now)
        let first = try #require(loop.request(id)?.booking.flatMap { loop.booking($0) })
        _ = try loop.offerAnswered(first.id, .decline, by: first.doctor, at: now + .minutes(1))
        let second = try #require(loop.request(id)?.booking.flatMap { loop.booking($0) })
        _ = try loop.offerAnswered(second.id, .accept, by: second.doctor, at: now + .minutes(3))
        let session = try #require(loop.booking(second.id)?.session)
        _ = loop.sessionProgress(session, .doctorJoined, at: now + .minutes(5))
        _ = loop.sessionProgress(session, .bothPresent, at: now + .minutes(5))
        #expect(wait(loop, .urgent, at: now + .minutes(5))?.slipSeconds == 300)
    }

    @Test func `whose doctors are being rung comes before whoever asks next`() throws {
        var loop = Nation.loop([doctor], policy: LoopPolicy())
        let (id, _) = try loop.requestAsked(Nation.draft(urgency: .emergency), at: now)
        #expect(loop.request(id)?.state == .offered)
        let next = try #require(wait(loop, .emergency, at: now))
        #expect(next.ahead == 1 && (next.waitSeconds ?? 0) >= 35 * 60)
    }

    @Test func `waits are kept by province`() throws {
        var loop = Nation.loop((1...12).map { Nation.doctor("doctor-\($0)") })
        for number in 0..<ProvinceWaits.least {
            // The second province always waits three times as long.
            for (site, wait) in [(Nation.clinic, 5), (Nation.farClinic, 15)] {
                let at = now + .hours(2 * number)
                let patient = PatientID(trusted: "patient-\(site)-\(number)")
                let draft = Nation.draft(patient: patient, site: site)
                try meet(&loop, draft, answered: .minutes(1), met: .minutes(wait), at: at)
            }
            for session in loop.openSessions {
                let outcome = Outcome(
                    disposition: .treatLocally,
                    sealedNote: "",
                    by: session.doctor,
                    at: now + .hours(2 * number) + .minutes(30)
                )
                _ = try loop.outcomeGiven(session.id, outcome, at: outcome.at)
            }
        }
        #expect(loop.roster.waits.index(of: ProvinceID(trusted: "p-2")) == 1.5)
        #expect(loop.roster.waits.excess(of: ProvinceID(trusted: "p-1")) == 0)
    }

    // MARK: Who did not come

    private func reminders(_ loop: inout CareLoop, _ patient: PatientID) throws -> [Duration] {
        let start = now + .hours(48)
        let draft = Nation.draft(patient: patient, urgency: .routine)
        let hold = try loop.slotHeld(draft, doctor: doctor.id, start: start, at: now)
        _ = try loop.holdBooked(hold.id, by: .doctor(doctor.id), at: now)
        var ahead: [Duration] = []
        while let next = loop.nextDeadline, next < start {
            let told = loop.advance(to: next).heard(by: .site(Nation.clinic))
            if told.contains(where: { $0.why.hasPrefix("reminder") }) { ahead.append(start - next) }
        }
        return ahead
    }

    private func missed(_ days: Int) -> Booking {
        Booking(
            id: BookingID(trusted: "missed-\(days)"),
            request: RequestID(trusted: "missed-\(days)"),
            doctor: doctor.id,
            site: Nation.clinic,
            patient: Nation.patient,
            start: now - .hours(24 * days),
            end: now - .hours(24 * days) + .minutes(20),
            doctorFreeAt: now - .hours(24 * days) + .minutes(25),
            state: .noShow,
            answerBy: nil,
            reasons: [],
            madeAt: now - .hours(24 * days)
        )
    }

    @Test(arguments: [[1], [1, 1], [1, 120]])
    func `one missed consult, or one long ago, changes nothing`(days: [Int]) throws {
        var loop = Nation.loop([doctor])
        for day in days { loop.missSeen(of: missed(day)) }
        #expect(try reminders(&loop, Nation.patient) == [.hours(24), .hours(1)])
    }

    @Test func `who has missed two is reminded more often, and nobody else`() throws {
        var loop = Nation.loop([doctor])
        for day in [1, 20] { loop.missSeen(of: missed(day)) }
        #expect(
            try reminders(&loop, Nation.patient)
                == [.hours(24), .hours(3), .hours(1), .minutes(15)]
        )
        var other = Nation.loop([doctor])
        for day in [1, 20] { other.missSeen(of: missed(day)) }
        let stranger = PatientID(trusted: "patient-2")
        #expect(try reminders(&other, stranger) == [.hours(24), .hours(1)])
    }
}
