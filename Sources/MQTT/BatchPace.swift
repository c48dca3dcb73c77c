/// When the next batch may be handed over.
///
/// Every batch costs its receiver a commit, however few messages it has. Under load a short rest
/// after each lets the next one grow; a message that comes after a silence longer than the interval
/// does not wait.
struct BatchPace {
    /// The shortest time from one batch to the next.
    let interval: Duration
    private var last: ContinuousClock.Instant?

    init(interval: Duration) {
        self.interval = interval
    }

    /// Notes that a batch has been handed over.
    mutating func handOver(at now: ContinuousClock.Instant) {
        last = now
    }

    /// How long to wait for the next batch; nil when it is due.
    func pause(at now: ContinuousClock.Instant) -> Duration? {
        guard let last else { return nil }
        let rest = interval - last.duration(to: now)
        return rest > .zero ? rest : nil
    }
}
