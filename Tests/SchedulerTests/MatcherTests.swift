import Scheduler
import Testing
import Vocabulary

@Suite struct MatcherTests {
    private let now = Register.morning
    private let matcher = Matcher()

    private func refusals(
        _ doctor: Doctor,
        _ request: ConsultRequest = Register.request(),
        _ bookings: [Booking] = []
    ) -> [String] {
        let match = matcher.match(request, in: Register.roster([doctor], bookings), at: now)
        return match.best == nil ? match.rejections.map(\.rule) : []
    }

    @Test func `a doctor whom every rule permits is found at once`() throws {
        let roster = Register.roster([Register.doctor()])
        let match = matcher.match(Register.request(), in: roster, at: now)
        let best = try #require(match.best)
        #expect(best.start == now)
        #expect(best.end == now + .minutes(30))
        #expect(best.doctorFreeAt == now + .minutes(35))
        #expect(best.reasons.contains("can begin at once"))
        #expect(best.reasons.contains("of the site's chain hospital"))
        #expect(match.rejections.isEmpty)
        #expect(match.considered == 1)
    }

    @Test func `each rule refuses alone and is counted by its name`() {
        #expect(refusals(Register.doctor()).isEmpty)
        #expect(refusals(Register.doctor(languages: [.hmong])) == ["language"])
        #expect(refusals(Register.doctor(provinces: ["p-2"])) == ["licence"])
        #expect(refusals(Register.doctor(hospital: "h-regional")) == ["tier"])
        #expect(refusals(Register.doctor(hospital: "h-unknown")) == ["tier"])
        #expect(refusals(Register.doctor(presence: .off)) == ["attendance"])
        var declined = Register.request()
        declined.declinedBy = [DoctorID(trusted: "doctor")]
        #expect(refusals(Register.doctor(), declined) == ["declined"])
        var unanswered = Register.request()
        unanswered.unansweredBy = [DoctorID(trusted: "doctor")]
        #expect(refusals(Register.doctor(), unanswered) == ["declined"])
    }

    @Test func `a doctor of another specialty is not even looked at`() {
        let roster = Register.roster([Register.doctor("d", [.neurology])])
        let match = matcher.match(Register.request(), in: roster, at: now)
        #expect(match.best == nil)
        #expect(match.considered == 0)
    }

    @Test func `the tier rule holds for emergency and urgent only`() {
        let doctor = Register.doctor(hospital: "h-regional")
        #expect(refusals(doctor, Register.request(.emergency)) == ["tier"])
        #expect(refusals(doctor, Register.request(.urgent)) == ["tier"])
        #expect(refusals(doctor, Register.request(.soon)).isEmpty)
    }

    @Test func `a consult may end at the deadline and not a millisecond after`() {
        let exact = Register.request(deadline: now + .minutes(30))
        #expect(refusals(Register.doctor(), exact).isEmpty)
        let short = Register.request(deadline: now + .minutes(30) - .milliseconds(1))
        #expect(refusals(Register.doctor(), short) == ["window"])
    }

    @Test func `a consult and its buffer fit exactly before the doctor's next booking`() throws {
        for (gap, fits) in [(35, true), (34, false)] {
            let next = Register.booking(site: "h-far", from: now + .minutes(gap))
            let roster = Register.roster([Register.doctor()], [next])
            let request = Register.request(deadline: now + .minutes(40))
            let match = matcher.match(request, in: roster, at: now)
            #expect((match.best != nil) == fits, "gap of \(gap) min")
        }
    }

    @Test func `a booked doctor is offered from the end of the buffer on`() throws {
        let onCall = Availability(onCall: [DatedWindow(from: now, until: now + .hours(8))])
        let doctor = Register.doctor(presence: .onCall, availability: onCall)
        let busy = Register.booking(site: "h-far", from: now - .minutes(10))
        let match = matcher.match(
            Register.request(),
            in: Register.roster([doctor], [busy]),
            at: now
        )
        #expect(match.best?.start == busy.doctorFreeAt)
    }

    @Test func `the site's one station is taken until the other consult ends`() throws {
        let onCall = Availability(onCall: [DatedWindow(from: now, until: now + .hours(8))])
        let doctor = Register.doctor(presence: .onCall, availability: onCall)
        let other = Register.booking(doctor: "another", from: now)
        let match = matcher.match(
            Register.request(),
            in: Register.roster([doctor], [other]),
            at: now
        )
        #expect(match.best?.start == other.end)
        let twice = Register.booking(
            doctor: "another",
            site: "h-far",
            patient: "patient",
            from: now
        )
        let own = matcher.match(
            Register.request(),
            in: Register.roster([doctor], [twice]),
            at: now
        )
        #expect(own.best?.start == twice.end, "a patient is in one consult at a time")
    }

