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
            sequence &- newest.upperBound == 1
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
            accounts[place].fresh = accounts[place].fresh.without(sequence)
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
        let account = accounts[place]
        if let kept = account.kept, sequence <= kept.upperBound {
            if sequence >= kept.lowerBound { return false }
            let before = try lastRange(account.boot, upTo: sequence, connection)
            if let before, before.contains(sequence) { return false }
        }
        guard let newest = account.newest else {
            accounts[place].newest = sequence...sequence
            if !account.isTouched { touched.append(place) }
            accounts[place].isTouched = true
            return true
        }
        if sequence > newest.upperBound {
            accounts[place].older.append(newest)
            accounts[place].newest = sequence...sequence
            return true
        }
        var fresh = account.fresh
        guard fresh.insert(sequence) else { return false }
        accounts[place].fresh = fresh
        return true
    }

    // MARK: The table

    /// Writes the fresh ranges of up to `limit` boots into the open transaction.
    ///
    /// Nothing is forgotten before `settle`, which is for the time after the commit.
    func write(_ limit: Int, _ connection: borrowing Connection) throws(SQLiteError) {
        for place in touched.suffix(limit) {
            let account = accounts[place]
            if account.justGrew, let newest = account.newest {
                try append(newest, account.boot, after: account.kept, connection)
            } else {
                for range in account.fresh { try absorb(range, account.boot, connection) }
            }
        }
    }

    /// Forgets the fresh ranges that `write` with the same limit has written; false when none is
    /// left.
    mutating func settle(
        _ limit: Int,
        _ connection: borrowing Connection
    ) throws(SQLiteError) -> Bool {
        for place in touched.suffix(limit) {
            let account = accounts[place]
            if account.justGrew, let newest = account.newest {
                accounts[place].kept = account.kept.map { $0.joined(newest) } ?? newest
            } else {
                accounts[place].kept = try lastRange(account.boot, upTo: .max, connection)
            }
            accounts[place].fresh = []
            accounts[place].isTouched = false
        }
        touched.removeLast(min(limit, touched.count))
        if touched.isEmpty, accounts.count > SequenceLedger.restingLimit {
            places = [:]
            accounts = []
        }
        return !touched.isEmpty
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

    /// The ranges without a number.
    func without(_ number: Int64) -> [ClosedRange<Int64>] {
        flatMap { range -> [ClosedRange<Int64>] in
            guard range.contains(number) else { return [range] }
            var rest: [ClosedRange<Int64>] = []
            if range.lowerBound < number { rest.append(range.lowerBound...(number - 1)) }
            if number < range.upperBound { rest.append((number + 1)...range.upperBound) }
            return rest
        }
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
