public import Vocabulary

/// Interpreters: who could speak between the two, and who of them is free.
extension Roster {
    /// Every interpreter, by id.
    public var interpreters: [Interpreter] { interpreterBook.all }

    /// One interpreter, or nil.
    public func interpreter(_ id: InterpreterID) -> Interpreter? {
        interpreterBook[id]?.interpreter
    }

    /// An interpreter between the request's languages and the doctor's who is on duty and free in
    /// the half-open range: the one with the fewest bookings, then the smaller id.
    ///
    /// `ignored` is a booking taken as if it were not.
    public func interpreter(
        for request: ConsultRequest,
        _ languages: [Language],
        from start: Instant,
        until end: Instant,
        at now: Instant,
        ignoring ignored: BookingID? = nil
    ) -> InterpreterID? {
        let ignored = number(of: ignored)
        var best: (load: Int, id: InterpreterID)?
        for entry in interpreters(between: request, languages) {
            let id = entry.interpreter.id
            let row = row(id)
            guard entry.attends(request.urgency, from: start, until: end),
                row.isFree(start, end, seenAt: now, ignoring: ignored)
            else { continue }
            let found = (row.slots.count, id)
            if best.map({ found < $0 }) ?? true { best = found }
        }
        return best?.id
    }

    func interpreter(for pairing: Pairing) -> InterpreterID? {
        interpreter(
            for: pairing.request,
            pairing.doctor.languages,
            from: pairing.start,
            until: pairing.end,
            at: pairing.now,
            ignoring: pairing.terms.without
        )
    }

    /// Those who could speak between the two and have not declined.
    func interpreters(
        between request: ConsultRequest,
        _ languages: [Language]
    ) -> [InterpreterEntry] {
        let declined = request.interpretersDeclined ?? []
        return interpreterBook.between(request.languages, and: languages)
            .filter { !declined.contains($0.interpreter.id) }
    }

    /// Whether an interpreter could help with the request at all.
    func hasInterpreter(for request: ConsultRequest) -> Bool {
        interpreterBook.speaksAny(of: request.languages)
    }

    /// Whether everything the booking claims beside doctor, station and patient is free in its
    /// time, but for what `ignored` takes.
    public func hasRoom(
        forClaimsOf booking: Booking,
        at now: Instant,
        ignoring ignored: BookingID?
    ) -> Bool {
        booking.standing.allSatisfy { claim in
            let (start, end) = (booking.start, booking.end(of: claim))
            switch claim.on {
            case .doctor(let id):
                return isFree(id, from: start, until: end, at: now, ignoring: ignored)
            case .site(let id):
                return hasFreeStation(id, from: start, until: end, at: now, ignoring: ignored)
            case .patient(let id):
                return isFree(id, from: start, until: end, at: now, ignoring: ignored)
            case .interpreter(let id):
                return row(id).isFree(start, end, seenAt: now, ignoring: number(of: ignored))
            }
        }
    }
}
