import Foundation
import Signalling

/// One person of the load: keeps the delivery rules of the protocol over any number of sockets,
/// and counts what it misses or gets twice.
final class RoomClient {
    /// Where it stands on its socket.
    enum Phase {
        /// No socket.
        case away
        /// Waits for the answer to the upgrade.
        case upgrading
        /// Waits for `welcome` or `resumed`.
        case opening
        /// May speak.
        case open
    }

    /// What a text said that the load must know.
    enum News: Equatable {
        case nothing
        /// The first frame came; after a resume or not.
        case opened(isResume: Bool)
        /// A candidate that was due at this time, in nanoseconds.
        case delivered(due: Int64)
    }

    let site: Int
    let name: String
    private let ticket: String
    /// What it says where the server knows nobody and only answers; nil in a room.
    private let monologue: Monologue?
    var socket: LoadSocket?
    var phase = Phase.away
    /// The other end of the room, nil at a desk.
    weak var peer: RoomClient?
    /// After how long the server wants it to come again, when it was sent away.
    private var retryMilliseconds: Int?
    private var link: Int?
    private var hasRound = false
    private var token: String?
    private var last: Int64 = 0
    private var told: Int64 = 0
    private var sent: Int64 = 0
    private var outbox: [(q: Int64, text: [UInt8])] = []
    private var spoken = 0
    private var heard = 0
    /// Candidates that never came, and that came again.
    private(set) var lost = 0
    private(set) var repeated = 0
    /// Resumes after which something was gone, and places that could not be resumed.
    private(set) var gaps = 0

    init(site: Int, name: String, ticket: String) {
        self.site = site
        self.name = name
        self.ticket = ticket
        monologue = nil
    }

    /// Somebody who hears only itself.
    init(alone site: Int, _ monologue: Monologue) {
        self.site = site
        self.monologue = monologue
        name = "alone"
        ticket = ""
        peer = self
    }

    /// What is said to a server that only answers.
    enum Monologue {
        /// The same as in a room; it comes back as it is.
        case echo
        /// A ping of Janus's own protocol; its transaction comes back in a pong.
        case janus
    }

    /// Whether it may send candidates.
    var isReady: Bool { phase == .open && hasRound }
    /// Whether everything that the other end said has come.
    var isComplete: Bool { peer.map { $0.spoken == heard } ?? true }
    /// What the other end said and has not come.
    var missing: Int { (peer?.spoken ?? heard) - heard }

    // MARK: Speaking

