import Crypto

/// The secret shared with the conference server, and what is derived from it.
///
/// So one file is enough, and a room can be closed by a process that did not make it.
struct ConferenceSecret: Sendable {
    /// Opens the Admin API.
    let admin: String

    init(_ secret: String) {
        admin = secret
    }

    /// Without it nobody makes a room.
    var roomKey: String { derived("room key") }

    /// Without it nobody changes or closes that room.
    func roomSecret(of room: String) -> String { derived("room \(room)") }

    private func derived(_ purpose: String) -> String {
        Hexadecimal.encode(HMAC.sha256(key: Array(admin.utf8), Array(purpose.utf8)))
    }
}
