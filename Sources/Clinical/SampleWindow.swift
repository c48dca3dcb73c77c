import Vocabulary

/// A run of rows in event time, packed: about 17 bytes for a row of eight values.
///
/// A position stays that of its row while rows leave at the front; it moves when a row is put in
/// before it. A patient's window is the largest thing that is kept of him, so it gets once what it
/// will need at the pace of its first rows, and after that grows by little at a time.
struct SampleWindow: Sendable {
    private static let growth = 256
    /// So many rows tell the pace.
    private static let paceRows = 8
    /// A window grows at most so many times over at once: the first rows may be a burst.
    private static let leap = 16

    private var packed = PackedRows()
    /// Where the first row starts; the bytes before it are spent.
    private var head = 0
    /// How many bytes have left before `packed`.
    private var origin = 0
    /// How many rows there are.
    private(set) var count = 0

    /// The position of the first row.
    var start: Int { origin + head }

    /// The position after the last row.
    var end: Int { origin + packed.bytes.count }

    /// When the first row was measured; nil when there is none.
    var firstAt: Instant? { row(from: start)?.row.at }

    /// The row at a position and the position after it; nil at the end.
    func row(from position: Int) -> (row: SampleRow, next: Int)? {
        guard position < end else { return nil }
        let (row, next) = packed.row(at: position - origin)
        return (row, origin + next)
    }

    /// Adds a row that no row in the window follows; the window is to hold `span` milliseconds, and
    /// at most so many rows.
    mutating func append(_ row: SampleRow, span: Int64, most: Int) {
        makeRoom(row.at, span, most)
        packed.append(row)
        count += 1
    }

    /// Puts a row where it belongs, at or after `start`; false when it adds nothing to a row that
    /// is there.
    mutating func insert(_ row: SampleRow, from start: Int) -> Bool {
        var position = start - origin
        while position < packed.bytes.count {
            let (present, next) = packed.row(at: position)
            if row.precedes(present) { break }
            if !present.precedes(row) {
                let merged = present.merged(with: row)
                guard
                    merged.signs != present.signs
                        || Sign.allCases.contains(where: {
                            merged.signs.contains($0) && merged.value($0) != present.value($0)
                        }) || merged.questionable != present.questionable
                else { return false }
                packed.replace(position..<next, with: merged)
                return true
            }
            position = next
        }
        packed.replace(position..<position, with: row)
        count += 1
        return true
    }

    /// Drops the first rows, up to the position after them.
    mutating func removeFirst(_ rows: Int, upTo position: Int) {
        head = position - origin
        count -= rows
        if head == packed.bytes.count { compact() }
    }

    private mutating func makeRoom(_ now: Instant, _ span: Int64, _ most: Int) {
        let used = packed.bytes.count
        guard used + PackedRows.rowLimit > packed.bytes.capacity else { return }
        if head >= SampleWindow.growth { return compact() }
        packed.bytes.reserveCapacity(max(used + SampleWindow.growth, need(now, span, most)))
    }

    /// What the whole window takes at the pace so far, with an eighth more because differences grow
    /// and what leaves before it is compacted; not before the pace is known.
    private func need(_ now: Instant, _ span: Int64, _ most: Int) -> Int {
        guard count >= SampleWindow.paceRows, let first = firstAt, first < now else { return 0 }
        let rows = min(Int64(most), Int64(count) * span / (now.milliseconds - first.milliseconds))
        let bytes = Int(rows) * (packed.bytes.count - head) / count
        let whole = bytes + bytes / 8 + SampleWindow.growth + PackedRows.rowLimit
        return min(whole, packed.bytes.count * SampleWindow.leap)
    }

    private mutating func compact() {
        packed.bytes.removeSubrange(0..<head)
        origin += head
        head = 0
    }
}
