import CareLoop
import Scheduler
import Testing
import Vocabulary

@Suite struct ReplanningTests {
    private let morning = Nation.morning

    private func draft(_ patient: String, _ language: Language, _ urgency: Urgency) -> ConsultDraft
    {
        var draft = Nation.draft(
            patient: PatientID(trusted: patient),
            site: Nation.farClinic,
            urgency: urgency
        )
        draft.languages = [language]
        return draft
    }

    private func doctor(_ id: String, _ languages: [Language]) -> Doctor {
        var doctor = Nation.doctor(
            id,
            availability: Availability(
                weekly: (1...7).map {
                    WeeklyWindow(weekday: $0, fromMinute: 7 * 60, untilMinute: 19 * 60)
                }
            )
        )
        doctor.languages = languages
        return doctor
    }

    @Test func `those who are searched at once do not take one another's only doctor`() throws {
        var closed = try #require(Nation.sites.first { $0.id == Nation.farClinic })
        closed.stations = 0
        var loop = Nation.loop([
            doctor("a-both", [.vietnamese, .hmong]), doctor("b-plain", [.vietnamese]),
        ])
        _ = loop.siteChanged(closed, at: morning)
        let first = try loop.requestAsked(draft("patient-1", .vietnamese, .urgent), at: morning)
        let second = try loop.requestAsked(draft("patient-2", .hmong, .urgent), at: morning)
        #expect(loop.liveBookings.isEmpty)
        closed.stations = 2
        _ = loop.siteChanged(closed, at: morning)
        let doctors = loop.liveBookings.reduce(into: [:]) { $0[$1.request] = $1.doctor.rawValue }
        #expect(doctors == [first.id: "b-plain", second.id: "a-both"])
        // One by one the second would have waited 35 min for the first one's doctor, 7 ticks of 6,
        // who would have had the work of both: half an hour at 0.25.
        #expect(loop.replanFigures.gainedServed == 0)
        #expect(loop.replanFigures.gainedCost == 42.125)
        #expect(loop.replanFigures.moved == 2)
        #expect(loop.violations() == [])
    }

    @Test func `who waits is planned for every few seconds, long before the next own search`()
        throws
    {
        var loop = Nation.loop([doctor("a", [.vietnamese]), doctor("b", [.vietnamese])])
        var asked: [RequestID] = []
        for patient in ["patient-1", "patient-2"] {
            asked.append(
                try loop.requestAsked(draft(patient, .vietnamese, .routine), at: morning).id
            )
        }
        // The database refuses each booking with each doctor; after two minutes it may be tried.
        for _ in 0..<4 {
            for booking in loop.liveBookings { _ = loop.bookingRefused(booking.id, at: morning) }
        }
        #expect(loop.liveBookings.isEmpty)
        #expect(loop.nextDeadline == morning + .seconds(5))
        var now = morning
        while loop.liveBookings.isEmpty, now < morning + .minutes(9) {
            now = try #require(loop.nextDeadline)
            _ = loop.advance(to: now)
        }
        #expect(now == morning + .minutes(2))
        #expect(Set(loop.liveBookings.map(\.request)) == Set(asked))
        #expect(loop.replanFigures.served == 2)
        #expect(loop.replanFigures.runs == 24)
        #expect(loop.nextDeadline != now + .seconds(5), "nobody waits any more")
    }

    @Test func `nothing is planned for one alone, nor when it is switched off`() throws {
        var loop = Nation.loop([])
        _ = try loop.requestAsked(draft("patient-1", .vietnamese, .routine), at: morning)
        #expect(loop.nextDeadline == morning + .minutes(10))
        var policy = LoopPolicy()
        policy.replanning = .zero
        var still = CareLoop(seed: 1, sites: Nation.sites, doctors: [], policy: policy)
        for patient in ["patient-1", "patient-2"] {
            _ = try still.requestAsked(draft(patient, .vietnamese, .routine), at: morning)
        }
        #expect(still.nextDeadline == morning + .minutes(10))
    }

    @Test func `a told booking never moves by itself`() throws {
        var loop = Nation.loop([doctor("a", [.vietnamese])])
        _ = try loop.requestAsked(draft("patient-1", .vietnamese, .routine), at: morning)
        let told = loop.liveBookings
        for patient in ["patient-2", "patient-3"] {
            _ = try loop.requestAsked(draft(patient, .khmer, .routine), at: morning)
        }
        _ = loop.advance(to: morning + .seconds(30))
        #expect(loop.replanFigures.runs > 0)
        #expect(loop.liveBookings == told)
    }
}
