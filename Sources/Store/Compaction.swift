import Clinical
import SQLite
import Vocabulary

/// A step of a compaction, after each of which the process may end.
package enum CompactionStep: Sendable, Equatable {
    /// A run is added to the partition with this file name.
    case add(String)
    /// Sequence numbers are written to their table.
    case keepLedger
    /// Rows are taken out of the journal.
    case trim
    /// Runs of the partition are joined.
    case join(String)
    /// The partition has expired and is deleted.
    case remove(String)
}

/// Brings readings from the journal into partitions; belongs to the compaction's thread.
///
/// Each partition gets one run and the number of the journal's last row in it, in one transaction,
/// so that after an interruption the same rows are brought again only to the partitions that do not
/// have them. Only when all have them may the caller trim the journal.
final class Compaction {
    /// Files kept open for writing.
    private static let openLimit = 4
    /// Most readings in one pass, which are held in memory.
    private static let passReadings = 200_000

    private let journal: Connection
    private let folder: PartitionFolder
    private let settings: SQLiteSettings
    /// The one used last comes last.
    private var open: [PartitionFile] = []
    /// Partitions that got a run since the last look at their levels.
    private var grown: Set<Partition> = []

    init(directory: String, _ settings: SQLiteSettings) throws(StoreError) {
        journal = try SQLiteOpening.reader(path: directory + "/telehealth.db", settings)
        folder = PartitionFolder(in: directory)
        self.settings = settings
        try DataDirectory.make(folder.path)
    }

    /// Brings the journal's first rows into the partitions, durably.
    ///
    /// Returns the last row's number, or nil when the journal is empty, and whether more was there
    /// than one pass takes.
    func apply() throws(StoreError) -> (row: Int64, isFull: Bool)? {
        var pass = CompactionPass()
        let (last, latest) = try translated { () throws(SQLiteError) in
            (
                try journal.journal(limit: Compaction.passReadings) { row, reading in
                    pass.append(reading, row)
                },
                try journal.latestReceipt()
            )
        }
        guard let last else { return nil }
        pass.sort()
        for kind in PartitionKind.allCases {
            let start = settings.retention.start(of: kind, latest: latest)
            for (partition, order) in pass.partitions(kind) where partition.range.upperBound > start
            {
                try step(.add(partition.fileName))
                try add(pass, order, to: partition, from: start, upTo: last)
            }
        }
        return (last, pass.count >= Compaction.passReadings)
    }

    /// Adds what the partition does not have yet and is not too old for it.
    private func add(
        _ pass: CompactionPass,
        _ order: [Int32],
        to partition: Partition,
        from start: Int64,
        upTo last: Int64
    ) throws(StoreError) {
        try writing(partition) { (file) throws(SQLiteError) in
            let applied = try file.connection.appliedRow()
            guard applied < last else { return }
            let items = pass.select(order, after: applied, from: start)
            switch partition.kind {
            case .raw:
                try file.add(upTo: last) {
                    (writer: inout BlockWriter<Reading>, connection) throws(SQLiteError) in
                    for reading in items { try writer.append(pass[reading], connection) }
                }
            case .minutes: try add(pass, items, .minute, to: file, upTo: last)
            case .hours: try add(pass, items, .hour, to: file, upTo: last)
            }
            grown.insert(partition)
        }
    }

    private func add(
        _ pass: CompactionPass,
        _ items: [Int32],
        _ resolution: Aggregate.Resolution,
        to file: PartitionFile,
        upTo last: Int64
    ) throws(SQLiteError) {
        try file.add(upTo: last) {
            (writer: inout BlockWriter<Aggregate>, connection) throws(SQLiteError) in
            var open: Aggregate?
            for index in items {
                let start = resolution.start(of: pass.time(index))
                let patient = pass.patient(index)
                if let done = open, done.patient != patient || done.start.milliseconds != start {
                    try writer.append(done, connection)
                    open = nil
                }
                if open == nil {
                    open = Aggregate(patient: patient, start: Instant(milliseconds: start))
                }
                open?.add(pass[index])
            }
            if let open { try writer.append(open, connection) }
        }
    }

    /// Joins runs where there are many; `goOn` is asked now and then.
    func join(_ goOn: () -> Bool) throws(StoreError) {
        for partition in grown.sorted(by: { $0.fileName < $1.fileName }) {
            try step(.join(partition.fileName))
            try writing(partition) { (file) throws(SQLiteError) in
                switch partition.kind {
                case .raw: while try file.join(Reading.self, goOn) {}
                case .minutes, .hours: while try file.join(Aggregate.self, goOn) {}
                }
                try file.sweep()
            }
            grown.remove(partition)
        }
    }

