/// Numbered messages that a participant with a slow socket gets a little later, so that an alarm
/// overtakes them.
///
/// They have no number yet: numbers are given in the order of sending, and the lane stays without
/// a hole. There are few; when more come the wait is over, and the ring's bounds hold as ever.
struct PostponedMessages: Sendable {
    /// One message without its number.
    struct Message: Sendable {
        let type: MessageType
        let request: String?
        let body: [UInt8]?
    }

    /// The most messages.
    static let countLimit = 64
    /// The most bytes of all bodies.
    static let byteLimit = 65_536
    private var messages: [Message] = []
    private var byteCount = 0

    /// Puts a message last; false when it would be one too many.
    mutating func add(_ message: Message) -> Bool {
        let bytes = message.body?.count ?? 0
        guard messages.count < PostponedMessages.countLimit,
            byteCount + bytes <= PostponedMessages.byteLimit
        else { return false }
        messages.append(message)
        byteCount += bytes
        return true
    }

    /// Whether there are any.
    var isEmpty: Bool { messages.isEmpty }

    /// Takes all of them out, oldest first.
    mutating func take() -> [Message] {
        defer { self = PostponedMessages() }
        return messages
    }
}
