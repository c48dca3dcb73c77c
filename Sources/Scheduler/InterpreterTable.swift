import Vocabulary
import Wire

/// The table of interpreters as CSV.
public enum InterpreterTable {
    /// The columns, in the order in which they are written.
    public static let columns = ["id", "name", "languages", "weekly", "onCall"]

    /// Reads the interpreters; throws every error of every row.
    ///
    /// An interpreter speaks at least two languages.
    public static func read(_ text: String) throws(TableErrors) -> [Interpreter] {
        let table: CSVTable
        do {
            table = try CSVTable(text, columns: columns)
        } catch {
            throw TableErrors([error])
        }
        var errors: [CSVError] = []
        var interpreters: [Interpreter] = []
        var lineByID: [InterpreterID: Int] = [:]
        for row in table.rows {
            var reader = RowReader(row)
            let interpreter = interpreter(&reader)
            if let id = interpreter?.id {
                if let line = lineByID[id] { reader.fail("id", "'\(id)' is on line \(line) too") }
                lineByID[id] = lineByID[id] ?? row.line
            }
            errors += reader.errors
            if let interpreter { interpreters.append(interpreter) }
        }
        guard errors.isEmpty else { throw TableErrors(errors) }
        return interpreters
    }

    private static func interpreter(_ reader: inout RowReader) -> Interpreter? {
        let id = reader.value("id", expected: "1-40 characters of [a-z0-9-]") {
            InterpreterID(rawValue: $0)
        }
        let name = reader.text("name")
        let languages = reader.list(
            "languages",
            expected: "an ISO 639 code",
            RosterTable.language
        )
        if Set(languages).count < 2 { reader.fail("languages", "at least two, as 'hmn;vi'") }
        let hours = RosterTable.hours(&reader)
        guard let id, let name else { return nil }
        return Interpreter(id: id, name: name, languages: languages, availability: hours)
    }
}
