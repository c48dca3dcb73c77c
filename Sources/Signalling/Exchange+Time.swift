import Vocabulary

/// What is done when a point in time has come. Every look asks first whether its cause holds.
extension Exchange {
    mutating func helloIsDue(
        _ socket: SocketID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let connection = sockets[socket], connection.seat == nil else { return }
        shut(socket, .timeOut, "no hello in time", at: now, into: &effects)
    }

    mutating func quietIsDue(
        _ socket: SocketID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let connection = sockets[socket], let index = connection.seat else { return }
        let silentAt = connection.lastReceivedAt + limits.silence
        guard now < silentAt else {
            return shut(socket, .timeOut, "silent for too long", at: now, into: &effects)
        }
        if now - seats[index].lastSentAt >= limits.heartbeat {
            sendHeartbeat(index, at: now, into: &effects)
        }
        let next = min(silentAt, seats[index].lastSentAt + limits.heartbeat)
        deadlines.insert(.quiet(socket), at: next)
    }

    mutating func acknowledgementIsDue(
        _ key: SeatKey,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seats.index(key) else { return }
        seats[index].isAcknowledgementArmed = false
        guard let due = seats[index].lane.acknowledgementDueAt, seats[index].socket != nil
        else { return }
        if due <= now {
            sendHeartbeat(index, at: now, into: &effects)
        } else {
            armAcknowledgement(index)
        }
    }

    mutating func absenceIsDue(
        _ key: SeatKey,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seats.index(key), let since = seats[index].awaySince,
            now - since >= limits.resumeLife
        else { return }
        vacate(index, why: .absent, at: now, into: &effects)
    }

    mutating func chokeIsDue(
        _ key: SeatKey,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = seats.index(key), let since = seats[index].chokedSince,
            let socket = seats[index].socket, now - since >= limits.chokeLimit
        else { return }
        shut(socket, .slowConsumer, "messages are not taken", at: now, into: &effects)
    }

    mutating func emptyIsDue(
        _ session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        sessions[session]?.advance(to: now)
        reportChange(of: session, into: &effects)
    }

    // MARK: Arming

    mutating func armAcknowledgement(_ index: Int) {
        guard !seats[index].isAcknowledgementArmed,
            let due = seats[index].lane.acknowledgementDueAt
        else { return }
        seats[index].isAcknowledgementArmed = true
        deadlines.insert(.acknowledgement(seats[index].key), at: due)
    }

    mutating func choke(_ index: Int, at now: Instant) {
        guard seats[index].chokedSince == nil else { return }
        seats[index].chokedSince = now
        deadlines.insert(.choke(seats[index].key), at: now + limits.chokeLimit)
    }

    mutating func unchoke(_ index: Int) {
        guard seats[index].lane.unacknowledgedFrames < limits.ringMessages else { return }
        seats[index].chokedSince = nil
    }
}
