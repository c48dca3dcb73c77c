import Scheduler
import Testing
import Vocabulary

/// A doctor's longest unbroken run of work and daily load are kept; emergencies go before.
@Suite struct WorkLimitTests {
    /// 08:00, and the doctor is there until 24:00.
    private let now = Register.morning

    private func doctor(run: Int? = nil, load: Int? = nil) -> Doctor {
        let day = DatedWindow(from: now, until: now + .hours(40))
        var doctor = Register.doctor(availability: Availability(additions: [day]))
        doctor.longestRunMinutes = run
        doctor.dailyLoadMinutes = load
        return doctor
    }

    private func match(
        _ doctor: Doctor,
        _ bookings: [Booking],
        _ urgency: Urgency = .urgent,
        earliest: Int = 0,
        minutes: Int = 30,
        within: Int = 600
    ) -> Match {
        let request = Register.request(
            urgency,
            earliest: now + .minutes(earliest),
            deadline: now + .minutes(within),
            minutes: minutes
        )
        return Matcher().match(request, in: Register.roster([doctor], bookings), at: now)
    }

    /// How many minutes after 08:00 it begins.
    private func start(_ match: Match) -> Int? {
        match.best.map { Int(($0.start - now).wholeMilliseconds / 60_000) }
    }

    /// A consult so many minutes after 08:00; five more are the buffer.
    private func consult(
        _ at: Int,
        _ minutes: Int = 30,
        _ state: BookingState = .confirmed
    )
        -> Booking
    {
        Register.booking(
            "booking-\(at)",
            patient: "patient-\(at)",
            from: now + .minutes(at),
            minutes: minutes,
            state: state
        )
    }

    // MARK: The unbroken run

    @Test func `a consult that would make the run a minute too long waits for a pause`() {
        // 08:00-08:35 and 08:35-09:10 with the buffers.
        let before = [consult(0)]
        #expect(start(match(doctor(run: 70), before, earliest: 1)) == 35)
        #expect(start(match(doctor(run: 69), before, earliest: 1)) == 50, "15 minutes after 08:35")
        #expect(start(match(doctor(), before, earliest: 1)) == 35)
    }

    @Test func `fifteen minutes without a consult are a pause, fourteen are none`() {
        let before = [consult(0)]
        #expect(start(match(doctor(run: 40), before, earliest: 50)) == 50)
        #expect(start(match(doctor(run: 40), before, earliest: 49)) == 50)
        // With what comes after: 09:10-09:45 with the buffer, and 25 + 5 before.
        let after = [consult(70)]
        #expect(start(match(doctor(run: 40), after, minutes: 25, within: 50)) == 0)
        let late = match(doctor(run: 40), after, earliest: 26, minutes: 25, within: 60)
        #expect(start(late) == nil, "it would end 14 minutes before the next")
    }

    @Test func `a start nearer to the next consult is found when it makes the run short enough`() {
        // From 08:20 to the end of 09:00-09:35 are 75 minutes.
        let found = match(doctor(run: 75), [consult(60)], earliest: 16, within: 60)
        #expect(start(found) == 20)
        #expect(start(match(doctor(run: 69), [consult(60)], earliest: 16, within: 60)) == nil)
    }

    @Test func `a consult that is over is work done, one that nobody came to is none`() {
        let states: [(BookingState, Int)] = [
            (.fulfilled, 50), (.inSession, 50), (.noShow, 36), (.cancelled, 36),
        ]
        for (state, expected) in states {
            let found = match(doctor(run: 60), [consult(0, 30, state)], earliest: 36)
            #expect(start(found) == expected, "\(state)")
        }
    }

    @Test func `a consult longer than the run is never held, whatever the pause`() {
        #expect(start(match(doctor(run: 35), [])) == 0, "30 minutes and the buffer")
        let never = match(doctor(run: 34), [])
        #expect(never.best == nil && never.rejections.map(\.rule) == ["unbrokenRun"])
    }

    // MARK: The daily load

    @Test func `the day's consults and one more may come to the limit, and not to a minute more`() {
        let before = [consult(0), consult(60)]
        #expect(start(match(doctor(load: 90), before, earliest: 100)) == 100)
        let full = match(doctor(load: 89), before, earliest: 100)
        #expect(full.best == nil && full.rejections.map(\.rule) == ["dailyLoad"])
    }

