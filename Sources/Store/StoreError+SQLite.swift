import SQLite

extension StoreError {
    /// What SQLite's answer means to a caller of the store.
    init(_ error: SQLiteError) {
        switch error.kind {
        case .constraint: self = .constraint(error.message)
        case .full: self = .diskFull
        case .corrupt: self = .corrupt(error.message)
        case .input, .busy, .interrupted, .other:
            self = .input(code: error.code, message: error.message)
        }
    }

    /// Whether the engine, and not the caller's records, is at fault: nothing in the same
    /// transaction can be committed.
    var concernsEverybody: Bool {
        switch self {
        case .doubleBooking, .constraint: false
        case .diskFull, .inUse, .input, .corrupt, .newerSchema, .readOnly, .closed: true
        }
    }
}

/// Runs `body` and tells SQLite's errors in the store's words.
func translated<Result: ~Copyable>(
    _ body: () throws(SQLiteError) -> Result
) throws(StoreError) -> Result {
    do {
        return try body()
    } catch {
        throw StoreError(error)
    }
}

extension SQLiteError {
    /// The same error, with the file that it concerns.
    ///
    /// A statement that does not fit the schema (code 1) has met a damaged one: nothing else in a
    /// partition could make it fail.
    func naming(_ partition: Partition) -> SQLiteError {
        let text = "readings/\(partition.fileName): \(message)"
        return code & 0xFF == 1 ? .corrupt(text) : SQLiteError(code: code, message: text)
    }
}
