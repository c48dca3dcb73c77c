import Clinical
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
    /// Called when the journal should be compacted.
    private var compact: (@Sendable () -> Void)?
    private let readingsInJournal: Int
    private let secondsInJournal: Int
    /// Whether a compaction was asked for and has not ended.
    private var isCompacting = false
    /// Runs when the oldest reading in the journal has waited long enough.
    private var compactionTimer: LoopTimer?

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    /// A writer on a loop that the caller starts, and stops after `close`.
    init(
        _ database: sending WritingDatabase,
        on loop: EventLoop,
        _ settings: SQLiteSettings
    ) {
        self.database = database
        self.loop = loop
        readingsInJournal = settings.compactionReadings
        secondsInJournal = settings.compactionSeconds
    }

    /// Says whom to tell when the journal should be compacted.
    func whenCompactionIsDue(_ compact: @escaping @Sendable () -> Void) {
        self.compact = compact
        // What an earlier process left is brought in at once: the ward is rebuilt now, page by page,
        // and each page looks through the journal.
        if database?.journalSize.readings ?? 0 > 0 { askForCompaction() }
    }

    /// A slice of a compaction: sequence numbers into their table; false once all are there.
    func keepLedger() throws(StoreError) -> Bool {
        guard let database else { throw .closed }
        return try database.keepLedger()
    }

    /// A slice of a compaction: rows out of the journal; false once none is left.
    func trimJournal(upTo row: Int64) throws(StoreError) -> Bool {
        guard let database else { throw .closed }
        return try database.trimJournal(upTo: row)
    }

    /// The boot's durable sequence numbers, refused ones included.
    func durableSequences(
        device: DeviceNumber,
        boot: Int32
    ) throws(StoreError) -> [ClosedRange<Int64>] {
        guard let database else { throw .closed }
        return try database.durableSequences(device: device, boot: boot)
    }

    /// What is held in memory for the sake of *exactly once*: boots, and what the journal holds.
    var burden: (boots: Int, journal: Journal.Size) {
        (database?.rememberedBoots ?? 0, database?.journalSize ?? Journal.Size())
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
        planCompaction()
    }

    /// A compaction that was asked for has ended; the next may be asked for.
    func compactionEnded() {
        isCompacting = false
        planCompaction()
    }

    /// Asks for a compaction when there is much to do, or later when there is little.
    private func planCompaction() {
        guard !isCompacting, compact != nil, let readings = database?.journalSize.readings,
            readings > 0
        else { return }
        if readings >= readingsInJournal {
            askForCompaction()
        } else if compactionTimer == nil {
            compactionTimer = loop.schedule(after: .seconds(secondsInJournal)) { [weak self] in
                self?.assumeIsolated { $0.askForCompaction() }
            }
        }
    }

    private func askForCompaction() {
        if let compactionTimer { loop.cancel(compactionTimer) }
        compactionTimer = nil
        isCompacting = true
        compact?()
    }
}
