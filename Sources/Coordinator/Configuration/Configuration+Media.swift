import Foundation

/// Relays for the media, as the configuration names them.
extension Configuration {
    /// What carries media where two browsers cannot reach each other, or are too many.
    public struct Media: Sendable {
        /// A relay and the secret shared with it.
        public struct Turn: Sendable {
            /// `stun:`, `turn:` and `turns:` URLs, as browsers are told them.
            public var urls: [String]
            /// The secret; at least 16 bytes where there is a relay.
            public var secret: String
            /// How long a credential is good.
            public var life: Duration
        }

        /// A conference server, Janus with its VideoRoom.
        public struct Conference: Sendable {
            /// The URL of its Admin API.
            public var admin: String
            /// The WebSocket that browsers reach it by.
            public var url: String
            /// The secret shared with it.
            public var secret: String
        }

        /// The relays, nil for none.
        public var turn: Turn?
        /// The conference server, nil for none.
        public var conference: Conference?
    }

    static func media(_ reader: ConfigurationReader) throws(ConfigurationError) -> Media {
        Media(turn: try turn(reader), conference: try conference(reader))
    }

    private static func turn(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> Media.Turn? {
        let urls = reader.list("media.turn.urls")
        guard !urls.isEmpty else { return nil }
        for url in urls where !isRelay(url) {
            throw ConfigurationError(
                "media.turn.urls: expected stun:HOST, turn:HOST:PORT or turns:HOST:PORT,"
                    + " found '\(url)'"
            )
        }
        let secret = try sharedSecret(
            reader,
            "media.turn.secretFile",
            isNeeded: urls.contains { !$0.hasPrefix("stun") }
        )
        return Media.Turn(
            urls: urls,
            secret: secret ?? "",
            life: .seconds(reader.integer("media.turn.lifetimeSeconds"))
        )
    }

    private static func conference(
        _ reader: ConfigurationReader
    ) throws(ConfigurationError) -> Media.Conference? {
        guard let admin = reader.optional("media.conference.admin") else { return nil }
        guard admin.hasPrefix("http://") || admin.hasPrefix("https://") else {
            throw ConfigurationError(
                "media.conference.admin: expected http://HOST:PORT/admin, found '\(admin)'"
            )
        }
        let url = reader.text("media.conference.url")
        guard url.hasPrefix("ws://") || url.hasPrefix("wss://") else {
            throw ConfigurationError(
                "media.conference.url: expected wss://HOST:PORT, found '\(url)'"
            )
        }
        let secret = try sharedSecret(reader, "media.conference.secretFile", isNeeded: true)
        return Media.Conference(admin: admin, url: url, secret: secret ?? "")
    }

    /// Whether a browser would take the URL (RFC 7064, RFC 7065).
    private static func isRelay(_ url: String) -> Bool {
        guard let colon = url.firstIndex(of: ":"),
            ["stun", "stuns", "turn", "turns"].contains(url[..<colon])
        else { return false }
        let rest = url[url.index(after: colon)...]
        return !rest.isEmpty && !rest.hasPrefix("/") && !rest.contains { $0.isWhitespace }
    }

    /// The one line of a file, which another program holds too.
    static func sharedSecret(
        _ reader: ConfigurationReader,
        _ key: String,
        isNeeded: Bool
    ) throws(ConfigurationError) -> String? {
        guard let path = reader.optional(key) else {
            guard !isNeeded else { throw ConfigurationError("\(key) is missing") }
            return nil
        }
        guard let content = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ConfigurationError("cannot read \(key) \(path); check path and rights")
        }
        let secret = content.filter { !$0.isWhitespace }
        guard secret.utf8.count >= 16 else {
            throw ConfigurationError("\(key) \(path) holds less than 16 characters; take more")
        }
        return secret
    }
}
