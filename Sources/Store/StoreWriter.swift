import EventLoop

/// Owns the writing connection on a thread of its own, and lets writes that wait at the same time
/// share one transaction and so one synchronisation of the disk.
///
/// A caller waits until the transaction with its write is durable. What waits is bounded by the
/// callers, who each have one write on the way.
actor StoreWriter {
    /// Most writes in one transaction, so that the first caller is not kept by the last.
    private static let groupLimit = 64

    private struct Waiting {
        let write: Write
        let caller: CheckedContinuation<Result<IngestOutcome, StoreError>, Never>
    }

    private let loop: EventLoop
    /// Nil once closed.
    private var database: WritingDatabase?
    private var waiting: [Waiting] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    /// A writer on a loop that the caller starts, and stops after `close`.
    init(_ database: sending WritingDatabase, on loop: EventLoop) {
        self.database = database
        self.loop = loop
    }

    /// Carries the write out and returns when it is durable.
    @discardableResult
    func carryOut(_ write: Write) async throws(StoreError) -> IngestOutcome {
        guard database != nil else { throw .closed }
        let result = await withCheckedContinuation { caller in
            waiting.append(Waiting(write: write, caller: caller))
            // The loop runs timers after all queued jobs: by then everybody who called in this
            // turn of the loop stands in the queue.
            if waiting.count == 1 {
                loop.schedule(after: .zero) { self.assumeIsolated { $0.drain() } }
            }
        }
        return try result.get()
    }

    /// Moves the limit of `SQLiteSettings.pageLimit`.
    func setPageLimit(_ pages: Int) {
        database?.setPageLimit(pages)
    }

    /// Finishes what waits and closes the connection.
    func close() {
        drain()
        database?.finish()
        database = nil
    }

    private func drain() {
        guard let database else { return }
        while !waiting.isEmpty {
            let group = waiting.prefix(StoreWriter.groupLimit)
            waiting.removeFirst(group.count)
            let results = database.carryOut(group.map(\.write))
            for (waiting, result) in zip(group, results) {
                waiting.caller.resume(returning: result)
            }
        }
    }
}
