import Vocabulary

/// When there is too much: who is sent away, and in which order.
extension Exchange {
    /// What a socket is worth keeping; the lowest goes first, and of equals the oldest.
    enum Worth: Int, Comparable {
        /// Waits for a consult that is not under way.
        case lobby
        /// A live feed of somebody who is no doctor.
        case desk
        /// In a consult under way.
        case room
        /// A doctor, in a room or at a desk.
        case doctor

        static func < (left: Worth, right: Worth) -> Bool { left.rawValue < right.rawValue }

        /// Whether a consult waits for it.
        var isUrgent: Bool { self >= .room }
    }

    /// What the grant's holder is worth keeping now.
    func worth(of grant: Grant) -> Worth {
        guard grant.doctor == nil else { return .doctor }
        guard case .session(let place) = grant else { return .desk }
        let machine = sessions[place.session.id]
        if machine?.participant(place.participant)?.state == .lobby { return .lobby }
        switch machine?.record.state ?? place.session.state {
        case .live, .held, .ending: return .room
        case .scheduled, .waiting, .ended, .cancelled, .expired: return .lobby
        }
    }

    /// Whether the opening of a socket has to wait; it is told so and closed then.
    ///
    /// It has to when more come than are taken at once, or when there is no room and nobody of
    /// less worth who could make some.
    mutating func isPutOff(
        _ socket: SocketID,
        _ worth: Worth,
        takesRoom: Bool,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> Bool {
        if let wait = pace.open(isUrgent: worth.isUrgent, at: now) {
            putOff(socket, "many come at once", after: wait, at: now, into: &effects)
            return true
        }
        guard takesRoom, seatedSockets >= limits.sockets else { return false }
        let wait = pace.wait(at: now)
        if let victim = leastWorth(below: worth), let loser = seats[victim].socket {
            counts.shed += 1
            putOff(loser, "others need the room", after: wait, at: now, into: &effects)
            return false
        }
        putOff(socket, "there is no room", after: wait, at: now, into: &effects)
        return true
    }

    private func leastWorth(below limit: Worth) -> Int? {
        var least: (index: Int, worth: Worth, serial: UInt64)?
        for index in seatOfParticipant.values where seats[index].socket != nil {
            let worth = worth(of: seats[index].grant)
            let serial = seats[index].key.serial
            guard worth < limit else { continue }
            if let found = least, (found.worth, found.serial) < (worth, serial) { continue }
            least = (index, worth, serial)
        }
        return least?.index
    }

    /// Sockets that have said hello.
    private var seatedSockets: Int { sockets.count - strangers }

    /// Tells a socket when to come again, and closes it with 1013.
    private mutating func putOff(
        _ socket: SocketID,
        _ why: String,
        after wait: Duration,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        reject(socket, .busy, why, close: .overload, after: wait, at: now, into: &effects)
    }

    /// Closes a socket that there is no room for before it has said anything.
    mutating func turnAway(
        _ socket: SocketID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        counts.closed += 1
        let body = errorBody(.busy, "many come at once", after: pace.wait(at: now))
        effects.append(.send(socket, Frame(.err, bodyCapacity: body.count).closed(body: body)))
        effects.append(.close(socket, .overload, reason: "too many sockets"))
    }
}
