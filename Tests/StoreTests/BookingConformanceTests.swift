import Scheduler
import Store
import TestKit
import Testing
import Vocabulary

@Suite struct BookingConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func `a doctor is free again at the end of the buffer and not before`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            // 20 minutes and 5 of buffer, at different sites so that only the doctor counts.
            try await store.apply([.booking(Sample.booking(1, site: 1, minute: 60))])
            for minute in [36, 60, 70, 84] {
                let clash = Sample.booking(2, site: 2, patient: 2, minute: minute)
                #expect(
                    await refusal { try await store.apply([.booking(clash)]) }
                        == .doubleBooking(clash.id),
                    "at minute \(minute)"
                )
            }
            try await store.apply([
                .booking(Sample.booking(2, site: 2, patient: 2, minute: 35)),
                .booking(Sample.booking(3, site: 2, patient: 2, minute: 85)),
            ])
            #expect(try await store.bookings(BookingFilter()).count == 3)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a site's stations bound its bookings, until their end and not the buffer`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            // Site 1 has one station.
            try await store.apply([.booking(Sample.booking(1, doctor: 1, minute: 0))])
            let clash = Sample.booking(2, doctor: 2, patient: 2, minute: 19)
            #expect(
                await refusal { try await store.apply([.booking(clash)]) }
                    == .doubleBooking(clash.id)
            )
            try await store.apply([.booking(Sample.booking(2, doctor: 2, patient: 2, minute: 20))])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a patient is in one consult at a time, until its end and not the buffer`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            // Other doctors and sites, so that only the patient counts.
            try await store.apply([.booking(Sample.booking(1, minute: 60))])
            for minute in [41, 60, 79] {
                let clash = Sample.booking(2, doctor: 2, site: 2, minute: minute, state: .held)
                #expect(
                    await refusal { try await store.apply([.booking(clash)]) }
                        == .doubleBooking(clash.id),
                    "at minute \(minute)"
                )
            }
            try await store.apply([
                .booking(Sample.booking(2, doctor: 2, site: 2, minute: 40)),
                .booking(Sample.booking(3, doctor: 2, site: 2, minute: 80)),
            ])
            // Moving one into the other is refused, too, and leaves it where it was.
            let moved = Sample.booking(3, doctor: 2, site: 2, minute: 70)
            #expect(
                await refusal { try await store.apply([.booking(moved)]) }
                    == .doubleBooking(moved.id)
            )
            #expect(try await store.booking(moved.id)?.start == Sample.start + .minutes(80))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `two stations hold two at a time and not three`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            // Two bookings that do not meet each other, and a third that meets both.
            try await store.apply([
                .patient(Sample.patient(3)),
                .booking(Sample.booking(1, doctor: 1, site: 2, minute: 0)),
                .booking(Sample.booking(2, doctor: 1, site: 2, minute: 30)),
                .booking(
                    Sample.booking(3, doctor: 2, site: 2, patient: 2, minute: 10, length: 40)
                ),
            ])
            let fourth = Sample.booking(4, doctor: 3, site: 2, patient: 3, minute: 45)
            #expect(
                await refusal { try await store.apply([.booking(fourth)]) }
                    == .doubleBooking(fourth.id)
            )
            try await store.apply([
                .booking(
                    Sample.booking(4, doctor: 3, site: 2, patient: 3, minute: 20, length: 10)
                )
            ])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a site without stations takes no booking`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            try await store.apply([.site(Sample.site(3, stations: 0))])
            let booking = Sample.booking(1, site: 3)
            #expect(
                await refusal { try await store.apply([.booking(booking)]) }
                    == .doubleBooking(booking.id)
            )
        }
    }

    @Test(arguments: StoreKind.allCases, BookingState.allCases)
    func `only a live booking takes the time`(kind: StoreKind, state: BookingState) async throws {
        try await kind.withStore { store, _ in
            try await store.apply([.booking(Sample.booking(1, state: state))])
            let second = Sample.booking(2, site: 2, patient: 2, minute: 5)
            let error = await refusal { try await store.apply([.booking(second)]) }
            #expect(error == (state.isLive ? .doubleBooking(second.id) : nil))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `rings take nobody's time, and only the first that is taken gets it`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            // Site 1 has one station, and doctor 1 is rung twice.
            var rings = (1...3).map { number in
                var ring = Sample.booking(number, doctor: max(1, number - 1), state: .offered)
                ring.ring = Ring(round: 1, step: 1)
                return ring
            }
            try await store.apply(rings.map { .booking($0) })
            let live = try await store.bookings(BookingFilter(live: true))
            #expect(Set(live.map(\.id)) == Set(rings.map(\.id)), "they stand all the same")
            #expect(live.first { $0.id == rings[0].id } == rings[0])
            for number in rings.indices {
                rings[number].state = .confirmed
                let taken = rings[number]
                let error = await refusal { try await store.apply([.booking(taken)]) }
                #expect(error == (number == 0 ? nil : .doubleBooking(taken.id)))
            }
            let others = try await store.bookings(BookingFilter(live: true)).filter(\.isRinging)
            #expect(others.count == 2, "a yes that was refused leaves the ring as it was")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a booking that ends its life frees the time, and cannot come back into it`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            var first = Sample.booking(1)
            try await store.apply([.booking(first)])
            first.state = .cancelled
            // In one call: the order of the changes counts.
            try await store.apply([.booking(first), .booking(Sample.booking(2, patient: 2))])
            first.state = .confirmed
            let back = first
            #expect(
                await refusal { try await store.apply([.booking(back)]) }
                    == .doubleBooking(back.id)
            )
            #expect(try await store.booking(back.id)?.state == .cancelled)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a booking may be moved within its own time`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var booking = Sample.booking(1)
            try await store.apply([.booking(booking)])
            booking.start = booking.start + .minutes(5)
            booking.state = .inSession
            try await store.apply([.booking(booking)])
            #expect(try await store.booking(booking.id) == booking)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `two bookings in one call that overlap are both refused`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let second = Sample.booking(2, site: 2, patient: 2, minute: 10)
            #expect(
                await refusal {
                    try await store.apply([.booking(Sample.booking(1)), .booking(second)])
                } == .doubleBooking(second.id)
            )
            let bookings = try await store.bookings(BookingFilter())
            #expect(bookings.isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a booking has a length and ends before the doctor is free`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            for wrong in [Sample.booking(1, length: 0), Sample.booking(1, buffer: -1)] {
                guard case .constraint = await refusal({ try await store.apply([.booking(wrong)]) })
                else {
                    Issue.record("\(wrong) was taken")
                    continue
                }
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `of sixty-four callers for one slot exactly one gets it`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let winners = await withTaskGroup { group in
                for number in 1...64 {
                    group.addTask {
                        await refusal {
                            try await store.apply([
                                .booking(Sample.booking(number, minute: number % 20))
                            ])
                        } == nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
            let bookings = try await store.bookings(BookingFilter(live: true))
            #expect(bookings.count == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `random bookings never overlap, whatever was accepted`(kind: StoreKind) async throws {
        let seed = TestSeed.take("random bookings, \(kind)")
        try await kind.withStore { store, _ in
            var random = SeededRandom(seed: seed)
            var accepted = 0
            try await store.apply((3...5).map { .patient(Sample.patient($0)) })
            for _ in 0..<400 {
                let booking = Sample.booking(
                    Int.random(in: 1...60, using: &random),
                    doctor: Int.random(in: 1...3, using: &random),
                    site: Int.random(in: 1...2, using: &random),
                    patient: Int.random(in: 1...5, using: &random),
                    minute: Int.random(in: 0...300, using: &random),
                    length: Int.random(in: 1...30, using: &random),
                    buffer: Int.random(in: 0...10, using: &random),
                    state: BookingState.allCases.randomElement(using: &random) ?? .held
                )
                if await refusal({ try await store.apply([.booking(booking)]) }) == nil {
                    accepted += 1
                }
            }
            let live = try await store.bookings(BookingFilter(live: true, limit: 500))
            #expect(accepted > 50)
            #expect(!live.isEmpty)
            for minute in 0...350 {
                let instant = Sample.start + .minutes(minute)
                let now = live.filter { $0.start <= instant && instant < $0.doctorFreeAt }
                #expect(Set(now.map(\.doctor)).count == now.count)
                let present = live.filter { $0.start <= instant && instant < $0.end }
                #expect(Set(present.map(\.patient)).count == present.count)
                #expect(present.count { $0.site.rawValue == "site-1" } <= 1)
                #expect(present.count { $0.site.rawValue == "site-2" } <= 2)
            }
        }
    }
}
