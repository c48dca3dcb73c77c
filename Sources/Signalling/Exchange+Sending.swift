import Vocabulary

/// How frames get to participants and sockets away from them.
extension Exchange {
    /// The head of the participant's next numbered frame; `send` must follow.
    mutating func nextFrame(
        _ index: Int,
        _ type: MessageType,
        re request: String? = nil,
        bodyCapacity: Int
    ) -> Frame {
        let acknowledged = seats[index].lane.takeAcknowledgement()
        return Frame(
            type,
            re: request,
            sequence: seats[index].lane.nextSequence,
            acknowledged: acknowledged > 0 ? acknowledged : nil,
            bodyCapacity: bodyCapacity
        )
    }

    /// Keeps a numbered frame in the participant's ring and sends it when there is a socket.
    mutating func send(
        _ frame: [UInt8],
        to index: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let fits = seats[index].lane.keep(frame)
        guard let socket = seats[index].socket else { return }
        seats[index].lastSentAt = now
        effects.append(.send(socket, frame))
        if !fits { choke(index, at: now) }
    }

    /// Numbers and sends a frame whose body is ready.
    mutating func sendReliable(
        _ index: Int,
        _ type: MessageType,
        re request: String? = nil,
        body: [UInt8]?,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        if seats[index].isSlow, type != .alarm {
            let message = PostponedMessages.Message(type: type, request: request, body: body)
            if seats[index].postponed.add(message) { return }
            sendPostponed(index, at: now, into: &effects)
        }
        let frame = nextFrame(index, type, re: request, bodyCapacity: body?.count ?? 0)
        send(frame.closed(body: body), to: index, at: now, into: &effects)
    }

    /// Numbers and sends what waited because the socket was slow.
    mutating func sendPostponed(
        _ index: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard !seats[index].postponed.isEmpty else { return }
        for message in seats[index].postponed.take() {
            let capacity = message.body?.count ?? 0
            let frame = nextFrame(index, message.type, re: message.request, bodyCapacity: capacity)
            send(frame.closed(body: message.body), to: index, at: now, into: &effects)
        }
    }

    /// A sign of life, which acknowledges what was received.
    mutating func sendHeartbeat(
        _ index: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let socket = seats[index].socket else { return }
        let received = seats[index].lane.takeAcknowledgement()
        seats[index].lastSentAt = now
        let body = Array("{\"a\":\(received),\"at\":\"\(now.rfc3339)\"}".utf8)
        let frame = Frame(.heartbeat, acknowledged: received, bodyCapacity: body.count)
        effects.append(.send(socket, frame.closed(body: body)))
    }

    /// Answers a participant's request and keeps the answer under its id.
    mutating func reply(
        _ index: Int,
        to reply: PendingReply,
        _ answer: RequestLog.Answer,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        if let request = reply.request { record(answer, to: request, of: index, at: now) }
        if answer != .pending, let sequence = reply.sequence {
            seats[index].lane.settle(sequence, at: now)
            armAcknowledgement(index)
        }
        let type: MessageType
        let body: [UInt8]?
        switch answer {
        case .pending: return
        case .ok:
            // Nobody waits for the answer to a request without an id.
            guard reply.request != nil else { return }
            type = .ok
            body = nil
        case .refused(let code, let message):
            counts.refused += 1
            type = .err
            body = errorBody(code, message)
        }
        if reply.sequence != nil {
            sendReliable(index, type, re: reply.request, body: body, at: now, into: &effects)
        } else if let socket = seats[index].socket {
            seats[index].lastSentAt = now
            let frame = Frame(type, re: reply.request, bodyCapacity: body?.count ?? 0)
            effects.append(.send(socket, frame.closed(body: body)))
        }
    }

    /// Keeps an answer, within the room that there is for all.
    mutating func record(
        _ answer: RequestLog.Answer,
        to request: String,
        of index: Int,
        at now: Instant
    ) {
        let before = seats[index].requests.count
        seats[index].requests.dropExpired(at: now)
        let isFull = requestRoom.isFull(
            seats[index].requests.count,
            participants: seats.count
        )
        seats[index].requests.record(answer, to: request, at: now, isFull: isFull)
        requestRoom.changed(by: seats[index].requests.count - before)
    }

    /// Tells a socket why it is closed, and closes it.
    mutating func reject(
        _ socket: SocketID,
        _ code: ErrorCode,
        _ message: String,
        close: CloseCode,
        after: Duration? = nil,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        counts.refused += 1
        let body = errorBody(code, message, after: after)
        effects.append(.send(socket, Frame(.err, bodyCapacity: body.count).closed(body: body)))
        shut(socket, close, code.rawValue, at: now, into: &effects)
    }

    /// Closes a socket and forgets it; its participant is away then.
    mutating func shut(
        _ socket: SocketID,
        _ code: CloseCode,
        _ reason: String,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        counts.closed += 1
        effects.append(.close(socket, code, reason: reason))
        detach(socket, at: now, into: &effects)
    }

    /// Forgets a socket; its participant is away then.
    mutating func detach(
        _ socket: SocketID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let index = forget(socket) else { return }
        seats[index].socket = nil
        seats[index].isSlow = false
        sendPostponed(index, at: now, into: &effects)
        seats[index].chokedSince = nil
        _ = seats[index].held.take()
        seats[index].awaySince = now
        markPlace(index)
        deadlines.insert(.absence(seats[index].key), at: now + limits.resumeLife)
        guard let session = seats[index].session else { return }
        sessions[session]?.lost(seats[index].grant.participant, at: now)
        announceState(of: index, in: session, at: now, into: &effects)
        armEmptiness(of: session)
    }

    /// Takes a socket out of the books and returns the seat that it belonged to.
    mutating func forget(_ socket: SocketID) -> Int? {
        guard let connection = sockets.removeValue(forKey: socket) else { return nil }
        guard let index = connection.seat else {
            decrement(&unauthenticated, connection.address)
            strangers -= 1
            return nil
        }
        decrement(&socketsOfPrincipal, seats[index].grant.principal)
        count(-1, of: seats[index].grant)
        return index
    }

    private func decrement<Key>(_ counts: inout [Key: Int], _ key: Key) {
        let left = counts[key, default: 1] - 1
        counts[key] = left > 0 ? left : nil
    }
}
