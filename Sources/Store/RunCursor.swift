import SQLite

/// Reads the blocks of one run in their order.
private final class BlockFeed {
    private let statement: Statement

    init(_ first: Int64, _ run: Int64, _ connection: borrowing Connection) throws(SQLiteError) {
        statement = try connection.prepare(
            "SELECT checksum, body FROM blocks WHERE id >= ? AND id < ? ORDER BY id"
        )
        try statement.bind(first, at: 1)
        try statement.bind((run + 1) << 32, at: 2)
    }

    /// Fills `items` with the next block's; leaves it empty after the last.
    func next<Item: BlockItem>(_ items: inout [Item]) throws(SQLiteError) {
        items.removeAll(keepingCapacity: true)
        guard try statement.step() else { return }
        try statement.withBytes(1) { (body) throws(SQLiteError) in
            try Block.read(body, checksum: statement.integer(0)) { (item: Item) in
                items.append(item)
                return true
            }
        }
    }
}

/// A place in one run of items, which moves on from patient to patient.
final class RunCursor<Item: BlockItem> {
    private let feed: BlockFeed?
    private var items: [Item] = []
    private var index = 0
    private var isAtEnd = false

    /// A run of a partition, from the patient with this key on.
    init(run: Int64, from key: UInt32, _ connection: borrowing Connection) throws(SQLiteError) {
        let first = try connection.block(run, holding: key) ?? run << 32
        feed = try BlockFeed(first, run, connection)
        try fill()
        while let next = self.key, next < key { try step() }
    }

    /// Items in hand, in the order of their keys.
    init(_ items: [Item], from key: UInt32) {
        feed = nil
        self.items = items
        index = items.firstIndex { $0.key >= key } ?? items.count
    }

    /// The next item's patient; nil at the end.
    var key: UInt32? { index < items.count ? items[index].key : nil }

    /// Appends the items of the patient to `target`, if they are next.
    func take(_ key: UInt32, into target: inout [Item]) throws(SQLiteError) {
        while index < items.count, items[index].key == key {
            target.append(items[index])
            try step()
        }
    }

    private func step() throws(SQLiteError) {
        index += 1
        if index == items.count { try fill() }
    }

    private func fill() throws(SQLiteError) {
        guard let feed, !isAtEnd else { return }
        index = 0
        try feed.next(&items)
        isAtEnd = items.isEmpty
    }
}

/// Several runs as one: patient by patient, each with all its items in order.
struct RunJoin<Item: BlockItem> {
    private let cursors: [RunCursor<Item>]

    init(_ cursors: [RunCursor<Item>]) {
        self.cursors = cursors
    }

    /// The next patient's items, in order and joined where they belong together; false at the end.
    func next(_ items: inout [Item]) throws(SQLiteError) -> Bool {
        items.removeAll(keepingCapacity: true)
        guard let key = cursors.compactMap(\.key).min() else { return false }
        for cursor in cursors where cursor.key == key { try cursor.take(key, into: &items) }
        Item.settle(&items)
        return true
    }
}

extension Connection {
    /// The number of the journal's last row that is in this partition.
    borrowing func appliedRow() throws(SQLiteError) -> Int64 {
        try integer("SELECT journal FROM applied") ?? 0
    }

    /// The partition's runs that overlap the range, oldest first.
    borrowing func runs(in range: Range<Int64>) throws(SQLiteError) -> [Int64] {
        try with("SELECT id FROM runs WHERE last_at >= ? AND first_at < ? ORDER BY id") {
            (row) throws(SQLiteError) in
            try row.bind(range.lowerBound, at: 1)
            try row.bind(range.upperBound, at: 2)
            var runs: [Int64] = []
            while try row.step() { runs.append(row.integer(0)) }
            return runs
        }
    }

    /// The block of a run that holds a patient, if any does; nil when all its patients come later.
    borrowing func block(_ run: Int64, holding key: UInt32) throws(SQLiteError) -> Int64? {
        try with("SELECT id FROM blocks WHERE id <= ? AND id >= ? ORDER BY id DESC LIMIT 1") {
            (row) throws(SQLiteError) in
            try row.bind(run << 32 | Int64(key), at: 1)
            try row.bind(run << 32, at: 2)
            return try row.step() ? row.integer(0) : nil
        }
    }

    /// A patient's items of one run in the range, in their order.
    borrowing func items<Item: BlockItem>(
        of patient: UInt32,
        in range: Range<Int64>,
        run: Int64
    ) throws(SQLiteError) -> [Item] {
        try with(
            """
            SELECT checksum, body FROM blocks WHERE id <= ? AND id >= ? ORDER BY id DESC LIMIT 1
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(run << 32 | Int64(patient), at: 1)
            try row.bind(run << 32, at: 2)
            var items: [Item] = []
            guard try row.step() else { return items }
            try row.withBytes(1) { (body) throws(SQLiteError) in
                try Block.read(body, checksum: row.integer(0)) { (item: Item) in
                    if item.key == patient, range.contains(item.time) { items.append(item) }
                    return item.key <= patient
                }
            }
            return items
        }
    }
}
