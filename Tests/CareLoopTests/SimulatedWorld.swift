import CareLoop
import Clinical
import Scheduler
import Signalling
import Vocabulary

/// What survives a crash.
struct DurableRecords: Equatable {
    var requests: [RequestID: ConsultRequest] = [:]
    var bookings: [BookingID: Booking] = [:]
    var sessions: [SessionID: SessionRecord] = [:]
    var alarms: [AlarmID: Alarm] = [:]

    mutating func write(_ records: [CareRecord]) {
        for record in records {
            switch record {
            case .request(let request): requests[request.id] = request
            case .booking(let booking): bookings[booking.id] = booking
            case .session(let session): sessions[session.id] = session
            }
        }
    }
}

/// Random people and networks around a loop, everything drawn from one seed.
struct SimulatedWorld {
    var loop: CareLoop
    var store = DurableRecords()
    var told = 0
    var chosen = 0
    private var random: SeededRandom
    private var now = Nation.morning
    private var doctors: [DoctorID: Doctor] = [:]
    private var late: [Alarm] = []
    private var connected: Set<DoctorID> = []
    private var broken: String?
    private let policy: LoopPolicy

    /// Two who speak Hmong; nobody else does.
    private static let interpreters = (1...2).map { number in
        Interpreter(
            id: InterpreterID(trusted: "interpreter-\(number)"),
            name: "Interpreter \(number)",
            languages: [.hmong, .vietnamese],
            availability: Availability(
                weekly: (1...7).map {
                    WeeklyWindow(weekday: $0, fromMinute: 7 * 60, untilMinute: 12 * 60)
                },
                onCall: [DatedWindow(from: Nation.morning, until: Nation.morning + .hours(1))]
            )
        )
    }

