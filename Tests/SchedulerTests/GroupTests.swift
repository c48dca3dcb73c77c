import Scheduler
import Testing
import Vocabulary

/// One time for several doctors and sites.
@Suite struct GroupTests {
    private let now = Register.morning
    private let matcher = Matcher()
    private let day = DatedWindow(from: Register.morning, until: Register.morning + .hours(8))

    private func doctor(_ id: String, _ specialties: [Specialty], from: Int = 0) -> Doctor {
        let window = DatedWindow(from: now + .minutes(from), until: day.until)
        return Register.doctor(
            id,
            specialties,
            presence: .off,
            availability: Availability(additions: [window])
        )
    }

    private func request(
        sites: [GroupDemand.Site] = [],
        seats: [GroupDemand.Seat] = [],
        hours: Int = 6
    ) -> ConsultRequest {
        var request = Register.request(
            .soon,
            earliest: now + .minutes(20),
            deadline: now + .hours(hours)
        )
        request.group = GroupDemand(sites: sites, seats: seats)
        return request
    }

    private func best(_ request: ConsultRequest, _ roster: Roster) -> Candidate? {
        matcher.match(request, in: roster, at: now).best
    }

    @Test func `a group begins when the last of the required is free`() throws {
        let roster = Register.roster(
            [doctor("c", [.cardiology]), doctor("n", [.neurology], from: 60)],
            [
                Register.booking(
                    doctor: "x",
                    site: "h-regional",
                    from: now + .minutes(50),
                    minutes: 60
                )
            ]
        )
        let asked = request(
            sites: [.init(Register.far.id), .init(Register.regional.id)],
            seats: [.init(.neurology)]
        )
        let found = try #require(best(asked, roster))
        #expect(found.doctor.rawValue == "c")
        #expect(found.start == now + .minutes(60))
        #expect(found.claims.compactMap(\.doctor).map(\.rawValue) == ["n"])
        #expect(found.claims.compactMap(\.site) == [Register.far.id, Register.regional.id])
        // With both of the regional hospital's stations taken it waits for one.
        var busy = roster
        let taken = (1...2).map { number in
            Register.booking(
                "b\(number)",
                doctor: "x\(number)",
                site: "h-regional",
                patient: "p\(number)",
                from: now + .minutes(50),
                minutes: 61
            )
        }
        for booking in taken { busy.note(booking) }
        #expect(best(asked, busy)?.start == now + .minutes(111))
    }

    @Test func `who is not required joins where free, and nobody waits for them`() throws {
        let asked = request(
            sites: [.init(Register.far.id, isRequired: false)],
            seats: [.init(.neurology, isRequired: false), .init(.oncology, isRequired: false)]
        )
        let roster = Register.roster([
            doctor("c", [.cardiology]), doctor("n", [.neurology], from: 60),
            doctor("o", [.oncology]),
        ])
        let found = try #require(best(asked, roster))
        #expect(found.start == now + .minutes(20))
        #expect(found.claims.compactMap(\.doctor).map(\.rawValue) == ["o"])
        #expect(found.claims.compactMap(\.site) == [Register.far.id])
        #expect(found.claims.allSatisfy { !$0.isRequired })
    }

    @Test func `one doctor takes one seat, however many specialties they have`() throws {
        let asked = request(seats: [.init(.neurology)])
        let both = doctor("a-both", [.cardiology, .neurology])
        #expect(best(asked, Register.roster([both])) == nil)
        // The only neurologist has to leave the other seat to somebody else.
        let roster = Register.roster([both, doctor("c", [.cardiology])])
        let found = try #require(best(asked, roster))
        #expect(found.doctor.rawValue == "c")
        #expect(found.claims.compactMap(\.doctor).map(\.rawValue) == ["a-both"])
    }

