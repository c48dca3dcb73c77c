import SQLite

/// The conditions of a SELECT and the values that go with them, in one order.
struct Selection {
    private enum Value {
        case integer(Int64)
        case text(String)
    }

    private var conditions: [String] = []
    private var values: [Value] = []

    /// Adds a condition without a value.
    mutating func add(_ condition: String) {
        conditions.append(condition)
    }

    /// Adds a condition with one `?`, unless there is no value.
    mutating func add(_ condition: String, _ value: Int64?) {
        guard let value else { return }
        conditions.append(condition)
        values.append(.integer(value))
    }

    /// Adds a condition with one `?`, unless there is no value.
    mutating func add(_ condition: String, _ value: String?) {
        guard let value else { return }
        conditions.append(condition)
        values.append(.text(value))
    }

    /// Adds that the booking has the claimant in the column, or a claim of the kind on it.
    mutating func add(_ column: String?, orClaimed kind: String, _ claimant: String?) {
        guard let claimant else { return }
        let claimed =
            "id IN (SELECT booking FROM booking_claims WHERE kind = '\(kind)' AND claimant = ?)"
        conditions.append(column.map { "(\($0) = ? OR \(claimed))" } ?? claimed)
        values += Array(repeating: .text(claimant), count: column == nil ? 1 : 2)
    }

    /// Adds that the column has one of the values, unless there is none.
    mutating func add(_ column: String, among texts: [String]) {
        guard !texts.isEmpty else { return }
        let marks = Array(repeating: "?", count: texts.count).joined(separator: ", ")
        conditions.append("\(column) IN (\(marks))")
        values += texts.map(Value.text)
    }

    /// ` WHERE a AND b`, or nothing.
    var clause: String {
        conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    }

    /// Binds the values from parameter 1 on and then the limit.
    func bind(to statement: borrowing Statement, limit: Int) throws(SQLiteError) {
        var index: Int32 = 1
        for value in values {
            switch value {
            case .integer(let number): try statement.bind(number, at: index)
            case .text(let text): try statement.bind(text, at: index)
            }
            index += 1
        }
        try statement.bind(Int64(max(0, limit)), at: index)
    }
}
