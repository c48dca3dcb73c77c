import Vocabulary
import Wire

/// The first message of a socket: `hello` with a ticket, or `resume` with a token.
extension Exchange {
    mutating func open(
        _ socket: SocketID,
        _ envelope: Envelope,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let fields: BodyFields
        do throws(MessageError) {
            fields = try BodyFields(bytes, at: envelope.body)
        } catch {
            return reject(
                socket,
                .badMessage,
                error.description,
                close: .badMessage,
                at: now,
                into: &effects
            )
        }
        if envelope.type == .hello, let ticket = fields.ticket {
            let digest = secrets.digest(of: bytes.extracting(ticket))
            hello(socket, digest, at: now, into: &effects)
        } else if envelope.type == .resume, let token = fields.token, let last = fields.last,
            let sent = fields.sent
        {
            let digest = secrets.digest(of: bytes.extracting(token))
            resume(socket, digest, last: last, sent: sent, at: now, into: &effects)
        } else {
            reject(
                socket,
                .notReady,
                "the first message is hello {ticket} or resume {token, last, sent}",
                close: .authFailed,
                at: now,
                into: &effects
            )
        }
    }

    // MARK: Hello

    private mutating func hello(
        _ socket: SocketID,
        _ digest: TokenDigest,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let address = sockets[socket]?.address else { return }
        if let wait = throttle.wait(address, at: now) {
            return reject(
                socket,
                .rateLimited,
                "too many failed tickets",
                close: .rateLimited,
                after: wait,
                at: now,
                into: &effects
            )
        }
        if let grant = tickets.grant(of: digest, at: now),
            isPutOff(
                socket,
                worth(of: grant),
                takesRoom: !hasSocket(grant.participant),
                at: now,
                into: &effects
            )
        {
            return
        }
        switch tickets.redeem(digest, at: now) {
        case .granted(let grant): admit(socket, grant, at: now, into: &effects)
        case .unknown:
            throttle.failed(address, at: now)
            effects.append(.event(.refused(socket, address: address, code: .authFailed)))
            reject(
                socket,
                .authFailed,
                "the ticket is unknown or used",
                close: .authFailed,
                at: now,
                into: &effects
            )
        case .ended:
            reject(
                socket,
                .sessionEnded,
                "the session is over",
                close: .ended,
                at: now,
                into: &effects
            )
        case .expired:
            effects.append(.event(.refused(socket, address: address, code: .ticketExpired)))
            reject(
                socket,
                .ticketExpired,
                "the ticket came too late; ask for another",
                close: .authFailed,
                at: now,
                into: &effects
            )
        }
    }

    private mutating func admit(
        _ socket: SocketID,
        _ granted: Grant,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        if case .session(let place) = granted { open(place.session, at: now) }
        let grant = asRecorded(granted)
        if let (code, close) = obstacle(to: grant) {
            return reject(
                socket,
                code,
                "the place cannot be taken",
                close: close,
                at: now,
                into: &effects
            )
        }
        if let taken = seatOfParticipant[grant.participant] {
            vacate(taken, why: .rejoined, at: now, into: &effects)
        }
        let token = secrets.token()
        let index = seats.take(
            grant,
            socket: socket,
            token: digest(of: token),
            lane: ReliableLane(ringMessages: limits.ringMessages, ringBytes: limits.ringBytes),
            at: now
        )
        seatOfParticipant[grant.participant] = index
        seatOfToken[seats[index].token] = seats[index].key
        markPlace(index)
        seat(socket, at: index, now, into: &effects)
        effects.append(.send(socket, welcome(grant, token: token, at: now)))
        switch grant {
        case .session(let place): enter(index, place, at: now, into: &effects)
        case .desk(let desk):
            for topic in Set(desk.hears) { desks[topic, default: []].append(index) }
            effects.append(.event(.deskOpened(desk.participant, desk)))
        }
    }

