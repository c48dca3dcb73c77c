import Crypto
package import Vocabulary

/// What a log-in gives: who, until when, and an id to revoke it by, under the server's MAC.
///
/// Written `th1.<claims>.<mac>`: base64url of `id user expiry` and of HMAC-SHA256 over
/// everything before the last dot. The algorithm is fixed; the token names none.
package struct AccessToken: Sendable, Equatable {
    /// 128 random bits, hex.
    package let id: String
    /// The account.
    package let user: UserID
    /// The first instant at which it no longer counts.
    package let expiresAt: Instant

    /// A fresh token of an account.
    package init(user: UserID, expiresAt: Instant) {
        self.id = Hexadecimal.encode(randomBytes(16))
        self.user = user
        self.expiresAt = expiresAt
    }

    /// Reads a token; nil when it is malformed, forged or expired.
    package init?(_ text: String, key: [UInt8], now: Instant) {
        guard text.utf8.count <= 512 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "th1",
            let mac = Base64.decodeURL(String(parts[2])),
            constantTimeEquals(mac, AccessToken.mac("\(parts[0]).\(parts[1])", key)),
            let claims = Base64.decodeURL(String(parts[1]))
        else { return nil }
        let words = String(decoding: claims, as: UTF8.self).split(separator: " ")
        guard words.count == 3, let user = UserID(rawValue: String(words[1])),
            let expiry = Int64(words[2]), now < Instant(milliseconds: expiry)
        else { return nil }
        self.id = String(words[0])
        self.user = user
        self.expiresAt = Instant(milliseconds: expiry)
    }

    /// The token as it is sent.
    package func text(key: [UInt8]) -> String {
        let claims = Array("\(id) \(user) \(expiresAt.milliseconds)".utf8)
        let head = "th1.\(Base64.encodeURL(claims))"
        return "\(head).\(Base64.encodeURL(AccessToken.mac(head, key)))"
    }

    /// What a browser must send beside its cookie on unsafe calls: derived, so never stored.
    package func csrf(key: [UInt8]) -> String {
        Base64.encodeURL(AccessToken.mac("csrf.\(id)", key))
    }

    private static func mac(_ text: String, _ key: [UInt8]) -> [UInt8] {
        HMAC.sha256(key: key, Array(text.utf8))
    }
}
