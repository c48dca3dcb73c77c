public import Vocabulary

/// How a network treats what is sent through it.
public struct NetworkFaults: Sendable {
    /// The share of messages that never arrive, 0…1.
    public var loss: Double
    /// The share of messages that arrive twice, 0…1.
    public var duplication: Double
    /// How long a message is under way; a wide range reorders.
    public var delay: ClosedRange<Int>

    /// Faults; `delay` in milliseconds.
    public init(loss: Double = 0, duplication: Double = 0, delay: ClosedRange<Int> = 1...5) {
        self.loss = loss
        self.duplication = duplication
        self.delay = delay
    }
}

/// Messages under way in virtual time: lost, doubled, delayed and so reordered, all from one seed.
public struct VirtualNetwork<Message: Sendable>: Sendable {
    private struct Flight: Sendable {
        let due: Instant
        let number: UInt64
        let message: Message
    }

    /// What becomes of the messages sent from now on.
    public var faults: NetworkFaults
    /// By time of arrival.
    private var flights: [Flight] = []
    private var count: UInt64 = 0

    /// A network with nothing under way.
    public init(faults: NetworkFaults = NetworkFaults()) {
        self.faults = faults
    }

    /// When the next message arrives; nil when none is under way.
    public var nextDue: Instant? { flights.first?.due }

    /// Sends a message, which may get lost or doubled.
    public mutating func send(_ message: Message, at now: Instant, using random: inout SeededRandom)
    {
        if random.chance(faults.loss) { return }
        let copies = random.chance(faults.duplication) ? 2 : 1
        for _ in 0..<copies {
            let delay = Int.random(in: faults.delay, using: &random)
            add(message, due: now + .milliseconds(delay))
        }
    }

    /// Takes the next message that has arrived by `now`.
    public mutating func arrival(by now: Instant) -> Message? {
        guard let first = flights.first, first.due <= now else { return nil }
        return flights.removeFirst().message
    }

    /// Loses the messages under way that `isMeant` names.
    public mutating func lose(where isMeant: (Message) -> Bool) {
        flights.removeAll { isMeant($0.message) }
    }

    private mutating func add(_ message: Message, due: Instant) {
        count += 1
        var index = flights.count
        while index > 0, flights[index - 1].due > due { index -= 1 }
        flights.insert(Flight(due: due, number: count, message: message), at: index)
    }
}
