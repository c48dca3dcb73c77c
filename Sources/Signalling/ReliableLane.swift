public import Vocabulary

/// One participant's numbered messages in both directions: nothing lost, nothing twice, or an
/// explicit gap.
///
/// It outlives the sockets. Outgoing frames are numbered from 1 and kept until the participant
/// acknowledges them; incoming ones are taken in order only (delivery rules 1 to 3).
public struct ReliableLane: Sendable {
    /// What to do with an incoming number.
    public enum Verdict: Sendable, Equatable {
        /// The next one: process it, then call `processed`.
        case process
        /// Seen before: drop it and acknowledge again.
        case repeated
        /// One before it is missing.
        case hole
    }

    /// How a participant that comes back goes on.
    public enum Resumption: Sendable, Equatable {
        /// Every frame after its last is here; send `unacknowledged`.
        case complete
        /// Some frames are gone: the numbering goes on after its last, a snapshot must follow.
        case gap
        /// Its numbers cannot be: the two sides do not speak of the same lane.
        case impossible
    }

    /// The highest number given to an outgoing frame.
    public private(set) var sent: Int64 = 0
    /// The highest outgoing number that the participant has acknowledged.
    public private(set) var acknowledged: Int64 = 0
    /// The highest incoming number below which there is no hole.
    public private(set) var received: Int64 = 0
    /// By when `received` must be acknowledged; nil when it has been.
    public private(set) var acknowledgementDueAt: Instant?
    private var unacknowledgedCount = 0
    private var lostThrough: Int64 = 0
    /// Received messages that somebody else has to decide on, in order.
    private var undecided: [Int64] = []
    /// Whether it is a lane of a server before, of which it is not known what was sent.
    private(set) var isFloating = false
    /// The highest number that the first message after a crash may have; nil once it came.
    private var anchorLimit: Int64?
    private var ring: FrameRing
    private let acknowledgeEvery: Int
    private let acknowledgeWithin: Duration

    /// An empty lane.
    ///
    /// The ring's bounds are 256 messages and 256 KiB unless the server is configured otherwise;
    /// acknowledgements go at the latest every 8 messages or 1 s.
    public init(
        ringMessages: Int = 256,
        ringBytes: Int = 262_144,
        acknowledgeEvery: Int = 8,
        acknowledgeWithin: Duration = .seconds(1)
    ) {
        self.ring = FrameRing(countLimit: ringMessages, byteLimit: ringBytes)
        self.acknowledgeEvery = acknowledgeEvery
        self.acknowledgeWithin = acknowledgeWithin
    }

    // MARK: Outgoing

    /// The number of the next outgoing frame.
    public var nextSequence: Int64 { sent + 1 }

    /// How many frames wait for their acknowledgement.
    public var unacknowledgedFrames: Int { ring.count }

    /// Keeps a frame that carries `nextSequence`; false when older ones had to go for it.
    public mutating func keep(_ frame: [UInt8]) -> Bool {
        sent += 1
        let evicted = ring.append(frame)
        if evicted > 0 { lostThrough = sent - Int64(ring.count) }
        return evicted == 0
    }

    /// The participant has everything up to `number`; false when that was never sent.
    public mutating func acknowledge(_ number: Int64) -> Bool {
        guard number <= sent else { return false }
        guard number > acknowledged else { return true }
        let firstKept = sent - Int64(ring.count) + 1
        if number >= firstKept { ring.removeFirst(Int(number - firstKept + 1)) }
        acknowledged = number
        return true
    }

    // MARK: Incoming

    /// What to do with an incoming number.
    public func verdict(for number: Int64) -> Verdict {
        if number == received + 1 { return .process }
        return number <= received ? .repeated : .hole
    }

    /// The next incoming message has taken effect; returns whether to acknowledge at once.
    public mutating func processed(at now: Instant) -> Bool {
        received += 1
        unacknowledgedCount += 1
        if acknowledgementDueAt == nil { acknowledgementDueAt = now + acknowledgeWithin }
        return unacknowledgedCount >= acknowledgeEvery
    }

