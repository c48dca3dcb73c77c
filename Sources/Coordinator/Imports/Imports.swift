import Crypto
import Foundation
import Store
import Vocabulary

/// Reads the site and doctor tables of the configuration at start, when they changed.
enum Imports {
    /// Imports each configured table whose text differs from the one imported last.
    static func refresh(
        _ configuration: Configuration,
        _ store: any Store,
        log: Log
    ) async throws {
        let tables: [(ImportTable, String?)] = [
            (.sites, configuration.sitesFile), (.doctors, configuration.doctorsFile),
        ]
        for (table, file) in tables {
            guard let file else { continue }
            guard let bytes = FileManager.default.contents(atPath: file) else {
                throw ConfigurationError(
                    "cannot read \(table.rawValue).file \(file); check path and rights"
                )
            }
            let digest = Hexadecimal.encode(Digest.sha256(Array(bytes)))
            let mark = configuration.dataDirectory + "/\(table.rawValue).imported"
            if (try? String(contentsOfFile: mark, encoding: .utf8)) == digest { continue }
            let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
            let rows: Int
            do {
                rows = try await table.load(file: file, into: store, profiles: [], at: now).rows
            } catch let error as ImportError {
                throw ConfigurationError(sentence(error, table))
            }
            log(.info, "import", "\(rows) \(table.rawValue) from \(file)")
            do {
                try digest.write(toFile: mark, atomically: true, encoding: .utf8)
            } catch {
                throw ConfigurationError("cannot write \(mark); check free space and rights")
            }
        }
    }

    /// The first problem and how to see the others: a start that fails says one line.
    private static func sentence(_ error: ImportError, _ table: ImportTable) -> String {
        let count = error.problems.count
        let first = "\(table.rawValue).file \(error.file): \(error.problems.first ?? "")"
        if count == 1 { return first }
        return "\(first); and \(count - 1) more, see 'telehealth \(table.rawValue) import'"
    }
}
