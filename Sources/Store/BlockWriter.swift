import SQLite

/// Writes one run of a partition: items in the order of patients, packed into blocks.
struct BlockWriter<Item: BlockItem> {
    /// A block is ended by the first new patient after so many bytes: it then fits a page.
    private static var fullBlock: Int { 3_300 }

    let run: Int64
    private(set) var items = 0
    private(set) var firstAt = Int64.max
    private(set) var lastAt = Int64.min
    /// Bytes of the blocks written so far.
    private(set) var written = 0
    private var first: UInt32 = 0
    private var last = Item.origin
    private var bytes: [UInt8] = []

    init(run: Int64) {
        self.run = run
    }

    /// Appends an item; one of another patient must have a greater key than all before.
    mutating func append(
        _ item: Item,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        if !bytes.isEmpty, bytes.count >= Self.fullBlock, item.key != last.key {
            try endBlock(connection)
        }
        if bytes.isEmpty {
            first = item.key
            last = Item.origin
        }
        item.encode(after: last, into: &bytes)
        last = item
        items += 1
        firstAt = min(firstAt, item.time)
        lastAt = max(lastAt, item.time)
    }

    /// Writes what is left and makes the run part of the partition.
    mutating func finish(
        level: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        try endBlock(connection)
        guard items > 0 else { return }
        try connection.run(
            "INSERT INTO runs (id, level, first_at, last_at, items) VALUES (?, ?, ?, ?, ?)",
            .integer(run),
            .integer(level),
            .integer(firstAt),
            .integer(lastAt),
            .integer(Int64(items))
        )
    }

    private mutating func endBlock(_ connection: borrowing Connection) throws(SQLiteError) {
        guard !bytes.isEmpty else { return }
        try connection.with("INSERT INTO blocks (id, checksum, body) VALUES (?, ?, ?)") {
            (row) throws(SQLiteError) in
            try row.bind(run << 32 | Int64(first), at: 1)
            try row.bind(checksum(bytes.span), at: 2)
            try row.bind(bytes.span, at: 3)
            try row.run()
        }
        written += bytes.count
        bytes.removeAll(keepingCapacity: true)
    }
}

/// A block's items.
enum Block {
    /// Hands the block's items in their order to `take`, which says whether it wants more.
    ///
    /// Throws `corrupt` when the bytes are not those that were written.
    static func read<Item: BlockItem>(
        _ body: Span<UInt8>,
        checksum sum: Int64,
        _ take: (Item) -> Bool
    ) throws(SQLiteError) {
        guard checksum(body) == sum else {
            throw .corrupt("a block was changed after it was written")
        }
        var cursor = PackedCursor()
        var last = Item.origin
        while cursor.offset < body.count {
            last = Item.decode(after: last, &cursor, body)
            guard cursor.isValid else { throw .corrupt("a block cannot be read") }
            guard take(last) else { return }
        }
    }
}
