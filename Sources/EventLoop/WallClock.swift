import CLinux
import Glibc
public import Vocabulary

/// Where the actors get the time that they hand to the machines.
public protocol WallClock: Sendable {
    /// The time now; never earlier than an answer it gave before.
    func now() -> Instant
}

/// The system's time of day, carried on by a clock that cannot jump.
///
/// The time of day is read once; after that only the monotonic clock counts, so that a step of
/// the system's clock moves no dwell, deadline or time-out. `discipline` pulls it back towards
/// the system's time by at most 1 ms for each 20 ms that passed.
public final class SteadyClock: WallClock {
    private struct Anchor {
        var wall: Int64
        var monotonic: Int64
    }

    private let anchor: Guarded<Anchor>

    /// A clock that starts from the system's time of day.
    public init() {
        anchor = Guarded(Anchor(wall: systemMilliseconds(), monotonic: monotonicMilliseconds()))
    }

    /// The time now.
    public func now() -> Instant {
        anchor.withLock { anchor in
            Instant(milliseconds: anchor.wall + monotonicMilliseconds() - anchor.monotonic)
        }
    }

    /// Pulls the clock towards the system's time; call it every few seconds.
    ///
    /// Returns the milliseconds by which the system's clock is ahead of this one.
    @discardableResult
    public func discipline() -> Int64 {
        anchor.withLock { anchor in
            let elapsed = monotonicMilliseconds() - anchor.monotonic
            let expected = anchor.wall + elapsed
            let ahead = systemMilliseconds() - expected
            let most = elapsed / 20
            anchor.wall = expected + min(max(ahead, -most), most)
            anchor.monotonic += elapsed
            return ahead
        }
    }
}

private func systemMilliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
}
