import Clinical
import SQLite

/// Which sequence numbers of each boot are stored: what makes ingest happen once.
///
/// Kept as closed ranges that neither touch nor overlap. Those of the readings that a compaction
/// has dealt with stand in `stored_sequences`; those of the journal's readings are *fresh*: they
/// are held here, made again from the journal when the store is opened, and written to the table
/// before their rows of the journal are taken away. So a commit writes no number but the
/// reading's own. What is held here is bounded by the journal and by `restingLimit`.
struct SequenceLedger {
    /// Boots without fresh numbers that are remembered, so that their next number costs no search.
    static let restingLimit = 100_000

    private struct Boot: Hashable {
        let device: DeviceNumber
        let number: Int32
    }

    private struct Account {
        let boot: Boot
        /// The last range in the table.
        var kept: ClosedRange<Int64>?
        /// The last fresh range; nil when there is none.
        var newest: ClosedRange<Int64>?
        /// Fresh ranges before it, in ascending order.
        var older: [ClosedRange<Int64>] = []
        /// Whether `touched` has it.
        var isTouched = false

        /// Whether its fresh numbers are one range after all that the table has.
        var justGrew: Bool {
            guard older.isEmpty, let newest else { return false }
            return kept.map { $0.upperBound < newest.lowerBound } ?? true
        }

        /// How many fresh ranges it has.
        var freshCount: Int { newest == nil ? 0 : older.count + 1 }

        /// Adds a fresh number; false when it is one already.
        mutating func insert(_ number: Int64) -> Bool {
            guard let newest else {
                newest = number...number
                return true
            }
            if number > newest.upperBound {
                if number &- newest.upperBound == 1 {
                    self.newest = newest.lowerBound...number
                } else {
                    older.append(newest)
                    self.newest = number...number
                }
                return true
            }
            guard number < newest.lowerBound else { return false }
            guard newest.lowerBound &- number == 1 else { return older.insert(number) }
            if let before = older.last, before.upperBound == number - 1 {
                older.removeLast()
                self.newest = before.lowerBound...newest.upperBound
            } else {
                self.newest = number...newest.upperBound
            }
            return true
        }

        /// Takes a fresh number away again.
        mutating func remove(_ number: Int64) {
            guard let last = newest else { return }
            guard last.contains(number) else { return older.remove(number) }
            var rest = [last]
            rest.remove(number)
            older += rest
            newest = older.popLast()
        }

        /// All fresh ranges in ascending order.
        var fresh: [ClosedRange<Int64>] {
            get { newest.map { older + [$0] } ?? [] }
            set {
                newest = newValue.last
                older = newValue.dropLast()
            }
        }
    }

    private var places: [Boot: Int] = [:]
    private var accounts: [Account] = []
    /// Places of accounts that have, or had, fresh ranges.
    private var touched: [Int] = []
    /// What was noted since `remember`, to be undone with its transaction.
    private var noted: [(place: Int, sequence: Int64)] = []

    /// How many boots are remembered.
    var count: Int { accounts.count }

    // MARK: Admission

