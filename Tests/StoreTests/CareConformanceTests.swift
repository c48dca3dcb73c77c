import Clinical
import Scheduler
import Signalling
import Store
import TestKit
import Testing
import Vocabulary

@Suite struct CareConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func `alarms are listed newest first and by every condition of the filter`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            var closed = Sample.alarm(2)
            closed.closedAt = Sample.start + .hours(1)
            try await store.apply([
                .alarm(Sample.alarm(1)), .alarm(closed), .alarm(Sample.alarm(3)),
            ])
            func numbers(_ filter: AlarmFilter) async throws -> [String] {
                try await store.alarms(filter).map(\.id.rawValue)
            }
            #expect(try await numbers(AlarmFilter()) == ["alarm-3", "alarm-2", "alarm-1"])
            #expect(try await numbers(AlarmFilter(open: true)) == ["alarm-3", "alarm-1"])
            #expect(try await numbers(AlarmFilter(limit: 1)) == ["alarm-3"])
            #expect(
                try await numbers(AlarmFilter(before: Sample.alarm(3).raisedAt))
                    == ["alarm-2", "alarm-1"]
            )
            #expect(
                try await numbers(AlarmFilter(site: SiteID(trusted: "site-2"))).isEmpty
            )
            #expect(
                try await numbers(AlarmFilter(patient: PatientID(trusted: "patient-1"))).count == 3
            )
            #expect(
                try await numbers(AlarmFilter(patient: PatientID(trusted: "patient-2"))).isEmpty
            )
            #expect(try await store.alarm(closed.id) == closed)
            #expect(try await store.alarm(AlarmID(trusted: "none")) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `requests are listed by state, site and time`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var matched = Sample.request(2, site: 2)
            matched.state = .matched
            matched.declinedBy = [DoctorID(trusted: "doctor-3")]
            try await store.apply([.request(matched), .request(Sample.request(3))])
            func numbers(_ filter: RequestFilter) async throws -> [String] {
                try await store.requests(filter).map(\.id.rawValue)
            }
            #expect(
                try await numbers(RequestFilter()) == ["request-3", "request-2", "request-1"]
            )
            #expect(
                try await numbers(RequestFilter(states: [.open])) == ["request-3", "request-1"]
            )
            #expect(try await numbers(RequestFilter(states: [.open, .matched])).count == 3)
            #expect(
                try await numbers(RequestFilter(site: SiteID(trusted: "site-2"))) == ["request-2"]
            )
            #expect(
                try await numbers(RequestFilter(before: matched.openedAt)) == ["request-1"]
            )
            #expect(try await numbers(RequestFilter(limit: 2)).count == 2)
            #expect(try await store.request(matched.id) == matched)
            #expect(try await store.request(RequestID(trusted: "none")) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `bookings are listed by start, half-open on both sides`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            try await store.apply([
                .booking(Sample.booking(1, minute: 60)),
                .booking(Sample.booking(2, doctor: 2, site: 2, minute: 0)),
                .booking(Sample.booking(3, minute: 120, state: .cancelled)),
            ])
            func numbers(_ filter: BookingFilter) async throws -> [String] {
                try await store.bookings(filter).map(\.id.rawValue)
            }
            #expect(
                try await numbers(BookingFilter()) == ["booking-2", "booking-1", "booking-3"]
            )
            #expect(try await numbers(BookingFilter(live: true)) == ["booking-2", "booking-1"])
            #expect(try await numbers(BookingFilter(state: .cancelled)) == ["booking-3"])
            #expect(try await numbers(BookingFilter(state: .noShow)).isEmpty)
            // Booking 2 ends at minute 20, booking 1 starts at 60.
            #expect(
                try await numbers(
                    BookingFilter(
                        from: Sample.start + .minutes(20),
                        until: Sample.start + .minutes(60)
                    )
                ).isEmpty
            )
            #expect(
                try await numbers(
                    BookingFilter(
                        from: Sample.start + .minutes(19),
                        until: Sample.start + .minutes(61)
                    )
                ) == ["booking-2", "booking-1"]
            )
            #expect(
                try await numbers(BookingFilter(doctor: DoctorID(trusted: "doctor-2")))
                    == ["booking-2"]
            )
            #expect(
                try await numbers(BookingFilter(site: SiteID(trusted: "site-1"), limit: 1))
                    == ["booking-1"]
            )
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a session is open until its state is final`(kind: StoreKind) async throws {
        try await kind.withStore { first, room in
            var session = Sample.session(1)
            try await first.apply([.booking(Sample.booking(1)), .session(session)])
            var store = try await room.reopen()
            #expect(try await store.openSessions() == [session])
            session.state = .ended
            session.timeline.append(SessionEvent(what: "ended", at: Sample.start + .minutes(9)))
            session.outcome = Outcome(
                disposition: .transfer,
                sealedNote: "AAAA",
                by: session.doctor,
                at: Sample.start + .minutes(9)
            )
            try await store.apply([.session(session)])
            store = try await room.reopen()
            #expect(try await store.openSessions().isEmpty)
            #expect(try await store.session(session.id) == session)
            #expect(try await store.session(SessionID(trusted: "none")) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a booking needs its request, and a session its booking`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            guard
                case .constraint = await refusal({
                    try await store.apply([.session(Sample.session(1))])
                })
            else {
                Issue.record("a session without a booking was taken")
                return
            }
            let sessions = try await store.openSessions()
            #expect(sessions.isEmpty)
        }
    }
}
