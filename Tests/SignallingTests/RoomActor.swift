import Signalling
import Vocabulary

/// Somebody in the simulated consult: what it may be, and what it has seen.
struct RoomActor {
    let id: String
    let grant: SessionGrant
    var socket: SocketID?
    var token: String?
    /// The highest number received.
    var last = 0
    /// Whether the server has shown it the room, and not put it back since.
    var isInside = false
    /// Whether it was told that it is put back: it still sees others go before it.
    var isLeaving = false
    /// Whether it is somebody in the session, in the room or in its lobby.
    var isHere = false
    /// Links to others, by their id.
    var links: [String: Int] = [:]
    /// The numbers of the lines of the chat that it read, in order.
    var lines: [Int] = []
    /// Lines that were handed on while it was inside and connected.
    var expected: [Int] = []
    /// What it sent, for the numbers of its requests.
    var asked = 0
    /// What it asked for last, and about whom.
    var asking: (type: String, other: String?) = ("", nil)

    init(_ grant: SessionGrant) {
        self.grant = grant
        id = grant.participant.rawValue
    }

    /// Whether the account is a doctor's, who can become responsible.
    var isDoctor: Bool { grant.doctor != nil }

    /// Takes a frame; returns what is wrong about it, nil when nothing.
    mutating func take(_ frame: ReadFrame) -> String? {
        if let breach = frame.breach { return breach }
        if let q = frame.q {
            guard q == last + 1 else { return "\(id) got q \(q) after \(last): \(frame)" }
            last = q
        }
        switch frame.type {
        case "welcome", "resumed": token = frame["token"]
        case "snapshot":
            links = [:]
            for other in frame.body["participants"] as? [[String: Any]] ?? [] { meet(other) }
        case "peer.up": meet(frame.body)
        case "peer.down": links[frame["participant"] ?? ""] = nil
        case "chat":
            let number = frame["message"].flatMap { Int($0) } ?? 0
            guard !lines.contains(number) else { return "\(id) read line \(number) twice" }
            lines.append(number)
        default: break
        }
        return nil
    }

    private mutating func meet(_ other: [String: Any]) {
        guard let id = other["participant"] as? String, let link = other["link"] as? Int
        else { return }
        links[id] = link
    }
}
