import SQLite

/// A value for a statement's parameter.
enum Parameter {
    case integer(Int64)
    case optional(Int64?)
    case text(String)
    case optionalText(String?)
    case blob([UInt8])
}

extension Connection {
    /// Runs a statement without rows with these parameters, from 1 on.
    borrowing func run(_ sql: String, _ parameters: Parameter...) throws(SQLiteError) {
        try with(sql) { (statement) throws(SQLiteError) in
            for (offset, parameter) in parameters.enumerated() {
                let index = Int32(offset + 1)
                switch parameter {
                case .integer(let value): try statement.bind(value, at: index)
                case .optional(let value): try statement.bind(value, at: index)
                case .text(let text): try statement.bind(text, at: index)
                case .optionalText(let text): try statement.bind(text, at: index)
                case .blob(let bytes): try statement.bind(bytes.span, at: index)
                }
            }
            try statement.run()
        }
    }
}
