import Vocabulary

/// Calls with the same `Idempotency-Key` that are under way at once: one at a time, so that each
/// finds the answer of the one before it.
actor RepeatedCalls {
    /// Whose key it is.
    struct Key: Hashable, Sendable {
        let principal: String
        let key: String
    }

    /// Most calls that wait for one key.
    static let limit = 8

    /// Those who wait, by the key of a call that is under way.
    private var waiting: [Key: [CheckedContinuation<Void, Never>]] = [:]

    /// Does the work once no other work of the key is under way; refuses what is too much.
    func oneAtATime<Answer: Sendable>(
        _ key: Key,
        _ work: @concurrent @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await enter(key)
        do {
            let answer = try await work()
            leave(key)
            return answer
        } catch {
            leave(key)
            throw error
        }
    }

    private func enter(_ key: Key) async throws {
        guard let others = waiting[key] else {
            waiting[key] = []
            return
        }
        guard others.count < RepeatedCalls.limit else {
            throw Problem.conflict(
                "keyInUse",
                "a call with this Idempotency-Key is under way; ask again when it is answered"
            )
        }
        await withCheckedContinuation { waiting[key]?.append($0) }
    }

    /// Lets the next one in; the key stays taken for it.
    private func leave(_ key: Key) {
        guard var others = waiting[key], !others.isEmpty else {
            waiting[key] = nil
            return
        }
        let next = others.removeFirst()
        waiting[key] = others
        next.resume()
    }
}
