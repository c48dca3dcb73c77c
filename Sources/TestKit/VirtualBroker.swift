/// A broker's persistent session with one subscriber, QoS 1: what it took over it delivers until it
/// is acknowledged, across every connection.
public struct VirtualBroker<Message: Sendable>: Sendable {
    /// One message of the session on its way to the subscriber.
    public struct Delivery: Sendable {
        /// The message's number, for `acknowledge`.
        public let number: UInt64
        /// The message.
        public let message: Message
        /// Whether it was delivered before.
        public let isRepeated: Bool
    }

    private struct Entry: Sendable {
        let number: UInt64
        let message: Message
        var isInFlight = false
        var wasDelivered = false
    }

    /// How many messages may be in flight.
    private let receiveMaximum: Int
    private var entries: [Entry] = []
    private var count: UInt64 = 0

    /// A session without messages.
    public init(receiveMaximum: Int = 1_000) {
        self.receiveMaximum = receiveMaximum
    }

    /// Whether everything was acknowledged.
    public var isEmpty: Bool { entries.isEmpty }

    /// Whether `take` has something to give.
    public var hasDelivery: Bool {
        entries.contains { !$0.isInFlight } && inFlight < receiveMaximum
    }

    /// Takes a publisher's message over.
    public mutating func publish(_ message: Message) {
        count += 1
        entries.append(Entry(number: count, message: message))
    }

    /// Delivers the oldest messages that are not in flight, at most `limit`.
    public mutating func take(_ limit: Int) -> [Delivery] {
        var room = min(limit, receiveMaximum - inFlight)
        var taken: [Delivery] = []
        for index in entries.indices where room > 0 && !entries[index].isInFlight {
            let entry = entries[index]
            taken.append(
                Delivery(
                    number: entry.number,
                    message: entry.message,
                    isRepeated: entry.wasDelivered
                )
            )
            entries[index].isInFlight = true
            entries[index].wasDelivered = true
            room -= 1
        }
        return taken
    }

    /// The subscriber acknowledged these.
    public mutating func acknowledge(_ numbers: [UInt64]) {
        let numbers = Set(numbers)
        entries.removeAll { $0.isInFlight && numbers.contains($0.number) }
    }

    /// The connection broke: what was in flight is delivered again, in its old order.
    public mutating func disconnected() {
        for index in entries.indices { entries[index].isInFlight = false }
    }

    /// The message of this number, nil once it was acknowledged.
    public func message(_ number: UInt64) -> Message? {
        entries.first { $0.number == number }?.message
    }

    private var inFlight: Int { entries.count { $0.isInFlight } }
}
