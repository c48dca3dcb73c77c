import Scheduler
import Testing
import Vocabulary

@Suite struct EquityTests {
    private let now = Register.morning
    private let one = ProvinceID(trusted: "p-1")
    private let two = ProvinceID(trusted: "p-2")

    // MARK: Waits of provinces

    @Test func `a province is compared with its own urgencies, once enough is known`() {
        var waits = ProvinceWaits()
        for number in 0..<ProvinceWaits.least {
            #expect(waits.index(of: two) == nil, "after \(number)")
            waits.note(.minutes(10), .urgent, in: one)
            waits.note(.minutes(30), .urgent, in: two)
            waits.note(.minutes(300), .routine, in: one)
        }
        // Routine requests wait long everywhere; the first province is not neglected for that.
        #expect(waits.index(of: two) == 1.5)
        #expect(waits.excess(of: two) == 0.5)
        #expect(waits.index(of: one).map { $0 < 1 } == true && waits.excess(of: one) == 0)
        #expect(waits.excess(of: ProvinceID(trusted: "elsewhere")) == 0)
    }

    @Test func `old waits fade`() {
        var waits = ProvinceWaits()
        for _ in 0..<100 {
            waits.note(.minutes(60), .soon, in: two)
            waits.note(.minutes(20), .soon, in: one)
        }
        #expect(waits.index(of: two) == 1.5)
        for _ in 0..<(6 * ProvinceWaits.fading) {
            waits.note(.minutes(20), .soon, in: two)
            waits.note(.minutes(20), .soon, in: one)
        }
        #expect(waits.index(of: two).map { $0 < 1.05 } == true)
    }

    // MARK: The goal

    private func roster(excess: Bool) -> Roster {
        // A doctor of the chain who is free later, and one from far away who is free now.
        let far = Register.doctor("far", hospital: "h-far")
        let near = Register.doctor("near")
        let busy = Register.booking(
            doctor: "near",
            site: "h-regional",
            from: now - .minutes(5),
            minutes: 10
        )
        var roster = Register.roster([far, near], [busy])
        guard excess else { return roster }
        for _ in 0..<ProvinceWaits.least {
            roster.waits.note(.minutes(90), .soon, in: one)
            roster.waits.note(.minutes(30), .soon, in: two)
        }
        return roster
    }

    @Test func `where a province has waited long an early start outweighs more`() {
        let request = Register.request(.soon)
        var matcher = Matcher()
        matcher.weights.far = 7
        matcher.weights.fairWait = 1
        let usual = matcher.match(request, in: roster(excess: false), at: now).best
        #expect(usual?.doctor == DoctorID(trusted: "near"))
        let fair = matcher.match(request, in: roster(excess: true), at: now).best
        #expect(fair?.doctor == DoctorID(trusted: "far"))
        #expect(fair?.reasons.contains("the province has waited longer than others") == true)
        matcher.weights.fairWait = 0
        let blind = matcher.match(request, in: roster(excess: true), at: now).best
        #expect(blind?.doctor == DoctorID(trusted: "near"))
    }

    // MARK: The ledger

    private func request(
        _ id: String,
        site: Site,
        _ urgency: Urgency = .urgent,
        state: RequestState = .fulfilled,
        declined: [String] = []
    ) -> ConsultRequest {
        var request = ConsultRequest(
            id: RequestID(trusted: id),
            site: site.id,
            patient: PatientID(trusted: "patient-\(id)"),
            specialty: .cardiology,
            urgency: urgency,
            earliest: now,
            deadline: now + .minutes(90),
            durationMinutes: 30,
            languages: [],
            origin: .clinic,
            openedAt: now
        )
        request.state = state
        request.declinedBy = declined.map { DoctorID(trusted: $0) }
        return request
    }

    private func consult(_ id: String, site: Site, after minutes: Int) -> Booking {
        Booking(
            id: BookingID(trusted: "b-\(id)"),
            request: RequestID(trusted: id),
            doctor: DoctorID(trusted: "doctor"),
            site: site.id,
            patient: PatientID(trusted: "patient-\(id)"),
            start: now + .minutes(minutes),
            end: now + .minutes(minutes + 20),
            doctorFreeAt: now + .minutes(minutes + 25),
            state: .fulfilled,
            answerBy: nil,
            reasons: [],
            madeAt: now
        )
    }

    @Test func `waits, refusals and loads stand beside one another`() throws {
        let hours = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 480, untilMinute: 720)]
        )
        let doctors = [Register.doctor(availability: hours), Register.doctor("other")]
        let day = LocalTime.dayNumber(of: now)
        var ledger = EquityLedger(
            sites: Register.sites,
            doctors: doctors,
            days: day..<(day + 1)
        )
        ledger.count(request("a", site: Register.clinic))
        ledger.count(request("b", site: Register.clinic, declined: ["other"]))
        ledger.count(request("c", site: Register.far))
        ledger.count(request("d", site: Register.far, state: .unmatched))
        ledger.count(request("e", site: Register.far, state: .cancelled))
        ledger.count(consult("a", site: Register.clinic, after: 10))
        ledger.count(consult("b", site: Register.clinic, after: 20))
        ledger.count(consult("c", site: Register.far, after: 61))
        // Of a request of an earlier day: the doctor's work, nobody's wait.
        ledger.count(consult("before", site: Register.clinic, after: 0))

        let country = ledger.country
        #expect(country.asked == 5 && country.served == 3)
        #expect(country.unmatched == 1 && country.cancelled == 1 && country.refusals == 1)
        #expect(country.late == 1, "the last start in time is an hour after asking")
        #expect(country.waitIndex == 1)
        let provinces = ledger.provinces
        #expect(provinces.map(\.province) == [two, one], "who waited longest comes first")
        let first = try #require(provinces.first?.line)
        #expect(first.meanWaitMinutes == 61 && first.longWaitMinutes == 61)
        #expect((first.waitIndex ?? 0) > 2)
        #expect(ledger.sites(of: one).map(\.site) == [Register.clinic.id])
        #expect(ledger.sites().count == 2)
        let load = try #require(ledger.doctors.first)
        #expect(load.doctor.rawValue == "doctor" && load.consults == 4 && load.minutes == 80)
        #expect(load.bookableMinutes == 240 && load.refusals == 0)
        #expect(ledger.doctors.last?.refusals == 1)
    }
}
