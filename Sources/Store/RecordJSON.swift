import Foundation
import SQLite

/// Records as the JSON text of their `body` column.
enum RecordJSON {
    /// The record's text, keys in order, so that equal records have equal texts.
    static func text(_ record: some Encodable) throws(SQLiteError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(record), as: UTF8.self)
        } catch {
            // Only a number that is not finite has no JSON.
            throw SQLiteError(code: 19, message: "a record that JSON cannot carry")
        }
    }

    /// The record a text spells; one that does not was not written by this program.
    static func record<Record: Decodable>(
        _ type: Record.Type = Record.self,
        from text: [UInt8]
    ) throws(SQLiteError) -> Record {
        do {
            return try JSONDecoder().decode(type, from: Data(text))
        } catch {
            throw .corrupt("a stored \(type) cannot be read")
        }
    }
}
