import Testing
import Wire

@Suite struct CSVTableTests {
    @Test func `columns come in any order and fields are trimmed`() throws {
        let table = try CSVTable("b, a\n 1 ,2\n,x\n", columns: ["a", "b"])
        #expect(table.columns == ["b", "a"])
        #expect(table.rows.count == 2)
        #expect(table.rows[0]["a"] == "2")
        #expect(table.rows[0]["b"] == "1")
        #expect(table.rows[1]["b"] == nil)
        #expect(table.rows[1].line == 3)
    }

    @Test func `quotes keep commas, quotes and line ends`() throws {
        let table = try CSVTable("a,b\r\n\"x,\"\"y\"\"\nz\",2\r\n3,4", columns: ["a", "b"])
        #expect(table.rows[0]["a"] == "x,\"y\"\nz")
        #expect(table.rows[0].line == 2)
        #expect(table.rows[1].line == 4)
        #expect(table.rows[1]["b"] == "4")
    }

    @Test func `a byte order mark and blank lines are skipped`() throws {
        let table = try CSVTable("\u{FEFF}a,b\n\n1,2\n\r\n3,4\n", columns: ["a", "b"])
        #expect(table.rows.map { $0["a"] } == ["1", "3"])
        #expect(table.rows.map(\.line) == [3, 5])
    }

    @Test(arguments: [
        ("", "line 1: the file is empty; expected a header"),
        ("a\n1\n", "line 1, column b: the column is missing"),
        ("a,b,c\n", "line 1, column c: unknown column; expected are a, b"),
        ("a,b,a\n1,2,3\n", "line 1, column a: the column stands twice"),
        ("a,b\n1\n", "line 2: 1 fields, the header has 2"),
        ("a,b\n1,2,3\n", "line 2: 3 fields, the header has 2"),
        ("a,b\n1,2\n\"x,3\n", "line 3: a quote is never closed"),
        ("a,b\n\"x\"y,3\n", "line 2: text after a closing quote"),
    ])
    func `an error names the place`(text: String, message: String) {
        do throws(CSVError) {
            _ = try CSVTable(text, columns: ["a", "b"])
            Issue.record("'\(text)' was read")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test func `a row's own error names its line`() throws {
        let table = try CSVTable("a\nx\n", columns: ["a"])
        #expect(
            table.rows[0].error("a", "not a number").description == "line 2, column a: not a number"
        )
    }
}
