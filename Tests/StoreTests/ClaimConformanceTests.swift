import Scheduler
import Store
import TestKit
import Testing
import Vocabulary

/// What bookings claim beside doctor, station and patient, in every store.
@Suite struct ClaimConformanceTests {
    private static let interpreter = Interpreter(
        id: InterpreterID(trusted: "interpreter-1"),
        name: "Vàng A Páo",
        languages: [.hmong, .vietnamese]
    )

    /// A booking of its own doctor, site and patient with one claim.
    private func booking(
        _ number: Int,
        claims: [Claim],
        site: Int = 2,
        minute: Int,
        state: BookingState = .confirmed
    ) -> Booking {
        var booking = Sample.booking(
            number,
            doctor: number,
            site: site,
            patient: number,
            minute: minute,
            state: state
        )
        booking.claims = claims
        return booking
    }

    private func refuses(_ store: any Store, _ booking: Booking) async -> Bool {
        await refusal { try await store.apply([.booking(booking)]) } == .doubleBooking(booking.id)
    }

    @Test(arguments: StoreKind.allCases)
    func `an interpreter is in one consult at a time`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let claim = Claim(on: .interpreter(Self.interpreter.id))
            try await store.apply([
                .interpreter(Self.interpreter),
                .booking(booking(1, claims: [claim], minute: 60)),
            ])
            #expect(try await store.interpreters() == [Self.interpreter])
            for minute in [41, 60, 79] {
                #expect(await refuses(store, booking(2, claims: [claim], minute: minute)))
            }
            // Declined claims take no time; at the end the interpreter is free.
            var declined = claim
            declined.state = .declined
            try await store.apply([.booking(booking(2, claims: [declined], minute: 60))])
            try await store.apply([.booking(booking(2, claims: [claim], minute: 80))])
            // Moving into the other is refused, and leaves both as they were.
            #expect(await refuses(store, booking(2, claims: [claim], minute: 70)))
            let start = try await store.booking(BookingID(trusted: "booking-2"))?.start
            #expect(start == Sample.start + .minutes(80))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a claimed doctor is taken for bookings of the own, and the other way round`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            let claim = Claim(on: .doctor(DoctorID(trusted: "doctor-3")), bufferMinutes: 5)
            try await store.apply([.booking(booking(1, claims: [claim], minute: 60))])
            // Doctor 3 is taken until the buffer's end.
            for minute in [36, 60, 84] {
                let own = Sample.booking(2, doctor: 3, site: 2, patient: 2, minute: minute)
                #expect(await refuses(store, own), "minute \(minute)")
            }
            try await store.apply([
                .booking(Sample.booking(2, doctor: 3, site: 2, patient: 2, minute: 85))
            ])
            #expect(await refuses(store, booking(1, claims: [claim], minute: 70)))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a claimed station counts with those that sites use themselves`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            // Site 1 has one station.
            let claim = Claim(on: .site(SiteID(trusted: "site-1")))
            try await store.apply([.booking(booking(1, claims: [claim], minute: 0))])
            let own = Sample.booking(2, doctor: 2, site: 1, patient: 2, minute: 19)
            #expect(await refuses(store, own))
            try await store.apply([
                .booking(Sample.booking(2, doctor: 2, site: 1, patient: 2, minute: 20))
            ])
            #expect(await refuses(store, booking(1, claims: [claim], minute: 10)))
        }
    }

    @Test(arguments: StoreKind.allCases, BookingState.allCases)
    func `only a live booking's claims take time`(
        kind: StoreKind,
        state: BookingState
    ) async throws {
        try await kind.withStore { store, _ in
            let claim = Claim(on: .interpreter(Self.interpreter.id))
            try await store.apply([
                .interpreter(Self.interpreter),
                .booking(booking(1, claims: [claim], minute: 0, state: state)),
            ])
            #expect(await refuses(store, booking(2, claims: [claim], minute: 5)) == state.isLive)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a claim on somebody unknown is refused`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for claim in [
                Claim(on: .interpreter(InterpreterID(trusted: "nobody"))),
                Claim(on: .doctor(DoctorID(trusted: "nobody"))),
                Claim(on: .site(SiteID(trusted: "nowhere"))),
            ] {
                let error = await refusal {
                    try await store.apply([.booking(booking(1, claims: [claim], minute: 0))])
                }
                guard case .constraint = error else {
                    Issue.record("\(claim.on) gave \(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `everybody who has part in a booking finds it, and who gave it back too`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            var left = Claim(on: .site(SiteID(trusted: "site-1")))
            left.state = .declined
            let made = booking(
                1,
                claims: [
                    Claim(on: .doctor(DoctorID(trusted: "doctor-2")), specialty: .cardiology),
                    Claim(on: .interpreter(Self.interpreter.id)), left,
                ],
                minute: 0
            )
            try await store.apply([.interpreter(Self.interpreter), .booking(made)])
            for filter in [
                BookingFilter(doctor: DoctorID(trusted: "doctor-1")),
                BookingFilter(doctor: DoctorID(trusted: "doctor-2"), live: true),
                BookingFilter(site: SiteID(trusted: "site-1")),
                BookingFilter(interpreter: Self.interpreter.id),
            ] {
                #expect(try await store.bookings(filter) == [made])
            }
            let other = BookingFilter(doctor: DoctorID(trusted: "doctor-3"))
            #expect(try await store.bookings(other).isEmpty)
        }
    }
}
