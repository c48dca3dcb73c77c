import Clinical
import Scheduler
import Store
import TestKit
import Testing
import Vocabulary

@Suite struct RegistryConformanceTests {
    @Test(arguments: StoreKind.allCases)
    func `the registry comes back whole, also after a restart`(kind: StoreKind) async throws {
        try await kind.withStore { first, room in
            let binding = DeviceBinding(
                device: DeviceID(trusted: "device-1"),
                patient: PatientID(trusted: "patient-1"),
                from: Sample.start
            )
            let user = UserAccount(
                id: UserID(trusted: "nurse"),
                roles: [.clinic],
                site: SiteID(trusted: "site-1"),
                passwordHash: "scrypt$16$8$1$AAAA$AAAA"
            )
            try await first.apply([.binding(binding), .user(user)])
            let store = try await room.reopen()
            #expect(try await store.sites() == [Sample.site(1), Sample.site(2, stations: 2)])
            #expect(try await store.doctors() == (1...3).map { Sample.doctor($0) })
            #expect(try await store.patients() == (1...2).map { Sample.patient($0) })
            #expect(try await store.devices() == (1...2).map { Sample.device($0) })
            #expect(try await store.bindings() == [binding])
            #expect(try await store.users() == [user])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a record written again takes the place of the first`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var doctor = Sample.doctor(1)
            doctor.presence = .onCall
            doctor.availability.weekly = [
                WeeklyWindow(weekday: 5, fromMinute: 420, untilMinute: 1_500)
            ]
            var patient = Sample.patient(1)
            patient.limits = AlarmLimits(
                signs: [
                    SignLimit(
                        sign: .temperature,
                        low: nil,
                        high: Magnitude(thousandths: 38_300),
                        hysteresis: Magnitude(thousandths: 200),
                        priority: .medium
                    )
                ],
                setBy: UserID(trusted: "dr"),
                setAt: Sample.start
            )
            try await store.apply([.doctor(doctor), .patient(patient)])
            #expect(try await store.doctors().first == doctor)
            #expect(try await store.doctors().count == 3)
            #expect(try await store.patients().first == patient)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a binding is ended by writing it again`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            var first = DeviceBinding(
                device: DeviceID(trusted: "device-1"),
                patient: PatientID(trusted: "patient-1"),
                from: Sample.start
            )
            try await store.apply([.binding(first)])
            first.until = Sample.start + .hours(1)
            let second = DeviceBinding(
                device: first.device,
                patient: PatientID(trusted: "patient-2"),
                from: Sample.start + .hours(1)
            )
            try await store.apply([.binding(first), .binding(second)])
            #expect(try await store.bindings() == [first, second])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a reference to nothing is refused and nothing of the call is written`(
        kind: StoreKind
    ) async throws {
        try await kind.withStore { store, _ in
            var stray = Sample.patient(9)
            stray.site = SiteID(trusted: "nowhere")
            let error = await refusal {
                try await store.apply([.site(Sample.site(3)), .patient(stray)])
            }
            guard case .constraint = error else {
                Issue.record("expected a constraint, got \(String(describing: error))")
                return
            }
            let sites = try await store.sites()
            let patients = try await store.patients()
            #expect(sites.count == 2)
            #expect(patients.count == 2)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a number belongs to one patient and to one device`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            let twin = Patient(
                id: PatientID(trusted: "twin"),
                number: 1,
                site: SiteID(trusted: "site-1"),
                birthYear: 2_000,
                sex: .male
            )
            let copy = Device(
                id: DeviceID(trusted: "copy"),
                number: 2,
                site: SiteID(trusted: "site-1")
            )
            for change in [Change.patient(twin), .device(copy)] {
                guard case .constraint = await refusal({ try await store.apply([change]) }) else {
                    Issue.record("a number was given twice")
                    continue
                }
            }
            // A refused change leaves the number with its holder, who may be written again.
            try await store.apply([.patient(Sample.patient(1)), .device(Sample.device(2))])
            #expect(try await store.patients().map(\.number) == [1, 2])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a closed store says so`(kind: StoreKind) async throws {
        try await kind.withStore { store, _ in
            await store.close()
            #expect(await refusal { _ = try await store.sites() } == .closed)
            #expect(await refusal { try await store.apply([.site(Sample.site(1))]) } == .closed)
        }
    }
}
