public import Vocabulary

/// What an end can still send and take, from everything to text.
public enum MediaLevel: String, Codable, Sendable, CaseIterable, Comparable {
    /// Text alone.
    case text
    /// A still picture now and then, and the vital signs.
    case stills
    /// Sound without pictures.
    case audio
    /// Sound and moving pictures.
    case video

    /// The next poorer one, nil below text.
    var poorer: MediaLevel? {
        switch self {
        case .video: .audio
        case .audio: .stills
        case .stills: .text
        case .text: nil
        }
    }

    /// The next richer one, nil above video.
    var richer: MediaLevel? {
        switch self {
        case .text: .stills
        case .stills: .audio
        case .audio: .video
        case .video: nil
        }
    }

    /// The most loss in percent, and round trip in milliseconds, that the level bears.
    ///
    /// Text goes over the reliable lane and always holds.
    var bounds: (lossPercent: Int, rttMs: Int) {
        switch self {
        case .video: (8, 800)
        case .audio: (25, 1_500)
        case .stills: (60, 5_000)
        case .text: (100, .max)
        }
    }

    /// Richer is greater.
    public static func < (left: MediaLevel, right: MediaLevel) -> Bool {
        guard left != right else { return false }
        return left.bounds.rttMs > right.bounds.rttMs
    }
}

/// The degradation ladder of one end: video, sound, stills and vital signs, text, and back.
///
/// Down after two poor reports in a row, or three failures of its link within a minute; up one step
/// after half a minute of reports with plenty in reserve. What had to come down again soon after
/// it went up waits twice as long the next time.
public struct MediaLadder: Sendable, Equatable {
    /// Why the level is what it is.
    public enum Reason: String, Sendable, CaseIterable {
        /// The person, or the device, wants no more.
        case asked
        /// Loss or delay.
        case quality
        /// The link fails again and again.
        case link
        /// The path is good again.
        case recovered
    }

    /// How long reports must be good before a step up.
    public static let patience = Duration.seconds(30)
    /// The longest that the wait becomes.
    public static let longestPatience = Duration.seconds(240)
    /// Who comes down within this time after a step up went up too early.
    public static let trial = Duration.seconds(60)
    /// So many poor reports in a row lead down.
    public static let poorReports = 2

    /// The level now.
    public var level: MediaLevel { min(wish, able) }
    /// Why it was last changed.
    public private(set) var reason = Reason.recovered
    private var wish = MediaLevel.video
    private var able = MediaLevel.video
    private var poor = 0
    private var goodSince: Instant?
    private var raisedAt: Instant?
    private var patience = MediaLadder.patience
    private var failures: [Instant] = []

    /// An end that can do everything.
    public init() {}

    /// An end whose link is known to carry no more than that: a step up is tried seldom.
    public init(from level: MediaLevel) {
        able = level
        guard level != .video else { return }
        reason = .link
        patience = MediaLadder.longestPatience
    }

    /// The end says how much it wants at most; returns whether the level changed.
    public mutating func ask(for level: MediaLevel) -> Bool {
        change(.asked) { $0.wish = level }
    }

    /// The end measured its path; returns whether the level changed.
    ///
    /// What it did not measure counts as good.
    public mutating func report(lossPercent: Int?, rttMs: Int?, at now: Instant) -> Bool {
        let (loss, rtt) = (lossPercent ?? 0, rttMs ?? 0)
        let bounds = able.bounds
        guard loss <= bounds.lossPercent, rtt <= bounds.rttMs else {
            goodSince = nil
            poor += 1
            return poor >= MediaLadder.poorReports && stepDown(.quality, at: now)
        }
        poor = 0
        guard let richer = able.richer, loss * 2 <= richer.bounds.lossPercent,
            rtt * 4 <= richer.bounds.rttMs * 3
        else {
            goodSince = nil
            return false
        }
        let since = goodSince ?? now
        goodSince = since
        guard now - since >= patience else { return false }
        goodSince = nil
        raisedAt = now
        return change(.recovered) { $0.able = richer }
    }

    /// A link of the end failed; returns whether the level changed.
    public mutating func failed(at now: Instant) -> Bool {
        failures.removeAll { now - $0 >= Topology.failureSpan }
        failures.append(now)
        goodSince = nil
        guard failures.count >= Topology.poorLinkFailures else { return false }
        return stepDown(.link, at: now)
    }

    private mutating func stepDown(_ reason: Reason, at now: Instant) -> Bool {
        poor = 0
        failures = []
        guard let poorer = able.poorer else { return false }
        let wasTooEarly = raisedAt.map { now - $0 < MediaLadder.trial } ?? false
        patience =
            wasTooEarly
            ? min(patience * 2, MediaLadder.longestPatience) : MediaLadder.patience
        raisedAt = nil
        return change(reason) { $0.able = poorer }
    }

    /// Does something and says whether the level is another one then.
    private mutating func change(
        _ reason: Reason,
        _ body: (inout MediaLadder) -> Void
    ) -> Bool {
        let before = level
        body(&self)
        guard level != before else { return false }
        self.reason = reason
        return true
    }
}
