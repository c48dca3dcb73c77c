import EventLoop
import Vocabulary

/// The waiting that every run has in common: until something holds, a deadline, or a signal.
struct FleetRun: Sendable {
    let fleet: Fleet
    let clock: any WallClock

    /// Returns when the condition holds, when the span is over, or when the task is cancelled.
    func until(
        within span: Duration? = nil,
        _ condition: @escaping @Sendable () async -> Bool
    ) async {
        let deadline = span.map { clock.now() + $0 } ?? .distantFuture
        while !Task.isCancelled, clock.now() < deadline {
            if await condition() { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Returns when the first of the two does; the other is cancelled.
    func first(
        of one: @escaping @Sendable () async -> Void,
        _ other: @escaping @Sendable () async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await one() }
            group.addTask { await other() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Tells how the fleet stands, from time to time, until the task is cancelled.
    func watch(
        every interval: Duration?,
        _ tell: @escaping @Sendable (FleetFigures) async -> Void
    ) async {
        guard let interval else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            guard !Task.isCancelled else { return }
            await tell(await fleet.report())
        }
    }
}
