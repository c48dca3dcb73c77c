import Scheduler
import Testing
import Vocabulary
import Wire

/// Doctors and interpreters together: who comes when, and what is said when nobody can.
@Suite struct InterpreterTests {
    private let now = Register.morning
    private let matcher = Matcher()
    private let doctor = Register.doctor("vi", languages: [.vietnamese])
    private let hmongDoctor = Register.doctor("hmn", languages: [.hmong])

    private var request: ConsultRequest { Register.request(.soon, languages: [.hmong]) }

    private func roster(
        _ doctors: [Doctor],
        _ interpreters: [Interpreter],
        _ bookings: [Booking] = []
    ) -> Roster {
        var roster = Roster(
            sites: Register.sites,
            doctors: doctors,
            interpreters: interpreters
        )
        for booking in bookings { roster.note(booking) }
        return roster
    }

    private func interpreter(
        _ id: String,
        _ languages: [Language] = [.hmong, .vietnamese],
        from: Instant? = nil,
        onCall: Bool = false
    ) -> Interpreter {
        let window = DatedWindow(from: from ?? now, until: (from ?? now) + .hours(4))
        return Interpreter(
            id: InterpreterID(trusted: id),
            name: "Interpreter \(id)",
            languages: languages,
            availability: onCall
                ? Availability(onCall: [window]) : Availability(additions: [window])
        )
    }

    private func interpreted(_ id: String, from start: Instant, minutes: Int = 30) -> Booking {
        var booking = Register.booking(
            "taken-\(id)",
            doctor: "elsewhere",
            site: "h-far",
            from: start,
            minutes: minutes
        )
        booking.claims = [Claim(on: .interpreter(InterpreterID(trusted: id)))]
        return booking
    }

    private func claimed(_ match: Match) -> [InterpreterID] {
        match.best?.claims.compactMap(\.interpreter) ?? []
    }

    @Test func `who shares no language is matched with an interpreter between the two`() throws {
        let roster = roster([doctor], [interpreter("i1")])
        let match = matcher.match(request, in: roster, at: now)
        #expect(match.best?.doctor == doctor.id)
        #expect(claimed(match) == [InterpreterID(trusted: "i1")])
        #expect(match.best?.reasons.contains("with an interpreter of Hmong") == true)
    }

    @Test func `an interpreter must speak one language of each side`() {
        for languages in [[Language.hmong, .english], [.tay, .vietnamese], [.hmong, .tay]] {
            let roster = roster([doctor], [interpreter("i1", languages)])
            #expect(matcher.match(request, in: roster, at: now).best == nil, "\(languages)")
        }
    }

    @Test func `a doctor who shares a language is preferred to one with an interpreter`() {
        let match = matcher.match(
            request,
            in: roster([doctor, hmongDoctor], [interpreter("i1")]),
            at: now
        )
        #expect(match.best?.doctor == hmongDoctor.id)
        #expect(claimed(match) == [])
    }

    @Test func `an emergency does not wait for a shared language`() {
        let later = now + .minutes(20)
        var busy = hmongDoctor
        busy.presence = .onCall
        let taken = Register.booking(doctor: "hmn", site: "h-far", from: now, minutes: 20)
        var here = doctor
        here.presence = .onCall
        for (urgency, expected) in [(Urgency.emergency, "vi"), (.urgent, "vi"), (.soon, "hmn")] {
            let request = Register.request(urgency, languages: [.hmong])
            let window = DatedWindow(from: now, until: now + .hours(4))
            busy.availability = Availability(additions: [window], onCall: [window])
            let match = matcher.match(
                request,
                in: roster(
                    [here, busy],
                    [interpreter("i1"), interpreter("i2", onCall: true)],
                    [taken]
                ),
                at: now
            )
            #expect(match.best?.doctor.rawValue == expected, "\(urgency)")
            #expect((match.best?.start ?? now) >= (expected == "hmn" ? later : now))
        }
    }

    @Test func `an interpreter is free at the end of a consult and not before`() {
        let match = matcher.match(
            request,
            in: roster([doctor], [interpreter("i1")], [interpreted("i1", from: now, minutes: 10)]),
            at: now
        )
        #expect(match.best?.start == now + .minutes(10))
    }

    @Test func `an interpreter is booked inside the own hours only`() {
        let opening = now + .minutes(10)
        let match = matcher.match(
            request,
            in: roster([doctor], [interpreter("i1", from: opening)]),
            at: now
        )
        #expect(match.best?.start == opening)
    }

