import Signalling
import Vocabulary

/// A client that keeps the delivery rules, for the simulation: it numbers what it sends, repeats
/// after a resume what was not acknowledged, and checks what it gets.
struct Client {
    let grant: Grant
    var socket: SocketID?
    /// Whether the first frame of the socket has come.
    var isOpen = false
    var resumeToken: String?
    /// The highest q received without a hole.
    var last = 0
    private var sent = 0
    private var told = 0
    private var outbox: [(q: Int, text: String)] = []
    /// The link to the one other participant, and who it is.
    private(set) var link: Int?
    private var peer: String?
    private var isPolite = false
    private var round = 0
    /// The number of the last candidate sent and received on the link.
    private(set) var candidatesSent = 0
    private(set) var candidatesReceived = 0
    private(set) var gaps = 0
    private(set) var alarms: [Int] = []
    private(set) var highestVital = 0
    /// Numbered frames that came in order.
    private(set) var taken = 0
    /// Whether a frame came too early: one before it was lost, and the socket must be given up.
    private(set) var missesFrames = false
    /// What went wrong; empty when the rules held.
    private(set) var faults: [String] = []

    /// Whether it repeats after a resume what the server says it has.
    private let isCareless: Bool

    init(_ grant: Grant, isCareless: Bool) {
        self.grant = grant
        self.isCareless = isCareless
    }

    // MARK: Sending

    /// The first text on a fresh socket.
    mutating func opening(ticket: () -> String) -> String {
        isOpen = false
        missesFrames = false
        if let resumeToken {
            return
                #"{"t":"resume","b":{"token":"\#(resumeToken)","last":\#(last),"sent":\#(sent)}}"#
        }
        last = 0
        told = 0
        sent = 0
        outbox = []
        forgetLink()
        return #"{"t":"hello","b":{"ticket":"\#(ticket())"}}"#
    }

    /// A numbered text, kept until it is acknowledged.
    mutating func number(_ type: String, _ body: String) -> String {
        sent += 1
        let text = #"{"t":"\#(type)","q":\#(sent),"a":\#(last),"b":\#(body)}"#
        outbox.append((sent, text))
        return text
    }

    /// The next candidate for the other side, when there is a link in a round.
    mutating func candidate() -> String? {
        guard isOpen, let link, let peer, round > 0 else { return nil }
        candidatesSent += 1
        let candidate = #"{"candidate":"\#(candidatesSent)","sdpMid":"0","sdpMLineIndex":0}"#
        return number(
            "cand",
            #"{"to":"\#(peer)","link":\#(link),"n":\#(round),"candidates":[\#(candidate)]}"#
        )
    }

    mutating func heartbeat() -> String {
        told = last
        return #"{"t":"heartbeat","a":\#(last)}"#
    }

    /// Whether something came since the last heartbeat.
    var owesAcknowledgement: Bool { told < last }

    /// Whether everything it sent has arrived.
    var isAcknowledged: Bool { outbox.isEmpty }

    // MARK: Receiving

    /// Takes a frame and returns what to send because of it.
    mutating func receive(_ frame: ReadFrame) -> [String] {
        guard frame.isJSON else {
            faults.append("not JSON: \(frame)")
            return []
        }
        if let breach = frame.breach { faults.append(breach) }
        let repeatsAll = isCareless && frame.type == "resumed"
        if let acknowledged = frame.a, !repeatsAll { outbox.removeAll { $0.q <= acknowledged } }
        if let q = frame.q {
            guard q > last else { return [] }
            guard q == last + 1 else {
                missesFrames = true
                return []
            }
            last = q
            taken += 1
        }
        switch frame.type {
        case "welcome":
            isOpen = true
            resumeToken = frame["token"]
        case "resumed":
            isOpen = true
            resumeToken = frame["token"]
            if frame.bool("gap") == true { gaps += 1 }
            let received = frame.int("last") ?? 0
            if !repeatsAll { outbox.removeAll { $0.q <= received } }
            return outbox.map(\.text)
        case "snapshot":
            let participants = frame.body["participants"] as? [[String: Any]] ?? []
            guard let other = participants.first(where: { $0["self"] == nil }) else {
                forgetLink()
                return []
            }
            return meet(other)
        case "peer.up": return meet(frame.body)
        case "peer.down":
            if frame["participant"] == peer { forgetLink() }
        case "desc":
            guard frame.int("link") == link else { break }
            round = frame.int("n") ?? 0
            if frame["kind"] == "offer", let link, let peer {
                let body =
                    #"{"to":"\#(peer)","link":\#(link),"n":\#(round),"kind":"answer","sdp":"v=0"}"#
                return [number("desc", body)]
            }
        case "cand":
            guard frame.int("link") == link else { break }
            let candidates = frame.body["candidates"] as? [[String: Any]]
            let number = (candidates?.first?["candidate"] as? String).flatMap { Int($0) } ?? 0
            if number != candidatesReceived + 1 {
                faults.append("candidate \(number) after \(candidatesReceived)")
            }
            candidatesReceived = number
        case "alarm":
            alarms.append(frame.int("number") ?? 0)
        case "err":
            // Sent before the sender knew that the link had gone.
            // Or after a frame before it was lost, just before the socket is closed.
            if frame.code != "no_peer", frame.code != "out_of_order" { faults.append("\(frame)") }
        default: break
        }
        return []
    }

    private mutating func meet(_ other: [String: Any]) -> [String] {
        guard let number = other["link"] as? Int, number != link,
            let id = other["participant"] as? String
        else { return [] }
        forgetLink()
        link = number
        peer = id
        isPolite = other["polite"] as? Bool ?? false
        guard !isPolite else { return [] }
        round = 1
        let body = #"{"to":"\#(id)","link":\#(number),"n":1,"kind":"offer","sdp":"v=0"}"#
        return [self.number("desc", body)]
    }

    private mutating func forgetLink() {
        link = nil
        peer = nil
        round = 0
        candidatesSent = 0
        candidatesReceived = 0
    }
}
