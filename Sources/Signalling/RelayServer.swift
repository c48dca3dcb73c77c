public import Vocabulary
import Wire

/// A STUN or TURN server as browsers take it: an `RTCIceServer`.
public struct RelayServer: Sendable, Equatable, Encodable {
    /// Where it is: `stun:`, `turn:` and `turns:` URLs.
    public let urls: [String]
    /// The user, nil for servers that ask for none.
    public let username: String?
    /// The password of the user.
    public let credential: String?

    /// A server; user and password belong together.
    public init(urls: [String], username: String? = nil, credential: String? = nil) {
        self.urls = urls
        self.username = username
        self.credential = credential
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("urls")
            writer.array { writer in for url in urls { writer.value(url) } }
            if let username { writer.member("username", username) }
            if let credential { writer.member("credential", credential) }
        }
    }
}

/// Where the relay's time-limited credentials come from.
///
/// The machine is pure and knows no secret, so they enter it from outside. The same question gets
/// the same answer.
public protocol RelaySource: Sendable {
    /// How long a credential is good; at least two minutes.
    var life: Duration { get }
    /// The servers for a participant, with a credential that is good until `end`.
    func servers(
        for participant: ParticipantID,
        in session: SessionID,
        until end: Instant
    ) -> [RelayServer]
}

extension RelaySource {
    /// When a credential that is issued now ends: a whole second, as its user's name says it.
    public func end(issuedAt now: Instant) -> Instant {
        Instant(milliseconds: (now + life).milliseconds / 1_000 * 1_000)
    }
}
