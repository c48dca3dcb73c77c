public import Clinical
public import Scheduler
public import Signalling
public import Vocabulary

/// Taking up the work of a process that ended.
extension CareLoop {
    /// Takes what the store holds, and does whatever fell due since.
    ///
    /// Pass every request that is not over and those that open alarms name, every live booking
    /// (fulfilled ones of late, oldest first, feed continuity and fair load, those displaced of late
    /// the stability budget), every session that is not over, every alarm that is not closed and those alarms' patients. Nobody is told what
    /// they were told before; rooms are opened again, and alarms are told again which request they
    /// have or that it is over. Records that do not fit together open their request again.
    public mutating func restore(
        requests: [ConsultRequest],
        bookings: [Booking],
        sessions: [SessionRecord],
        alarms: [Alarm],
        patients: [Patient],
        at now: Instant
    ) -> [CareEffect] {
        for booking in bookings where booking.state == .fulfilled { roster.note(booking) }
        rememberDisplaced(bookings)
        let live = Dictionary(grouping: bookings.filter(\.state.isLive), by: \.request)
        let open = Dictionary(grouping: sessions.filter { !$0.state.isFinal }, by: \.booking)
        var effects: [CareEffect] = []
        for request in requests.sorted(by: { $0.id < $1.id }) where !request.state.isFinal {
            effects += take(request, live[request.id] ?? [], open, at: now)
        }
        effects += reattach(alarms, requests: requests, patients: patients, at: now)
        effects += settle(at: now)
        // What has no transaction of its own must not go down with that of another alarm.
        return effects.filter(\.isOffer) + effects.filter { !$0.isOffer }
    }

    /// Takes who is in the rooms now, after `restore`.
    ///
    /// The records know who came before the end of the process, or before a commit failed. Nobody
    /// is in a room after a restart, and a doctor who does not come back must not count as there.
    public mutating func roomsSeen(_ rooms: [Room], at now: Instant) -> [CareEffect] {
        let seen = Dictionary(rooms.map { ($0.session, $0) }, uniquingKeysWith: { $1 })
        var effects: [CareEffect] = []
        for id in openSessions.map(\.id) {
            let room = seen[id]
            for (role, joined) in [
                (ParticipantRole.doctor, SessionProgress.doctorJoined), (.clinic, .clinicJoined),
            ] {
                let isThere = room?.roles.contains(role) ?? false
                effects += sessionProgress(id, isThere ? joined : .left(role), at: now)
            }
            if room?.haveMet ?? false { effects += sessionProgress(id, .bothPresent, at: now) }
            if let room { effects += sessionProgress(id, .state(room.state), at: now) }
        }
        return effects
    }

    private mutating func take(
        _ request: ConsultRequest,
        _ bookings: [Booking],
        _ sessions: [BookingID: [SessionRecord]],
        at now: Instant
    ) -> [CareEffect] {
        var care = CareCase(request)
        care.nextTry = now
        if CareLoop.isRung(request, by: bookings) { return takeRings(care, bookings, at: now) }
        let fitting = bookings.first { $0.id == request.booking }
        let session = fitting.flatMap { sessions[$0.id]?.first }
        if let fitting, CareLoop.fits(request, fitting, session) {
            care.booking = fitting
            care.session = session
            roster.note(fitting)
            takeMove(&care, among: bookings)
            care.needsReminding = needsReminding(fitting, at: now)
            care.nextTry = nil
            cases[request.id] = care
            requestOfBooking[fitting.id] = request.id
            index(care)
            guard let session else { return [] }
            requestOfSession[session.id] = request.id
            return [.openSession(session)]
        }
        return mend(care, bookings, at: now)
    }

    /// Takes up a move that waits for its yes.
    private mutating func takeMove(_ care: inout CareCase, among bookings: [Booking]) {
        let moves = bookings.filter { $0.isProposed && $0.replaces == care.booking?.id }
        guard let move = moves.first, care.booking?.isMovable ?? false else { return }
        care.proposed = move
        requestOfBooking[move.id] = care.request.id
        roster.note(move)
    }

    /// Whether the request and all its live bookings can have been written by a step of ringing.
    private static func isRung(_ request: ConsultRequest, by bookings: [Booking]) -> Bool {
        request.state == .offered && request.ringing != nil && !bookings.isEmpty
            && bookings.allSatisfy { $0.isRinging && $0.answerBy != nil }
            && Set(bookings.map(\.doctor)).count == bookings.count
    }

