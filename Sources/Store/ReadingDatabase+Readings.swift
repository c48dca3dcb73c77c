import Clinical
import SQLite
import Vocabulary

/// Where readings are found: in the journal the newest, in the partitions the rest.
///
/// The journal is always read first. What is taken out of it afterwards is in the partitions by
/// then, and each partition says which of the journal's rows it holds: so nothing is missed and
/// nothing comes twice, whatever a compaction does meanwhile.
extension ReadingDatabase {
    // MARK: One patient

    /// The patient's readings in [from, until), oldest first.
    func readings(
        of patient: PatientNumber,
        in asked: Range<Int64>,
        limit: Int
    ) throws(SQLiteError) -> [Reading] {
        let tail = try tail(of: patient, in: asked)
        let range = tail.kept(.raw, asked)
        var readings: [Reading] = []
        for partition in stretches(.raw, range, tail) where readings.count < limit {
            var found = try items(of: patient, partition, range, tail) { $0 } as [Reading]
            Reading.settle(&found)
            readings += found.prefix(limit - readings.count)
        }
        return readings
    }

    /// The patient's minutes or hours that begin in [from, until), oldest first; the range's start
    /// is moved back to a full minute or hour.
    func aggregates(
        of patient: PatientNumber,
        _ resolution: Aggregate.Resolution,
        in asked: Range<Int64>,
        limit: Int
    ) throws(SQLiteError) -> [Aggregate] {
        let whole = resolution.start(of: asked.lowerBound)..<asked.upperBound
        // The last minute is whole as well, beyond the end of what was asked for.
        let end = resolution.start(of: asked.upperBound - 1) + resolution.milliseconds
        let tail = try tail(of: patient, in: whole.lowerBound..<end)
        let range = tail.kept(resolution.kind, whole.lowerBound..<end)
        var aggregates: [Aggregate] = []
        for partition in stretches(resolution.kind, range, tail) where aggregates.count < limit {
            var found = try items(of: patient, partition, range, tail) { reading in
                let start = Instant(milliseconds: resolution.start(of: reading.at.milliseconds))
                var aggregate = Aggregate(patient: reading.patient, start: start)
                aggregate.add(reading)
                return aggregate
            }
            Aggregate.settle(&found)
            aggregates += found.prefix(limit - aggregates.count)
        }
        return aggregates
    }

    /// What the partition holds of the patient, and what the journal holds for it.
    private func items<Item: BlockItem>(
        of patient: PatientNumber,
        _ partition: Partition,
        _ range: Range<Int64>,
        _ tail: JournalTail,
        _ convert: (Reading) -> Item
    ) throws(SQLiteError) -> [Item] {
        var items: [Item] = []
        var applied: Int64 = 0
        let key = UInt32(bitPattern: patient)
        try partitions.with(partition) { (connection) throws(SQLiteError) in
            applied = try connection.appliedRow()
            for run in try connection.runs(in: range) {
                items += try connection.items(of: key, in: range, run: run)
            }
        }
        for (row, reading) in tail.readings
        where row > applied && partition.range.contains(reading.at.milliseconds)
            && range.contains(reading.at.milliseconds)
        {
            items.append(convert(reading))
        }
        return items
    }

    // MARK: Everybody

    /// Up to `size` readings after the place: day by day, and within a day patient by patient.
    func page(
        since from: Int64,
        after place: ReadingPage.Cursor?,
        size: Int
    ) throws(SQLiteError) -> ReadingPage {
        let start = max(from, Partition(.raw, containing: place?.at ?? from).range.lowerBound)
        let tail = try tail(of: nil, in: start..<Int64.max)
        var readings: [Reading] = []
        for partition in stretches(.raw, tail.kept(.raw, start..<Int64.max), tail) {
            let first = place.map { partition.range.contains($0.at) } ?? false ? place : nil
            try fill(&readings, from: partition, since: from, after: first, tail, size)
            if readings.count >= size { break }
        }
        let page = Array(readings.prefix(size))
        return ReadingPage(
            readings: page,
            next: page.count < size ? nil : page.last.map(ReadingPage.Cursor.init)
        )
    }

    private func fill(
        _ readings: inout [Reading],
        from partition: Partition,
        since from: Int64,
        after place: ReadingPage.Cursor?,
        _ tail: JournalTail,
        _ size: Int
    ) throws(SQLiteError) {
        let key = place.map { UInt32(bitPattern: $0.patient) } ?? 0
        var applied: Int64 = 0
        var cursors: [RunCursor<Reading>] = []
        var items: [Reading] = []
        func drain() throws(SQLiteError) {
            let rest = tail.readings.filter { row, reading in
                row > applied && partition.range.contains(reading.at.milliseconds)
            }
            cursors.append(RunCursor(rest.map(\.reading).sorted { $0.key < $1.key }, from: key))
            let joined = RunJoin(cursors)
            while readings.count < size, try joined.next(&items) {
                for reading in items
                where reading.at.milliseconds >= from && place?.precedes(reading) ?? true {
                    readings.append(reading)
                }
            }
        }
        guard partitions.folder.holds(partition) else { return try drain() }
        let before = readings.count
        do throws(SQLiteError) {
            try partitions.with(partition) { (connection) throws(SQLiteError) in
                applied = try connection.appliedRow()
                for run in try connection.runs(in: partition.range) {
                    cursors.append(try RunCursor(run: run, from: key, connection))
                }
                try drain()
                cursors = []
            }
        } catch {
            // One damaged file must not keep the house from starting; `verify` names it.
            guard error.kind == .corrupt else { throw error }
            readings.removeLast(readings.count - before)
            cursors = []
            applied = .min
            try drain()
        }
    }

    // MARK: Parts

    /// What the journal holds in the range.
    private func tail(
        of patient: PatientNumber?,
        in range: Range<Int64>
    ) throws(SQLiteError) -> JournalTail {
        var tail = JournalTail(retention: retention)
        try connection.journal(of: patient, in: range) { row, reading in
            tail.readings.append((row, reading))
        }
        tail.latest = try connection.latestReceipt()
        return tail
    }

    /// The partitions of a kind that a file or the journal has something for, oldest first.
    private func stretches(
        _ kind: PartitionKind,
        _ range: Range<Int64>,
        _ tail: JournalTail
    ) -> [Partition] {
        guard !range.isEmpty else { return [] }
        var found = Set(partitions.folder.partitions(kind, in: range))
        for (_, reading) in tail.readings where range.contains(reading.at.milliseconds) {
            found.insert(Partition(kind, containing: reading.at.milliseconds))
        }
        return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}

/// What a query found in the journal.
struct JournalTail {
    let retention: Retention
    var readings: [(row: Int64, reading: Reading)] = []
    var latest = Int64.min

    /// The part of the range that has not expired.
    func kept(_ kind: PartitionKind, _ range: Range<Int64>) -> Range<Int64> {
        let start = retention.start(of: kind, latest: latest)
        return range.clamped(to: min(start, range.upperBound)..<range.upperBound)
    }
}
