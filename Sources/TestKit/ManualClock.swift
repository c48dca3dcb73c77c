public import EventLoop
public import Vocabulary

/// A clock that stands until somebody moves it.
public final class ManualClock: WallClock {
    private let instant: Guarded<Instant>

    /// A clock that shows the instant; by default 2026-11-20T00:00:00Z.
    public init(at instant: Instant = Instant(seconds: 1_795_132_800)) {
        self.instant = Guarded(instant)
    }

    /// What it shows.
    public func now() -> Instant {
        instant.withLock { $0 }
    }

    /// Moves it on; traps on a negative span, because a clock never goes back.
    @discardableResult
    public func advance(by span: Duration) -> Instant {
        precondition(span >= .zero, "a clock never goes back")
        return instant.withLock { instant in
            instant = instant + span
            return instant
        }
    }

    /// Moves it on to an instant; one that has passed leaves it where it stands.
    public func advance(to later: Instant) {
        instant.withLock { $0 = max($0, later) }
    }
}
