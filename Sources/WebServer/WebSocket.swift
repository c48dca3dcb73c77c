import EventLoop

/// A WebSocket that a client opened.
public final class WebSocket: Sendable {
    private struct Shared {
        var queue = OutgoingQueue()
        var isFlushing = false
        var closeCode: UInt16?
    }

    /// The whole messages received, in order; ends when the socket is closed.
    ///
    /// For one reader. A reader that falls behind by more than the client's limit loses the socket
    /// with 4430.
    public let messages: AsyncStream<[UInt8]>
    /// What the server answered to the upgrade.
    public let headers: HTTPHeaders
    private let arrivals: AsyncStream<[UInt8]>.Continuation
    private let client: WebClient
    private let id: WebSocketID
    private let queueBytes: Int
    private let shared = Guarded(Shared())

    init(
        id: WebSocketID,
        client: WebClient,
        headers: HTTPHeaders,
        configuration: WebClientConfiguration
    ) {
        self.id = id
        self.client = client
        self.headers = headers
        queueBytes = configuration.queueBytes
        (messages, arrivals) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(configuration.messagesWaiting)
        )
    }

    /// Queues a text message from any thread; false when the socket is closed or too slow.
    @discardableResult
    public func send(_ text: [UInt8]) -> Bool {
        let (isTaken, wakes) = shared.withLock { shared in
            guard shared.closeCode == nil, shared.queue.byteCount + text.count <= queueBytes else {
                return (false, false)
            }
            shared.queue.append(text.span)
            defer { shared.isFlushing = true }
            return (true, !shared.isFlushing)
        }
        if wakes { client.onLoop { [id] in $0.requestWrite(id) } }
        return isTaken
    }

    /// Queues a text message from any thread; false when the socket is closed or too slow.
    @discardableResult
    public func send(_ text: String) -> Bool {
        send(Array(text.utf8))
    }

    /// Closes the socket once its queue has been sent; `messages` ends then.
    public func close(code: UInt16 = 1_000, reason: String = "") {
        client.onLoop { [id] in $0.beginClosing(id, code: code, reason: reason) }
    }

    /// Cuts the connection without a word, as a lost network does.
    public func cut() {
        client.onLoop { [id] in $0.cut(id) }
    }

    /// The code with which it was closed, once it is: the server's, else ours, else 1006.
    public var closeCode: UInt16? {
        shared.withLock { $0.closeCode }
    }

    /// The bytes that wait to be sent.
    public var queuedBytes: Int {
        shared.withLock { $0.queue.byteCount }
    }

    // MARK: For the client, on the loop

    /// Whether the reader takes it; false when it has fallen behind.
    func deliver(_ message: [UInt8]) -> Bool {
        if case .dropped = arrivals.yield(message) { false } else { true }
    }

    func ended(code: UInt16) {
        shared.withLock { $0.closeCode = code }
        arrivals.finish()
    }

    /// Takes the next message with its headroom; nil when there is none, and then `send` wakes the loop again.
    func next() -> (message: [UInt8], isLast: Bool)? {
        shared.withLock { shared in
            let headroom = OutgoingQueue.headroom
            let message = unsafe shared.queue.removeFirst { bytes, count in
                unsafe [UInt8](
                    UnsafeBufferPointer(start: bytes - headroom, count: headroom + count)
                )
            }
            shared.isFlushing = !shared.queue.isEmpty
            guard let message else { return nil }
            return (message, shared.queue.isEmpty)
        }
    }
}
