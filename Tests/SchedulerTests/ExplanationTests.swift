import Scheduler
import Testing
import Vocabulary

@Suite struct ExplanationTests {
    private let matcher = Matcher()
    /// Friday 2026-11-20, 14:00 local time.
    private let now = Register.morning + .hours(6)
    private let working = Availability(
        weekly: [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 17 * 60)]
    )

    private func specialist(
        _ id: String,
        _ specialty: Specialty = .cardiology,
        languages: [Language] = [.hmong],
        presence: Presence = .available
    ) -> Doctor {
        Register.doctor(
            id,
            [specialty],
            languages: languages,
            presence: presence,
            availability: presence == .off ? Availability() : working
        )
    }

    /// Two who speak Hmong are booked until 15:20, one is off; the deadline is 14:30.
    private var scene: (request: ConsultRequest, roster: Roster) {
        let request = Register.request(
            languages: [.hmong],
            earliest: now,
            deadline: now + .minutes(30)
        )
        let roster = Register.roster(
            [
                specialist("a"), specialist("b"), specialist("c", presence: .off),
                specialist("d", languages: [.vietnamese]), specialist("e", .emergency),
            ],
            [
                Register.booking(
                    "running",
                    doctor: "a",
                    site: "h-far",
                    from: now - .minutes(10),
                    minutes: 85
                ),
                Register.booking(
                    "later",
                    doctor: "b",
                    site: "h-far",
                    patient: "other",
                    from: now + .minutes(20),
                    minutes: 55
                ),
            ]
        )
        return (request, roster)
    }

    @Test func `why nobody can, who comes next and what would unlock it, in words`() {
        let (request, roster) = scene
        let why = matcher.explain(
            request,
            booking: nil,
            in: roster,
            at: now,
            substitutes: [.emergency]
        )
        #expect(
            why.summary == """
                None of 4 doctors can serve: 1 without a shared language; of the 3 who suit, 1 off \
                or outside their windows; 2 booked, the first until 15:20. The deadline is 14:30. \
                It would go with a deadline of 15:50; or with Dr b's consult of 14:20 moved; or \
                with a doctor called in outside their windows; or with an interpreter of Hmong; or with a \
                doctor of emergency.
                """
        )
        #expect(why.blocking.map(\.rule) == ["window"])
        let rules = [
            ["window"], ["doctorFree"], ["attendance"], ["language"], ["specialty"],
        ]
        #expect(why.unlocks.map(\.rules) == rules)
        #expect(why.unlocks[1].booking?.rawValue == "later")
        #expect(why.unlocks[3].doctor.rawValue == "d")
        #expect(why.nearest.map(\.blockedBy.count) == [1, 1, 1, 1])
    }

    @Test func `a consult that has begun is not named as one to move`() {
        let roster = scene.roster
        var request = scene.request
        request.declinedBy = [DoctorID(trusted: "b")]
        let why = matcher.explain(request, booking: nil, in: roster, at: now)
        #expect(!why.unlocks.contains { $0.rules == ["doctorFree"] })
        #expect(why.unlocks.contains { $0.rules == ["window"] })
    }

    @Test func `two rules are named when neither alone is the only obstacle`() {
        let (request, _) = scene
        let roster = Register.roster([
            Register.doctor("x", hospital: "h-regional", languages: [.vietnamese])
        ])
        let why = matcher.explain(request, booking: nil, in: roster, at: now)
        #expect(why.blocking.map(\.rule) == ["language", "tier"])
        let way = "an interpreter of Hmong and a doctor of a hospital below provincial level"
        #expect(why.unlocks.map(\.text) == [way])
    }

    @Test func `a specialty that nobody has is the obstacle`() {
        let (request, _) = scene
        let roster = Register.roster([specialist("e", .emergency)])
        let why = matcher.explain(
            request,
            booking: nil,
            in: roster,
            at: now,
            substitutes: [.emergency]
        )
        #expect(why.considered == 0)
        #expect(why.blocking.map(\.rule) == ["specialty"])
        #expect(why.unlocks.map(\.text) == ["a doctor of emergency"])
        let nobody = matcher.explain(request, booking: nil, in: Register.roster([]), at: now)
        #expect(nobody.blocking.isEmpty && nobody.unlocks.isEmpty)
        #expect(nobody.summary == "The register has no doctor of cardiology.")
    }

    @Test func `a booked doctor's explanation says who else could and what that would lose`() throws
    {
        let request = Register.request(earliest: now, deadline: now + .hours(2))
        let booking = Register.booking(
            doctor: "chosen",
            patient: "patient",
            from: now + .minutes(5)
        )
        let roster = Register.roster(
            [
                specialist("chosen", languages: [.vietnamese], presence: .onCall),
                specialist("equal", languages: [.vietnamese]),
                Register.doctor("far", hospital: "h-far", availability: working),
            ],
            [
                booking,
                Register.booking(
                    "busy",
                    doctor: "far",
                    site: "h-far",
                    patient: "other",
                    from: now - .minutes(20)
                ),
            ]
        )
        let why = matcher.explain(request, booking: booking, in: roster, at: now)
        #expect(why.doctor == booking.doctor)
        #expect(why.start == booking.start)
        #expect(why.alternatives.map(\.doctor.rawValue) == ["equal", "far"])
        #expect(why.alternatives.first?.loses == [])
        let far = try #require(why.alternatives.last)
        #expect(far.loses == ["begins at 14:15", "of another province", "has more work that day"])
        let begun = matcher.explain(request, booking: booking, in: roster, at: booking.start)
        #expect(begun.alternatives.isEmpty)
    }
}
