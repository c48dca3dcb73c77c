import Scheduler
import Testing
import Vocabulary

@Suite struct WhatIfTests {
    private let now = Register.morning
    private let matcher = Matcher()

    private func placed(
        _ id: String,
        doctor: String?,
        minutesAhead: Int = 60,
        _ urgency: Urgency = .soon
    ) -> Placed {
        let request = ConsultRequest(
            id: RequestID(trusted: id),
            site: Register.clinic.id,
            patient: PatientID(trusted: "p-\(id)"),
            specialty: .cardiology,
            urgency: urgency,
            earliest: now,
            deadline: now + .hours(4),
            durationMinutes: 30,
            languages: [.vietnamese],
            origin: .clinic,
            openedAt: now
        )
        let booking = doctor.map {
            Register.booking(
                "b-\(id)",
                doctor: $0,
                patient: "p-\(id)",
                from: now + .minutes(minutesAhead)
            )
        }
        return Placed(WaitingRequest(request, terms: MatchTerms()), booking: booking)
    }

    private let working = Availability(
        weekly: [WeeklyWindow(weekday: 5, fromMinute: 7 * 60, untilMinute: 12 * 60)]
    )

    private func ask(
        _ supposition: Supposition,
        _ doctors: [Doctor],
        _ placed: [Placed],
        hours: Int = 3
    ) -> WhatIf {
        let roster = Register.roster(doctors, placed.compactMap(\.booking))
        let end = now + .hours(hours)
        return matcher.whatIf(supposition, from: now, until: end, placed, in: roster, at: now)
    }

    @Test func `an absent doctor's consults go to another, later ones stay`() throws {
        let doctors = [
            Register.doctor("a", availability: working),
            Register.doctor("b", hospital: "h-far", availability: working),
        ]
        let soon = placed("soon", doctor: "a")
        let late = placed("late", doctor: "a", minutesAhead: 200)
        let answer = ask(.absent(DoctorID(trusted: "a")), doctors, [soon, late])
        let move = try #require(answer.moves.first)
        #expect(answer.moves.count == 1)
        #expect(move.booking == soon.booking?.id)
        #expect(move.fromDoctor?.rawValue == "a")
        #expect(move.toDoctor.rawValue == "b")
        #expect(answer.stranded == [])
        #expect(answer.laterMinutes == -60, "the other one is free at once")
    }

    @Test func `whom nobody else can serve is stranded`() {
        let doctors = [Register.doctor("a", availability: working)]
        let soon = placed("soon", doctor: "a")
        let answer = ask(.absent(DoctorID(trusted: "a")), doctors, [soon], hours: 5)
        #expect(answer.stranded == [soon.waiting.request.id])
        #expect(answer.moves == [])
    }

    @Test func `when the only station is down its consults move behind that time`() throws {
        let doctors = [Register.doctor("a", availability: working)]
        let soon = placed("soon", doctor: "a")
        let down = Supposition.stationsDown(Register.clinic.id, count: 1)
        let answer = ask(down, doctors, [soon], hours: 2)
        let move = try #require(answer.moves.first)
        #expect(move.toStart == now + .hours(2))
        #expect(answer.laterMinutes == 60)
        #expect(answer.cost > 0)
    }

    @Test func `one more doctor serves who waits and moves nobody who was told`() {
        let told = placed("told", doctor: "a")
        let waiting = placed("waiting", doctor: nil, .urgent)
        let more = Register.doctor("more")
        let answer = ask(.oneMore(more), [Register.doctor("a", presence: .off)], [told, waiting])
        #expect(answer.moves.map(\.request) == [waiting.waiting.request.id])
        #expect(answer.moves.first?.toDoctor == more.id)
        #expect(answer.moves.first?.booking == nil)
    }
}
