public import Vocabulary

/// A line of a session's chat as it is stored; its text is sealed.
public struct ChatRecord: Codable, Sendable, Equatable {
    /// The session.
    public let session: SessionID
    /// The line's number in the session, from 1.
    public let number: Int
    /// Who wrote it.
    public let from: ParticipantID
    /// What the others saw of whoever wrote it.
    public let name: String
    /// For whom alone it is; nil for everybody.
    public let to: ParticipantID?
    /// The writer's own id of it: one writer writes none twice.
    public let message: String
    /// The text, sealed (AES-256-GCM, base64).
    public let sealedText: String
    /// When it was written.
    public let at: Instant

    /// A line.
    public init(
        session: SessionID,
        number: Int,
        from: ParticipantID,
        name: String,
        to: ParticipantID?,
        message: String,
        sealedText: String,
        at: Instant
    ) {
        self.session = session
        self.number = number
        self.from = from
        self.name = name
        self.to = to
        self.message = message
        self.sealedText = sealedText
        self.at = at
    }
}
