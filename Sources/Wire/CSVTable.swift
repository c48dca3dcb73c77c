/// A CSV text (RFC 4180) with a header line, checked row by row.
public struct CSVTable: Sendable {
    /// The header's names, in order.
    public let columns: [String]
    /// The rows after the header, each with as many fields as the header.
    public let rows: [CSVRow]

    /// Reads the text; throws the first place where it is not a table of the expected columns.
    ///
    /// Columns may come in any order; missing and unknown ones are named in the error. Those of
    /// `optional` may be left out.
    public init(
        _ text: String,
        columns expected: [String],
        optional: [String] = []
    ) throws(CSVError) {
        var records = try CSVTable.records(of: text)
        guard !records.isEmpty else {
            throw CSVError(line: 1, column: nil, message: "the file is empty; expected a header")
        }
        let header = records.removeFirst().fields.map { $0.trimmed }
        if let unknown = header.first(where: { !(expected + optional).contains($0) }) {
            let known = (expected + optional).joined(separator: ", ")
            throw CSVError(
                line: 1,
                column: unknown,
                message: "unknown column; expected are \(known)"
            )
        }
        if let missing = expected.first(where: { !header.contains($0) }) {
            throw CSVError(line: 1, column: missing, message: "the column is missing")
        }
        if let twice = header.enumerated().first(where: { header[..<$0].contains($1) })?.element {
            throw CSVError(line: 1, column: twice, message: "the column stands twice")
        }
        columns = header
        var rows: [CSVRow] = []
        for record in records {
            guard record.fields.count == header.count else {
                throw CSVError(
                    line: record.line,
                    column: nil,
                    message: "\(record.fields.count) fields, the header has \(header.count)"
                )
            }
            let fields = Dictionary(
                zip(header, record.fields.map { $0.trimmed }),
                uniquingKeysWith: { first, _ in first }
            )
            rows.append(CSVRow(line: record.line, fields: fields))
        }
        self.rows = rows
    }

    private static func records(
        of text: String
    ) throws(CSVError) -> [(line: Int, fields: [String])] {
        var records: [(line: Int, fields: [String])] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var isClosed = false
        var line = 1
        var startLine = 1
        var bytes = Array(text.utf8)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }

        func endField() {
            fields.append(String(decoding: field, as: UTF8.self))
            field.removeAll()
            isClosed = false
        }
        func endRecord() {
            endField()
            if fields != [""] { records.append((startLine, fields)) }
            fields = []
            startLine = line
        }

        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "\n") { line += 1 }
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && bytes.first == UInt8(ascii: "\""):
                field.append(byte)
                bytes.removeFirst()
            case UInt8(ascii: "\"") where isQuoted:
                isQuoted = false
                isClosed = true
            case UInt8(ascii: "\"") where field.isEmpty && !isClosed: isQuoted = true
            case _ where isQuoted: field.append(byte)
            case UInt8(ascii: ","): endField()
            case UInt8(ascii: "\r") where bytes.first == UInt8(ascii: "\n"): break
            case UInt8(ascii: "\n"): endRecord()
            case UInt8(ascii: " ") where isClosed, UInt8(ascii: "\t") where isClosed: break
            case _ where isClosed:
                throw CSVError(
                    line: startLine,
                    column: nil,
                    message: "text after a closing quote"
                )
            default: field.append(byte)
            }
        }
        guard !isQuoted else {
            throw CSVError(line: startLine, column: nil, message: "a quote is never closed")
        }
        if !field.isEmpty || !fields.isEmpty || isClosed { endRecord() }
        return records
    }
}

/// One row of a table.
public struct CSVRow: Sendable {
    /// The line it starts on, from 1.
    public let line: Int
    private let values: [String: String]

    fileprivate init(line: Int, fields: [String: String]) {
        self.line = line
        self.values = fields
    }

    /// The field, trimmed; nil when it is empty.
    public subscript(column: String) -> String? {
        guard let value = values[column], !value.isEmpty else { return nil }
        return value
    }

    /// An error about one field of this row.
    public func error(_ column: String, _ message: String) -> CSVError {
        CSVError(line: line, column: column, message: message)
    }
}

/// What is wrong in a table, and where.
public struct CSVError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// The column's name, nil when it concerns the whole row.
    public let column: String?
    /// What is wrong and what is expected.
    public let message: String

    /// An error at a place.
    public init(line: Int, column: String?, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    /// The place and the message: `line 3, column tier: …`.
    public var description: String {
        column.map { "line \(line), column \($0): \(message)" } ?? "line \(line): \(message)"
    }
}

extension String {
    fileprivate var trimmed: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
