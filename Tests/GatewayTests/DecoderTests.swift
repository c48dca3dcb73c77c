import Gateway
import Store
import Testing
import Vocabulary

/// The decoder through the command line's own door, which is the gateway's code.
struct DecoderTests {
    private let whole = #"""
        {"seq": 1042, "boot": "7f3a", "at": "2026-11-20T08:15:30.250+07:00", "hr": 72, "spo2": 97,
         "rr": 16, "sys": 120, "dia": 80, "temp": 36.8, "avpu": "A", "o2": false, "battery": 81,
         "quality": {"spo2": "questionable"}, "sent": "2026-11-20T08:15:30.300+07:00"}
        """#

    private func report(_ payload: String) -> String {
        report(Array(payload.utf8))
    }

    private func report(_ payload: [UInt8]) -> String {
        decodeReport(payload: payload.span, at: Ground.now)
    }

    private func isRefused(_ payload: String) -> Bool {
        report(payload).hasPrefix(#"{"ok":false,"code":"undecodable""#)
    }

    @Test func `the protocol's own example is read exactly`() {
        let expected =
            #"{"ok":true,"unknownFields":0,"readings":[{"seq":1042,"at":"2026-11-20T01:15:30.250Z","#
            + #""signs":{"hr":72,"spo2":97,"rr":16,"sys":120,"dia":80,"temp":36.8,"avpu":"A","#
            + #""o2":false},"questionable":["spo2"],"invalid":[],"boot":"7f3a","battery":81}],"#
            + #""refused":[],"form":"native"}"#
        #expect(report(whole) == expected)
    }

    @Test func `no prefix of a payload is taken`() {
        let bytes = Array(whole.utf8)
        for count in 0..<bytes.count {
            #expect(report(Array(bytes[..<count])).hasPrefix(#"{"ok":false,"code":"undecodable""#))
        }
    }

    @Test(arguments: [
        "", " ", "null", "[]", "72", #"{"hr":NaN}"#, #"{"hr":Infinity}"#, #"{"hr":1e999}"#,
        #"{"hr":-}"#, #"{"hr":072}"#, #"{"hr":+72}"#, #"{"hr":.5}"#, #"{"hr":72.}"#,
        #"{"hr":72,}"#, #"{"hr":72}}"#, #"{"hr":72} x"#, #"{"hr":72}{"hr":72}"#, #"{hr:72}"#,
        #"{'hr':72}"#, #"{"hr":72,"hr":72}"#, #"{"hr":72,"\u0068r":73}"#, #"{"x":1,"x":2}"#,
        #"{"x":1,"\u0078":2}"#, #"{"x":{"y":1,"y":2}}"#, #"{"x":[{"y":1,"y":2}]}"#,
        #"{"quality":{"hr":"valid","hr":"valid"}}"#, #"{"hr":"72"}"#, #"{"hr":true}"#,
        #"{"hr":[72]}"#, #"{"o2":1}"#, #"{"o2":"false"}"#, #"{"avpu":"X"}"#, #"{"avpu":"AV"}"#,
        #"{"avpu":1}"#, #"{"seq":-1}"#, #"{"seq":1.0}"#, #"{"seq":"1"}"#,
        #"{"seq":9007199254740992}"#, #"{"boot":""}"#, #"{"boot":7}"#,
        #"{"at":"2026-11-20T08:15:30"}"#, #"{"at":"yesterday"}"#, #"{"at":1.5}"#,
        #"{"at":99999999999999999}"#, #"{"quality":{"hr":"good"}}"#, #"{"quality":[]}"#,
        #"{"readings":{}}"#, #"{"readings":[],"hr":72}"#, "{\"hr\":72,\"x\":\"\u{01}\"}",
        #"{"x":"\q"}"#, #"{"x":"\u12"}"#,
    ])
    func `what is not exactly a reading is refused`(payload: String) {
        #expect(isRefused(payload))
    }

    @Test(arguments: [63, 64])
    func `nesting is read to its limit and not beyond`(depth: Int) {
        // One level is the payload itself.
        let nested =
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(isRefused(#"{"hr":72,"x":\#(nested)}"#) == (depth > 63))
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        for bad: [UInt8] in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xE2, 0x82]] {
            let payload = Array(#"{"hr":72,"x":""#.utf8) + bad + Array(#""}"#.utf8)
            #expect(report(payload).contains("undecodable"))
        }
    }

    @Test func `null means not measured, and an unknown field is counted`() {
        #expect(
            report(#"{"hr":null,"spo2":97,"vendor":{"a":[1]}}"#).hasPrefix(
                #"{"ok":true,"unknownFields":1,"readings":[{"at":"2026-11-20T00:00:00.000Z","signs":{"spo2":97}"#
            )
        )
    }

    @Test func `a decimal is exact to the thousandth`() {
        #expect(report(#"{"temp":36.05}"#).contains(#""temp":36.05"#))
    }

    @Test(arguments: [(1_000, true), (1_001, false)])
    func `a backlog is read to its limit and not beyond`(count: Int, isRead: Bool) {
        let readings = (1...count).map { #"{"seq":\#($0),"hr":70}"# }.joined(separator: ",")
        let text = report(#"{"readings":[\#(readings)],"boot":"a"}"#)
        #expect(text.hasPrefix(isRead ? #"{"ok":true"# : #"{"ok":false,"code":"limit""#))
    }

    @Test(arguments: [(262_144, true), (262_145, false)])
    func `a payload is read to its limit and not beyond`(size: Int, isRead: Bool) {
        let start = #"{"hr":72,"x":""#
        let filler = String(repeating: "x", count: size - start.utf8.count - 2)
        let text = report(start + filler + #""}"#)
        #expect(text.hasPrefix(isRead ? #"{"ok":true"# : #"{"ok":false,"code":"limit""#))
    }

    @Test(arguments: [
        ("", true), ("application/json", true), ("application/json; charset=utf-8", true),
        ("application/jsonx", false), ("text/plain", false),
    ])
    func `the content type chooses the decoder`(type: String, isRead: Bool) {
        let payload = Array(#"{"hr":72}"#.utf8)
        let text = decodeReport(payload: payload.span, contentType: type, at: Ground.now)
        #expect(text.hasPrefix(#"{"ok":true"#) == isRead)
    }
}
