import CWebSockets

/// The messages that wait to be sent on one socket, in one buffer.
///
/// Each lies behind the room that lws_write needs in front of it, so that sending copies nothing
/// and queueing allocates nothing once the buffer has grown.
struct OutgoingQueue {
    /// The room before each message.
    static let headroom = Int(web_headroom)

    private static let room = [UInt8](repeating: 0, count: headroom)

    private var buffer: [UInt8] = []
    private var lengths: [Int32] = []
    private var firstMessage = 0
    private var firstByte = 0
    /// The bytes of the messages that wait.
    private(set) var byteCount = 0

    var isEmpty: Bool {
        firstMessage == lengths.count
    }

    mutating func append(_ message: Span<UInt8>) {
        if firstMessage > 64, firstByte > buffer.count / 2 { compact() }
        buffer.append(contentsOf: Self.room)
        unsafe message.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
        lengths.append(Int32(message.count))
        byteCount += message.count
    }

    /// Calls `body` with the first message's bytes, which have the headroom before them, and
    /// forgets the message.
    mutating func removeFirst<Result>(
        _ body: (UnsafeMutablePointer<UInt8>, Int) -> Result
    ) -> Result? {
        guard !isEmpty else { return nil }
        let length = Int(lengths[firstMessage])
        let start = firstByte + Self.headroom
        let result = unsafe buffer.withUnsafeMutableBufferPointer { bytes -> Result? in
            guard let base = bytes.baseAddress else { return nil }
            return unsafe body(base + start, length)
        }
        firstMessage += 1
        firstByte = start + length
        byteCount -= length
        if isEmpty { reset() }
        return result
    }

    private mutating func compact() {
        buffer.removeSubrange(..<firstByte)
        lengths.removeSubrange(..<firstMessage)
        firstByte = 0
        firstMessage = 0
    }

    /// Keeps a small buffer for the next message and gives a big one back.
    private mutating func reset() {
        let keeps = buffer.capacity <= 16_384
        buffer.removeAll(keepingCapacity: keeps)
        lengths.removeAll(keepingCapacity: keeps)
        firstByte = 0
        firstMessage = 0
    }
}
