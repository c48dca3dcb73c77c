public import Vocabulary

/// A reading that a device keeps until a receipt covers it.
public struct SpoolEntry: Sendable {
    /// The boot it was measured in.
    public let boot: String
    /// Its number in that boot.
    public let sequence: Int64
    /// What was measured.
    public let measurement: Measurement
    /// When it was sent for the first time; nil before.
    public fileprivate(set) var firstSentAt: Instant?
    /// When it was sent last; nil before.
    public fileprivate(set) var sentAt: Instant?
    /// How often it has been sent.
    public fileprivate(set) var sendings = 0
}

/// The readings of one device that no receipt covers yet: a device's duty.
///
/// Keep each reading until a receipt covers it; after a reconnect, or 30 s without a receipt, send
/// again what is not covered. Bounded: past `capacity` the oldest is dropped and counted.
public struct Spool: Sendable {
    /// How long a reading waits for its receipt before it is sent again.
    public static let patience = Duration.seconds(30)

    /// The most readings that are kept.
    public let capacity: Int
    /// What is kept, in the order of measuring.
    public private(set) var entries: [SpoolEntry] = []
    /// The present boot.
    public private(set) var boot: String
    /// Readings that were dropped because the spool was full.
    public private(set) var dropped = 0
    private var lastSequence: Int64 = 0

    /// An empty spool of a device in its boot `boot`.
    public init(boot: String, capacity: Int = 5_000) {
        self.boot = boot
        self.capacity = capacity
    }

    /// Begins a new boot: numbers start again, what is kept stays kept.
    public mutating func restart(boot: String) {
        self.boot = boot
        lastSequence = 0
    }

    /// Keeps a measurement and gives it the boot's next number.
    @discardableResult
    public mutating func keep(_ measurement: Measurement) -> SpoolEntry {
        lastSequence += 1
        let entry = SpoolEntry(boot: boot, sequence: lastSequence, measurement: measurement)
        if entries.count == capacity {
            entries.removeFirst()
            dropped += 1
        }
        entries.append(entry)
        return entry
    }

    /// Forgets what the receipt covers and returns it.
    public mutating func cover(_ receipt: Receipt) -> [SpoolEntry] {
        var covered: [SpoolEntry] = []
        entries.removeAll { entry in
            guard entry.boot == receipt.boot, receipt.covers(entry.sequence) else { return false }
            covered.append(entry)
            return true
        }
        return covered
    }

    /// Takes the newest reading for its first sending.
    mutating func sendNewest(at instant: Instant) -> SpoolEntry? {
        guard !entries.isEmpty else { return nil }
        entries[entries.count - 1].noteSending(at: instant)
        return entries.last
    }

    /// Takes everything for a backlog: after a reconnect.
    mutating func sendAll(at instant: Instant) -> [SpoolEntry] {
        send(at: instant) { _ in true }
    }

    /// Takes what has waited too long for a receipt, for a backlog.
    mutating func sendOverdue(at instant: Instant) -> [SpoolEntry] {
        guard let due = overdueAt, due <= instant else { return [] }
        return send(at: instant) { entry in
            entry.sentAt.map { $0 + Spool.patience <= instant } ?? true
        }
    }

    /// When the first reading will have waited too long; nil when nothing waits.
    public var overdueAt: Instant? {
        entries.lazy.compactMap(\.sentAt).min().map { $0 + Spool.patience }
    }

    private mutating func send(
        at instant: Instant,
        where isMeant: (SpoolEntry) -> Bool
    ) -> [SpoolEntry] {
        var sent: [SpoolEntry] = []
        for index in entries.indices where isMeant(entries[index]) {
            entries[index].noteSending(at: instant)
            sent.append(entries[index])
        }
        return sent
    }
}

extension SpoolEntry {
    fileprivate mutating func noteSending(at instant: Instant) {
        firstSentAt = firstSentAt ?? instant
        sentAt = instant
        sendings += 1
    }
}