    @Test func `a new load begins at midnight in Vietnam, which is 17:00 of UTC`() {
        // 08:00 and sixteen hours.
        let found = match(doctor(load: 40), [consult(0)], earliest: 100, within: 1_200)
        #expect(start(found) == 960)
        let midnight = Instant(rfc3339: "2026-11-20T17:00:00Z")
        #expect(found.best?.start == midnight)
        // What begins before it counts for the day before.
        let evening = [consult(959)]
        #expect(start(match(doctor(load: 40), evening, earliest: 1_000, within: 1_200)) == 1_000)
    }

    @Test func `a consult counts with the length it had, once it is over`() {
        var short = consult(0)
        var roster = Register.roster([doctor(load: 60)], [short])
        let request = Register.request(
            earliest: now + .minutes(60),
            deadline: now + .minutes(200),
            minutes: 40
        )
        #expect(Matcher().match(request, in: roster, at: now).best == nil, "30 and 40")
        short.state = .fulfilled
        short.end = short.start + .minutes(20)
        roster.note(short)
        #expect(Matcher().match(request, in: roster, at: now).best != nil, "20 and 40")
    }

    // MARK: Both

    @Test func `an emergency is held against both limits, and counts for who comes after it`() {
        let tired = doctor(run: 40, load: 40)
        #expect(start(match(tired, [consult(0)], .emergency, earliest: 35)) == 35)
        for urgency in [Urgency.urgent, .soon, .routine] {
            #expect(start(match(tired, [consult(0)], urgency, earliest: 35)) == nil)
        }
    }

    @Test func `another doctor without limits serves instead`() {
        let roster = Register.roster([doctor(load: 40), Register.doctor("other")], [consult(100)])
        let request = Register.request(earliest: now + .minutes(5))
        #expect(Matcher().match(request, in: roster, at: now).best?.doctor.rawValue == "other")
    }

    @Test func `a booking can be moved within the load that it is part of itself`() {
        var terms = MatchTerms()
        terms.without = consult(0).id
        let roster = Register.roster([doctor(run: 35, load: 30)], [consult(0)])
        let request = Register.request(earliest: now + .minutes(40))
        let moved = Matcher().match(request, in: roster, at: now, terms: terms)
        #expect(moved.best?.start == now + .minutes(40))
    }

    @Test func `the reason says how much and what the limit is, and what would unlock it`() {
        let request = Register.request(earliest: now + .minutes(5), deadline: now + .minutes(40))
        func explain(_ doctor: Doctor, _ bookings: [Booking]) -> Explanation {
            let roster = Register.roster([doctor], bookings)
            return Matcher().explain(request, booking: nil, in: roster, at: now)
        }
        let full = explain(doctor(load: 40), [consult(100)])
        #expect(
            full.nearest.first?.blockedBy == [
                "the doctor has 30 minutes of consults that day; the limit is 40"
            ]
        )
        #expect(
            full.unlocks.map(\.text) == [
                "a deadline of 2026-11-21 00:30", "a doctor taking on more than the daily load",
            ]
        )
        let tired = explain(doctor(run: 60), [consult(-30)])
        #expect(tired.blocking.map(\.rule) == ["window"], "it would go fifteen minutes later")
        #expect(
            tired.nearest.first?.blockedBy == [
                "the doctor would work 70 minutes without a pause; the limit is 60"
            ]
        )
        #expect(tired.summary.contains("1 in need of a pause, the first until 08:20"))
        #expect(tired.unlocks.map(\.text).contains("a doctor working without the pause"))
    }

    @Test func `the table of doctors may have the limits, and need not`() throws {
        let plain = RosterTable.write([Register.doctor()])
        #expect(!plain.contains("dailyLoadMinutes"))
        let doctors = [doctor(run: 90, load: 300), Register.doctor("free"), doctor(load: 5)]
        var hired = doctors
        for place in hired.indices {
            hired[place].presence = .off
            hired[place].availability = Availability()
        }
        hired[2] = try #require(renamed(hired[2]))
        let text = RosterTable.write(hired)
        #expect(text.contains("longestRunMinutes,dailyLoadMinutes"))
        #expect(try RosterTable.read(text, sites: Register.sites) == hired)
        for wrong in ["4", "1441", "90;300", "much"] {
            let bad = text.replacing(",90,300", with: ",90,\(wrong)")
            #expect(throws: TableErrors.self) { try RosterTable.read(bad, sites: Register.sites) }
        }
    }

    private func renamed(_ doctor: Doctor) -> Doctor? {
        var other = Register.doctor("third", presence: .off)
        other.longestRunMinutes = doctor.longestRunMinutes
        other.dailyLoadMinutes = doctor.dailyLoadMinutes
        return other
    }
}
