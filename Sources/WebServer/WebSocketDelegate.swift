/// A connection of a server or client; never used twice.
public struct WebSocketID: Hashable, Sendable, CustomStringConvertible {
    let slot: UInt32
    let generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// The identity that has that number.
    package init(number: UInt64) {
        self.init(
            slot: UInt32(truncatingIfNeeded: number),
            generation: UInt32(truncatingIfNeeded: number >> 32)
        )
    }

    /// The identity as one number.
    package var number: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    /// The identity as text, for logs.
    public var description: String {
        "ws-\(slot).\(generation)"
    }
}

/// What became of a message that was to be sent.
public enum SendResult: Sendable, Equatable {
    /// It waits, with this many bytes in all.
    case queued(Int)
    /// Nothing was queued, because the queue's limit would be passed: the other end is too slow.
    case full
    /// The socket is closed or closing.
    case gone
}

/// Who hears of a server's WebSockets; called on the loop's thread, so that an actor pinned to the
/// loop enters by `assumeIsolated`.
///
/// A socket is `opened` once, and `closed` once after that.
public protocol WebSocketDelegate: AnyObject, Sendable {
    /// A socket is open; the request is what asked for it.
    nonisolated func opened(_ socket: WebSocketID, request: HTTPRequest)
    /// A whole text message, valid UTF-8; the bytes live until the method returns.
    nonisolated func received(_ text: Span<UInt8>, from socket: WebSocketID)
    /// The last waiting message has been handed to the system: the time to send what is newest.
    nonisolated func drained(_ socket: WebSocketID)
    /// The socket is gone; `code` is the other end's, else ours, else 1006.
    nonisolated func closed(_ socket: WebSocketID, code: UInt16)
}
