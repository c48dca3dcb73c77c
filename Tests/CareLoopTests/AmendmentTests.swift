import CareLoop
import Scheduler
import Signalling
import Testing
import Vocabulary

/// What people in a room change for good, as the loop writes it.
@Suite struct AmendmentTests {
    private let now = Nation.morning
    private let other = DoctorID(trusted: "doctor-2")

    private func accepted(
        _ policy: LoopPolicy = .oneByOne
    ) throws -> (CareLoop, SessionRecord, Booking) {
        var loop = Nation.loop(
            [Nation.doctor("doctor-1"), Nation.doctor("doctor-2")],
            policy: policy
        )
        let offer = try #require(
            loop.alarmChanged(Nation.alarm(), patient: nil, at: now).bookings.last
        )
        let session = try #require(
            try loop.offerAnswered(offer.id, .accept, by: offer.doctor, at: now).opened.first
        )
        return (loop, session, offer)
    }

    @Test func `a hand-over gives the right to the outcome to the other doctor`() throws {
        var (loop, session, offer) = try accepted()
        _ = loop.sessionProgress(session.id, .bothPresent, at: now)
        let handOver = SessionAmendment.handedOver(to: other, as: ParticipantID(trusted: "p-other"))
        let effects = try loop.sessionAmended(session.id, handOver, at: now)
        #expect(effects.sessions.last?.doctor == other)
        #expect(!effects.heard(by: .doctor(other)).isEmpty)
        #expect(loop.booking(offer.id)?.doctor == offer.doctor)
        let former = Outcome(disposition: .transfer, sealedNote: "", by: offer.doctor, at: now)
        #expect(throws: CareRefusal.notYours) {
            try loop.outcomeGiven(session.id, former, at: now)
        }
        let outcome = Outcome(disposition: .transfer, sealedNote: "", by: other, at: now)
        let ended = try loop.outcomeGiven(session.id, outcome, at: now)
        #expect(ended.sessions.last?.outcome?.by == other)
        #expect(ended.bookings.last?.state == .fulfilled)
        #expect(loop.violations().isEmpty)
    }

    @Test func `a consent is in the stored record with its origin`() throws {
        var (loop, session, _) = try accepted()
        let entry = ConsentEntry(
            purpose: .vitals,
            granted: false,
            by: .patient,
            user: UserID(trusted: "nurse"),
            basis: .patient,
            at: now
        )
        let statement = SessionStatement(consents: [entry])
        let effects = try loop.sessionAmended(session.id, .statement(statement), at: now)
        #expect(effects.sessions.last?.consents == [entry])
        #expect(session.urgency == .emergency)
    }

    @Test func `what comes after the end is refused`() throws {
        var (loop, session, offer) = try accepted()
        _ = loop.sessionProgress(session.id, .bothPresent, at: now)
        let outcome = Outcome(disposition: .transfer, sealedNote: "", by: offer.doctor, at: now)
        _ = try loop.outcomeGiven(session.id, outcome, at: now)
        #expect(throws: CareRefusal.unknownSession) {
            try loop.sessionAmended(session.id, .locked(true), at: now)
        }
    }

    @Test func `where nothing is presumed a doctor alone does not make a session live`() throws {
        var policy = LoopPolicy.oneByOne
        policy.explicitConsent = true
        var (loop, session, _) = try accepted(policy)
        _ = loop.sessionProgress(session.id, .doctorJoined, at: now)
        #expect(loop.session(session.id)?.state == .waiting)
        let steps = SessionStepKind.allCases.map {
            SessionStep(kind: $0, by: .clinic, user: nil, basis: .witnessed, at: now)
        }
        let statement = SessionStatement(steps: steps)
        _ = try loop.sessionAmended(session.id, .statement(statement), at: now)
        _ = loop.sessionProgress(session.id, .state(.live), at: now)
        #expect(loop.session(session.id)?.state == .live)
    }
}