    /// Deletes the files of partitions that have expired.
    func expire() throws(StoreError) {
        let latest = try translated { () throws(SQLiteError) in try journal.latestReceipt() }
        for kind in PartitionKind.allCases {
            let start = settings.retention.start(of: kind, latest: latest)
            for partition in folder.partitions(kind) where partition.range.upperBound <= start {
                try step(.remove(partition.fileName))
                open.removeAll { $0.partition == partition }
                grown.remove(partition)
                try folder.remove(partition)
            }
        }
    }

    /// Closes the files, whose logs are copied back into them.
    func close() {
        open.removeAll()
    }

    /// Keeps copies of the folder away until the lock is let go; nil while one is made.
    func lock() throws(StoreError) -> PartitionLock? {
        try folder.lock(wait: false)
    }

    func step(_ step: CompactionStep) throws(StoreError) {
        try settings.beforeStep?(step)
    }

    /// Lends the partition's file; a damaged one is set aside and the partition begun anew.
    private func writing(
        _ partition: Partition,
        _ body: (PartitionFile) throws(SQLiteError) -> Void
    ) throws(StoreError) {
        for isRepaired in [false, true] {
            do throws(StoreError) {
                let file = try opened(partition)
                return try translated { () throws(SQLiteError) in
                    do throws(SQLiteError) { try body(file) } catch {
                        throw error.naming(partition)
                    }
                }
            } catch {
                open.removeAll { $0.partition == partition }
                guard case .corrupt = error, !isRepaired else { throw error }
                try folder.setAside(partition)
            }
        }
    }

    private func opened(_ partition: Partition) throws(StoreError) -> PartitionFile {
        if let index = open.firstIndex(where: { $0.partition == partition }) {
            open.append(open.remove(at: index))
            return open[open.count - 1]
        }
        if open.count >= Compaction.openLimit { open.removeFirst() }
        let file = try PartitionFile(partition, in: folder, settings)
        open.append(file)
        return file
    }
}

/// The readings of one pass, in the order in which partitions want them.
struct CompactionPass {
    private var readings: [Reading] = []
    private var rows: [Int64] = []
    /// Indices of `readings` by patient and time.
    private var order: [Int32] = []

    /// How many readings it has.
    var count: Int { readings.count }

    mutating func append(_ reading: Reading, _ row: Int64) {
        readings.append(reading)
        rows.append(row)
    }

    subscript(index: Int32) -> Reading { readings[Int(index)] }

    func time(_ index: Int32) -> Int64 { readings[Int(index)].at.milliseconds }

    func patient(_ index: Int32) -> PatientNumber { readings[Int(index)].patient }

    /// Brings them in order.
    ///
    /// Whole readings are large, so small keys are sorted instead.
    mutating func sort() {
        var keys: [UInt64] = []
        keys.reserveCapacity(readings.count)
        for (index, reading) in readings.enumerated() {
            keys.append(UInt64(reading.key) << 32 | UInt64(index))
        }
        keys.sort()
        order = keys.map { Int32(truncatingIfNeeded: $0) }
        // Of one patient they have come in order, but for a backlog.
        var start = 0
        while start < order.count {
            var end = start + 1
            var isOrdered = true
            while end < order.count, patient(order[end]) == patient(order[start]) {
                if Reading.isOlder(self[order[end]], self[order[end - 1]]) { isOrdered = false }
                end += 1
            }
            if !isOrdered {
                order[start..<end].sort {
                    Reading.isOlder(self.readings[Int($0)], self.readings[Int($1)])
                }
            }
            start = end
        }
    }

    /// The partitions of a kind that they belong to, each with its readings in order.
    func partitions(_ kind: PartitionKind) -> [(Partition, [Int32])] {
        var found: [(partition: Partition, order: [Int32])] = []
        var current = -1
        for index in order {
            let at = time(index)
            if current < 0 || !found[current].partition.range.contains(at) {
                let partition = Partition(kind, containing: at)
                if let known = found.firstIndex(where: { $0.partition == partition }) {
                    current = known
                } else {
                    found.append((partition, []))
                    current = found.count - 1
                }
            }
            found[current].order.append(index)
        }
        return found.sorted { $0.partition.range.lowerBound < $1.partition.range.lowerBound }
    }

    /// Those of rows after the given one that are not too old.
    func select(_ order: [Int32], after row: Int64, from start: Int64) -> [Int32] {
        order.filter { rows[Int($0)] > row && time($0) >= start }
    }
}
