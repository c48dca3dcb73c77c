public import Vocabulary

/// The machine's name for one WebSocket; given by who owns the sockets, never used twice.
public struct SocketID: Hashable, Sendable {
    /// The number.
    public let rawValue: UInt64

    /// The socket with this number.
    public init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// The SHA-256 of a ticket or a resume token; the token itself is never kept.
public struct TokenDigest: Hashable, Sendable, Codable {
    private let words: InlineWords

    /// The digest, or nil when there are not exactly 32 bytes.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count == 32 else { return nil }
        func word(_ start: Int) -> UInt64 {
            (start..<start + 8).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
        }
        words = InlineWords(first: word(0), second: word(8), third: word(16), fourth: word(24))
    }

    private struct InlineWords: Hashable, Codable {
        let first: UInt64
        let second: UInt64
        let third: UInt64
        let fourth: UInt64
    }
}

/// Where unguessable tokens come from, and how they are recognised.
///
/// The machine is pure, so the secrets enter it from outside: the coordinator draws them from
/// the system's generator, a simulation from its seed.
public protocol SecretSource: Sendable {
    /// A fresh token: 32 random bytes in base64url without padding.
    mutating func token() -> String
    /// The SHA-256 of a token's text.
    func digest(of token: Span<UInt8>) -> TokenDigest
}

/// A single-use ticket for one socket, as handed to the person over HTTPS.
public struct Ticket: Sendable, Equatable {
    /// The token for `hello`.
    public let token: String
    /// The first instant at which it is no longer taken.
    public let expiresAt: Instant
}
