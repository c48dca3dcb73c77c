import Testing
import Vocabulary
import Wire

@Suite struct JSONValueTests {
    // MARK: Text

    @Test func `escapes are resolved, surrogate pairs joined, lone ones replaced`() throws {
        #expect(try text(#""a\"\\\/\b\f\n\r\t\u00e9☃""#) == "a\"\\/\u{8}\u{C}\n\r\t\u{e9}☃")
        #expect(try text(#""\ud83d\ude00""#) == "😀")
        #expect(try text(#""\uD83D\uDE00x""#) == "😀x")
        #expect(try text(#""\ud83d""#) == "\u{FFFD}")
        #expect(try text(#""\ud83dx""#) == "\u{FFFD}x")
        #expect(try text(#""\ude00\ud83d""#) == "\u{FFFD}\u{FFFD}")
        #expect(try text(#""\ud83d\u0041""#) == "\u{FFFD}A")
        #expect(try text(#""\u0000""#) == "\0")
        #expect(try text(#""\\u0041""#) == #"\u0041"#)
    }

    /// Eight bytes are looked at together: every byte that counts, at every place among them.
    @Test func `a string ends at its quote and breaks at a control byte, wherever they stand`() {
        for before in 0..<20 {
            for after in 0..<20 {
                for byte in UInt8.min...0x7F {
                    let plain = [UInt8](repeating: 0x61, count: before)
                    let rest = [UInt8](repeating: 0xC3, count: after)
                    let bytes = [0x22] + plain + [byte] + rest + [0x22]
                    var cursor = JSONCursor()
                    let text = try? cursor.string(bytes.span)
                    switch byte {
                    case 0x22: #expect(text == JSONText(range: 1..<before + 1))
                    case 0x5C, 0..<0x20: #expect(text == nil || byte == 0x5C && after == 0)
                    default: #expect(text == JSONText(range: 1..<bytes.count - 1))
                    }
                }
            }
        }
    }

