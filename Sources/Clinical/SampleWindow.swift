import Vocabulary

/// One reading's scorable values as the alarm machines see them.
struct SampleRow: Sendable {
    let at: Instant
    let device: DeviceNumber
    /// Tells two readings of one device and time apart; 0 for a device without sequence numbers,
    /// whose signs come one by one and are one row together.
    let number: Int32
    /// Receipt after `at` in milliseconds.
    var lag: Int32
    var signs: SignSet
    var questionable: SignSet
    let isSpotCheck: Bool
    private var values = InlineArray<16, Int32>(repeating: 0)

    init(
        at: Instant,
        device: DeviceNumber,
        number: Int32,
        lag: Int32,
        signs: SignSet,
        questionable: SignSet,
        isSpotCheck: Bool
    ) {
        self.at = at
        self.device = device
        self.number = number
        self.lag = lag
        self.signs = signs
        self.questionable = questionable
        self.isSpotCheck = isSpotCheck
    }

    /// The sign's magnitude; meaningful for the row's signs only.
    func value(_ sign: Sign) -> Magnitude {
        Magnitude(thousandths: values[Int(sign.rawValue)])
    }

    mutating func set(_ sign: Sign, _ magnitude: Magnitude) {
        values[Int(sign.rawValue)] = magnitude.thousandths
    }

    /// The order of event time; at the same time of the devices' numbers, then of the readings'.
    func precedes(_ other: SampleRow) -> Bool { RowKey(self) < RowKey(other) }

    /// This row and another of the same device, time and number as one; the same whichever came
    /// first.
    ///
    /// A device without sequence numbers sends each sign by itself. Should both carry a sign, the
    /// greater magnitude is kept.
    func merged(with other: SampleRow) -> SampleRow {
        var row = self
        row.lag = max(lag, other.lag)
        row.signs = signs.union(other.signs)
        row.questionable = questionable.union(other.questionable)
        for sign in Sign.allCases where other.signs.contains(sign) {
            let value = other.value(sign)
            row.set(sign, signs.contains(sign) ? max(value, self.value(sign)) : value)
        }
        return row
    }
}

/// A run of rows in event time, packed: 24 bytes and 4 more a value.
///
/// A position stays that of its row while rows leave at the front; it moves when a row is put in
/// before it.
struct SampleWindow: Sendable {
    private static let headWords = 6

    private var words: [Int32] = []
    /// Where the first row starts; the words before it are spent.
    private var head = 0
    /// How many words have left before `words`.
    private var origin = 0
    /// How many rows there are.
    private(set) var count = 0

    /// The position of the first row.
    var start: Int { origin + head }

    /// The position after the last row.
    var end: Int { origin + words.count }

    /// When the first row was measured; nil when there is none.
    var firstAt: Instant? {
        guard count > 0 else { return nil }
        return instant(at: head)
    }

    /// The row at a position and the position after it; nil at the end.
    func row(from position: Int) -> (row: SampleRow, next: Int)? {
        guard position < end else { return nil }
        let (row, next) = row(at: position - origin)
        return (row, origin + next)
    }

    /// Adds a row that no row in the window follows.
    mutating func append(_ row: SampleRow) {
        if head > 0, words.count + SampleWindow.headWords + 16 > words.capacity { compact() }
        encode(row, at: words.count)
        count += 1
    }

    /// Puts a row where it belongs, at or after `start`; false when it adds nothing to a row that
    /// is there.
    mutating func insert(_ row: SampleRow, from start: Int) -> Bool {
        var position = start - origin
        while position < words.count {
            let (present, next) = self.row(at: position)
            if row.precedes(present) { break }
            if !present.precedes(row) {
                let merged = present.merged(with: row)
                guard
                    merged.signs != present.signs
                        || Sign.allCases.contains(where: {
                            merged.signs.contains($0) && merged.value($0) != present.value($0)
                        }) || merged.questionable != present.questionable
                else { return false }
                words.removeSubrange(position..<next)
                encode(merged, at: position)
                return true
            }
            position = next
        }
        encode(row, at: position)
        count += 1
        return true
    }

    /// Drops the first rows, up to the position after them.
    mutating func removeFirst(_ rows: Int, upTo position: Int) {
        head = position - origin
        count -= rows
        if head == words.count {
            origin += head
            words.removeAll(keepingCapacity: true)
            head = 0
        }
    }

    private mutating func compact() {
        words.removeSubrange(0..<head)
        origin += head
        head = 0
    }

    private mutating func encode(_ row: SampleRow, at position: Int) {
        let milliseconds = row.at.milliseconds
        let head: InlineArray<6, Int32> = [
            Int32(truncatingIfNeeded: milliseconds >> 32),
            Int32(truncatingIfNeeded: milliseconds),
            row.device,
            row.number,
            row.lag << 1 | (row.isSpotCheck ? 1 : 0),
            Int32(truncatingIfNeeded: UInt32(row.signs.rawValue) << 16)
                | Int32(row.questionable.rawValue),
        ]
        if position == words.count {
            for index in head.indices { words.append(head[index]) }
            row.signs.forEachNumber { words.append(row.value($0).thousandths) }
        } else {
            var inserted: [Int32] = []
            for index in head.indices { inserted.append(head[index]) }
            row.signs.forEachNumber { inserted.append(row.value($0).thousandths) }
            words.insert(contentsOf: inserted, at: position)
        }
    }

    private func instant(at position: Int) -> Instant {
        let low = Int64(UInt32(bitPattern: words[position + 1]))
        return Instant(milliseconds: Int64(words[position]) << 32 | low)
    }

    private func row(at position: Int) -> (row: SampleRow, next: Int) {
        let sets = UInt32(bitPattern: words[position + 5])
        var row = SampleRow(
            at: instant(at: position),
            device: words[position + 2],
            number: words[position + 3],
            lag: words[position + 4] >> 1,
            signs: SignSet(rawValue: UInt16(sets >> 16)),
            questionable: SignSet(rawValue: UInt16(truncatingIfNeeded: sets)),
            isSpotCheck: words[position + 4] & 1 != 0
        )
        var next = position + SampleWindow.headWords
        row.signs.forEachNumber { sign in
            row.set(sign, Magnitude(thousandths: words[next]))
            next += 1
        }
        return (row, next)
    }
}

extension SignSet {
    /// Calls `body` for each sign, by its bits: quicker than asking for every sign.
    func forEachNumber(_ body: (Sign) -> Void) {
        var bits = rawValue
        while bits != 0 {
            let number = UInt8(bits.trailingZeroBitCount)
            bits &= bits - 1
            if let sign = Sign(rawValue: number) { body(sign) }
        }
    }
}