    @Test func `nobody of a group comes twice, and each keeps the own rules`() {
        for seed in 1...40 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            let specialties: [Specialty] = [.cardiology, .neurology, .oncology, .imaging]
            let doctors = (0..<8).map { number in
                doctor(
                    "d\(number)",
                    Array(specialties.shuffled(using: &random).prefix(2)),
                    from: Int.random(in: 0...120, using: &random)
                )
            }
            var bookings: [Booking] = []
            for number in 0..<8 where Bool.random(using: &random) {
                bookings.append(
                    Register.booking(
                        "b\(number)",
                        doctor: "d\(number)",
                        site: "h-central",
                        patient: "p\(number)",
                        from: now + .minutes(Int.random(in: 0...200, using: &random)),
                        minutes: 40
                    )
                )
            }
            let roster = Register.roster(doctors, bookings)
            let asked = request(
                sites: [.init(Register.far.id)],
                seats: specialties.dropFirst().map { .init($0) }
            )
            guard let found = best(asked, roster) else { continue }
            let chosen = [found.doctor] + found.claims.compactMap(\.doctor)
            #expect(Set(chosen).count == 4, "seed \(seed)")
            for (id, specialty) in zip(chosen, specialties) {
                let record = roster.doctor(id)
                #expect(record?.specialties.contains(specialty) == true, "seed \(seed)")
                #expect(roster.isFree(id, from: found.start, until: found.doctorFreeAt, at: now))
                #expect(record?.availability.covers(from: found.start, until: found.end) == true)
            }
            // No earlier start of the grid's five minutes suits all of them.
            var start = asked.earliest
            while start < found.start {
                let pinned = asked.moved(earliest: start, deadline: start + asked.duration)
                #expect(best(pinned, roster) == nil, "seed \(seed): \(start) is earlier")
                start = start + .minutes(5)
            }
        }
    }

    @Test func `fifty sites find their common time`() throws {
        let sites = (1...50).map { Register.site("s-\($0)") }
        var roster = Roster(
            sites: Register.sites + sites,
            doctors: [doctor("c", [.cardiology])]
        )
        for (number, site) in sites.enumerated() {
            roster.note(
                Register.booking(
                    "b\(number)",
                    doctor: "x\(number)",
                    site: site.id.rawValue,
                    patient: "p\(number)",
                    from: now + .minutes(number * 4),
                    minutes: 30
                )
            )
        }
        let found = try #require(best(request(sites: sites.map { .init($0.id) }), roster))
        #expect(found.claims.count == 50)
        // The last site's consult ends at 49 · 4 + 30 minutes.
        #expect(found.start == now + .minutes(226))
    }

    @Test func `a demand has at most fifty sites, and nobody twice`() {
        func sites(_ count: Int) -> [GroupDemand.Site] {
            (0..<count).map { .init(SiteID(trusted: "s-\($0)")) }
        }
        #expect(GroupDemand(sites: sites(50), seats: []) != nil)
        #expect(GroupDemand(sites: sites(51), seats: []) == nil)
        #expect(GroupDemand(sites: sites(1) + sites(1), seats: []) == nil)
        #expect(GroupDemand(sites: [], seats: []) == nil)
        let seats = Specialty.all.prefix(9).map { GroupDemand.Seat($0) }
        #expect(GroupDemand(sites: [], seats: Array(seats.prefix(8))) != nil)
        #expect(GroupDemand(sites: [], seats: seats) == nil)
        #expect(GroupDemand(sites: [], seats: [.init(.imaging), .init(.imaging)]) == nil)
    }

    // MARK: Why none

    private func why(_ request: ConsultRequest, _ roster: Roster) -> Explanation {
        matcher.explain(request, booking: nil, in: roster, at: now)
    }

    @Test func `a specialty that nobody has is named, and what would go without it`() {
        let roster = Register.roster([doctor("c", [.cardiology])])
        let why = why(request(seats: [.init(.neurology)]), roster)
        #expect(why.blocking.map(\.rule) == ["group"])
        #expect(why.summary.contains("a doctor of neurology could not come at all"))
        #expect(why.unlocks.map(\.text) == ["a doctor of neurology not required, at 08:20"])
        #expect(why.unlocks.first?.doctor.rawValue == "c")
    }

    @Test func `a site whose stations are taken until the deadline is named`() {
        let taken = (1...2).map { number in
            Register.booking(
                "b\(number)",
                doctor: "x\(number)",
                site: "h-regional",
                patient: "p\(number)",
                from: now,
                minutes: 480
            )
        }
        let roster = Register.roster([doctor("c", [.cardiology])], taken)
        let asked = request(sites: [.init(Register.regional.id), .init(Register.far.id)])
        #expect(why(asked, roster).summary.contains("h-regional could not come at all"))
        #expect(why(asked, roster).unlocks.map(\.text) == ["h-regional not required, at 08:20"])
    }

    @Test func `when each could come and not together, whoever alone is in the way is named`() {
        // The neurologist is there when the cardiologist is not any more.
        let early = Register.booking(
            doctor: "c",
            site: "h-central",
            from: now + .minutes(60),
            minutes: 420
        )
        let roster = Register.roster(
            [doctor("c", [.cardiology]), doctor("n", [.neurology], from: 60)],
            [early]
        )
        let why = why(request(sites: [.init(Register.far.id)], seats: [.init(.neurology)]), roster)
        #expect(why.blocking.map(\.text) == ["the required ones share no free time"])
        #expect(why.unlocks.map(\.text) == ["a doctor of neurology not required, at 08:20"])
    }

    @Test func `a group takes the interpreters it needs, each once`() throws {
        var asked = Register.request(
            .soon,
            languages: [.hmong],
            earliest: now + .minutes(20),
            deadline: now + .hours(6)
        )
        asked.group = GroupDemand(sites: [], seats: [.init(.neurology)])
        let interpreter = Interpreter(
            id: InterpreterID(trusted: "i1"),
            name: "i1",
            languages: [.hmong, .vietnamese],
            availability: Availability(additions: [day])
        )
        let roster = Roster(
            sites: Register.sites,
            doctors: [doctor("c", [.cardiology]), doctor("n", [.neurology])],
            interpreters: [interpreter]
        )
        let found = try #require(best(asked, roster))
        #expect(found.claims.compactMap(\.interpreter) == [interpreter.id])
    }
}