    private func hasSocket(_ participant: ParticipantID) -> Bool {
        seatOfParticipant[participant].map { seats[$0].socket != nil } ?? false
    }

    /// Why the place cannot be taken, nil when it can.
    private func obstacle(to grant: Grant) -> (ErrorCode, CloseCode)? {
        let taken = seatOfParticipant[grant.participant]
        if taken == nil,
            socketsOfPrincipal[grant.principal, default: 0] >= limits.socketsPerPrincipal
        {
            return (.busy, .overload)
        }
        if let taken, seats[taken].grant.principal != grant.principal {
            return (.forbidden, .forbidden)
        }
        guard case .session(let place) = grant else {
            return taken == nil ? nil : (.forbidden, .forbidden)
        }
        // It was opened just now unless its record is final.
        guard let machine = sessions[place.session.id] else { return (.sessionEnded, .ended) }
        if place.role != .doctor, machine.record.isRemoved(place.participant) {
            return (.forbidden, .forbidden)
        }
        guard let taken else { return machine.isFull ? (.sessionFull, .overload) : nil }
        return seats[taken].session == place.session.id ? nil : (.forbidden, .forbidden)
    }

    /// The grant with the role that the session's record gives, which may be newer than the ticket.
    private func asRecorded(_ grant: Grant) -> Grant {
        guard case .session(var place) = grant, let machine = sessions[place.session.id]
        else { return grant }
        place.role = machine.record.role(of: place)
        return .session(place)
    }

    private mutating func seat(
        _ socket: SocketID,
        at index: Int,
        _ now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let address = sockets[socket]?.address else { return }
        effects.append(.authenticated(socket))
        sockets[socket]?.seat = index
        strangers -= 1
        let left = unauthenticated[address, default: 1] - 1
        unauthenticated[address] = left > 0 ? left : nil
        socketsOfPrincipal[seats[index].grant.principal, default: 0] += 1
        count(1, of: seats[index].grant)
        seats[index].socket = socket
        seats[index].awaySince = nil
        deadlines.insert(.quiet(socket), at: now + min(limits.heartbeat, limits.silence))
    }

