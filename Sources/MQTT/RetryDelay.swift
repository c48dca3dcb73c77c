/// How long a client waits before it connects again: anything up to a limit that doubles.
///
/// Full jitter: each wait is drawn anew from a tenth of the limit to the whole of it, so clients
/// that lost the same broker at the same moment come back spread over the whole limit, the wider
/// the longer it was away.
package struct RetryDelay: Sendable {
    private let range: ClosedRange<Duration>
    private var attempts = 0

    /// Waits of at most the lower bound at first, of at most the upper bound in the end.
    package init(_ range: ClosedRange<Duration>) {
        self.range = range
    }

    /// The next attempt is the first again.
    package mutating func reset() {
        attempts = 0
    }

    /// The wait before the next attempt.
    package mutating func next() -> Duration {
        var random = SystemRandomNumberGenerator()
        return next(using: &random)
    }

    /// The wait before the next attempt, drawn from the generator.
    package mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        let limit = min(range.lowerBound * Int(1 << min(attempts, 16)), range.upperBound)
        attempts += 1
        return limit * Double.random(in: 0.1...1, using: &random)
    }
}
