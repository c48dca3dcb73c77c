/// Messages that were read together, in their order, in one buffer.
public struct MQTTBatch: Sendable {
    /// Where one message lies in the buffer.
    public struct Entry: Sendable {
        /// The topic.
        public let topic: Range<Int>
        /// The content type; empty when the message has none.
        public let contentType: Range<Int>
        /// The payload.
        public let payload: Range<Int>
        /// Where an answer is wanted (MQTT 5); empty when none is.
        public let responseTopic: Range<Int>
        /// What an answer must carry (MQTT 5); empty when the message has none.
        public let correlation: Range<Int>
        /// Whether the broker had kept the message from before this subscription.
        public let isRetained: Bool
    }

    /// What `MQTTClient.acknowledge` is told: which batch of the client it is, from 1.
    public internal(set) var number: UInt64 = 0
    /// The bytes of all messages; take `bytes.span.extracting(entry.payload)`, which copies nothing.
    public private(set) var bytes: [UInt8] = []
    /// The messages.
    public private(set) var entries: [Entry] = []

    init() {}

    /// How many messages there are.
    public var count: Int { entries.count }

    /// Whether there is none.
    public var isEmpty: Bool { entries.isEmpty }

    /// A copy of a message's topic.
    public func topicText(_ index: Int) -> String {
        String(decoding: bytes[entries[index].topic], as: UTF8.self)
    }

    /// A copy of a message's payload.
    public func payloadBytes(_ index: Int) -> [UInt8] {
        Array(bytes[entries[index].payload])
    }

    mutating func append(
        topic: UnsafeBufferPointer<UInt8>,
        contentType: UnsafeBufferPointer<UInt8>,
        payload: UnsafeBufferPointer<UInt8>,
        responseTopic: UnsafeBufferPointer<UInt8>,
        correlation: UnsafeBufferPointer<UInt8>,
        isRetained: Bool
    ) {
        let start = bytes.count
        let afterTopic = start + topic.count
        let afterType = afterTopic + contentType.count
        unsafe bytes.append(contentsOf: topic)
        unsafe bytes.append(contentsOf: contentType)
        unsafe bytes.append(contentsOf: payload)
        let afterPayload = bytes.count
        unsafe bytes.append(contentsOf: responseTopic)
        let afterResponse = bytes.count
        unsafe bytes.append(contentsOf: correlation)
        entries.append(
            Entry(
                topic: start..<afterTopic,
                contentType: afterTopic..<afterType,
                payload: afterType..<afterPayload,
                responseTopic: afterPayload..<afterResponse,
                correlation: afterResponse..<bytes.count,
                isRetained: isRetained
            )
        )
    }

    /// Forgets the messages but keeps the memory for the next ones.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }
}
