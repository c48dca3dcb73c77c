import SQLite
import TestKit
import Testing

@Suite struct ConnectionTests {
    @Test func `values come back as they were bound`() throws {
        let connection = try memory()
        try connection.execute("CREATE TABLE t (a, b, c, d)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?)")
        try insert.bind(Int64.min, at: 1)
        try insert.bind("Đặng Thị Ngọc\u{0}Thịnh", at: 2)
        try insert.bind([0, 255, 7].span, at: 3)
        try insert.bindNull(at: 4)
        try insert.run()
        #expect(connection.changes == 1)
        #expect(connection.lastRowID == 1)
        try connection.with("SELECT a, b, c, d FROM t") { (row) throws(SQLiteError) in
            #expect(try row.step() == true)
            #expect(row.integer(0) == .min)
            #expect(row.text(1) == "Đặng Thị Ngọc\u{0}Thịnh")
            #expect(row.bytes(2) == [0, 255, 7])
            #expect(row.isNull(3) == true)
            #expect(row.optionalInteger(3) == nil)
            #expect(row.text(3) == "")
            #expect(row.bytes(3) == [])
            #expect(try row.step() == false)
        }
    }

    @Test func `what is empty is not NULL`() throws {
        let connection = try memory()
        try connection.with("SELECT ? IS NULL, ? IS NULL, ? IS NULL, ? IS NULL") {
            (row) throws(SQLiteError) in
            try row.bind("", at: 1)
            try row.bind([UInt8]().span, at: 2)
            try row.bind(String?.none, at: 3)
            try row.bind(Int64?.none, at: 4)
            #expect(try row.step() == true)
            #expect((0..<4).map { row.integer($0) } == [0, 0, 1, 1])
        }
    }

    @Test func `a lent statement comes back without parameters`() throws {
        let connection = try memory()
        for value in [Int64(7), nil] {
            try connection.with("SELECT ?") { (row) throws(SQLiteError) in
                if let value { try row.bind(value, at: 1) }
                #expect(try row.step() == true)
                #expect(row.optionalInteger(0) == value)
            }
        }
    }

    @Test func `a text that is lent already is compiled a second time`() throws {
        let connection = try memory()
        let sql = "SELECT value FROM json_each('[1,2]')"
        try connection.with(sql) { (outer) throws(SQLiteError) in
            #expect(try outer.step() == true)
            try connection.with(sql) { (inner) throws(SQLiteError) in
                #expect(try inner.step() == true)
                #expect(inner.integer(0) == 1)
            }
            #expect(try outer.step() == true)
            #expect(outer.integer(0) == 2)
        }
    }

    @Test func `errors say what they mean for the caller`() throws {
        let connection = try memory()
        try connection.execute("CREATE TABLE t (a UNIQUE)")
        try connection.execute("INSERT INTO t VALUES (1)")
        #expect(kind { try connection.execute("INSERT INTO t VALUES (1)") } == .constraint)
        #expect(kind { try connection.execute("nonsense") } == .other)
        #expect(kind { _ = try connection.prepare("") } == .other)
        try connection.execute("PRAGMA max_page_count = 3")
        #expect(
            kind { try connection.execute("INSERT INTO t VALUES (zeroblob(100000))") } == .full
        )
        #expect(
            kind { _ = try Connection(path: "/nowhere/at/all", access: .reading) } == .input
        )
    }

    @Test func `a failing step ends its statement, which can run again`() throws {
        let connection = try memory()
        try connection.execute("CREATE TABLE t (a UNIQUE)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?)")
        try insert.bind(1, at: 1)
        try insert.run()
        #expect(kind { try insert.run() } == .constraint)
        try insert.bind(2, at: 1)
        try insert.run()
        #expect(try connection.integer("SELECT count(*) FROM t") == 2)
    }

    @Test func `a file that is no database is corrupt`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/x.db"
            try write(Array(repeating: 0x41, count: 8_192), to: path)
            let connection = try Connection(path: path, access: .writing)
            #expect(
                kind { _ = try connection.integer("SELECT count(*) FROM sqlite_schema") }
                    == .corrupt
            )
        }
    }

    @Test func `a reading connection cannot write`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/x.db"
            let writer = try Connection(path: path, access: .creating)
            try writer.execute("CREATE TABLE t (a)")
            let reader = try Connection(path: path, access: .reading)
            #expect(kind { try reader.execute("INSERT INTO t VALUES (1)") } == .input)
            #expect(try reader.integer("SELECT count(*) FROM t") == 0)
        }
    }

    @Test func `a second writer is busy until the first has committed`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/x.db"
            let first = try Connection(path: path, access: .creating)
            try first.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a); BEGIN IMMEDIATE")
            #expect(first.isInTransaction == true)
            let second = try Connection(path: path, access: .writing)
            second.setBusyTimeout(milliseconds: 0)
            #expect(kind { try second.execute("BEGIN IMMEDIATE") } == .busy)
            try first.execute("COMMIT")
            #expect(first.isInTransaction == false)
            try second.execute("BEGIN IMMEDIATE; ROLLBACK")
        }
    }

    @Test func `a copy is the database as it was when the copy began`() async throws {
        try await withTemporaryFolder { folder in
            let source = try Connection(path: folder + "/a.db", access: .creating)
            try source.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
            try source.execute("INSERT INTO t VALUES (1), (2)")
            try source.backup(toFile: folder + "/b.db")
            try source.execute("INSERT INTO t VALUES (3)")
            let copy = try Connection(path: folder + "/b.db", access: .writing)
            #expect(try copy.integer("SELECT count(*) FROM t") == 2)
            #expect(try copy.text("PRAGMA integrity_check") == "ok")
            #expect(source.isInTransaction == false)
        }
    }

    @Test func `a running statement is stopped from another thread`() async throws {
        let connection = try memory()
        let interrupter = connection.interrupter
        // Interrupts until the statement has noticed: one that comes before its start is lost.
        let stopper = Task.detached {
            while !Task.isCancelled {
                interrupter.interrupt()
                await Task.yield()
            }
        }
        let endless = """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
            """
        let kind = kind { _ = try connection.integer(endless) }
        stopper.cancel()
        await stopper.value
        #expect(kind == .interrupted)
    }

    @Test func `interrupting a closed connection does nothing`() throws {
        let interrupter = try memory().interrupter
        interrupter.interrupt()
    }

    @Test func `a statement may outlive its connection`() throws {
        let statement = try memory().prepare("SELECT 5")
        #expect(try statement.step() == true)
        #expect(statement.integer(0) == 5)
    }
}

private func memory() throws(SQLiteError) -> Connection {
    try Connection(path: ":memory:", access: .creating)
}

private func kind(_ body: () throws -> Void) -> SQLiteError.Kind? {
    do {
        try body()
    } catch let error as SQLiteError {
        return error.kind
    } catch {
        Issue.record("not an error of SQLite: \(error)")
    }
    return nil
}
