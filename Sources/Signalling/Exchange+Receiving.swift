public import Vocabulary
import Wire

/// What sockets say.
extension Exchange {
    /// A text frame arrived, whole.
    public mutating func received(
        _ socket: SocketID,
        text bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let place = sockets.index(forKey: socket) else { return }
        counts.received += 1
        sockets.values[place].lastReceivedAt = now
        guard sockets.values[place].rate.take(at: now) else {
            return reject(
                socket,
                .rateLimited,
                "at most \(limits.messagesPerSecond) messages a second",
                close: .rateLimited,
                after: .seconds(1),
                at: now,
                into: &effects
            )
        }
        let envelope: Envelope
        do throws(MessageError) {
            envelope = try Envelope(bytes)
        } catch {
            let isLarge = error == .tooLarge
            return reject(
                socket,
                isLarge ? .tooLarge : .badMessage,
                error.description,
                close: isLarge ? .tooBig : .badMessage,
                at: now,
                into: &effects
            )
        }
        guard let index = sockets.values[place].seat else {
            return open(socket, envelope, bytes, at: now, into: &effects)
        }
        receive(index, socket, envelope, bytes, at: now, into: &effects)
    }

    /// A message of a participant: acknowledgement, number, then what it says.
    private mutating func receive(
        _ index: Int,
        _ socket: SocketID,
        _ envelope: Envelope,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        if let number = envelope.acknowledged,
            !acknowledge(index, number, socket, at: now, into: &effects)
        {
            return
        }
        guard let sequence = envelope.sequence else {
            return dispatch(index, envelope, bytes, at: now, into: &effects)
        }
        seats[index].lane.anchor(at: sequence)
        switch seats[index].lane.verdict(for: sequence) {
        case .process:
            let key = seats[index].key
            dispatch(index, envelope, bytes, at: now, into: &effects)
            // What the message caused is in the rings; only now may it be acknowledged.
            guard seats.index(key) != nil else { return }
            if seats[index].lane.processed(at: now) {
                sendHeartbeat(index, at: now, into: &effects)
            } else {
                armAcknowledgement(index)
            }
        case .repeated:
            counts.repeated += 1
            sendHeartbeat(index, at: now, into: &effects)
        case .hole:
            reject(
                socket,
                .outOfOrder,
                "expected q \(seats[index].lane.received + 1)",
                close: .badMessage,
                at: now,
                into: &effects
            )
        }
    }

