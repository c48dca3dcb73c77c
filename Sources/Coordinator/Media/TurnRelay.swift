import Crypto
package import Signalling
package import Vocabulary

/// The relays of a deployment, and the credentials that they take.
///
/// The convention is coturn's `use-auth-secret`: the user's name begins with the second at which it
/// ends, the password is the HMAC-SHA1 of that name under the secret that coordinator and relay
/// share. Nothing is stored, and the relay asks nobody.
package struct TurnRelay: RelaySource {
    /// `stun:`, `turn:` and `turns:` URLs.
    package let urls: [String]
    /// What the relay holds as `static-auth-secret`.
    package let secret: [UInt8]
    /// How long a credential is good.
    package let life: Duration

    /// Relays at these URLs, which hold this secret.
    package init(urls: [String], secret: [UInt8], life: Duration) {
        self.urls = urls
        self.secret = secret
        self.life = life
    }

    package func servers(
        for participant: ParticipantID,
        in session: SessionID,
        until end: Instant
    ) -> [RelayServer] {
        let open = urls.filter { $0.hasPrefix("stun") }
        let relays = urls.filter { !$0.hasPrefix("stun") }
        var servers = open.isEmpty ? [] : [RelayServer(urls: open)]
        if !relays.isEmpty {
            let user = "\(end.milliseconds / 1_000):\(session).\(participant)"
            servers.append(
                RelayServer(urls: relays, username: user, credential: credential(of: user))
            )
        }
        return servers
    }

    /// The password of a user.
    package func credential(of user: String) -> String {
        Base64.encode(HMAC.sha1(key: secret, Array(user.utf8)))
    }
}

extension TurnRelay {
    /// The relays that are configured, nil for none.
    package init?(_ media: Configuration.Media) {
        guard let turn = media.turn else { return nil }
        self.init(urls: turn.urls, secret: Array(turn.secret.utf8), life: turn.life)
    }
}
