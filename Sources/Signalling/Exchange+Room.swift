import Vocabulary
import Wire

/// The messages of a room: read here, decided where their subject is.
extension Exchange {
    mutating func answerInRoom(
        _ pending: PendingReply,
        _ index: Int,
        _ envelope: Envelope,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) throws(MessageError) -> RequestLog.Answer {
        let fields = try RoomFields(bytes, at: envelope.body)
        switch envelope.type {
        case .join, .knock:
            return try join(index, pending, fields, bytes, at: now, into: &effects)
        case .admit:
            let id = try needed(try fields.participant(bytes), "participant")
            return admit(index, id, at: now, into: &effects)
        case .deny:
            let id = try needed(try fields.participant(bytes), "participant")
            return deny(index, id, why: fields.reason(bytes), at: now, into: &effects)
        case .hold:
            let id = try fields.participant(bytes)
            return hold(index, id, why: fields.reason(bytes), at: now, into: &effects)
        case .recall:
            let id = try fields.participant(bytes)
            return recall(index, pending, id, at: now, into: &effects)
        case .handover:
            return try handover(index, pending, fields, bytes, at: now, into: &effects)
        case .consent:
            _ = try fields.participant(bytes)
            let purpose = try needed(try fields.purpose(bytes), "purpose")
            let granted = try needed(fields.grant, "grant")
            return consent(index, pending, purpose, granted, at: now, into: &effects)
        case .mod:
            return try moderate(index, pending, fields, bytes, at: now, into: &effects)
        case .chat:
            return try write(index, pending, fields, bytes, at: now, into: &effects)
        case .vitalsUnsubscribe:
            let patient = try needed(fields.patient(bytes), "patient")
            endSubscription(of: index, to: patient)
            return .ok
        default: return .refused(.unknownType, "this server does not know the type")
        }
    }

    private func needed<Value>(
        _ value: Value?,
        _ name: StaticString
    ) throws(MessageError) -> Value {
        guard let value else { throw .field(name) }
        return value
    }

    private mutating func handover(
        _ index: Int,
        _ pending: PendingReply,
        _ fields: RoomFields,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) throws(MessageError) -> RequestLog.Answer {
        if let id = try fields.to(bytes) {
            return offerHandover(index, to: id, at: now, into: &effects)
        }
        guard let accepts = fields.accept else { return noSuchParticipant }
        return answerHandover(index, pending, accepts: accepts, at: now, into: &effects)
    }

    private mutating func moderate(
        _ index: Int,
        _ pending: PendingReply,
        _ fields: RoomFields,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) throws(MessageError) -> RequestLog.Answer {
        let act = try needed(try fields.act(bytes), "act")
        let role = try fields.role(bytes)
        if act == .role { _ = try needed(role, "role") }
        let id = try fields.participant(bytes)
        return moderate(index, pending, act, id, role: role, at: now, into: &effects)
    }

    private mutating func write(
        _ index: Int,
        _ pending: PendingReply,
        _ fields: RoomFields,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) throws(MessageError) -> RequestLog.Answer {
        let message = try needed(fields.message(bytes), "message")
        let text = try needed(fields.text(bytes), "text")
        guard (1...ChatLine.messageLimit).contains(message.count), message.utf8.count <= 256
        else { throw .field("message") }
        guard (1...ChatLine.textLimit).contains(text.count) else { throw .field("text") }
        let id = try fields.to(bytes)
        return write(index, pending, message, text, to: id, at: now, into: &effects)
    }
}