    /// Takes an acknowledgement; false when it was wrong and the socket is closed.
    private mutating func acknowledge(
        _ index: Int,
        _ number: Int64,
        _ socket: SocketID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> Bool {
        guard seats[index].lane.acknowledge(number) else {
            reject(
                socket,
                .badMessage,
                "a \(number) was never sent",
                close: .badMessage,
                at: now,
                into: &effects
            )
            return false
        }
        if let previous = seats[index].previousToken {
            seatOfToken[previous] = nil
            seats[index].previousToken = nil
            markPlace(index)
        }
        unchoke(index)
        return true
    }

    private mutating func dispatch(
        _ index: Int,
        _ envelope: Envelope,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let request = envelope.id.map { String(copying: bytes.extracting($0)) }
        let pending = PendingReply(
            seat: seats[index].key,
            request: request,
            sequence: envelope.sequence
        )
        if let request, let answer = seats[index].requests.answer(to: request, at: now) {
            return reply(index, to: pending, answer, at: now, into: &effects)
        }
        let answer: RequestLog.Answer
        do throws(MessageError) {
            answer = try answerTo(pending, index, envelope, bytes, at: now, into: &effects)
        } catch {
            answer = .refused(.badMessage, error.description)
        }
        // A participant that just left has had its answer.
        guard seats.index(pending.seat) != nil else { return }
        if answer == .pending {
            if let sequence = envelope.sequence { seats[index].lane.await(sequence) }
            if let request { record(.pending, to: request, of: index, at: now) }
        }
        reply(index, to: pending, answer, at: now, into: &effects)
    }

    /// Does what the message asks for.
    private mutating func answerTo(
        _ pending: PendingReply,
        _ index: Int,
        _ envelope: Envelope,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) throws(MessageError) -> RequestLog.Answer {
        if seats[index].isWaiting, let refusal = refusalInLobby(envelope.type) { return refusal }
        switch envelope.type {
        case nil: return .refused(.unknownType, "this server does not know the type")
        case .desc, .cand:
            return try relay(index, envelope, bytes, at: now, into: &effects)
        case .heartbeat:
            let fields = try BodyFields(bytes, at: envelope.body)
            if let number = fields.acknowledged, let socket = seats[index].socket {
                _ = acknowledge(index, number, socket, at: now, into: &effects)
            }
            return .ok
        case .join, .knock, .admit, .deny, .hold, .recall, .handover, .consent, .mod, .chat,
            .vitalsUnsubscribe:
            return try answerInRoom(pending, index, envelope, bytes, at: now, into: &effects)
        case .leave:
            _ = try BodyFields(bytes, at: envelope.body)
            reply(index, to: pending, .ok, at: now, into: &effects)
            if let socket = seats[index].socket {
                effects.append(.close(socket, .done, reason: "left"))
                _ = forget(socket)
            }
            vacate(index, why: .left, at: now, into: &effects)
            return .ok
        case .end:
            _ = try BodyFields(bytes, at: envelope.body)
            return end(index, at: now, into: &effects)
        case .linkFail:
            let fields = try BodyFields(bytes, at: envelope.body)
            guard let link = fields.link.flatMap(Int.init(exactly:)) else {
                throw MessageError.field("link")
            }
            return failLink(index, link, why: fields.reason(bytes), at: now, into: &effects)
        case .quality:
            let fields = try BodyFields(bytes, at: envelope.body)
            return try takeQuality(index, fields, bytes, at: now, into: &effects)
        case .vitalsSubscribe:
            let fields = try BodyFields(bytes, at: envelope.body)
            guard let patient = fields.patient(bytes) else { throw MessageError.field("patient") }
            if let refusal = refusal(of: patient, to: index) { return refusal }
            effects.append(.event(.vitalsRequested(pending, patient, by: seats[index].grant)))
            return .pending
        case .alarmAck:
            let fields = try BodyFields(bytes, at: envelope.body)
            guard let alarm = fields.alarm(bytes) else { throw MessageError.field("alarm") }
            let principal = seats[index].grant.principal
            effects.append(.event(.alarmAcknowledged(pending, alarm, by: principal, at: now)))
            return .pending
        case .outcome:
            let fields = try BodyFields(bytes, at: envelope.body)
            guard let disposition = fields.disposition(bytes) else {
                throw MessageError.field("disposition")
            }
            guard let note = fields.note(bytes) else { throw MessageError.field("note") }
            return offerOutcome(index, pending, disposition, note, at: now, into: &effects)
        case .hello, .resume:
            return .refused(.badMessage, "the socket has said hello already")
        case .welcome, .resumed, .snapshot, .peerUp, .peerState, .peerDown, .ice, .topology,
            .notice, .lobby, .queue, .move, .vitals, .alarm, .request, .booking, .session, .ok,
            .err:
            return .refused(.badMessage, "only the server sends this")
        }
    }

    var notInSession: RequestLog.Answer { .refused(.noSession, "a live feed has no session") }

    // MARK: Relaying

    /// Hands a description or candidates on: the body's bytes as they came, with the sender's
    /// name in the place of the receiver's.
    private mutating func relay(
        _ index: Int,
        _ envelope: Envelope,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) throws(MessageError) -> RequestLog.Answer {
        guard let session = seats[index].session else { return notInSession }
        guard let type = envelope.type, let body = envelope.body else {
            throw MessageError.field("b")
        }
        let message = try RelayedBody(type, body: body, in: bytes)
        if let refusal = refusal(of: message, in: bytes, of: session) { return refusal }
        let sender = seats[index].participant
        guard let room = sessions.index(forKey: session),
            let (receiver, verdict) = sessions.values[room].send(message, in: bytes, from: sender),
            let target = seatOfParticipant[receiver]
        else { return .refused(.noPeer, "no such participant on this link") }
        switch verdict {
        case .stale:
            return .refused(.staleNegotiation, "a later or stronger offer counts")
        case .ahead:
            throw MessageError.field("n")
        case .relay:
            counts.relayed += 1
            guard !seats[target].isSlow else {
                var text: [UInt8] = []
                message.append(from: sender.rawValue, in: bytes, to: &text)
                sendReliable(target, type, body: text, at: now, into: &effects)
                return .ok
            }
            let capacity = body.count + sender.rawValue.utf8.count + 8
            let frame = nextFrame(target, type, bodyCapacity: capacity)
            let text = frame.closed(body: message, from: sender.rawValue, in: bytes)
            send(text, to: target, at: now, into: &effects)
            return .ok
        }
    }

    private mutating func failLink(
        _ index: Int,
        _ link: Int,
        why: String?,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard let session = seats[index].session else { return notInSession }
        let sender = seats[index].grant.participant
        if sessions[session]?.isConferenceLink(link, of: sender) == true {
            noteFailure(of: link, by: sender, in: session, at: now, into: &effects)
            effects.append(.event(.conferenceChanged))
            return .ok
        }
        guard let peer = sessions[session]?.fail(link: link, by: sender),
            let target = seatOfParticipant[peer]
        else { return .refused(.noPeer, "no such link") }
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("participant")
            writer.value(sender.rawValue)
            writer.key("link")
            writer.value(link)
            writer.key("linkState")
            writer.value(LinkState.failing.rawValue)
            if let why {
                writer.key("why")
                writer.value(why)
            }
        }
        sendReliable(target, .peerState, body: writer.bytes, at: now, into: &effects)
        noteFailure(of: link, by: sender, in: session, at: now, into: &effects)
        return .ok
    }
}
