public import Vocabulary

/// What a server that goes down hands to the next one, so that people resume there.
///
/// The rings are in it, and with them what was said: whoever stores it seals it. It is good for as
/// long as a resume token lives.
public struct ExchangeRecord: Codable, Sendable {
    /// A participant's place.
    struct Place: Codable, Sendable {
        let grant: Grant
        let awaySince: Instant
        let token: TokenDigest
        let previousToken: TokenDigest?
        let lane: ReliableLane
        let requests: RequestLog
        let subscriptions: [PatientID]
    }

    /// The places, in their order.
    let places: [Place]
    /// The sessions with their participants and links.
    let sessions: [SessionMachine]

    /// How many people may resume.
    public var count: Int { places.count }
}

extension Exchange {
    /// Everything that must outlive the process, once `drain` has closed the sockets.
    ///
    /// Who waits for a decision of somebody else is told to ask again: nobody will answer.
    public mutating func takeRecord(at now: Instant) -> ExchangeRecord {
        var nobody: [ExchangeEffect] = []
        for index in seatOfParticipant.values.sorted() {
            for request in seats[index].requests.takePending() {
                let body = errorBody(.internal, "the server restarted; ask again")
                sendReliable(index, .err, re: request, body: body, at: now, into: &nobody)
            }
        }
        let places = seatOfParticipant.values.sorted().map { index in
            let seat = seats[index]
            return ExchangeRecord.Place(
                grant: seat.grant,
                awaySince: seat.awaySince ?? now,
                token: seat.token,
                previousToken: seat.previousToken,
                lane: seat.lane,
                requests: seat.requests,
                subscriptions: seat.subscriptions
            )
        }
        let open = sessions.values.sorted { $0.record.id < $1.record.id }
        return ExchangeRecord(places: places, sessions: open)
    }

    /// Takes the places of the server before; its sessions must have been restored.
    ///
    /// A session that is over by now, or a place that was away for too long, is left out: who
    /// resumes there is answered `resume_unknown`.
    public mutating func restore(_ record: ExchangeRecord, at now: Instant) {
        for old in record.sessions { sessions[old.record.id]?.adopt(old, at: now) }
        for place in record.places where now - place.awaySince < limits.resumeLife {
            restore(place, at: now)
        }
        // Whose place was left out is not in the room either.
        var nobody: [ExchangeEffect] = []
        for (id, machine) in sessions.sorted(by: { $0.key < $1.key }) {
            for participant in machine.inRoom where seatOfParticipant[participant.id] == nil {
                announceDown(participant.id, why: .absent, in: id, at: now, into: &nobody)
                sessions[id]?.leave(participant.id, at: now)
            }
            armEmptiness(of: id)
        }
    }

    private mutating func restore(_ place: ExchangeRecord.Place, at now: Instant) {
        let participant = place.grant.participant
        guard seatOfParticipant[participant] == nil else { return }
        if case .session(let grant) = place.grant {
            let machine = sessions[grant.session.id]
            guard machine?.participant(participant)?.state == .away else { return }
        }
        let index = seats.take(
            place.grant,
            socket: nil,
            token: place.token,
            lane: place.lane,
            at: now
        )
        seats[index].awaySince = place.awaySince
        seats[index].previousToken = place.previousToken
        seats[index].requests = place.requests
        seats[index].subscriptions = place.subscriptions
        seatOfParticipant[participant] = index
        for token in [place.token, place.previousToken] {
            if let token { seatOfToken[token] = seats[index].key }
        }
        for patient in place.subscriptions { subscribers[patient, default: []].append(index) }
        if case .desk(let desk) = place.grant {
            for topic in Set(desk.hears) { desks[topic, default: []].append(index) }
        }
        deadlines.insert(.absence(seats[index].key), at: place.awaySince + limits.resumeLife)
    }
}
