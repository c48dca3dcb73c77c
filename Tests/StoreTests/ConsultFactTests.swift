import Clinical
import Scheduler
import Signalling
import Store
import TestKit
import Testing
import Vocabulary

/// What reports read of requests, bookings and sessions.
@Suite struct ConsultFactTests {
    /// Request 2 was met 7 minutes after it was asked and ended 12 minutes later with a transfer.
    private static func met() -> [Change] {
        var request = Sample.request(2)
        request.state = .fulfilled
        request.declinedBy = [DoctorID(trusted: "doctor-2"), DoctorID(trusted: "doctor-3")]
        request.booking = BookingID(trusted: "booking-1")
        var booking = Sample.booking(state: .fulfilled)
        booking.session = SessionID(trusted: "session-1")
        var session = Sample.session()
        session.state = .ended
        let at = request.openedAt
        session.timeline += [
            SessionEvent(what: "doctorJoined", at: at + .minutes(6)),
            SessionEvent(what: SessionEvent.bothPresent, at: at + .minutes(7)),
            SessionEvent(what: SessionEvent.bothPresent, at: at + .minutes(9)),
        ]
        session.outcome = Outcome(
            disposition: .transfer,
            sealedNote: "sealed",
            by: DoctorID(trusted: "doctor-1"),
            at: at + .minutes(19)
        )
        return [.request(request), .booking(booking), .session(session)]
    }

    @Test(arguments: StoreKind.allCases)
    func `a fact has the first meeting, the outcome and the refusals of its request`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            try await store.apply(Self.met())
            let facts = try await store.consultFacts(
                from: Sample.start,
                until: Sample.start + .hours(1),
                after: nil,
                limit: 10
            )
            #expect(facts.map(\.place.request.rawValue) == ["request-1", "request-2"])
            #expect(facts.first?.metAt == nil && facts.first?.disposition == nil)
            let fact = try #require(facts.last)
            #expect(fact.metAt == fact.place.openedAt + .minutes(7))
            #expect(fact.endedAt == fact.place.openedAt + .minutes(19))
            #expect(fact.disposition == .transfer)
            #expect(fact.declined == 2)
            #expect(fact.state == .fulfilled && fact.urgency == .urgent)
            #expect(fact.specialty == .cardiology)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a fact has the sample behind its alarm, and none when a person asked`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            let alarm = Sample.alarm(2)
            let asked = Sample.request(3)
            let raised = ConsultRequest(
                id: RequestID(trusted: "request-4"),
                site: asked.site,
                patient: asked.patient,
                specialty: asked.specialty,
                urgency: .emergency,
                earliest: asked.earliest,
                deadline: asked.deadline,
                durationMinutes: 20,
                languages: [],
                modality: .video,
                origin: .alarm,
                alarm: alarm.id,
                openedAt: asked.openedAt + .minutes(1)
            )
            try await store.apply([.alarm(alarm), .request(asked), .request(raised)])
            let facts = try await store.consultFacts(
                from: asked.openedAt,
                until: Sample.start + .hours(1),
                after: nil,
                limit: 10
            )
            #expect(facts.map(\.sampleAt) == [nil, alarm.sampleAt])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the range is half-open, pages follow one another, and a held slot is no request`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            var held = Sample.request(4)
            held.isProvisional = true
            try await store.apply([
                .request(Sample.request(2)), .request(Sample.request(3)), .request(held),
                .request(Sample.request(5)),
            ])
            func ids(_ from: Int, _ until: Int, _ limit: Int = 10) async throws -> [String] {
                var found: [ConsultFact] = []
                while true {
                    let page = try await store.consultFacts(
                        from: Sample.start + .minutes(from),
                        until: Sample.start + .minutes(until),
                        after: found.last?.place,
                        limit: limit
                    )
                    found += page
                    if page.count < limit { return found.map(\.place.request.rawValue) }
                }
            }
            #expect(try await ids(2, 5) == ["request-2", "request-3"])
            #expect(try await ids(2, 6, 1) == ["request-2", "request-3", "request-5"])
            #expect(try await ids(6, 9).isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `no-shows are counted by the site and the specialty of their request`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            try await store.apply([
                .booking(Sample.booking(1, minute: 10, state: .noShow)),
                .booking(Sample.booking(2, doctor: 2, minute: 40, state: .noShow)),
                .booking(Sample.booking(3, doctor: 3, site: 2, minute: 70, state: .noShow)),
                .booking(Sample.booking(4, minute: 100, state: .cancelled)),
            ])
            let missed = try await store.missedConsults(
                from: Sample.start + .minutes(10),
                until: Sample.start + .minutes(70)
            )
            #expect(
                missed == [
                    MissedConsults(
                        site: SiteID(trusted: "site-1"),
                        specialty: .cardiology,
                        count: 2
                    )
                ]
            )
        }
    }
}
