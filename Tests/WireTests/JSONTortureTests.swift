import Foundation
import Testing
import Wire

/// Hard texts after "Parsing JSON is a Minefield" and the grammar of RFC 8259.
@Suite struct JSONTortureTests {
    @Test(arguments: [
        "{}", "[]", " [ ] ", "\t\r\n{}\n", "0", "-0", "1", "-1", "0.5", "1e5", "1E+5", "1e-5",
        "1.5e10",
        "123456789012345678901234567890", "0e0", "0E1", "true", "false", "null", "\"\"", "\"a\"",
        "\"\\u0000\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"",
        "\"\u{7F}\"", "\"☃\"", "[1,2]", "[[]   ]", "[null, 1, \"1\", {}]",
        "{\"a\":1,\"b\":[true,{}]}", "{\"\":0}", "{\"a\":\"b\", \"c\" : null }", "[\"\u{2028}\"]",
    ])
    func `reads what is JSON`(text: String) {
        #expect(throws: Never.self) { try walk(Array(text.utf8)) }
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1}", "{]",
        "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,\"a\":1}", "{\"a\" 1}",
        "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1,,\"b\":2}", "{\"a\"::1}",
        "{\"a\":}", "{null:1}", "01", "-", "+1", "--1", "-01", "1.", ".5", "1.e5", "1e", "1e+",
        "1e5.5",
        "1ee5", "0x10", "1_000", "NaN", "Infinity", "-Infinity", "nan", "1a", "- 1", "\u{FF11}",
        "tru", "truee", "True", "fals", "nul", "nulll", "\"", "\"\\\"", "\"\\", "\"\\a\"",
        "\"\\x41\"",
        "\"\\u\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u-123\"", "\"\\U0041\"", "'a'", "\"a\u{0}b\"",
        "\"a\nb\"", "\"a\tb\"", "\"\u{1F}\"", "{} {}", "[]]", "[] x", "1 2", "\"a\" \"b\"",
        "\u{FEFF}{}", "\u{A0}{}", "/* */ {}", "{} // x", "{\"a\":1}#", "[1]\u{0}",
    ])
    func `refuses what is not JSON`(text: String) {
        #expect(throws: JSONError.self) { try walk(Array(text.utf8)) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x98, 0x22], [0x22, 0x80, 0x22],
            [0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22], [0xFE, 0xFF], [0x22, 0xC3],
        ] as [[UInt8]]
    )
    func `refuses bytes that are not UTF-8`(bytes: [UInt8]) {
        let isWellFormed = isUTF8(bytes.span)
        #expect(!isWellFormed)
    }

    @Test func `nests 64 deep and no deeper`() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func nested(_ depth: Int) -> [UInt8] {
                let inner = open == "[" ? "" : "{\"a\":0}"
                let wraps = open == "[" ? depth : depth - 1
                return Array(
                    (String(repeating: open, count: wraps) + inner
                        + String(repeating: close, count: wraps)).utf8
                )
            }
            #expect(throws: Never.self) { try walk(nested(64)) }
            #expect(throws: JSONError.self) { try walk(nested(65)) }
            #expect(throws: JSONError.self) { try walk(nested(100_000)) }
        }
        #expect(throws: JSONError.self) { try walk(Array(repeating: 0x5B, count: 1_000_000)) }
    }

    @Test func `every truncation of a text is refused, never read past its end`() {
        let whole = Array(#"{"a":[1.5e3,"x\u00e9\n",true,null,{"b":-0}],"c":"☃"}"#.utf8)
        #expect(throws: Never.self) { try walk(whole) }
        for count in 0..<whole.count {
            #expect(throws: JSONError.self) { try walk(Array(whole[..<count])) }
        }
    }

    @Test func `agrees with Foundation on damaged texts, or is stricter`() {
        let whole = Array(#"{"a":[1.5e3,"x\u00e9\n",true,null,{"b":-0}],"c":"d"}"#.utf8)
        for position in whole.indices {
            for byte in UInt8.min...UInt8.max {
                var damaged = whole
                damaged[position] = byte
                guard isUTF8(damaged.span), (try? walk(damaged)) != nil else { continue }
                let read = try? JSONSerialization.jsonObject(with: Data(damaged))
                #expect(read != nil, "\(String(decoding: damaged, as: UTF8.self))")
            }
        }
    }

    private func walk(_ bytes: [UInt8]) throws(JSONError) {
        let span = bytes.span
        var cursor = JSONCursor()
        try cursor.skipValue(span)
        try cursor.finish(span)
    }
}
