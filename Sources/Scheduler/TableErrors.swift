public import Wire

/// Everything that is wrong in a table, row by row.
public struct TableErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// The errors, by line.
    public let errors: [CSVError]

    /// Errors in any order.
    public init(_ errors: [CSVError]) {
        self.errors = errors.sorted { ($0.line, $0.column ?? "") < ($1.line, $1.column ?? "") }
    }

    /// One line an error.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Reads the fields of one row and gathers what is wrong with them.
struct RowReader {
    let row: CSVRow
    private(set) var errors: [CSVError] = []

    init(_ row: CSVRow) {
        self.row = row
    }

    mutating func fail(_ column: String, _ message: String) {
        errors.append(row.error(column, message))
    }

    /// The field's text; an empty one is an error.
    mutating func text(_ column: String) -> String? {
        guard let text = row[column] else {
            fail(column, "must not be empty")
            return nil
        }
        return text
    }

    /// The field read by `parse`; an empty or unreadable one is an error.
    mutating func value<Value>(
        _ column: String,
        expected: String,
        _ parse: (String) -> Value?
    ) -> Value? {
        guard let text = text(column) else { return nil }
        guard let value = parse(text) else {
            fail(column, "'\(text)' is not \(expected)")
            return nil
        }
        return value
    }

    /// The field read by `parse`; an empty one is nil, an unreadable one an error.
    mutating func optional<Value>(
        _ column: String,
        expected: String,
        _ parse: (String) -> Value?
    ) -> Value? {
        row[column] == nil ? nil : value(column, expected: expected, parse)
    }

    /// The parts between semicolons, each read by `parse`; an empty field is an empty list.
    mutating func list<Value>(
        _ column: String,
        expected: String,
        _ parse: (String) -> Value?
    ) -> [Value] {
        guard let text = row[column] else { return [] }
        var values: [Value] = []
        for part in text.split(separator: ";") {
            let trimmed = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            guard !trimmed.isEmpty else { continue }
            if let value = parse(trimmed) {
                values.append(value)
            } else {
                fail(column, "'\(trimmed)' is not \(expected)")
            }
        }
        return values
    }
}

/// Quotes a field of a table where RFC 4180 asks for it.
func csvField(_ text: String) -> String {
    let special = text.utf8.contains {
        $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
            || $0 == UInt8(ascii: "\r")
    }
    // Readers trim spaces at the ends of plain fields.
    guard special || text.first == " " || text.last == " " else { return text }
    let doubled = text.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"")
    return "\"\(doubled)\""
}
