public import Vocabulary

/// Slows an address down that guesses tickets: ten failures in 30 minutes, then a delay that
/// doubles with each further one.
public struct TicketThrottle: Sendable {
    private struct Failures {
        var count: Int
        var firstAt: Instant
        var lastAt: Instant
        var blockedUntil: Instant
    }

    /// How many failures are free.
    public static let freeFailures = 10
    /// How long a failure counts.
    public static let window = Duration.minutes(30)
    private let addressLimit: Int
    private var failures: [String: Failures] = [:]

    /// A throttle that remembers at most so many addresses; when there are more, those that
    /// failed longest ago are forgotten first.
    public init(addressLimit: Int = 4_096) {
        self.addressLimit = addressLimit
    }

    /// How many addresses are remembered.
    public var addressCount: Int { failures.count }

    /// How long the address must wait, nil when it need not.
    public func wait(_ address: String, at now: Instant) -> Duration? {
        guard let until = failures[address]?.blockedUntil, until > now else { return nil }
        return until - now
    }

    /// A ticket from this address was no good.
    public mutating func failed(_ address: String, at now: Instant) {
        makeRoom(for: address, at: now)
        let none = Failures(count: 0, firstAt: now, lastAt: now, blockedUntil: .distantPast)
        var record = failures[address] ?? none
        // Who is slowed down already starts anew only after a quiet window.
        let isSlowed = record.count >= TicketThrottle.freeFailures
        let since = isSlowed ? record.lastAt : record.firstAt
        if now - since >= TicketThrottle.window { record = none }
        record.count += 1
        record.lastAt = now
        let excess = record.count - TicketThrottle.freeFailures
        if excess >= 0 {
            // 1 s, 2 s, 4 s … up to the window itself.
            let seconds = min(1 << min(excess, 11), Int(TicketThrottle.window.components.seconds))
            record.blockedUntil = now + .seconds(seconds)
        }
        failures[address] = record
    }

    private mutating func makeRoom(for address: String, at now: Instant) {
        guard failures[address] == nil, failures.count >= addressLimit else { return }
        failures = failures.filter {
            now - $0.value.lastAt < TicketThrottle.window
        }
        guard failures.count >= addressLimit else { return }
        // An eighth at once, so that a flood of addresses does not sort the table each time.
        let oldest = failures.sorted { $0.value.lastAt < $1.value.lastAt }
        for (address, _) in oldest.prefix(max(1, addressLimit / 8)) { failures[address] = nil }
    }
}