    /// Goes on ringing; rings that no console has shown yet are told again.
    private mutating func takeRings(
        _ found: CareCase,
        _ rings: [Booking],
        at now: Instant
    ) -> [CareEffect] {
        var care = found
        care.nextTry = nil
        // The first is the one that the request names.
        let first = rings.filter { $0.id == care.request.booking }
        let others = rings.filter { $0.id != care.request.booking }
        care.rings = first + others.sorted { ($0.madeAt, $0.id) < ($1.madeAt, $1.id) }
        for ring in rings { requestOfBooking[ring.id] = care.request.id }
        // Another booking of the doctor may have been stored, and the end of the ring not.
        newlyBooked.formUnion(rings.map(\.doctor))
        keepPlace(&care, in: &roster)
        cases[care.request.id] = care
        index(care)
        return care.rings.compactMap { ring in
            guard ring.ring?.deliveredAt == nil, (ring.answerBy ?? now) > now else { return nil }
            let why = "ringing: \(ring.reasons.joined(separator: "; "))"
            let notice = Notice(subject: .booking(ring), why: why)
            return .tell([.doctor(ring.doctor)], notice)
        }
    }

    /// Whether the three records can have been written in one step.
    private static func fits(
        _ request: ConsultRequest,
        _ booking: Booking,
        _ session: SessionRecord?
    ) -> Bool {
        switch (request.state, booking.state) {
        case (.offered, .offered):
            booking.answerBy != nil && session == nil && !booking.isRinging
        case (.offered, .held): booking.answerBy != nil && session == nil
        case (.matched, .confirmed), (.matched, .checkedIn), (.matched, .inSession):
            session != nil
        default: false
        }
    }

    /// Opens a request whose records do not fit together, and voids the bookings it has.
    private mutating func mend(
        _ found: CareCase,
        _ bookings: [Booking],
        at now: Instant
    ) -> [CareEffect] {
        var care = found
        let isSound = bookings.isEmpty && care.isWaiting
        if !care.isWaiting {
            care.request.state = .open
        }
        care.request.booking = nil
        care.request.isProvisional = nil
        cases[care.request.id] = care
        index(care)
        guard !isSound else { return [] }
        var step = CareStep(care.request.id)
        for var booking in bookings {
            if booking.isRinging { booking = booking.ended(as: .withdrawn, at: now) }
            booking.go(to: .cancelled, at: now)
            step.given.append(.booking(booking))
        }
        step.audit("mend", "request/\(care.request.id)")
        step.say(.request, "its records did not fit together; it is open again", isEscalation: true)
        return finish(step, at: now)
    }

    private mutating func reattach(
        _ alarms: [Alarm],
        requests: [ConsultRequest],
        patients: [Patient],
        at now: Instant
    ) -> [CareEffect] {
        let requestByID = Dictionary(
            requests.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let causedBy = Dictionary(
            requests.compactMap { request in request.alarm.map { ($0, request) } },
            uniquingKeysWith: { $0.openedAt > $1.openedAt ? $0 : $1 }
        )
        let patientByID = Dictionary(
            patients.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var effects: [CareEffect] = []
        for alarm in alarms.sorted(by: { $0.id < $1.id }) where alarm.closedAt == nil {
            let request = causedBy[alarm.id] ?? alarm.request.flatMap { requestByID[$0] }
            if let request {
                self.alarms[alarm.id] = KnownAlarm(
                    changedAt: alarm.changedAt,
                    request: request.id,
                    endedUrgency: request.state.isFinal ? request.urgency : nil
                )
                if alarm.request != request.id {
                    effects.append(.attachRequest(request.id, to: alarm.id))
                }
                if request.state.isFinal {
                    effects.append(.consultEnded(request.id, of: alarm.id))
                } else {
                    cases[request.id]?.alarms.insert(alarm.id)
                }
            }
            effects += alarmChanged(alarm, patient: patientByID[alarm.patient], at: now)
        }
        return effects
    }
}

extension CareEffect {
    /// Whether it chooses the doctors of a step of an alarm's chain.
    fileprivate var isOffer: Bool {
        if case .offerAlarm = self { true } else { false }
    }
}

extension CareCase {
    /// Whether the request waits without a booking.
    fileprivate var isWaiting: Bool {
        switch request.state {
        case .open, .unmatched: true
        case .offered, .matched, .fulfilled, .cancelled: false
        }
    }
}
