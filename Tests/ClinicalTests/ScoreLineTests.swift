import Clinical
import Testing
import Wire

@Suite struct ScoreLineTests {
    @Test func `the example of the protocol scores 0`() throws {
        let line = """
            {"rr":18,"spo2":96,"scale":1,"o2":false,"sys":120,"hr":80,"avpu":"A","temp":37.0}
            """
        #expect(
            try scored(line)
                == #"{"total":0,"band":"low","red":false,"points":{"rr":0,"spo2":0,"o2":0,"sys":0,"#
                + #""hr":0,"avpu":0,"temp":0},"state":"complete","low":0,"high":0}"#
        )
    }

    @Test func `missing and null fields make it partial, with bounds`() throws {
        #expect(
            try scored(#"{"spo2":91,"hr":null,"extra":{"a":[1]},"o2":true}"#)
                == #"{"total":5,"band":"medium","red":true,"points":{"rr":null,"spo2":3,"o2":2,"#
                + #""sys":null,"hr":null,"avpu":null,"temp":null},"state":"partial","#
                + #""low":5,"high":20}"#
        )
    }

    @Test func `a decimal edge is exact`() throws {
        #expect(try scored(#"{"temp":36.05}"#).contains(#""temp":0"#))
        #expect(try scored(#"{"temp":36.049999}"#).contains(#""temp":1"#))
        #expect(try scored(#"{"temp":3.605e1}"#).contains(#""temp":0"#))
    }

    @Test func `not alert scores 3, as every level but A`() throws {
        for letter in ["C", "V", "P", "U", "N"] {
            #expect(try scored(#"{"avpu":"\#(letter)"}"#).contains(#""avpu":3"#))
        }
    }

    @Test(
        arguments: [
            "", "{", "[]", "{} {}", #"{"rr":}"#, #"{"rr":"18"}"#, #"{"o2":1}"#, #"{"scale":3}"#,
            #"{"avpu":"X"}"#, #"{"avpu":"AV"}"#, #"{"rr":1,"rr":2}"#, #"{"rr":1e999}"#,
            #"{"rr":NaN}"#,
        ]
    )
    func `what is not a line is refused`(line: String) {
        #expect(throws: ScoreLineError.self) { try scored(line) }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        var writer = JSONWriter()
        #expect(throws: ScoreLineError.self) {
            let bytes: [UInt8] = [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]
            try scoreLine(bytes.span, into: &writer)
        }
        #expect(writer.bytes.isEmpty)
    }

    private func scored(_ line: String) throws -> String {
        var writer = JSONWriter()
        try scoreLine(Array(line.utf8).span, into: &writer)
        return writer.text
    }
}
