public import Vocabulary

/// Slows guessing down: after five failures a name or an address waits, longer each time.
///
/// Pure. Names that do not exist are throttled like those that do, so that waiting tells nothing.
public struct LoginThrottle: Sendable {
    private struct Failures {
        var count: Int
        var lastAt: Instant
    }

    private var failures: [String: Failures] = [:]

    /// Failures that cost nothing.
    public static let free = 5
    /// The longest wait.
    public static let longestWait = Duration.seconds(900)
    /// Failures are forgotten after this long without another.
    public static let memory = Duration.seconds(1_800)
    /// Most names and addresses remembered; the oldest go first.
    public static let capacity = 50_000

    /// A throttle without memory.
    public init() {}

    /// How many names and addresses are remembered.
    public var count: Int { failures.count }

    /// How long this name or address must wait before its next attempt; nil when it may try.
    public func wait(for subject: String, at now: Instant) -> Duration? {
        guard let failures = failures[subject], failures.count >= LoginThrottle.free,
            now - failures.lastAt < LoginThrottle.memory
        else { return nil }
        let doublings = min(failures.count - LoginThrottle.free, 20)
        let wait = min(Duration.seconds(1 << doublings), LoginThrottle.longestWait)
        let left = failures.lastAt + wait - now
        return left > .zero ? left : nil
    }

    /// Records a failed attempt.
    public mutating func failed(_ subject: String, at now: Instant) {
        if failures.count >= LoginThrottle.capacity, failures[subject] == nil {
            forget(before: now)
        }
        let known = failures[subject].flatMap { now - $0.lastAt < LoginThrottle.memory ? $0 : nil }
        failures[subject] = Failures(count: (known?.count ?? 0) + 1, lastAt: now)
    }

    /// Forgets the failures of whoever has just logged in.
    public mutating func succeeded(_ subject: String) {
        failures[subject] = nil
    }

    private mutating func forget(before now: Instant) {
        failures = failures.filter { now - $0.value.lastAt < LoginThrottle.memory }
        guard failures.count >= LoginThrottle.capacity else { return }
        let oldest = failures.sorted { $0.value.lastAt < $1.value.lastAt }
        for (subject, _) in oldest.prefix(LoginThrottle.capacity / 10) { failures[subject] = nil }
    }
}
