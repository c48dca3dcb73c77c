import MQTT
public import Vocabulary

/// Something at the broker that may have lost readings.
public struct BrokerIncident: Sendable, Equatable {
    /// What happened.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The broker dropped messages: a queue was full or a subscriber too slow.
        case messagesDropped
        /// A session that the broker should have kept was gone: what it had queued is lost.
        case sessionLost
    }

    /// What happened.
    public let kind: Kind
    /// When the gateway saw it.
    public let at: Instant
    /// How many messages were dropped; 0 where nobody can know.
    public let messages: Int
    /// The client id of the session; nil where it is about the whole broker.
    public let session: String?

    /// An incident.
    public init(kind: Kind, at: Instant, messages: Int = 0, session: String? = nil) {
        self.kind = kind
        self.at = at
        self.messages = messages
        self.session = session
    }
}

extension BrokerIncident: CustomStringConvertible {
    /// What happened and what to do.
    public var description: String {
        switch kind {
        case .messagesDropped:
            "the broker dropped \(messages) messages; raise max_queued_messages, look at its log"
        case .sessionLost:
            "the broker has lost the session \(session ?? "") with what it had queued;"
                + " check its persistence"
        }
    }
}

/// What the broker tells of itself under `$SYS`.
public struct BrokerFigures: Sendable, Equatable {
    /// Messages dropped since the broker was started; nil while it has not told.
    public var dropped: Int64?
    /// Messages that it keeps, queued and retained.
    public var storedMessages: Int64?
    /// Bytes of them.
    public var storedBytes: Int64?
    /// Clients connected.
    public var clients: Int64?
    /// Seconds since its start.
    public var uptimeSeconds: Int64?
    /// Messages dropped as this gateway has noticed.
    public var droppedSeen = 0
    /// Restarts of the broker as this gateway has noticed.
    public var restarts = 0
    /// Sessions lost as this gateway has noticed.
    public var sessionsLost = 0
    /// Sessions of an earlier configuration that were emptied and ended.
    public var sessionsEmptied = 0

    /// Nothing known.
    public init() {}
}

/// Follows the broker's own figures, and says when they mean a loss.
struct BrokerWatch: Sendable {
    /// What is subscribed to; a broker that does not tell is worked with all the same.
    static let subscriptions = [
        "publish/messages/dropped", "store/messages/count", "store/messages/bytes",
        "clients/connected", "uptime",
    ].map { MQTTSubscription("$SYS/broker/\($0)", qos: .atMostOnce, isRequired: false) }

    /// How far two estimates of the broker's start may be apart: it tells every few seconds only.
    private static let startTolerance = Duration.seconds(30)

    var figures = BrokerFigures()
    /// When the broker was started, as its uptime says.
    private(set) var startedAt: Instant?
    /// What it had dropped when that was last looked at.
    private(set) var dropped: Int64?

    /// Begins with what was noted before the gateway's own restart.
    init(_ known: (dropped: Int64, startedAt: Instant?)? = nil) {
        dropped = known?.dropped
        startedAt = known?.startedAt
    }

    /// Takes one message under `$SYS`; returns an incident when it tells of a loss.
    mutating func note(topic: String, payload: [UInt8], at now: Instant) -> BrokerIncident? {
        // "4711", or "4711 seconds".
        let digits = payload.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let value = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
        switch topic {
        case "$SYS/broker/publish/messages/dropped": return noteDropped(value, at: now)
        case "$SYS/broker/uptime": noteUptime(value, at: now)
        case "$SYS/broker/store/messages/count": figures.storedMessages = value
        case "$SYS/broker/store/messages/bytes": figures.storedBytes = value
        case "$SYS/broker/clients/connected": figures.clients = value
        default: break
        }
        return nil
    }

    private mutating func noteUptime(_ seconds: Int64, at now: Instant) {
        let start = now - .seconds(seconds)
        defer { figures.uptimeSeconds = seconds }
        if let startedAt {
            let isSame =
                start - startedAt <= BrokerWatch.startTolerance
                && seconds >= figures.uptimeSeconds ?? 0
            guard !isSame else { return }
            restarted()
        }
        startedAt = start
    }

    private mutating func noteDropped(_ value: Int64, at now: Instant) -> BrokerIncident? {
        // It counts from its start: a lower number is that of a broker that was started again.
        if let dropped, value < dropped { restarted() }
        figures.dropped = value
        // A gateway that knows of no earlier number cannot tell what of it is news.
        let rise = value - (dropped ?? value)
        dropped = value
        guard rise > 0 else { return nil }
        figures.droppedSeen += Int(rise)
        return BrokerIncident(kind: .messagesDropped, at: now, messages: Int(rise))
    }

    private mutating func restarted() {
        figures.restarts += 1
        figures.uptimeSeconds = nil
        startedAt = nil
        dropped = 0
    }
}
