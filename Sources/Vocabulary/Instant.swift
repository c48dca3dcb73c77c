/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Machines take it as an argument and never ask a clock. It encodes as an RFC 3339 string in UTC,
/// in the database and in the HTTP API alike.
public struct Instant: Hashable, Sendable {
    /// Milliseconds since the Unix epoch, UTC; negative before 1970.
    public let milliseconds: Int64

    /// The instant this many milliseconds after the Unix epoch.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The instant this many whole seconds after the Unix epoch.
    public init(seconds: Int64) {
        self.milliseconds = seconds * 1_000
    }

    /// Earlier than anything that happens.
    public static let distantPast = Instant(milliseconds: -62_135_596_800_000)
    /// Later than anything that happens (end of the year 9999).
    public static let distantFuture = Instant(milliseconds: 253_402_300_799_999)

    /// The instant `span` after this one.
    public static func + (instant: Instant, span: Duration) -> Instant {
        Instant(milliseconds: instant.milliseconds + span.wholeMilliseconds)
    }

    /// The instant `span` before this one.
    public static func - (instant: Instant, span: Duration) -> Instant {
        Instant(milliseconds: instant.milliseconds - span.wholeMilliseconds)
    }

    /// The time from `earlier` to `later`; negative when they are the other way round.
    public static func - (later: Instant, earlier: Instant) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }
}

extension Instant: Comparable {
    /// Earlier is smaller.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Duration {
    /// Whole milliseconds, the rest cut off.
    public var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// Whole minutes as a duration.
    public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }

    /// Whole hours as a duration.
    public static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }
}