    private func welcome(_ grant: Grant, token: String, at now: Instant) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.key("participant")
            writer.value(grant.participant.rawValue)
            writer.key("scope")
            switch grant {
            case .session(let place):
                writer.value("session")
                writer.key("session")
                writer.value(place.session.id.rawValue)
                writer.key("role")
                writer.value(place.role.rawValue)
            case .desk:
                writer.value("desk")
            }
            writer.key("token")
            writer.value(token)
            writer.key("tokenSeconds")
            writer.value(limits.resumeLife.components.seconds)
            writer.key("heartbeatSeconds")
            writer.value(limits.heartbeat.components.seconds)
            writer.key("limits")
            writer.object { writer in
                writer.key("messagesPerSecond")
                writer.value(limits.messagesPerSecond)
                writer.key("burst")
                writer.value(limits.burst)
                writer.key("bytes")
                writer.value(Envelope.sizeLimit)
                writer.key("ring")
                writer.value(limits.ringMessages)
            }
            writer.key("at")
            writer.value(now)
        }
        return Frame(.welcome, bodyCapacity: writer.bytes.count).closed(body: writer.bytes)
    }

    private func digest(of token: String) -> TokenDigest {
        let bytes = Array(token.utf8)
        return secrets.digest(of: bytes.span)
    }

    // MARK: Resume

    private mutating func resume(
        _ socket: SocketID,
        _ digest: TokenDigest,
        last: Int64,
        sent: Int64,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let key = seatOfToken[digest], let index = seats.index(key) else {
            return rejectResume(socket, .resumeUnknown, at: now, into: &effects)
        }
        if let since = seats[index].awaySince, now - since >= limits.resumeLife {
            return rejectResume(socket, .resumeExpired, at: now, into: &effects)
        }
        guard
            !isPutOff(
                socket,
                worth(of: seats[index].grant),
                takesRoom: seats[index].socket == nil,
                at: now,
                into: &effects
            )
        else { return }
        // The lane's numbers must be final before it is compared.
        seats[index].isSlow = false
        sendPostponed(index, at: now, into: &effects)
        let missing = sent - seats[index].lane.received
        let resumption = seats[index].lane.resume(last: last, theirSent: sent)
        guard resumption != .impossible else {
            return rejectResume(socket, .resumeUnknown, at: now, into: &effects)
        }
        if let old = seats[index].socket {
            effects.append(.close(old, .superseded, reason: "another socket took over"))
            _ = forget(old)
        }
        let wasAway = seats[index].awaySince != nil
        seats[index].isSlow = false
        seats[index].chokedSince = nil
        let repeats = Int(min(max(missing, 0), Int64(limits.ringMessages)))
        sockets[socket]?.rate.allow(repeats)
        seat(socket, at: index, now, into: &effects)
        let token = rotate(index, used: digest)
        sendResumed(index, socket, token, isGap: resumption == .gap, at: now, into: &effects)
        for frame in seats[index].lane.unacknowledged { effects.append(.send(socket, frame)) }
        if let session = seats[index].session, wasAway {
            returned(index, to: session, at: now, into: &effects)
        }
        renewSubscriptions(index, into: &effects)
        if resumption == .gap {
            counts.gaps += 1
            bridgeGap(index, at: now, into: &effects)
        } else {
            counts.resumed += 1
        }
    }

    private mutating func rejectResume(
        _ socket: SocketID,
        _ code: ErrorCode,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let address = sockets[socket]?.address ?? ""
        effects.append(.event(.refused(socket, address: address, code: code)))
        reject(
            socket,
            code,
            "the place cannot be resumed; say hello with a new ticket",
            close: .resumeFailed,
            at: now,
            into: &effects
        )
    }

    /// Gives the seat a new token.
    ///
    /// The one just used stays good until the participant acknowledges something on the new
    /// socket, because the answer may not reach it.
    private mutating func rotate(_ index: Int, used: TokenDigest) -> String {
        let token = secrets.token()
        let fresh = digest(of: token)
        for old in [seats[index].token, seats[index].previousToken] {
            if let old, old != used { seatOfToken[old] = nil }
        }
        seats[index].previousToken = used
        seats[index].token = fresh
        seatOfToken[fresh] = seats[index].key
        markPlace(index)
        return token
    }

    private mutating func sendResumed(
        _ index: Int,
        _ socket: SocketID,
        _ token: String,
        isGap: Bool,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let last = seats[index].lane.takeAcknowledgement()
        var writer = JSONWriter(capacity: 192)
        writer.object { writer in
            writer.key("token")
            writer.value(token)
            writer.key("tokenSeconds")
            writer.value(limits.resumeLife.components.seconds)
            writer.key("last")
            writer.value(last)
            writer.key("gap")
            writer.value(isGap)
            writer.key("at")
            writer.value(now)
        }
        let frame = Frame(.resumed, acknowledged: last, bodyCapacity: writer.bytes.count)
        seats[index].lastSentAt = now
        effects.append(.send(socket, frame.closed(body: writer.bytes)))
    }

    /// What was lost is replaced by the whole state, and links begin anew.
    private mutating func bridgeGap(
        _ index: Int,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        switch seats[index].grant {
        case .desk(let desk): effects.append(.event(.deskOpened(desk.participant, desk)))
        case .session(let place):
            let session = place.session.id
            guard !seats[index].isWaiting else {
                return repeatLobby(index, of: session, at: now, into: &effects)
            }
            announceDown(place.participant, why: .gap, in: session, at: now, into: &effects)
            sessions[session]?.relink(place.participant)
            sendSnapshot(index, of: session, at: now, into: &effects)
            announceUp(place.participant, in: session, at: now, into: &effects)
            effects.append(.event(.sessionGap(session, place.participant)))
        }
    }
}
