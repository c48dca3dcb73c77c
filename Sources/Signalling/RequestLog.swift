import Vocabulary

/// The answers a participant got by request id: asked again within 10 min, it gets the same one.
struct RequestLog: Sendable {
    /// What was answered.
    enum Answer: Sendable, Equatable, Codable {
        /// Nothing yet: somebody else decides.
        case pending
        /// Done.
        case ok
        /// Refused.
        case refused(ErrorCode, String)
    }

    /// One answer with the request that it is for.
    struct Entry: Sendable, Codable {
        let request: String
        let at: Instant
        let answer: Answer
    }

    private struct Kept {
        let at: Instant
        var answer: Answer
    }

    /// How long an answer is kept.
    static let life = Duration.minutes(10)
    /// The most answers that a server which goes down hands on for a participant.
    static let handedLimit = 1_024
    private var kept: [String: Kept] = [:]
    /// The requests in the order in which they came; those before `head` have gone.
    private var order: [(request: String, at: Instant)] = []
    private var head = 0

    /// How many answers are kept.
    var count: Int { order.count - head }

    /// What the request was answered, nil when it is new.
    func answer(to request: String, at now: Instant) -> Answer? {
        guard let entry = kept[request], now - entry.at < RequestLog.life else { return nil }
        return entry.answer
    }

    /// Drops what has been kept for long enough.
    mutating func dropExpired(at now: Instant) {
        while head < order.count, now - order[head].at >= RequestLog.life { dropOldest() }
    }

    /// Keeps the answer to a request; a new one may cost the oldest.
    mutating func record(_ answer: Answer, to request: String, at now: Instant, isFull: Bool) {
        if kept[request] != nil {
            kept[request]?.answer = answer
            return
        }
        if isFull, count > 0 { dropOldest() }
        kept[request] = Kept(at: now, answer: answer)
        order.append((request, now))
    }

    private mutating func dropOldest() {
        kept[order[head].request] = nil
        order[head].request = ""
        head += 1
        guard head >= 64, head * 2 >= order.count else { return }
        order.removeFirst(head)
        head = 0
    }

    // MARK: Restart

    /// The newest answers, oldest of them first.
    func newest(_ number: Int, at now: Instant) -> [Entry] {
        order[max(head, order.count - number)...].compactMap { request, at in
            guard now - at < RequestLog.life, let entry = kept[request] else { return nil }
            return Entry(request: request, at: at, answer: entry.answer)
        }
    }

    /// Takes the answers that the server before gave.
    mutating func take(_ entries: [Entry]) {
        for entry in entries where kept[entry.request] == nil {
            kept[entry.request] = Kept(at: entry.at, answer: entry.answer)
            order.append((entry.request, entry.at))
        }
    }

    /// The requests that wait for somebody's decision; they are forgotten, and may come again.
    mutating func takePending() -> [String] {
        let pending = order[head...].map(\.request).filter { kept[$0]?.answer == .pending }
        for request in pending { kept[request] = nil }
        let left = order[head...].filter { kept[$0.request] != nil }
        order = Array(left)
        head = 0
        return pending
    }
}

/// How many answers all participants' logs may hold together.
///
/// A log is given room for all that a socket may ask in ten minutes. When all logs together are
/// full, whoever has more than an equal share gives its own oldest up for each new one, so that a
/// busy one never takes another's.
struct RequestRoom: Sendable {
    /// What every participant may keep however many there are.
    static let leastShare = 64

    /// The answers that all logs hold.
    private(set) var count = 0
    private let limit: Int
    private let most: Int

    /// Room for as many as the limits say.
    init(_ limits: ExchangeLimits) {
        limit = limits.answers
        let seconds = Int(RequestLog.life.components.seconds)
        most = limits.messagesPerSecond * seconds + limits.burst
    }

    /// Whether a log that holds so many must give one up for a new one, when so many participants
    /// have a log.
    func isFull(_ own: Int, participants: Int) -> Bool {
        guard own < most else { return true }
        guard count >= limit else { return false }
        return own >= max(RequestRoom.leastShare, limit / max(1, participants))
    }

    /// A log has so many more or fewer.
    mutating func changed(by difference: Int) {
        count += difference
    }
}
