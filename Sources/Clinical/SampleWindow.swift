import Vocabulary

/// A run of rows in event time, packed: about 17 bytes for a row of eight values.
///
/// A position stays that of its row while rows leave at the front; it moves when a row is put in
/// before it. A patient's window is the largest thing that is kept of him, so it grows by little
/// at a time and not to twice its size.
struct SampleWindow: Sendable {
    private static let growth = 256

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

    /// Adds a row that no row in the window follows.
    mutating func append(_ row: SampleRow) {
        makeRoom()
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

    private mutating func makeRoom() {
        guard packed.bytes.count + PackedRows.rowLimit > packed.bytes.capacity else { return }
        if head >= SampleWindow.growth { return compact() }
        packed.bytes.reserveCapacity(packed.bytes.count + SampleWindow.growth)
    }

    private mutating func compact() {
        packed.bytes.removeSubrange(0..<head)
        origin += head
        head = 0
    }
}
