/// Why a message was refused: the `code` of an `err` frame.
public enum ErrorCode: String, Sendable, Codable, CaseIterable {
    /// The text or a field of it is not what the message asks for.
    case badMessage = "bad_message"
    /// A message type that this server does not know.
    case unknownType = "unknown_type"
    /// A hole in the sequence numbers.
    case outOfOrder = "out_of_order"
    /// Too early: no `hello` yet, or the session is not that far.
    case notReady = "not_ready"
    /// The ticket is unknown or used.
    case authFailed = "auth_failed"
    /// The ticket came too late.
    case ticketExpired = "ticket_expired"
    /// Not for this participant.
    case forbidden = "forbidden"
    /// No such session.
    case noSession = "no_session"
    /// No such participant or link.
    case noPeer = "no_peer"
    /// The session has as many participants as it may.
    case sessionFull = "session_full"
    /// The session is over.
    case sessionEnded = "session_ended"
    /// The participant waits in the lobby.
    case notAdmitted = "not_admitted"
    /// A consent is missing.
    case consentRequired = "consent_required"
    /// An offer, answer or candidate of an earlier round of negotiation.
    case staleNegotiation = "stale_negotiation"
    /// More than 64 KiB.
    case tooLarge = "too_large"
    /// Too many messages or failed tickets.
    case rateLimited = "rate_limited"
    /// A limit of the server is reached.
    case busy = "busy"
    /// The resume token is unknown or used.
    case resumeUnknown = "resume_unknown"
    /// The resume token is older than it lives.
    case resumeExpired = "resume_expired"
    /// The client speaks another version.
    case version = "version"
    /// The server failed.
    case `internal` = "internal"

    /// Whether the same request may succeed later.
    public var isRetryable: Bool {
        switch self {
        case .notReady, .noPeer, .sessionFull, .notAdmitted, .consentRequired, .rateLimited,
            .busy, .internal:
            true
        case .badMessage, .unknownType, .outOfOrder, .authFailed, .ticketExpired, .forbidden,
            .noSession, .sessionEnded, .staleNegotiation, .tooLarge, .resumeUnknown,
            .resumeExpired, .version:
            false
        }
    }
}

/// Why the server closes a socket; the raw value is the WebSocket close code.
public enum CloseCode: UInt16, Sendable, CaseIterable {
    /// The participant left.
    case done = 1_000
    /// The server goes down; resume on the next one.
    case drain = 1_001
    /// Origin or policy; stop.
    case policy = 1_008
    /// A frame above the limit.
    case tooBig = 1_009
    /// Overload; back off.
    case overload = 1_013
    /// A message that is not of the protocol.
    case badMessage = 4_400
    /// No valid ticket; stop.
    case authFailed = 4_401
    /// Not allowed; stop.
    case forbidden = 4_403
    /// No such session; stop.
    case noSession = 4_404
    /// `hello` or a sign of life did not come in time.
    case timeOut = 4_408
    /// Another socket took the participant's place; stop.
    case superseded = 4_409
    /// The session is over or the participant was removed; stop.
    case ended = 4_410
    /// Too many messages; resume later.
    case rateLimited = 4_429
    /// Messages are not taken or acknowledged; resume and expect a gap.
    case slowConsumer = 4_430
    /// The session of the socket cannot go on; a fresh `hello` is needed.
    case resumeFailed = 4_440
}
