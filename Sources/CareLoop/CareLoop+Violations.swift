import Scheduler
import Signalling
import Vocabulary

/// The loop's invariants, checked by the seeded simulation after every step.
extension CareLoop {
    /// Each broken invariant as a sentence; empty when all hold.
    ///
    /// No two live bookings but rings overlap for a doctor, a patient or an interpreter, nor exceed a site's
    /// stations; every case's records fit its state; nobody is rung twice for one step, and who is
    /// rung was not passed over; whoever waits has a deadline; an alarm causes one open
    /// request a patient; the indexes agree with the cases; what was moved is within the budget.
    public func violations() -> [String] {
        overlaps() + cases.values.flatMap { shape($0) + rings($0) } + doubledRequests() + indexes()
            + unstable()
    }

    /// The stability budget, checked on what was moved.
    private func unstable() -> [String] {
        var broken: [String] = []
        for moved in displaced {
            let policy = policy(of: moved.site).displacement
            if moved.start < moved.at + policy.freeze {
                broken.append("\(moved.booking) was moved inside the freeze horizon")
            }
            let sameDay = displaced.filter { $0.site == moved.site && $0.isOfDay(moved.at) }
            if sameDay.count > policy.movesPerSiteAndDay {
                broken.append("\(sameDay.count) bookings of \(moved.site) were moved in a day")
            }
            let isTwice = displaced.contains {
                $0.booking != moved.booking && $0.patient == moved.patient && $0.at >= moved.at
                    && $0.at < moved.at + CareLoop.patientMemory
            }
            if isTwice { broken.append("the patient of \(moved.booking) was moved twice") }
        }
        return broken
    }

    private func overlaps() -> [String] {
        let bookings = liveBookings.filter(\.takesTime)
        var broken = promised()
        for (place, left) in bookings.enumerated() {
            for right in bookings[(place + 1)...] {
                for time in left.taken
                where time.claimant.isOne && right.taken.contains(where: time.meets) {
                    broken.append(
                        "\(left.id) and \(right.id) overlap for one \(time.claimant.kind)"
                    )
                }
            }
        }
        let meetings = bookings.flatMap(\.taken).filter { !$0.claimant.isOne }
        for (claimant, times) in Dictionary(grouping: meetings, by: \.claimant) {
            let peak = times.map { time in
                times.count { $0.from <= time.from && time.from < $0.until }
            }.max()
            if case .site(let site) = claimant, let peak, peak > roster.site(site)?.stations ?? 0 {
                broken.append("\(peak) consults at once at \(site)")
            }
        }
        return broken
    }

    /// Moves that wait for their yes, and whose doctor is somebody else's.
    private func promised() -> [String] {
        let kept = liveBookings.filter(\.keepsDoctor)
        return kept.filter(\.isProposed).flatMap { move in
            kept.filter { other in
                other.id != move.id && other.taken.contains(where: move.taken[0].meets)
            }
            .map { "\($0.id) takes the time that \(move.id) asks for" }
        }
    }

