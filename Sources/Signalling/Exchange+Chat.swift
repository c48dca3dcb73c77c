public import Vocabulary
import Wire

/// A line of a session's chat.
public struct ChatLine: Sendable, Equatable {
    /// Who wrote it.
    public let from: ParticipantID
    /// What the others saw of whoever wrote it.
    public let name: String
    /// For whom alone it is; nil for everybody.
    public let to: ParticipantID?
    /// The writer's own id of it, 1–64 characters.
    public let message: String
    /// The text, 1–4,000 characters.
    public let text: String
    /// When it was written.
    public let at: Instant

    /// A line.
    public init(
        from: ParticipantID,
        name: String,
        to: ParticipantID?,
        message: String,
        text: String,
        at: Instant
    ) {
        self.from = from
        self.name = name
        self.to = to
        self.message = message
        self.text = text
        self.at = at
    }

    /// The longest id, in characters.
    public static let messageLimit = 64
    /// The longest text, in characters.
    public static let textLimit = 4_000
    /// So many lines are in a snapshot.
    public static let shown = 50
    /// The most lines of one session.
    public static let sessionLimit = 5_000
}

/// The chat of a room: each line is stored, sealed, before anybody reads it.
extension Exchange {
    /// Somebody writes a line.
    mutating func write(
        _ index: Int,
        _ pending: PendingReply,
        _ message: String,
        _ text: String,
        to id: ParticipantID?,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) -> RequestLog.Answer {
        guard case .session(let place) = seats[index].grant,
            let machine = sessions[place.session.id]
        else { return notInSession }
        // Written before: whoever sends it again does not know that it arrived.
        let isKnown = machine.chat.contains {
            $0.from == place.participant && $0.message == message
        }
        guard !isKnown else { return .ok }
        if let id, machine.participant(id)?.state.isInRoom != true { return noSuchParticipant }
        let line = ChatLine(
            from: place.participant,
            name: place.name,
            to: id,
            message: message,
            text: text,
            at: now
        )
        effects.append(.event(.chatOffered(pending, place.session.id, line)))
        return .pending
    }

    /// A line is stored: the others read it, and who wrote it is told so.
    public mutating func relay(
        _ line: ChatLine,
        in session: SessionID,
        answering pending: PendingReply,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        sessions[session]?.keep(line)
        var writer = JSONWriter(capacity: 256 + line.text.utf8.count)
        line.write(to: &writer)
        for index in seatsInRoom(of: session) {
            let id = seats[index].grant.participant
            guard id != line.from, line.to == nil || line.to == id else { continue }
            sendReliable(index, .chat, body: writer.bytes, at: now, into: &effects)
        }
        accept(pending, at: now, into: &effects)
    }

    /// The last lines of a session as they were stored, oldest first; for one that was just opened.
    public mutating func restoreChat(_ lines: [ChatLine], of session: SessionID) {
        guard sessions[session]?.chat.isEmpty == true else { return }
        for line in lines { sessions[session]?.keep(line) }
    }
}

extension SessionMachine {
    fileprivate mutating func keep(_ line: ChatLine) {
        if chat.count >= ChatLine.shown { chat.removeFirst() }
        chat.append(line)
    }

    /// The lines that a participant may read.
    func chat(for id: ParticipantID) -> [ChatLine] {
        chat.filter { $0.to == nil || $0.to == id || $0.from == id }
    }
}

extension ChatLine {
    /// Writes the line as the others get it.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("from", from.rawValue)
            writer.member("name", name)
            if let to { writer.member("to", to.rawValue) }
            writer.member("message", message)
            writer.member("text", text)
            writer.key("at")
            writer.value(at)
        }
    }
}
