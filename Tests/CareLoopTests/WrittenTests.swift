import CareLoop
import Scheduler
import Testing
import Vocabulary

/// Requests that a doctor answers in writing.
@Suite struct WrittenTests {
    private let now = Nation.morning
    private let again = LoopPolicy().askAgain[.soon]

    private func question(
        _ loop: inout CareLoop,
        preferred: String? = nil
    ) throws -> (RequestID, [CareEffect]) {
        let draft = ConsultDraft(
            site: Nation.clinic,
            patient: Nation.patient,
            specialty: .cardiology,
            urgency: .soon,
            modality: .storeAndForward,
            preferredDoctor: preferred.map { DoctorID(trusted: $0) }
        )
        let (id, effects) = try loop.requestAsked(draft, at: now)
        return (id, effects)
    }

    private func cardiologists(_ count: Int) -> [Doctor] {
        (1...count).map { Nation.doctor("doctor-\($0)", .cardiology, presence: .off) }
    }

    private func asked(_ loop: CareLoop, _ id: RequestID) -> [String] {
        loop.request(id)?.written?.asked.map(\.rawValue) ?? []
    }

    @Test func `three doctors are asked, nothing is booked, and the first answer ends it`() throws {
        var loop = Nation.loop(cardiologists(5) + [Nation.doctor("other", .neurology)])
        let (id, effects) = try question(&loop, preferred: "doctor-4")
        #expect(asked(loop, id) == ["doctor-4", "doctor-1", "doctor-2"])
        #expect(effects.bookings.isEmpty && effects.sessions.isEmpty)
        for doctor in ["doctor-4", "doctor-1", "doctor-2"] {
            let notices = effects.heard(by: .doctor(DoctorID(trusted: doctor)))
            #expect(notices.count == 1, "\(doctor)")
        }
        #expect(effects.heard(by: .doctor(DoctorID(trusted: "doctor-3"))).isEmpty)

        let other = DoctorID(trusted: "doctor-3")
        #expect(throws: CareRefusal.notYours) {
            _ = try loop.requestAnswered(id, "x", by: other, at: now)
        }
        let writer = DoctorID(trusted: "doctor-1")
        let answered = try loop.requestAnswered(id, "sealed", by: writer, at: now + .minutes(5))
        let request = try #require(answered.requests.last)
        #expect(request.state == .fulfilled)
        #expect(
            request.written?.answer
                == WrittenAnswer(by: writer, sealedText: "sealed", at: now + .minutes(5))
        )
        #expect(answered.heard(by: .site(Nation.clinic)).count == 1)
        #expect(throws: CareRefusal.unknownRequest) {
            _ = try loop.requestAnswered(id, "again", by: writer, at: now + .minutes(6))
        }
        #expect(loop.violations().isEmpty)
    }

    @Test func `after a pause more are asked, and nobody twice`() throws {
        var loop = Nation.loop(cardiologists(5))
        let (id, _) = try question(&loop)
        _ = loop.advance(to: now + again - .milliseconds(1))
        #expect(asked(loop, id).count == 3)
        // News of the roster does not hurry it.
        _ = loop.presenceChanged(DoctorID(trusted: "doctor-5"), .available, at: now + .minutes(1))
        #expect(asked(loop, id).count == 3)
        _ = loop.advance(to: now + again)
        #expect(asked(loop, id).sorted() == (1...5).map { "doctor-\($0)" })
        _ = loop.advance(to: now + again + again)
        #expect(asked(loop, id).count == 5)
        #expect(loop.violations().isEmpty)
    }

    @Test func `people are told once when nobody may answer, and a doctor who comes is asked`()
        throws
    {
        var loop = Nation.loop([])
        let (id, effects) = try question(&loop)
        #expect(effects.heard(by: .operations).count { $0.isEscalation } == 1)
        let later = loop.advance(to: now + .minutes(10))
        #expect(later.heard(by: .operations).isEmpty)
        _ = loop.doctorChanged(cardiologists(1)[0], at: now + .minutes(11))
        #expect(asked(loop, id) == ["doctor-1"])
    }

    @Test func `after the deadline it is shown to people, and can still be answered`() throws {
        var loop = Nation.loop(cardiologists(1))
        let (id, _) = try question(&loop)
        let deadline = try #require(loop.request(id)?.latestStart)
        _ = loop.advance(to: deadline)
        #expect(loop.request(id)?.state == .open)
        _ = loop.advance(to: deadline + .milliseconds(1))
        #expect(loop.request(id)?.state == .unmatched)
        let writer = DoctorID(trusted: "doctor-1")
        let answered = try loop.requestAnswered(id, "x", by: writer, at: deadline + .hours(1))
        #expect(answered.requests.last?.state == .fulfilled)
    }

    @Test func `a restart asks nobody anew before the pause is over`() throws {
        var loop = Nation.loop(cardiologists(5))
        let (id, _) = try question(&loop)
        let request = try #require(loop.request(id))
        var next = Nation.loop(cardiologists(5), seed: 2)
        _ = next.restore(
            requests: [request],
            bookings: [],
            sessions: [],
            alarms: [],
            patients: [],
            at: now + .minutes(1)
        )
        #expect(asked(next, id).count == 3)
        _ = next.advance(to: now + again)
        #expect(asked(next, id).count == 5)
    }

    @Test func `a consult is not answered in writing, and a question explains itself`() throws {
        var loop = Nation.loop([Nation.doctor("doctor-1")])
        let (consult, _) = try loop.requestAsked(Nation.draft(), at: now)
        #expect(throws: CareRefusal.self) {
            _ = try loop.requestAnswered(
                consult,
                "x",
                by: DoctorID(trusted: "doctor-1"),
                at: now
            )
        }
        var written = Nation.loop(cardiologists(1))
        let (id, _) = try question(&written)
        let summary = written.explanation(of: id, at: now)?.summary ?? ""
        #expect(summary.contains("asked for an answer in writing: 1"))
    }
}