    /// Two of three nations ring for emergencies, half of these for urgent requests too.
    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        var policy = seed % 3 == 0 ? LoopPolicy.oneByOne : LoopPolicy()
        if seed % 6 == 1 { policy.urgentRinging = .standard }
        self.policy = policy
        let working = Availability(
            weekly: (1...7).map {
                WeeklyWindow(weekday: $0, fromMinute: 7 * 60, untilMinute: 12 * 60)
            }
        )
        let specialties: [Specialty] = [.emergency, .internalMedicine, .cardiology, .respiratory]
        for number in 0..<6 {
            let doctor = Nation.doctor(
                "doctor-\(number)",
                specialties[number % specialties.count],
                hospital: number % 2 == 0 ? "hospital-1" : "hospital-2",
                presence: Presence.allCases[number % 3],
                availability: number % 2 == 0 ? working : Availability()
            )
            doctors[doctor.id] = doctor
        }
        loop = CareLoop(
            seed: seed,
            sites: Nation.sites,
            doctors: doctors.values.sorted { $0.id < $1.id },
            interpreters: SimulatedWorld.interpreters,
            policy: policy
        )
    }

    /// The first broken invariant with the step it was seen at, or nil.
    mutating func run(steps: Int) -> String? {
        for step in 0..<steps {
            let input = act()
            if let broken = loop.violations().first ?? foreign() {
                return "step \(step), \(input): \(broken)"
            }
        }
        return nil
    }

    /// What the store must show beside what the loop says of itself.
    private func foreign() -> String? {
        let live = store.bookings.values.filter(\.state.isLive)
        for booking in live where loop.booking(booking.id) != booking {
            return "\(booking.id) is live in the store and forgotten"
        }
        for booking in live where !booking.isRinging && !booking.isProposed {
            guard store.requests[booking.request]?.booking != booking.id else { continue }
            return "\(booking.id) is live in the store and its request does not name it"
        }
        if let twice = rungTwice() { return twice }
        if let broken { return broken }
        for request in store.requests.values where !request.state.isFinal {
            if loop.request(request.id) == nil { return "\(request.id) is forgotten" }
        }
        for alarm in store.alarms.values where alarm.closedAt == nil {
            if let last = alarm.offers?.last, last.doctors == nil {
                return "nobody was chosen for step \(last.number) of \(alarm.id)"
            }
        }
        // Whatever the loop decides on is in the store: nothing would be lost now.
        for request in loop.openRequests where store.requests[request.id] != request {
            return "\(request.id) is not stored as it is"
        }
        for booking in loop.liveBookings where store.bookings[booking.id] != booking {
            return "\(booking.id) is not stored as it is"
        }
        for session in loop.openSessions where store.sessions[session.id] != session {
            return "\(session.id) is not stored as it is"
        }
        // Every input but a check-in ends by doing what is due, and few enough are due here.
        if let deadline = loop.nextDeadline, deadline <= now {
            return "what was due at \(deadline) is not done at \(now)"
        }
        return nil
    }

    /// A doctor who was rung twice for one step, whatever crashed between.
    private func rungTwice() -> String? {
        let rings = store.bookings.values.filter { ($0.ring?.step ?? 0) > 0 }
        let steps = Dictionary(grouping: rings) { ring in
            let step = ring.ring.map { "round \($0.round) step \($0.step)" } ?? ""
            return "\(ring.doctor) for \(ring.request) \(step)"
        }
        return steps.first { $0.value.count > 1 }.map { "rung \($0.value.count) times: \($0.key)" }
    }

    private mutating func act() -> String {
        switch Int.random(in: 0..<32, using: &random) {
        case 29, 30, 31: return takePart()
        case 27, 28: return interpret()
        case 22, 23: return hold()
        case 24, 25: return decide()
        case 26: return move()
        case 20, 21: return connect()
        case 0, 1, 2: return raiseAlarm()
        case 3: return ask()
        case 4, 5, 6, 7: return answer()
        case 8, 9, 10: return visit()
        case 11, 12: return finish()
        case 13: return change()
        case 14: return takeBack()
        case 15: return crash()
        default: return wait()
        }
    }

    // MARK: Effects

    /// Performs the effects as the actor does; a crash may come between any two of them.
    private mutating func perform(_ effects: [CareEffect]) {
        var refused: [BookingID] = []
        var shown: [BookingID] = []
        var skips = false
        for effect in effects {
            if random.chance(0.01) { return restart() }
            switch effect {
            case .store(let records):
                skips = false
                if let booking = refusable(records),
                    random.chance(0.05) || isTaken(booking)
                {
                    refused.append(booking.id)
                    skips = true
                } else {
                    broken = broken ?? impossible(records)
                    store.write(records)
                }
            case .tell(let audiences, let notice):
                guard !skips else { continue }
                told += 1
                if case .booking(let ring) = notice.subject, ring.isRinging,
                    audiences.contains(.doctor(ring.doctor)), connected.contains(ring.doctor)
                {
                    shown.append(ring.id)
                }
            case .attachRequest(let request, let alarm):
                if !skips { store.alarms[alarm]?.request = request }
            case .offerAlarm(let alarm, let number, let doctors):
                if !skips { choose(doctors, number, of: alarm) }
            case .consultEnded, .openSession, .closeSession, .audit: break
            }
        }
        for booking in refused { perform(loop.bookingRefused(booking, at: now)) }
        for ring in shown { perform(loop.ringDelivered(ring, at: now)) }
    }

    /// As the gateway does: noted once, and nobody there means the next step.
    private mutating func choose(_ doctors: [DoctorID], _ number: Int, of alarm: AlarmID) {
        guard let last = store.alarms[alarm]?.offers?.indices.last,
            store.alarms[alarm]?.offers?[last].number == number
        else { return }
        if store.alarms[alarm]?.offers?[last].doctors == nil { chosen += 1 }
        store.alarms[alarm]?.offers?[last].doctors = doctors
    }

    /// A step of the alarm's chain, as the gateway stores it.
    private mutating func offer(_ alarm: inout Alarm) {
        guard random.chance(0.3), let role = EscalationRole.allCases.randomElement(using: &random)
        else { return }
        let offer = AlarmOffer(
            number: (alarm.offers?.last?.number ?? 0) + 1,
            to: role,
            at: now,
            priority: alarm.priority,
            until: now + .minutes(2),
            doctors: role == .nurse ? [] : nil
        )
        alarm.offers = (alarm.offers ?? []) + [offer]
    }

    /// Whether something the booking takes is taken in the store, as the database would say.
    private func isTaken(_ booking: Booking) -> Bool {
        let others = store.bookings.values.filter { $0.takesTime && $0.id != booking.id }
            .flatMap(\.taken)
        return booking.taken.contains { time in
            let met = others.filter(time.meets)
            guard case .site(let site) = time.claimant else { return !met.isEmpty }
            let stations = Nation.sites.first { $0.id == site }?.stations ?? 0
            let peak = ([time.from] + met.map { max($0.from, time.from) }).map { at in
                met.count { $0.from <= at && at < $0.until }
            }
            return (peak.max() ?? 0) >= stations
        }
    }

    /// A booking of the transaction that the database may refuse: it takes time from now on.
    private func refusable(_ records: [CareRecord]) -> Booking? {
        for case .booking(let booking) in records where booking.takesTime {
            let before = store.bookings[booking.id]
            if before.map({ $0.isRinging || $0.isProposed }) ?? true { return booking }
            if before?.taken != booking.taken, before?.state == booking.state { return booking }
        }
        return nil
    }

    private mutating func restart() {
        // News under way inside the process dies with it, and so do the sockets.
        late = []
        connected = []
        loop = CareLoop(
            seed: random.next(),
            sites: Nation.sites,
            doctors: doctors.values.sorted { $0.id < $1.id },
            interpreters: SimulatedWorld.interpreters,
            policy: policy
        )
        let effects = loop.restore(
            requests: store.requests.values.sorted { $0.id < $1.id },
            bookings: store.bookings.values.sorted { $0.id < $1.id },
            sessions: store.sessions.values.sorted { $0.id < $1.id },
            alarms: store.alarms.values.filter { $0.closedAt == nil }.sorted { $0.id < $1.id },
            patients: [],
            at: now
        )
        perform(effects)
    }

    // MARK: Inputs

    private mutating func raiseAlarm() -> String {
        let number = Int.random(in: 0..<8, using: &random)
        let causes: [AlarmCause] = [
            .news2, .sos, .low(.oxygenSaturation), .high(.heartRate), .offline,
        ]
        let cause = causes[number % causes.count]
        let id = AlarmID(trusted: "alarm-\(number)-\(Int.random(in: 0..<6, using: &random))")
        var alarm =
            store.alarms[id]
            ?? Nation.alarm(
                id.rawValue,
                patient: PatientID(trusted: "patient-\(number % 5)"),
                site: number % 2 == 0 ? Nation.clinic : Nation.farClinic,
                cause: cause,
                priority: random.chance(0.5) ? .medium : .high,
                at: now
            )
        guard alarm.closedAt == nil else { return "nothing" }
        let old = alarm
        if store.alarms[id] != nil {
            alarm.changedAt = now
            if random.chance(0.4) { alarm.priority = .high }
            if random.chance(0.4) { alarm.condition = .absent }
            offer(&alarm)
            if random.chance(0.2), alarm.condition == .absent { alarm.closedAt = now }
        }
        store.alarms[id] = alarm
        if random.chance(0.1) { late.append(alarm) }
        if random.chance(0.1), let stale = late.randomElement(using: &random) {
            perform(loop.alarmChanged(stale, patient: nil, at: now))
        }
        perform(loop.alarmChanged(store.alarms[id] ?? alarm, patient: nil, at: now))
        if random.chance(0.1) { perform(loop.alarmChanged(old, patient: nil, at: now)) }
        return "alarm \(id)"
    }

    private mutating func ask() -> String {
        var draft = Nation.draft(
            patient: PatientID(trusted: "patient-\(Int.random(in: 0..<5, using: &random))"),
            site: random.chance(0.5) ? Nation.clinic : Nation.farClinic,
            specialty: random.chance(0.5) ? .emergency : .cardiology,
            urgency: Urgency.allCases.randomElement(using: &random) ?? .urgent
        )
        if random.chance(0.4) { draft.languages = [.hmong] }
        if random.chance(0.3) { draft.group = group(beside: draft) }
        let asked = try? loop.requestAsked(draft, at: now)
        perform(asked?.effects ?? [])
        return "asked"
    }

    /// A booking that goes from a state to one that may not follow it.
    private func impossible(_ records: [CareRecord]) -> String? {
        for case .booking(let booking) in records {
            let before = store.bookings[booking.id]?.state
            guard before != booking.state else { continue }
            // One that the database refused is written as what became of it.
            let isPossible =
                before?.successors.contains(booking.state)
                ?? (booking.state.isInitial || !booking.state.isLive)
            if isPossible { continue }
            let from = before?.rawValue ?? "nothing"
            return "\(booking.id) went from \(from) to \(booking.state.rawValue)"
        }
        return nil
    }

    /// Somebody looks for a slot and holds one, or a time at random.
    private mutating func hold() -> String {
        var draft = Nation.draft(
            patient: PatientID(trusted: "patient-\(Int.random(in: 0..<5, using: &random))"),
            site: random.chance(0.5) ? Nation.clinic : Nation.farClinic,
            specialty: random.chance(0.5) ? .emergency : .cardiology,
            urgency: random.chance(0.5) ? .routine : .soon
        )
        draft.durationMinutes = 20
        if random.chance(0.4) { draft.languages = [.hmong] }
        if random.chance(0.3) { draft.group = group(beside: draft) }
        let slots = (try? loop.slots(draft, limit: 6, at: now)) ?? []
        guard let slot = slots.randomElement(using: &random) else { return "no slot" }
        let open = loop.openRequests.filter { $0.patient == draft.patient && $0.state == .open }
        let start = random.chance(0.8) ? slot.start : now + .minutes(25)
        let held = try? loop.slotHeld(
            draft,
            doctor: slot.doctor,
            start: start,
            for: random.chance(0.5) ? open.first?.id : nil,
            at: now
        )
        perform(held?.effects ?? [])
        return "held \(held?.id.rawValue ?? "nothing")"
    }

    /// A hold is booked or given back, by its doctor or its site.
    private mutating func decide() -> String {
        let holds = store.bookings.values.filter { $0.state == .held }.sorted { $0.id < $1.id }
        guard let hold = holds.randomElement(using: &random) else { return "no hold" }
        let party: CareParty = random.chance(0.5) ? .doctor(hold.doctor) : .site(hold.site)
        if random.chance(0.75) {
            perform((try? loop.holdBooked(hold.id, by: party, at: now)) ?? [])
        } else {
            perform((try? loop.holdGivenBack(hold.id, by: party, at: now)) ?? [])
        }
        return "decided on \(hold.id)"
    }

    private mutating func move() -> String {
        let bookings = store.bookings.values.filter { $0.state.isLive }.sorted { $0.id < $1.id }
        guard let booking = bookings.randomElement(using: &random) else { return "no booking" }
        let start = now + .minutes(Int.random(in: -5...300, using: &random))
        let other = random.chance(0.5) ? doctors.keys.sorted().randomElement(using: &random) : nil
        let party: CareParty = random.chance(0.5) ? .operations : .site(booking.site)
        perform(
            (try? loop.bookingMoved(booking.id, to: start, doctor: other, by: party, at: now)) ?? []
        )
        return "moved \(booking.id)"
    }

    private mutating func answer() -> String {
        let offers = store.bookings.values.filter { $0.state == .offered }.sorted { $0.id < $1.id }
        guard let offer = offers.randomElement(using: &random) else { return "no offer" }
        let answer: OfferAnswer = random.chance(0.7) ? .accept : .decline
        let doctor = offer.doctors.randomElement(using: &random) ?? offer.doctor
        for _ in 0..<(random.chance(0.2) ? 2 : 1) {
            perform(
                (try? loop.offerAnswered(offer.id, answer, by: doctor, at: now)) ?? []
            )
        }
        return "\(answer) \(offer.id)"
    }

    /// Further sites and specialties at random.
    private mutating func group(beside draft: ConsultDraft) -> GroupDemand? {
        let sites = Nation.sites.map(\.id).filter { $0 != draft.site }
        let specialties: [Specialty] = [.emergency, .internalMedicine, .cardiology, .respiratory]
        let others = specialties.filter { $0 != draft.specialty }
        let chosen = sites.shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))
        let seats = others.shuffled(using: &random).prefix(Int.random(in: 0...2, using: &random))
        return GroupDemand(
            sites: chosen.map { .init($0, isRequired: random.chance(0.5)) },
            seats: seats.map { .init($0, isRequired: random.chance(0.6)) }
        )
    }

    /// A further doctor or site of a group answers, or stays away.
    private mutating func takePart() -> String {
        let groups = store.bookings.values.filter { booking in
            booking.state.isLive && booking.standing.contains { $0.interpreter == nil }
        }
        .sorted { $0.id < $1.id }
        guard let booking = groups.randomElement(using: &random),
            let claim = booking.standing.filter({ $0.interpreter == nil })
                .randomElement(using: &random)
        else { return "no group" }
        if let site = claim.site {
            guard random.chance(0.3) else { return "\(site) stays" }
            perform((try? loop.bookingCancelled(booking.id, by: .site(site), at: now)) ?? [])
        } else if let doctor = claim.doctor {
            let answer: OfferAnswer = random.chance(0.7) ? .accept : .decline
            perform((try? loop.offerAnswered(booking.id, answer, by: doctor, at: now)) ?? [])
        }
        return "\(claim.on.rawValue) and \(booking.id)"
    }

    /// An interpreter says yes, or that they will not come.
    private mutating func interpret() -> String {
        let booked = store.bookings.values.filter { $0.state.isLive && !$0.interpreters.isEmpty }
            .sorted { $0.id < $1.id }
        guard let booking = booked.randomElement(using: &random),
            let interpreter = booking.interpreters.first
        else { return "nobody interprets" }
        if random.chance(0.3) {
            perform(
                (try? loop.interpreterAccepted(booking.id, by: interpreter, at: now)) ?? []
            )
        } else {
            let party = CareParty.interpreter(interpreter)
            perform((try? loop.bookingCancelled(booking.id, by: party, at: now)) ?? [])
        }
        return "\(interpreter) and \(booking.id)"
    }

    private mutating func visit() -> String {
        let sessions = store.sessions.values.filter { !$0.state.isFinal }.sorted { $0.id < $1.id }
        guard let session = sessions.randomElement(using: &random) else { return "no session" }
        let progress: [SessionProgress] = [
            .doctorJoined, .clinicJoined, .bothPresent, .left(.doctor), .left(.clinic),
            .state(.held), .state(.live), .state(.ending), .state(.ended), .left(.patient),
        ]
        let seen = progress.randomElement(using: &random) ?? .bothPresent
        perform(loop.sessionProgress(session.id, seen, at: now))
        return "\(seen) \(session.id)"
    }

    private mutating func finish() -> String {
        let sessions = store.sessions.values.filter { $0.state == .live || $0.state == .ending }
            .sorted { $0.id < $1.id }
        guard let session = sessions.randomElement(using: &random) else { return "no consult" }
        let outcome = Outcome(
            disposition: .treatLocally,
            sealedNote: "",
            by: session.doctor,
            at: now
        )
        perform((try? loop.outcomeGiven(session.id, outcome, at: now)) ?? [])
        return "outcome \(session.id)"
    }

    private mutating func change() -> String {
        let ids = doctors.keys.sorted()
        guard let id = ids.randomElement(using: &random) else { return "no doctor" }
        let presence = Presence.allCases.randomElement(using: &random) ?? .off
        doctors[id]?.presence = presence
        perform(loop.presenceChanged(id, presence, at: now))
        return "\(id) \(presence)"
    }

    /// A doctor's desk opens or is lost.
    private mutating func connect() -> String {
        guard let id = doctors.keys.sorted().randomElement(using: &random) else { return "nobody" }
        if connected.remove(id) != nil {
            perform(loop.doctorDisconnected(id, at: now))
            return "\(id) is gone"
        }
        connected.insert(id)
        for ring in loop.liveBookings where ring.doctor == id && ring.isRinging {
            perform(loop.ringDelivered(ring.id, at: now))
        }
        perform(loop.doctorConnected(id, at: now))
        return "\(id) is here"
    }

    private mutating func takeBack() -> String {
        if random.chance(0.5) {
            let requests = store.requests.keys.sorted()
            guard let id = requests.randomElement(using: &random) else { return "no request" }
            perform((try? loop.requestCancelled(id, by: .operations, at: now)) ?? [])
            return "cancelled \(id)"
        }
        let live = store.bookings.values.filter(\.state.isLive).sorted { $0.id < $1.id }
        guard let booking = live.randomElement(using: &random) else { return "no booking" }
        let party: CareParty = random.chance(0.5) ? .doctor(booking.doctor) : .site(booking.site)
        let effects =
            switch Int.random(in: 0..<3, using: &random) {
            case 0: try? loop.bookingCancelled(booking.id, by: party, at: now)
            case 1: try? loop.checkedIn(booking.id, by: party, at: now)
            default: try? loop.noShowReported(booking.id, by: party, at: now)
            }
        perform(effects ?? [])
        return "\(party) and \(booking.id)"
    }

    private mutating func crash() -> String {
        restart()
        return "crash"
    }

    /// Time passes: a little, to the next deadline exactly, to just before it, or a lot.
    private mutating func wait() -> String {
        let target: Instant
        switch Int.random(in: 0..<4, using: &random) {
        case 0: target = now + .seconds(Int.random(in: 1...90, using: &random))
        case 1: target = loop.nextDeadline ?? now
        case 2: target = (loop.nextDeadline ?? now) - .milliseconds(1)
        default: target = now + .minutes(Int.random(in: 1...40, using: &random))
        }
        now = max(now, min(target, now + .hours(1)))
        perform(loop.advance(to: now))
        return "waited until \(now)"
    }
}