    /// The number to acknowledge in a frame that goes now.
    public mutating func takeAcknowledgement() -> Int64 {
        unacknowledgedCount = 0
        acknowledgementDueAt = nil
        return settled
    }

    // MARK: Resuming

    /// Goes on with a participant that has received up to `last` and sent up to `theirSent`.
    public mutating func resume(last: Int64, theirSent: Int64) -> Resumption {
        guard theirSent >= received else { return .impossible }
        if anchorLimit != nil { anchorLimit = theirSent + 1 }
        guard !isFloating else {
            isFloating = false
            return restart(after: last)
        }
        guard last <= sent else { return .impossible }
        guard last >= acknowledged, last >= lostThrough else {
            return restart(after: last)
        }
        _ = acknowledge(last)
        return .complete
    }

    private mutating func restart(after last: Int64) -> Resumption {
        ring.removeAll()
        sent = last
        acknowledged = last
        lostThrough = last
        return .gap
    }

    /// The frames that wait for their acknowledgement, oldest first.
    public var unacknowledged: ArraySlice<[UInt8]> { ring.frames(from: 0) }

    // MARK: Decisions of others

    /// The highest number all of whose messages up to it have their effect: what may be
    /// acknowledged, and forgotten by who sent them.
    private var settled: Int64 { undecided.first.map { $0 - 1 } ?? received }

    /// The message with this number, the one being processed, waits for somebody's decision; until
    /// then it is not acknowledged, so that a crash does not lose it.
    mutating func await(_ number: Int64) {
        undecided.append(number)
    }

    /// The message has been decided on.
    mutating func settle(_ number: Int64, at now: Instant) {
        guard let index = undecided.firstIndex(of: number) else { return }
        undecided.remove(at: index)
        if acknowledgementDueAt == nil { acknowledgementDueAt = now + acknowledgeWithin }
    }

    /// Nobody will decide any more.
    mutating func settleAll() {
        undecided = []
    }

    // MARK: Restart

    /// The lane's numbers, as they are stored with a place.
    public struct Position: Codable, Sendable, Equatable {
        /// The highest outgoing number.
        public let sent: Int64
        /// The highest incoming number that was acknowledged or may be.
        public let received: Int64
    }

    /// The numbers now.
    var position: Position { Position(sent: sent, received: settled) }

    /// All of a lane that was closed in order.
    public struct Contents: Codable, Sendable, Equatable {
        let position: Position
        let acknowledged: Int64
        let lostThrough: Int64
        let frames: [String]

        /// The bytes of all frames.
        public var byteCount: Int { frames.reduce(0) { $0 + $1.utf8.count } }
    }

    /// All of it, once nobody decides on a message any more.
    var contents: Contents {
        Contents(
            position: position,
            acknowledged: acknowledged,
            lostThrough: lostThrough,
            frames: unacknowledged.map { String(decoding: $0, as: UTF8.self) }
        )
    }

    /// Goes on exactly where the server before stopped.
    mutating func take(_ contents: Contents) {
        sent = contents.position.sent - Int64(contents.frames.count)
        received = contents.position.received
        acknowledged = contents.acknowledged
        lostThrough = contents.lostThrough
        for frame in contents.frames { _ = keep(Array(frame.utf8)) }
    }

    /// Goes on from numbers that were right once: the lane went on after they were written.
    mutating func float(from position: Position) {
        sent = position.sent
        received = position.received
        isFloating = true
        anchorLimit = position.received + 1
    }

    /// The first numbered message after a crash says where the lane stands: it is the oldest one
    /// that its sender has no acknowledgement of, so everything before it has had its effect.
    mutating func anchor(at number: Int64) {
        guard let limit = anchorLimit, number > received, number <= limit else { return }
        received = number - 1
        anchorLimit = nil
    }
}