    /// Notes the reading's sequence number; false when it was noted before.
    mutating func admit(
        _ reading: Reading,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Bool {
        let boot = Boot(device: reading.device, number: reading.boot)
        let place =
            if let known = places[boot] {
                known
            } else {
                try open(boot, connection)
            }
        let sequence = reading.sequence
        if let newest = accounts[place].newest, sequence > newest.upperBound,
            sequence &- newest.upperBound == 1,
            accounts[place].kept.map({ $0.upperBound < sequence }) ?? true
        {
            accounts[place].newest = newest.lowerBound...sequence
        } else if try !note(sequence, place, connection) {
            return false
        }
        noted.append((place, sequence))
        return true
    }

    /// A place in what was noted, to go back to.
    var mark: Int { noted.count }

    /// Forgets what was noted after the mark: its transaction was undone.
    mutating func undo(to mark: Int) {
        while noted.count > mark {
            let (place, sequence) = noted.removeLast()
            accounts[place].remove(sequence)
        }
    }

    /// What was noted is durable.
    mutating func remember() {
        noted.removeAll(keepingCapacity: true)
    }

    /// The boot's fresh ranges in ascending order.
    func fresh(device: DeviceNumber, boot: Int32) -> [ClosedRange<Int64>] {
        places[Boot(device: device, number: boot)].map { accounts[$0].fresh } ?? []
    }

    private mutating func open(
        _ boot: Boot,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Int {
        let kept = try lastRange(boot, upTo: .max, connection)
        places[boot] = accounts.count
        accounts.append(Account(boot: boot, kept: kept))
        return accounts.count - 1
    }

    /// Notes a number that does not simply follow the last one.
    private mutating func note(
        _ sequence: Int64,
        _ place: Int,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Bool {
        // Never a copy of the whole account here: its ranges would be copied with each number.
        let boot = accounts[place].boot
        if let kept = accounts[place].kept, sequence <= kept.upperBound {
            if sequence >= kept.lowerBound { return false }
            let before = try lastRange(boot, upTo: sequence, connection)
            if let before, before.contains(sequence) { return false }
        }
        if !accounts[place].isTouched {
            touched.append(place)
            accounts[place].isTouched = true
        }
        return accounts[place].insert(sequence)
    }

    // MARK: The table

    /// Writes up to `limit` fresh ranges into the open transaction.
    ///
    /// Nothing is forgotten before `settle`, which is for the time after the commit.
    func write(_ limit: Int, _ connection: borrowing Connection) throws(SQLiteError) {
        for (place, count) in portion(limit) {
            let account = accounts[place]
            if account.justGrew, let newest = account.newest {
                try append(newest, account.boot, after: account.kept, connection)
            } else {
                for range in account.fresh.prefix(count) {
                    try absorb(range, account.boot, connection)
                }
            }
        }
    }

    /// Forgets the fresh ranges that `write` with the same limit has written; false when none is
    /// left.
    mutating func settle(
        _ limit: Int,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Bool {
        for (place, count) in portion(limit) {
            if accounts[place].justGrew, let newest = accounts[place].newest {
                accounts[place].kept = accounts[place].kept.map { $0.joined(newest) } ?? newest
            } else {
                accounts[place].kept = try lastRange(accounts[place].boot, upTo: .max, connection)
            }
            if count < accounts[place].freshCount {
                accounts[place].older.removeFirst(count)
            } else {
                accounts[place].fresh = []
                accounts[place].isTouched = false
                touched.removeLast()
            }
        }
        if touched.isEmpty, accounts.count > SequenceLedger.restingLimit {
            places = [:]
            accounts = []
        }
        return !touched.isEmpty
    }

    /// The accounts whose turn it is, and how many of their fresh ranges.
    private func portion(_ limit: Int) -> [(place: Int, ranges: Int)] {
        var portion: [(Int, Int)] = []
        var rest = limit
        for place in touched.reversed() where rest > 0 {
            let count = min(rest, accounts[place].freshCount)
            portion.append((place, count))
            // An account without fresh ranges counts too, so that a slice is short.
            rest -= max(1, count)
        }
        return portion
    }

    /// Writes a range that lies after all others in the table.
    private func append(
        _ range: ClosedRange<Int64>,
        _ boot: Boot,
        after kept: ClosedRange<Int64>?,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        if let kept, range.lowerBound &- kept.upperBound == 1 {
            try grow(boot, kept.lowerBound, to: range.upperBound, connection)
        } else {
            try insert(boot, range, connection)
        }
    }

    /// Writes a range that overlaps none in the table, joined with those it touches.
    private func absorb(
        _ range: ClosedRange<Int64>,
        _ boot: Boot,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        var whole = range
        if range.upperBound < .max,
            let after = try self.range("first = ?3", boot, range.upperBound + 1, connection)
        {
            try delete(boot, after.lowerBound, connection)
            whole = range.lowerBound...after.upperBound
        }
        let before = try lastRange(boot, upTo: range.lowerBound, connection)
        try append(whole, boot, after: before, connection)
    }

    private func lastRange(
        _ boot: Boot,
        upTo sequence: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> ClosedRange<Int64>? {
        try range("first <= ?3 ORDER BY first DESC LIMIT 1", boot, sequence, connection)
    }

    private func range(
        _ condition: String,
        _ boot: Boot,
        _ sequence: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> ClosedRange<Int64>? {
        try connection.with(
            """
            SELECT first, last FROM stored_sequences
            WHERE device = ?1 AND boot = ?2 AND \(condition)
            """
        ) { (row) throws(SQLiteError) in
            try row.bind(Int64(boot.device), at: 1)
            try row.bind(Int64(boot.number), at: 2)
            try row.bind(sequence, at: 3)
            guard try row.step() else { return nil }
            let (first, last) = (row.integer(0), row.integer(1))
            guard first <= last else { throw .corrupt("a range that ends before it begins") }
            return first...last
        }
    }

    private func insert(
        _ boot: Boot,
        _ range: ClosedRange<Int64>,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        try connection.run(
            "INSERT INTO stored_sequences (device, boot, first, last) VALUES (?, ?, ?, ?)",
            .integer(Int64(boot.device)),
            .integer(Int64(boot.number)),
            .integer(range.lowerBound),
            .integer(range.upperBound)
        )
    }

    private func grow(
        _ boot: Boot,
        _ first: Int64,
        to last: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        try connection.run(
            "UPDATE stored_sequences SET last = ? WHERE device = ? AND boot = ? AND first = ?",
            .integer(last),
            .integer(Int64(boot.device)),
            .integer(Int64(boot.number)),
            .integer(first)
        )
    }

    private func delete(
        _ boot: Boot,
        _ first: Int64,
        _ connection: borrowing Connection
    ) throws(SQLiteError) {
        try connection.run(
            "DELETE FROM stored_sequences WHERE device = ? AND boot = ? AND first = ?",
            .integer(Int64(boot.device)),
            .integer(Int64(boot.number)),
            .integer(first)
        )
    }
}

extension ClosedRange<Int64> {
    /// The range that begins where this one does when the other follows it, else the other.
    fileprivate func joined(_ later: ClosedRange<Int64>) -> ClosedRange<Int64> {
        later.lowerBound &- upperBound == 1 ? lowerBound...later.upperBound : later
    }
}

extension [ClosedRange<Int64>] {
    /// Adds a number to ranges in ascending order that do not touch; false when it is in one.
    mutating func insert(_ number: Int64) -> Bool {
        let next = index(after: number)
        let touchesNext = next < count && self[next].lowerBound &- number == 1
        if next > 0 {
            let before = self[next - 1]
            if number <= before.upperBound { return false }
            if number &- before.upperBound == 1 {
                let end = touchesNext ? self[next].upperBound : number
                self[next - 1] = before.lowerBound...end
                if touchesNext { remove(at: next) }
                return true
            }
        }
        if touchesNext {
            self[next] = number...self[next].upperBound
        } else {
            insert(number...number, at: next)
        }
        return true
    }

    /// Takes a number out of the range that has it.
    mutating func remove(_ number: Int64) {
        let place = index(after: number) - 1
        guard place >= 0, self[place].contains(number) else { return }
        let range = self[place]
        var rest: [ClosedRange<Int64>] = []
        if range.lowerBound < number { rest.append(range.lowerBound...(number - 1)) }
        if number < range.upperBound { rest.append((number + 1)...range.upperBound) }
        replaceSubrange(place...place, with: rest)
    }

    /// The index of the first range that begins after the number.
    private func index(after number: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].lowerBound <= number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