    @Test func `who is off is asked with notice, who is there at once`() {
        let working = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 7 * 60, untilMinute: 12 * 60)]
        )
        let off = Register.doctor("off", presence: .off, availability: working)
        let alone = matcher.match(Register.request(), in: Register.roster([off]), at: now)
        #expect(alone.best?.start == now + Pairing.reach)
        let there = Register.doctor("there", presence: .available)
        let both = matcher.match(Register.request(), in: Register.roster([off, there]), at: now)
        #expect(both.best?.doctor == there.id)
        #expect(both.alternatives.map(\.doctor) == [off.id])
    }

    @Test func `the on-call roster counts for the urgent, not for the others`() {
        let onCall = Availability(onCall: [DatedWindow(from: now, until: now + .hours(2))])
        let doctor = Register.doctor(presence: .off, availability: onCall)
        #expect(refusals(doctor, Register.request(.urgent)).isEmpty)
        #expect(refusals(doctor, Register.request(.soon)) == ["attendance"])
    }

    @Test func `the goals rank on call, the wish, the chain and the fresh doctor first`() {
        func best(_ request: ConsultRequest, _ doctors: [Doctor], _ done: [Booking] = []) -> String?
        {
            matcher.match(request, in: Register.roster(doctors, done), at: now)
                .best?.doctor.rawValue
        }
        let here = Register.doctor("a")
        let onCall = Register.doctor("b", presence: .onCall)
        let away = Register.doctor("c", hospital: "h-far", presence: .onCall)
        #expect(best(Register.request(.emergency), [here, onCall, away]) == "b")
        #expect(best(Register.request(.urgent), [away, onCall]) == "b", "of the chain")
        #expect(best(Register.request(.urgent, doctor: "c"), [here, onCall, away]) == "c")
        #expect(best(Register.request(.urgent, hospital: "h-far"), [here, onCall, away]) == "c")
        let worked = Register.booking(doctor: "a", from: now - .hours(1), state: .fulfilled)
        #expect(best(Register.request(), [here, onCall], [worked]) == "b", "shares the load")
        let known = Register.booking(
            doctor: "b",
            patient: "patient",
            from: now - .hours(50),
            state: .fulfilled
        )
        #expect(best(Register.request(), [here, onCall], [known]) == "b", "knows the patient")
    }

    @Test func `a fallback specialty is searched when nobody of the first can`() {
        let roster = Register.roster([Register.doctor("e", [.emergency])])
        let request = Register.request()
        #expect(matcher.match(request, in: roster, at: now).best == nil)
        let terms = MatchTerms(fallback: [.neurology, .emergency])
        let match = matcher.match(request, in: roster, at: now, terms: terms)
        #expect(match.best?.doctor.rawValue == "e")
        #expect(match.specialty == .emergency)
    }

    @Test func `an overdue search looks past the deadline, but not to next week`() {
        let late = now + .hours(4)
        let doctor = Register.doctor()
        let roster = Register.roster([doctor])
        #expect(matcher.match(Register.request(), in: roster, at: late).best == nil)
        let terms = MatchTerms(isOverdue: true)
        let found = matcher.match(Register.request(), in: roster, at: late, terms: terms)
        #expect(found.best?.start == late)
        let tomorrow = Availability(additions: [
            DatedWindow(from: late + .hours(20), until: late + .hours(24))
        ])
        let away = Register.roster([Register.doctor(presence: .off, availability: tomorrow)])
        #expect(
            matcher.match(Register.request(), in: away, at: late, terms: terms).best == nil
        )
    }

    @Test func `a routine consult begins on the clock's five minutes inside a window`() throws {
        let working = Availability(
            weekly: [WeeklyWindow(weekday: 1, fromMinute: 13 * 60 + 32, untilMinute: 16 * 60)]
        )
        let doctor = Register.doctor(presence: .off, availability: working)
        let request = Register.request(.routine, deadline: now + .hours(24 * 10), minutes: 20)
        let best = try #require(
            matcher.match(request, in: Register.roster([doctor]), at: now).best
        )
        // Monday 13:35 local.
        #expect(best.start == Instant(rfc3339: "2026-11-23T06:35:00Z"))
    }

    @Test func `the explanation names the rules that stand in the way`() throws {
        let doctors = [
            Register.doctor("a", languages: [.hmong], presence: .off),
            Register.doctor("b", presence: .off),
            Register.doctor("c", provinces: ["p-2"]),
        ]
        let explanation = matcher.explain(
            Register.request(),
            booking: nil,
            in: Register.roster(doctors),
            at: now
        )
        #expect(explanation.doctor == nil)
        #expect(explanation.considered == 3)
        #expect(explanation.rejections.map(\.rule) == ["language", "licence", "attendance"])
        #expect(explanation.rejections.map(\.count) == [1, 1, 1])
        #expect(explanation.nearest.map(\.doctor.rawValue) == ["b", "c", "a"])
        #expect(explanation.nearest.map(\.blockedBy.count) == [1, 1, 2])
        #expect(explanation.summary.contains("3 doctors"))
    }

    @Test func `a decision over ten thousand doctors looks only at the specialty`() {
        let specialties = Specialty.all
        let doctors = (0..<10_000).map { number in
            Register.doctor(
                "d-\(number)",
                [specialties[number % specialties.count]],
                presence: number % 3 == 0 ? .available : .off
            )
        }
        let roster = Register.roster(doctors)
        let match = matcher.match(Register.request(), in: roster, at: now)
        #expect(match.considered == roster.doctors(of: .cardiology).count)
        #expect(match.considered < 800)
        #expect(match.best != nil)
    }

    @Test func `a doctor's new specialty is found and the old one forgotten`() {
        var doctor = Register.doctor()
        var roster = Register.roster([doctor])
        doctor.specialties = [.neurology]
        roster.update(doctor)
        #expect(roster.doctors(of: .cardiology) == [])
        #expect(roster.doctors(of: .neurology) == [doctor.id])
    }
}
