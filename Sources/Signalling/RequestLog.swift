import Vocabulary

/// The answers a participant got by request id: asked again within 10 min, it gets the same one.
struct RequestLog: Sendable {
    /// What was answered.
    enum Answer: Sendable, Equatable {
        /// Nothing yet: somebody else decides.
        case pending
        /// Done.
        case ok
        /// Refused.
        case refused(ErrorCode, String)
    }

    private struct Entry {
        let request: String
        let at: Instant
        var answer: Answer
    }

    /// How long an answer is kept.
    static let life = Duration.minutes(10)
    /// The most answers; the oldest go first.
    static let limit = 64
    private var entries: [Entry] = []

    /// What the request was answered, nil when it is new.
    func answer(to request: String, at now: Instant) -> Answer? {
        entries.first { $0.request == request && now - $0.at < RequestLog.life }?.answer
    }

    /// Keeps the answer to a request.
    mutating func record(_ answer: Answer, to request: String, at now: Instant) {
        if let index = entries.firstIndex(where: { $0.request == request }) {
            if now - entries[index].at < RequestLog.life {
                entries[index].answer = answer
                return
            }
            entries.remove(at: index)
        }
        if entries.count >= RequestLog.limit { entries.removeFirst() }
        entries.append(Entry(request: request, at: now, answer: answer))
    }
}
