import EventLoop
import SQLite

/// Owns the compaction on a thread of its own, and asks the writer for its part in short slices.
///
/// It fails alone: what it could not do stays in the journal, and is tried again after a while. The
/// journal's limit sees to it that this cannot go on for ever unnoticed.
actor StoreCompactor {
    private static let pauseAfterFailure = Duration.seconds(10)

    private let loop: EventLoop
    private let writer: StoreWriter
    /// Nil once closed.
    private var compaction: Compaction?
    private var isRunning = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private let isEnding = Guarded(false)

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    /// A compactor on a loop that the caller starts, and stops after `close`.
    init(_ compaction: sending Compaction, for writer: StoreWriter, on loop: EventLoop) {
        self.compaction = compaction
        self.writer = writer
        self.loop = loop
    }

    /// Brings everything that is in the journal by now into the partitions, joins runs and deletes
    /// what has expired.
    ///
    /// Throws what kept it from it; a copy that is being made is `inUse`.
    func run() async throws(StoreError) {
        while isRunning { await withCheckedContinuation { waiting.append($0) } }
        isRunning = true
        defer {
            isRunning = false
            for next in waiting { next.resume() }
            waiting = []
        }
        guard let compaction else { throw .closed }
        guard let lock = try compaction.lock() else { throw .inUse }
        defer { withExtendedLifetime(lock) {} }
        let isEnding = self.isEnding
        // What comes meanwhile waits for the next time; else there would be a run for every few.
        while let pass = try compaction.apply() {
            try compaction.step(.keepLedger)
            while try await writer.keepLedger() {}
            try compaction.step(.trim)
            while try await writer.trimJournal(upTo: pass.row) {}
            guard pass.isFull, !isEnding.withLock(\.self) else { break }
        }
        try compaction.join { !isEnding.withLock(\.self) }
        try compaction.expire()
    }

    /// Runs because the journal has grown, and again after a while when it fails.
    func runNow() async {
        do throws(StoreError) {
            try await run()
            await writer.compactionEnded()
        } catch {
            guard compaction != nil else { return }
            loop.schedule(after: StoreCompactor.pauseAfterFailure) { [weak self] in
                guard let self else { return }
                Task { await self.runNow() }
            }
        }
    }

    /// Makes what is under way end soon; any thread.
    nonisolated func hurry() {
        isEnding.withLock { $0 = true }
    }

    /// Waits for what is under way and closes the files.
    func close() async {
        hurry()
        while isRunning { await withCheckedContinuation { waiting.append($0) } }
        compaction?.close()
        compaction = nil
    }
}