    @Test(arguments: [
        (#""spo2""#, "spo2", true), (#""spo2""#, "spo", false), (#""spo2""#, "spo22", false),
        (#""spo2""#, "spO2", false), (#""sp\u006f2""#, "spo2", false), (#""""#, "", true),
    ])
    func `comparing wants the very bytes`(json: String, other: String, isEqual: Bool) throws {
        let bytes = Array(json.utf8)
        var cursor = JSONCursor()
        let text = try cursor.string(bytes.span)
        let answer = text.equals(other, bytes.span)
        #expect(answer == isEqual)
        guard other == "spo2" else { return }
        let sameAnswer = text.equals("spo2" as StaticString, bytes.span)
        #expect(sameAnswer == isEqual)
    }

    // MARK: Numbers

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("9223372036854775807", Int64.max),
        ("-9223372036854775808", Int64.min),
    ])
    func `an integer that fits is read`(text: String, value: Int64) throws {
        #expect(try number(text) { $0.integer($1) } == value)
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "1.0", "1e0", "99999999999999999999999",
    ])
    func `an integer that does not fit or is written otherwise is none`(text: String) throws {
        #expect(try number(text) { $0.integer($1) } == nil)
    }

    @Test(arguments: [
        ("36.05", 36_050), ("0", 0), ("-0", 0), ("-0.0", 0), ("0.001", 1), ("0.0009", 0),
        ("-0.0009", -1),
        ("-1.5", -1_500), ("36.6999", 36_699), ("-36.6999", -36_700), ("-36.6990", -36_699),
        ("72", 72_000), ("2000000", 2_000_000_000), ("-2000000", -2_000_000_000),
        ("3.65e1", 36_500), ("1e-3", 1), ("0.00000000000000000000000000000000000000001", 0),
        ("3605e-2", 36_050), ("0e99999999999999999999", 0), ("1e-99999999999999999999", 0),
        ("-1e-99", -1),
        ("36050000000000000000000000000e-27", 36_050),
        ("0.000000000000000000000000003605e28", 36_050), ("1.001e0", 1_001), ("-1.001e0", -1_001),
    ])
    func `thousandths are exact and cut downwards`(text: String, value: Int32) throws {
        #expect(try number(text) { $0.thousandths($1) } == value)
    }

    @Test(arguments: [
        "2000000.001", "2000001", "-2000001", "1e7", "1e999", "-1e999",
        "11647000000000000000000000",
    ])
    func `thousandths out of range are none`(text: String) throws {
        #expect(try number(text) { $0.thousandths($1) } == nil)
    }

    @Test func `a double that overflows is none, one that underflows is zero`() throws {
        #expect(try number("1e999") { $0.double($1) } == nil)
        #expect(try number("1e-999") { $0.double($1) } == 0)
        #expect(try number("0.1") { $0.double($1) } == 0.1)
        #expect(try number("1.7976931348623157e308") { $0.double($1) } == .greatestFiniteMagnitude)
    }

    // MARK: Writing

    @Test func `what is written is read back`() throws {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("a\"b")
            writer.array { writer in
                writer.value(1)
                writer.value(Int64.min)
                writer.value(UInt64.max)
                writer.value(0.5)
                writer.value(72.0)
                writer.value(Double.nan)
                writer.value(-Double.infinity)
                writer.value(true)
                writer.null()
                writer.value("x\u{0}\n\u{1F}\\/☃😀\u{7F}")
                writer.value(Instant(milliseconds: 250))
                writer.raw("{}")
                writer.raw(Array("[1]".utf8).span)
                writer.object { _ in }
                writer.array { _ in }
            }
            writer.key("c")
            writer.value(1e300)
        }
        #expect(
            writer.text
                == #"{"a\"b":[1,-9223372036854775808,18446744073709551615,0.5,72,null,null,true,null,"#
                + #""x\u0000\u000a\u001f\\/☃😀"# + "\u{7F}"
                + #"","1970-01-01T00:00:00.250Z",{},[1],{},[]],"c":1e+300}"#
        )
        var cursor = JSONCursor()
        try cursor.skipValue(writer.bytes.span)
        try cursor.finish(writer.bytes.span)
        writer.reset()
        writer.value(1)
        #expect(writer.text == "1")
    }

    @Test func `a double survives writing and reading`() throws {
        for value in [
            0.1, -0.1, 1e15, -1e15, 1e16, 123_456_789.125, .leastNormalMagnitude, 1.0 / 3,
        ] as [Double] {
            var writer = JSONWriter()
            writer.value(value)
            #expect(try number(writer.text) { $0.double($1) } == value)
        }
    }

    // MARK: Cursor

    @Test func `members come in order with their values where they lie`() throws {
        let bytes = Array(#" { "a" : [1, 2] , "b":{"c":"d"} } "#.utf8)
        let span = bytes.span
        var cursor = JSONCursor()
        let kind = try cursor.peek(span)
        #expect(kind == .object)
        try cursor.enterObject(span)
        let first = try cursor.nextKey(span)?.string(span)
        #expect(first == "a")
        let range = try cursor.skipValue(span)
        #expect(String(decoding: bytes[range], as: UTF8.self) == "[1, 2]")
        let second = try cursor.nextKey(span)?.string(span)
        #expect(second == "b")
        try cursor.enterObject(span)
        #expect(cursor.depth == 2)
        let third = try cursor.nextKey(span)?.string(span)
        #expect(third == "c")
        let value = try cursor.string(span).string(span)
        #expect(value == "d")
        let innerEnd = try cursor.nextKey(span)
        #expect(innerEnd == nil)
        let outerEnd = try cursor.nextKey(span)
        #expect(outerEnd == nil)
        try cursor.finish(span)
        #expect(cursor.depth == 0)
    }

    @Test func `an error says at which byte`() {
        let bytes = Array(#"{"a":1,"b":x}"#.utf8)
        var cursor = JSONCursor()
        do throws(JSONError) {
            try cursor.skipValue(bytes.span)
            Issue.record("it was read")
        } catch {
            #expect(error == JSONError(reason: .unexpectedByte, offset: 11))
        }
    }

    private func text(_ json: String) throws -> String {
        let bytes = Array(json.utf8)
        var cursor = JSONCursor()
        let text = try cursor.string(bytes.span)
        try cursor.finish(bytes.span)
        return text.string(bytes.span)
    }

    private func number<Value>(
        _ json: String,
        _ read: (JSONNumber, Span<UInt8>) -> Value
    ) throws -> Value {
        let bytes = Array(json.utf8)
        var cursor = JSONCursor()
        let number = try cursor.number(bytes.span)
        try cursor.finish(bytes.span)
        return read(number, bytes.span)
    }
}