    /// The first text of a socket that is up.
    func open() {
        phase = .opening
        if monologue != nil {
            phase = .open
            link = 1
            hasRound = true
        } else if let token {
            say(#"{"t":"resume","b":{"token":"\#(token)","last":\#(last),"sent":\#(sent)}}"#)
        } else {
            say(#"{"t":"hello","b":{"ticket":"\#(ticket)"}}"#)
        }
    }

    /// Sends a candidate that was due at that time; keeps it when there is no socket.
    func speak(due: Int64) {
        guard let peer, let link else { return }
        spoken += 1
        if monologue == .janus {
            return say(#"{"janus":"ping","transaction":"\#(candidate(spoken, due))"}"#)
        }
        number(
            """
            "b":{"to":"\(peer.name)","link":\(link),"n":1,"candidates":[{"candidate":\
            "\(candidate(spoken, due))","sdpMid":"0","sdpMLineIndex":0,\
            "usernameFragment":"EsAw"}]}
            """,
            "cand"
        )
    }

    /// Says what has come, when that is due.
    func acknowledge(every count: Int64) {
        guard phase == .open, monologue == nil, last - told >= count else { return }
        told = last
        say(#"{"t":"heartbeat","a":\#(last)}"#)
    }

    private func number(_ body: String, _ type: String) {
        sent += 1
        told = last
        let text = Array(#"{"t":"\#(type)","q":\#(sent),"a":\#(last),\#(body)}"#.utf8)
        if monologue == nil { outbox.append((sent, text)) }
        if phase == .open { send(text) }
    }

    private func say(_ text: String) { send(Array(text.utf8)) }

    private func send(_ text: [UInt8]) {
        socket?.queue { WebSocketFrame.append(.text, text, to: &$0) }
    }

    // MARK: Hearing

    /// Takes a text frame.
    func hear(_ bytes: Span<UInt8>) throws -> News {
        guard monologue == nil else { return hearCandidate(bytes) }
        let envelope = try Envelope(bytes)
        if let acknowledged = envelope.acknowledged { forget(through: acknowledged) }
        if let q = envelope.sequence {
            guard q > last else { return .nothing }
            last = q
        }
        switch envelope.type {
        case .cand: return hearCandidate(bytes)
        case .welcome, .resumed: return opened(envelope, bytes)
        case .snapshot, .peerUp, .desc: meet(envelope, bytes)
        case .err: retryMilliseconds = fields(envelope, bytes)["afterMs"] as? Int
        default: break
        }
        return .nothing
    }

    private func forget(through number: Int64) {
        guard let first = outbox.first, first.q <= number else { return }
        outbox.removeFirst(min(outbox.count, Int(number - first.q + 1)))
    }

    private func hearCandidate(_ bytes: Span<UInt8>) -> News {
        guard let start = bytes.candidateStart else { return .nothing }
        let number = bytes.decimal(at: start, width: 20)
        if number <= heard {
            repeated += 1
            return .nothing
        }
        lost += number - heard - 1
        heard = number
        hasRound = true
        let gap = " 1 udp 2122260223 192.168.1.20 ".utf8.count
        let due = bytes.decimal(at: start + 20 + gap, width: 20)
        return .delivered(due: Int64(due))
    }

    private func opened(_ envelope: Envelope, _ bytes: Span<UInt8>) -> News {
        let body = fields(envelope, bytes)
        phase = .open
        token = body["token"] as? String
        guard envelope.type == .resumed else { return .opened(isResume: false) }
        if body["gap"] as? Bool == true { gaps += 1 }
        forget(through: Int64(body["last"] as? Int ?? 0))
        for (_, text) in outbox { send(text) }
        return .opened(isResume: true)
    }

    /// Learns of the link; the doctor, who comes later, is polite, and the clinic offers.
    private func meet(_ envelope: Envelope, _ bytes: Span<UInt8>) {
        let body = fields(envelope, bytes)
        if envelope.type == .desc {
            hasRound = true
            guard body["kind"] as? String == "offer" else { return }
            describe("answer")
        } else if let number = linkNumber(body), link == nil {
            link = number
            if envelope.type == .peerUp { describe("offer") }
        }
    }

    private func describe(_ kind: String) {
        guard let peer, let link else { return }
        number(
            #""b":{"to":"\#(peer.name)","link":\#(link),"n":1,"kind":"\#(kind)","sdp":"v=0"}"#,
            "desc"
        )
    }

    private func linkNumber(_ body: [String: Any]) -> Int? {
        if let number = body["link"] as? Int { return number }
        let people = body["participants"] as? [[String: Any]] ?? []
        return people.lazy.compactMap { $0["link"] as? Int }.first
    }

    private func fields(_ envelope: Envelope, _ bytes: Span<UInt8>) -> [String: Any] {
        guard let body = envelope.body else { return [:] }
        var data = Data()
        for index in body { data.append(bytes[index]) }
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
    }

    // MARK: Losing the socket

    /// How long it waits before it comes again after a loss that nobody of the load asked for.
    func takePause() -> Int64 {
        defer { retryMilliseconds = nil }
        return Int64(retryMilliseconds ?? 500) * 1_000_000
    }

    /// The socket is gone; the place is kept, unless the server says that it is not.
    func left(code: Int?) {
        socket = nil
        phase = .away
        if code == 4_440 {
            gaps += 1
            token = nil
        }
    }
}

/// A candidate as browsers write it, with its number and when it was due.
private func candidate(_ number: Int, _ due: Int64) -> String {
    """
    candidate:\(padded(number)) 1 udp 2122260223 192.168.1.20 \(padded(Int(due))) typ host \
    generation 0 ufrag EsAw network-cost 999
    """
}

private func padded(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: 20 - text.utf8.count) + text
}

extension Span<UInt8> {
    /// Where the number of a candidate begins: after its `candidate:`, as no key has it.
    fileprivate var candidateStart: Int? {
        let mark: [4 of UInt8] = [
            UInt8(ascii: "a"), UInt8(ascii: "t"), UInt8(ascii: "e"), UInt8(ascii: ":"),
        ]
        var index = 4
        while index <= count {
            if self[index - 1] == mark[3], self[index - 2] == mark[2], self[index - 3] == mark[1],
                self[index - 4] == mark[0]
            {
                return index
            }
            index += 1
        }
        return nil
    }

    fileprivate func decimal(at start: Int, width: Int) -> Int {
        guard start + width <= count else { return 0 }
        return (start..<start + width).reduce(0) { $0 * 10 + Int(self[$1] & 0x0F) }
    }
}
