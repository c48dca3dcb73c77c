/// A statement that outlives the call that compiled it.
final class KeptStatement {
    let statement: Statement

    init(_ statement: consuming Statement) {
        self.statement = statement
    }
}

/// Compiled statements by their text, each lent to one caller at a time.
///
/// A program has few texts; should one build them without end, the cache starts afresh.
final class StatementCache {
    private static let limit = 256

    private var idle: [String: KeptStatement] = [:]

    func take(_ sql: String) -> KeptStatement? {
        idle.removeValue(forKey: sql)
    }

    func giveBack(_ statement: KeptStatement, _ sql: String) {
        if idle.count >= StatementCache.limit { idle.removeAll() }
        idle[sql] = statement
    }

    func removeAll() {
        idle.removeAll()
    }
}