    private func shape(_ care: CareCase) -> [String] {
        let request = care.request
        var broken: [String] = []
        func need(_ holds: Bool, _ what: String) {
            if !holds { broken.append("\(request.id) (\(request.state.rawValue)): \(what)") }
        }
        need(request.booking == care.live.first?.id, "names another booking than it has")
        need(
            deadlines[request.id] == care.wake(policy(of: request.site)),
            "its deadline is not the queue's"
        )
        need(
            care.proposed.map { $0.isProposed && $0.replaces == care.booking?.id } ?? true,
            "a move of another booking than it has"
        )
        need(care.booking?.isMovable ?? true || care.proposed == nil, "it is moved and under way")
        switch request.state {
        case .open:
            need(request.isProvisional != true, "open without the hold it was made for")
            need(care.booking == nil && care.session == nil, "open with a booking")
            need(care.nextTry != nil, "open and never searched again")
        case .unmatched:
            need(care.booking == nil && care.session == nil, "unmatched with a booking")
            need(!care.keepsTrying || care.nextTry != nil, "never searched again")
        case .offered:
            need(
                !care.live.isEmpty
                    && care.live.allSatisfy { $0.state == .offered || $0.state == .held },
                "offered without an offer"
            )
            need(care.live.allSatisfy { $0.answerBy != nil }, "an offer without an end")
            need(care.session == nil, "offered with a session")
        case .matched:
            let state = care.booking?.state
            need(
                state == .confirmed || state == .checkedIn || state == .inSession,
                "matched without a booking"
            )
            need(care.session.map { !$0.state.isFinal } ?? false, "matched without a session")
            need(care.session?.booking == care.booking?.id, "the session is another booking's")
            need(care.booking?.session == care.session?.id, "the booking names another session")
            need(deadlines[request.id] != nil, "matched and never looked at again")
        case .fulfilled, .cancelled: need(false, "final and still here")
        }
        need(
            Set(request.declinedBy).count == request.declinedBy.count
                && Set(request.unansweredBy).count == request.unansweredBy.count,
            "a doctor is listed twice"
        )
        for doctor in care.live.flatMap(\.doctors) {
            need(
                !request.declinedBy.contains(doctor) && !request.unansweredBy.contains(doctor),
                "a doctor is asked who was passed over"
            )
        }
        return broken
    }

    private func rings(_ care: CareCase) -> [String] {
        let id = care.request.id
        var broken: [String] = []
        func need(_ holds: Bool, _ what: String) {
            if !holds { broken.append("\(id): \(what)") }
        }
        need(care.rings.isEmpty || care.booking == nil, "it rings beside a booking")
        need(care.rings.allSatisfy(\.isRinging), "something rings that is no ring")
        need(care.rings.isEmpty || care.request.ringing != nil, "it rings without a plan's step")
        need(care.rings.isEmpty == (care.place == nil), "a place is kept without a ring, or none")
        need(
            Set(care.rings.map(\.doctor)).count == care.rings.count,
            "a doctor is rung twice at once"
        )
        for step in care.request.ringing?.steps ?? []
        where Set(step.doctors).count != step.doctors.count {
            need(false, "step \(step.number) of round \(step.round) rang a doctor twice")
        }
        for ring in care.rings where requestOfBooking[ring.id] != id {
            need(false, "\(ring.id) rings and would not be found")
        }
        return broken
    }

    private func doubledRequests() -> [String] {
        let fromAlarms = cases.values.map(\.request).filter { $0.origin == .alarm }
        return Dictionary(grouping: fromAlarms, by: \.patient).filter { $0.value.count > 1 }
            .map { "one patient has \($0.value.count) open requests from alarms" }
    }

    private func indexes() -> [String] {
        var broken: [String] = []
        let searchers = Set(cases.filter { $0.value.isSearching }.keys)
        if searchers != searching { broken.append("the search list disagrees with the cases") }
        let ringers = Set(cases.filter { !$0.value.rings.isEmpty }.keys)
        if ringers != ringing { broken.append("the list of ringing requests is not the cases'") }
        for (booking, request) in requestOfBooking where cases[request] == nil {
            broken.append("\(booking) points to \(request), which is over")
        }
        for (session, request) in requestOfSession where cases[request] == nil {
            broken.append("\(session) points to \(request), which is over")
        }
        for (id, alarm) in alarms {
            guard let request = alarm.request else { continue }
            let isOpen = cases[request]?.alarms.contains(id) ?? false
            if !isOpen, alarm.endedUrgency == nil { broken.append("\(id) waits for nothing") }
        }
        return broken
    }
}

extension Claimant {
    /// Whether it can be taken only once at a time; a site has as many stations as it has.
    fileprivate var isOne: Bool { if case .site = self { false } else { true } }
}
