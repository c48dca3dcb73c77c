import Scheduler
import Testing
import Vocabulary

@Suite struct JointMatchTests {
    private let now = Register.morning
    private let matcher = Matcher()

    private func waiting(
        _ id: String,
        _ urgency: Urgency = .urgent,
        languages: [Language],
        site: String = "clinic"
    ) -> WaitingRequest {
        WaitingRequest(
            ConsultRequest(
                id: RequestID(trusted: id),
                site: SiteID(trusted: site),
                patient: PatientID(trusted: "patient-\(id)"),
                specialty: .cardiology,
                urgency: urgency,
                earliest: now,
                deadline: now + .minutes(45),
                durationMinutes: 30,
                languages: languages,
                origin: .clinic,
                openedAt: now
            ),
            terms: MatchTerms()
        )
    }

    private let both = Register.doctor("both", languages: [.vietnamese, .hmong])
    private let plain = Register.doctor("plain", hospital: "h-far", languages: [.vietnamese])

    @Test func `who could use another doctor leaves the one whom only somebody else can use`() {
        let first = waiting("first", languages: [.vietnamese])
        let second = waiting("second", languages: [.hmong], site: "h-far")
        let roster = Register.roster([both, plain])
        #expect(matcher.match(first.request, in: roster, at: now).best?.doctor == both.id)
        let plan = matcher.plan([first, second], in: roster, at: now)
        #expect(plan.places[first.request.id]?.doctor == plain.id)
        #expect(plan.places[second.request.id]?.doctor == both.id)
        #expect(plan.gainedServed == 1)
        #expect(plan.moved == 2)
    }

    @Test func `the more urgent makes room only when it begins no later for that`() {
        let first = waiting("first", .urgent, languages: [.vietnamese])
        let second = waiting("second", .soon, languages: [.hmong], site: "h-far")
        for (isBusy, served) in [(false, 2), (true, 1)] {
            let busy = Register.booking(
                doctor: "plain",
                site: "h-central",
                from: now - .minutes(30),
                minutes: isBusy ? 35 : 10
            )
            let roster = Register.roster([both, plain], [busy])
            let plan = matcher.plan([first, second], in: roster, at: now)
            #expect(plan.places.count == served)
            #expect(plan.places[first.request.id]?.start == now)
        }
    }

    @Test func `of two who are as urgent both together pay least`() {
        // The chain's doctor is dear to the clinic and nothing to the other site.
        let near = Register.doctor("near")
        let first = waiting("first", languages: [.vietnamese], site: "h-regional")
        let second = waiting("second", languages: [.vietnamese])
        let roster = Register.roster([near, plain])
        let plan = matcher.plan([first, second], in: roster, at: now)
        #expect(plan.gainedServed == 0)
        #expect(plan.gainedCost >= 0)
        #expect(plan.places.count == 2)
    }

    @Test func `every place of a plan keeps every rule beside the others`() {
        for seed in 1...40 as ClosedRange<UInt64> {
            var world = RandomRoster(seed: seed)
            let waiting = (0..<6).map { _ in WaitingRequest(world.request(), terms: MatchTerms()) }
            let plan = matcher.plan(waiting, in: world.roster, at: world.now)
            for one in waiting {
                guard let place = plan.places[one.request.id] else { continue }
                var plain = world.plain
                for other in waiting where other.request.id != one.request.id {
                    guard let taken = plan.places[other.request.id] else { continue }
                    plain.bookings.append(
                        Booking(
                            id: BookingID(trusted: "trial-\(other.request.id)"),
                            request: other.request.id,
                            doctor: taken.doctor,
                            site: other.request.site,
                            patient: other.request.patient,
                            start: taken.start,
                            end: taken.end,
                            doctorFreeAt: taken.doctorFreeAt,
                            state: .offered,
                            answerBy: nil,
                            reasons: [],
                            madeAt: world.now
                        )
                    )
                }
                // A start can only come nearer when somebody who was planned first went elsewhere.
                let earliest = plain.answer(one.request, at: world.now).served[place.doctor]
                #expect(earliest.map { $0 <= place.start } ?? false, "seed \(seed)")
            }
        }
    }
}
