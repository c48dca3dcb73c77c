/// Lets a limited number through at a time; the others wait their turn in order.
///
/// A server limits sockets that have not greeted and requests in flight; so do its clients.
actor Turnstile {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// A turnstile that lets `limit` through at a time.
    init(limit: Int) {
        free = limit
    }

    /// Waits for a place, runs the body, gives the place back.
    nonisolated func pass<Value: Sendable>(
        _ body: () async throws -> Value
    ) async rethrows -> Value {
        await enter()
        do {
            let value = try await body()
            await leave()
            return value
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