    @Test func `an interpreter on call serves what is urgent and nothing else`() {
        let roster = roster([doctor], [interpreter("i1", onCall: true)])
        let urgent = Register.request(.urgent, languages: [.hmong])
        #expect(matcher.match(urgent, in: roster, at: now).best != nil)
        #expect(matcher.match(request, in: roster, at: now).best == nil)
    }

    @Test func `the interpreter with the fewest bookings is taken, and who declined is not`() {
        let bookings = [interpreted("i1", from: now + .hours(3))]
        let roster = roster([doctor], [interpreter("i1"), interpreter("i2")], bookings)
        #expect(claimed(matcher.match(request, in: roster, at: now)).map(\.rawValue) == ["i2"])
        var declined = request
        declined.interpretersDeclined = [InterpreterID(trusted: "i2")]
        #expect(claimed(matcher.match(declined, in: roster, at: now)).map(\.rawValue) == ["i1"])
    }

    @Test func `an interpreter whom nobody has is named as what is missing`() {
        let why = matcher.explain(
            request,
            booking: nil,
            in: roster([doctor], [interpreter("i1", [.tay, .vietnamese])]),
            at: now
        )
        #expect(why.blocking.map(\.rule) == ["language"])
        #expect(why.unlocks.map(\.text) == ["an interpreter of Hmong"])
    }

    @Test func `an interpreter who is booked is named as what is missing`() {
        var doctor = doctor
        doctor.availability = Availability(
            additions: [DatedWindow(from: now, until: now + .hours(4))]
        )
        let why = matcher.explain(
            request,
            booking: nil,
            in: roster([doctor], [interpreter("i1")], [interpreted("i1", from: now, minutes: 120)]),
            at: now
        )
        #expect(why.unlocks.map(\.rules).contains(["interpreter"]))
        #expect(why.unlocks.map(\.text).contains("an interpreter of Hmong who is free then"))
        #expect(why.unlocks.map(\.rules).contains(["window"]))
        #expect(
            why.rejections.map(\.text) == ["1 while no interpreter is free, the first until 10:00"]
        )
    }

    @Test func `several requests planned together never share an interpreter`() {
        let second = Register.doctor("vi-2", languages: [.vietnamese])
        let waiting = (0..<2).map { number in
            let request = ConsultRequest(
                id: RequestID(trusted: "r-\(number)"),
                site: Register.central.id,
                patient: PatientID(trusted: "p-\(number)"),
                specialty: .cardiology,
                urgency: .soon,
                earliest: now,
                deadline: now + .minutes(40),
                durationMinutes: 30,
                languages: [.hmong],
                origin: .clinic,
                openedAt: now
            )
            return WaitingRequest(request, terms: MatchTerms())
        }
        let one = matcher.plan(waiting, in: roster([doctor, second], [interpreter("i1")]), at: now)
        #expect(one.places.count == 1)
        let two = matcher.plan(
            waiting,
            in: roster([doctor, second], [interpreter("i1"), interpreter("i2")]),
            at: now
        )
        #expect(Set(two.places.values.flatMap(\.claims).compactMap(\.interpreter)).count == 2)
    }

    @Test func `the table of interpreters says which field of which row is wrong`() throws {
        let good = "id,name,languages,weekly,onCall\ni-1,Vàng A Páo,hmn;vi,1 07:30-17:00,\n"
        let read = try InterpreterTable.read(good)
        #expect(read.map(\.id.rawValue) == ["i-1"])
        #expect(read.first?.languages == [.hmong, .vietnamese])
        #expect(read.first?.availability.weekly.count == 1)
        for (row, column) in [
            ("i 1,A,hmn;vi,,", "id"), ("i-1,,hmn;vi,,", "name"), ("i-1,A,hmn,,", "languages"),
            ("i-1,A,hmn;H!,,", "languages"), ("i-1,A,hmn;vi,9 07:00-08:00,", "weekly"),
            ("i-1,A,hmn;vi,,soon", "onCall"), ("i-1,A,hmn;vi,,\ni-1,B,hmn;vi,,", "id"),
        ] {
            let text = "id,name,languages,weekly,onCall\n\(row)\n"
            let error = #expect(throws: TableErrors.self) { try InterpreterTable.read(text) }
            #expect(error?.errors.first?.column == column, "\(row)")
        }
    }
}
