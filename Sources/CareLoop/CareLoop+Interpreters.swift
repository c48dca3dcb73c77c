public import Scheduler
import Signalling
public import Vocabulary

/// Interpreters: booked with the doctor, replaced when they withdraw.
///
/// An interpreter is a claim of the booking, so holding, booking, moving and giving back concern the
/// interpreter in the same step. Only a ring takes nobody's time: there the interpreter is claimed,
/// another one if need be, with the doctor's yes.
extension CareLoop {
    /// Takes an interpreter's new record, or a new interpreter.
    ///
    /// What is booked stands; whoever could use the interpreter is searched again.
    public mutating func interpreterChanged(
        _ interpreter: Interpreter,
        at now: Instant
    ) -> [CareEffect] {
        roster.update(interpreter)
        wakeSearching(forInterpreters: [interpreter.id], at: now)
        return settle(at: now)
    }

    /// Has every searching request searched whose languages one of the interpreters speaks.
    mutating func wakeSearching(forInterpreters ids: [InterpreterID], at now: Instant) {
        let languages = Set(ids.flatMap { roster.interpreter($0)?.languages ?? [] })
        guard !languages.isEmpty else { return }
        for id in searching {
            guard var care = cases[id], care.nextTry.map({ $0 > now }) ?? true,
                care.request.languages.contains(where: languages.contains)
            else { continue }
            care.nextTry = now
            cases[id] = care
            index(care)
        }
    }

    /// The interpreter will not come: another one in the same time, else the request goes on.
    ///
    /// Refused once the two are in consult, and for whoever is not booked for it.
    mutating func interpreterWithdrew(
        _ interpreter: InterpreterID,
        from found: Booking,
        of care: CareCase,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        guard found.interpreters.contains(interpreter), !found.isRinging else { throw .notYours }
        // Before the doctor's yes no interpreter has been told.
        guard found.session != nil, found.state != .inSession else {
            throw .notInState(found.state.rawValue)
        }
        var (care, booking) = (care, found)
        care.beforeMove = BeforeMove(care, found, at: now)
        care.request.interpretersDeclined =
            (care.request.interpretersDeclined ?? []) + [interpreter]
        booking.answer(.interpreter(interpreter), .declined)
        booking.changedAt = now
        guard let other = self.interpreter(for: booking, of: care, at: now) else {
            let why = "the interpreter cancelled and no other is free; another time is sought"
            care.booking = booking
            return givenBack(care, as: .cancelled, why, isEscalation: true, at: now)
                + settle(at: now)
        }
        booking.claims?.append(Claim(on: .interpreter(other)))
        var step = change(care, to: booking, "interpreter")
        step.say(.booking, "another interpreter comes")
        step.outward += dismissals(from: found, to: booking)
        return finish(step, at: now) + settle(at: now)
    }

    /// Notes that the interpreter has seen the booking and comes; the same again changes nothing.
    public mutating func interpreterAccepted(
        _ id: BookingID,
        by interpreter: InterpreterID,
        at now: Instant
    ) throws(CareRefusal) -> [CareEffect] {
        var (care, booking) = try live(id)
        guard let claim = booking.standing.first(where: { $0.interpreter == interpreter }) else {
            throw .notYours
        }
        // Before the doctor's yes no interpreter has been told.
        guard booking.session != nil else { throw .notInState(booking.state.rawValue) }
        guard claim.state == .invited else { return [] }
        booking.answer(claim.on, .accepted)
        booking.changedAt = now
        care.booking = booking
        var step = change(care, to: booking, "interpreter")
        step.say(.booking, "the interpreter comes")
        return finish(step, at: now)
    }

    /// Whether the ring's doctor needs no interpreter, or one can come in that time.
    func hasInterpreter(
        _ ring: Booking,
        of care: CareCase,
        from start: Instant,
        until end: Instant,
        at now: Instant
    ) -> Bool {
        var ring = ring
        ring.start = start
        ring.end = end
        return ring.interpreters.isEmpty || interpreter(for: ring, of: care, at: now) != nil
    }

    /// The booking as its yes takes it: a ring's interpreter may have been booked otherwise since.
    func interpreted(_ booking: Booking, of care: CareCase, at now: Instant) -> Booking {
        guard booking.isRinging, !booking.interpreters.isEmpty,
            !roster.hasRoom(forClaimsOf: booking, at: now, ignoring: booking.id),
            let other = interpreter(for: booking, of: care, at: now)
        else { return booking }
        var booking = booking
        booking.claims = [Claim(on: .interpreter(other))]
        return booking
    }

    /// Tells those who had part in a booking and have none any more.
    func dismissals(from before: Booking?, to after: Booking) -> [CareEffect] {
        let kept = after.audience
        let gone = (before?.audience ?? []).filter { !kept.contains($0) }
        guard !gone.isEmpty else { return [] }
        let notice = Notice(subject: .booking(after), why: "you are not booked for it any more")
        return [.tell(gone, notice)]
    }

    private func interpreter(
        for booking: Booking,
        of care: CareCase,
        at now: Instant
    ) -> InterpreterID? {
        let asked = care.request.languages
        let doctors = booking.doctors.compactMap { roster.doctor($0) }
        let helped = doctors.first { !$0.languages.contains(where: asked.contains) }
        return roster.interpreter(
            for: care.request,
            helped?.languages ?? [],
            from: booking.start,
            until: booking.end,
            at: now
        )
    }
}

extension Booking {
    /// Everybody who is told of the booking's changes; interpreters once it is certain.
    var audience: [CareAudience] {
        doctors.map { .doctor($0) } + sites.map { .site($0) } + [.operations]
            + (session == nil ? [] : interpreters.map { .interpreter($0) })
    }
}
