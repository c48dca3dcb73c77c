import Store
import TestKit
import Testing
import Vocabulary

@Suite struct TrustConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func `audit entries are numbered without holes and verify`(kind: StoreKind) async throws {
        try await kind.withStore { first, room in
            #expect(try await first.verify().isSound)
            try await first.audit(Sample.auditEntry(1))
            try await first.apply([
                .audit(Sample.auditEntry(2, principal: "doctor")), .site(Sample.site(7)),
                .audit(Sample.auditEntry(3, principal: "")),
            ])
            let store = try await room.reopen()
            try await store.audit(Sample.auditEntry(4))
            let entries = try await store.auditEntries(AuditFilter())
            #expect(entries.map(\.sequence) == [4, 3, 2, 1])
            #expect(entries.map(\.entry.principal) == ["nurse", "", "doctor", "nurse"])
            #expect(Set(entries.map(\.hash)).count == 4)
            #expect(entries.allSatisfy { $0.hash.utf8.count == 64 })
            let report = try await store.verify()
            #expect(report.isSound)
            #expect(report.auditEntries == 4)
        }
    }

    @Test func `every store computes the same chain`() async throws {
        var hashes: Set<[String]> = []
        for kind in StoreKind.allCases {
            try await kind.withStore { store, _ in
                for number in 1...5 { try await store.audit(Sample.auditEntry(number)) }
                hashes.insert(try await store.auditEntries(AuditFilter()).map(\.hash))
            }
        }
        #expect(hashes.count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a refused call leaves no audit entry and no hole`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            try await store.apply([.booking(Sample.booking(1)), .audit(Sample.auditEntry(1))])
            let clash = Sample.booking(2, site: 2)
            _ = await refusal {
                try await store.apply([.audit(Sample.auditEntry(2)), .booking(clash)])
            }
            try await store.audit(Sample.auditEntry(3))
            let entries = try await store.auditEntries(AuditFilter())
            #expect(entries.map(\.sequence) == [2, 1])
            #expect(entries.map(\.entry) == [Sample.auditEntry(3), Sample.auditEntry(1)])
            #expect(try await store.verify().isSound)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `callers at the same time build one chain`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let refused = await withTaskGroup { group in
                for number in 1...200 {
                    group.addTask {
                        await refusal { try await store.audit(Sample.auditEntry(number)) }
                    }
                }
                return await group.reduce(into: [StoreError]()) { errors, error in
                    if let error { errors.append(error) }
                }
            }
            #expect(refused == [])
            let report = try await store.verify()
            #expect(report.isSound)
            #expect(report.auditEntries == 200)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `one caller's refusal is not another's`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            // Odd callers ask for one and the same slot, even ones write what nobody refuses.
            let outcomes = await withTaskGroup { group in
                for number in 1...100 {
                    group.addTask {
                        let change: Change =
                            number % 2 == 0
                            ? .site(Sample.site(1_000 + number))
                            : .booking(Sample.booking(number))
                        let error = await refusal {
                            try await store.apply([change, .audit(Sample.auditEntry(number))])
                        }
                        return (number, error)
                    }
                }
                return await group.reduce(into: [Int: StoreError?]()) { $0[$1.0] = $1.1 }
            }
            let refused = outcomes.filter { $0.value != nil }.keys
            #expect(refused.count == 49)
            #expect(refused.allSatisfy { $0 % 2 == 1 })
            let sites = try await store.sites()
            let bookings = try await store.bookings(BookingFilter())
            let report = try await store.verify()
            #expect(sites.count == 52)
            #expect(bookings.count == 1)
            #expect(report.auditEntries == 51)
            #expect(report.isSound)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the audit is searched by who, what, when and place`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            for number in 1...6 {
                let principal = number % 2 == 0 ? "even" : "odd"
                try await store.audit(Sample.auditEntry(number, principal: principal))
            }
            func numbers(_ filter: AuditFilter) async throws -> [Int64] {
                try await store.auditEntries(filter).map(\.sequence)
            }
            #expect(try await numbers(AuditFilter(principal: "even")) == [6, 4, 2])
            #expect(
                try await numbers(AuditFilter(object: "patient/patient-1", limit: 2)) == [6, 5]
            )
            #expect(try await numbers(AuditFilter(object: "patient/x")).isEmpty)
            #expect(
                try await numbers(
                    AuditFilter(
                        from: Sample.start + .seconds(2),
                        until: Sample.start + .seconds(4)
                    )
                ) == [3, 2]
            )
            #expect(try await numbers(AuditFilter(before: 3)) == [2, 1])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the first answer to a key is kept for 24 h`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            try await store.apply([.answer(answer("k", "first", at: Sample.start))])
            try await store.apply([.answer(answer("k", "second", at: Sample.start + .hours(1)))])
            #expect(
                try await store.idempotentAnswer(principal: "nurse", key: "k")
                    == answer("k", "first", at: Sample.start)
            )
            #expect(try await store.idempotentAnswer(principal: "other", key: "k") == nil)
            // One millisecond before the day is over it still stands.
            let before = Sample.start + .hours(24) - .milliseconds(1)
            try await store.apply([.answer(answer("l", "x", at: before))])
            #expect(try await store.idempotentAnswer(principal: "nurse", key: "k") != nil)
            try await store.apply([.answer(answer("m", "x", at: Sample.start + .hours(24)))])
            #expect(try await store.idempotentAnswer(principal: "nurse", key: "k") == nil)
            #expect(try await store.idempotentAnswer(principal: "nurse", key: "l") != nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a revoked token is listed until it would have expired`(kind: StoreKind) async throws {
        try await kind.withStore { first, room in
            let early = RevokedToken(id: "a", expiresAt: Sample.start + .minutes(1))
            let late = RevokedToken(id: "b", expiresAt: Sample.start + .minutes(2))
            try await first.apply([.revoked(early), .revoked(late), .revoked(late)])
            let store = try await room.reopen()
            #expect(
                try await store.revokedTokens(now: early.expiresAt - .milliseconds(1))
                    == [early, late]
            )
            #expect(try await store.revokedTokens(now: early.expiresAt) == [late])
            // Dropped and not only hidden: an earlier time does not bring it back.
            #expect(try await store.revokedTokens(now: Sample.start) == [late])
        }
    }

    private func answer(_ key: String, _ body: String, at instant: Instant) -> IdempotentAnswer {
        IdempotentAnswer(
            principal: "nurse",
            key: key,
            fingerprint: "f",
            status: 201,
            body: body,
            at: instant
        )
    }
}
