import Foundation
import Gateway
import Testing
import Vocabulary

/// RFC 8428 and RFC 8798 as a device meets them.
@Suite struct SenMLTests {
    private let type = "application/senml+json"
    /// A name before each sign, and a time that is absolute.
    private let base = #""bn":"urn:dev:mac:0024befffe804ff1:","bt":1795132800"#

    private func pack(_ records: String...) -> String {
        "[" + records.joined(separator: ",") + "]"
    }

    private func decoded(_ records: String...) -> Decoded {
        Decoded("[" + records.joined(separator: ",") + "]", type)
    }

    // MARK: Readings

    @Test func `records of one time are one reading, with its number and its boot`() {
        let report = decoded(
            #"{\#(base),"n":"boot","vs":"7f3a"}"#,
            #"{"n":"seq","v":1042}"#,
            #"{"n":"hr","u":"beat/min","v":72}"#,
            #"{"n":"spo2","u":"/","v":0.97}"#,
            #"{"n":"temp","u":"Cel","v":36.05}"#,
            #"{"n":"avpu","vs":"V"}"#,
            #"{"n":"o2","vb":true}"#,
            #"{"n":"battery","u":"%EL","v":81}"#,
            #"{"n":"sys","u":"Pa","v":16000}"#,
            #"{"n":"pain","v":3}"#
        )
        #expect(report.isGood && report.form == "senml+json", "\(report.text)")
        #expect(report.readings.count == 1)
        #expect(
            report.numbers()
                == ["hr": 72, "spo2": 97, "temp": 36.05, "sys": 120.009, "pain": 3, "o2": 1]
        )
        #expect(report.word("avpu") == "V")
        #expect(report.readings.first?["seq"] as? Int == 1_042)
        #expect(report.readings.first?["boot"] as? String == "7f3a")
        #expect(report.readings.first?["battery"] as? Int == 81)
        #expect(report.at() == "2026-11-20T00:00:00.000Z")
    }

    @Test func `each time has a reading of its own, in whatever order its records come`() {
        let report = decoded(
            #"{\#(base),"bu":"beat/min","n":"hr","t":-10,"v":70}"#,
            #"{"n":"hr","v":72}"#,
            #"{"n":"rr","u":"1/min","t":-10,"v":16}"#,
            #"{"n":"seq","t":-10,"v":1}"#
        )
        #expect(report.isGood, "\(report.text)")
        #expect(report.readings.count == 2)
        #expect(report.numbers(0) == ["hr": 70, "rr": 16])
        #expect(report.numbers(1) == ["hr": 72])
        #expect(report.at(0) == "2026-11-19T23:59:50.000Z")
    }

    @Test func `base fields hold until they are set again`() {
        let report = decoded(
            #"{\#(base),"bu":"Cel","bv":36,"n":"temp","v":0.8}"#,
            #"{"bu":"beat/min","bv":0,"n":"hr","v":72}"#,
            #"{"bt":1795132860}"#,
            #"{"n":"hr","v":73}"#
        )
        #expect(report.numbers(0) == ["temp": 36.8, "hr": 72], "\(report.text)")
        #expect(report.numbers(1) == ["hr": 73])
        #expect(report.at(1) == "2026-11-20T00:01:00.000Z")
    }

    @Test(arguments: [
        ("0", "2026-11-20T00:00:00.000Z"), ("-10.5", "2026-11-19T23:59:49.500Z"),
        ("268435455", "2035-05-23T21:24:15.000Z"), ("268435456", "1978-07-04T21:24:16.000Z"),
        ("1.795132800e9", "2026-11-20T00:00:00.000Z"),
        ("1795132800.0019", "2026-11-20T00:00:00.001Z"),
    ])
    func `a time below 2^28 counts from receipt`(time: String, at: String) {
        let report = decoded(#"{"n":"hr","u":"beat/min","t":\#(time),"v":72}"#)
        #expect(report.at() == at, "\(report.text)")
    }

    @Test func `a sign may be named by its LOINC code, and other names are counted`() {
        let report = decoded(
            #"{"bn":"urn:dev:os:32473-1:","n":"8867-4","u":"beat/min","v":72}"#,
            #"{"n":"voltage","u":"V","v":3.3}"#,
            #"{"n":"hr_raw","u":"V","v":3.3}"#
        )
        #expect(report.isGood && report.unknownFields == 2, "\(report.text)")
        #expect(report.numbers() == ["hr": 72])
    }

    @Test func `ut is how long the device may be silent`() {
        let report = decoded(
            #"{"n":"hr","u":"beat/min","v":72,"ut":600}"#,
            #"{"n":"spo2","u":"/","v":0.97,"ut":30.5}"#
        )
        #expect(report.updateSeconds == 30.5, "\(report.text)")
    }

    // MARK: Units

    @Test(arguments: [
        ("spo2", "/", "0.97", 97), ("spo2", "%", "0.97", 97), ("spo2", "/100", "97", 97),
        ("spo2", "/1000", "970", 97), ("hr", "1/s", "1.2", 72), ("hr", "Hz", "1.2", 72),
        ("rr", "1/min", "16", 16), ("sys", "hPa", "160", 120.009), ("temp", "K", "310.15", 37),
        ("weight", "g", "3250", 3.25), ("height", "m", "1.75", 175), ("height", "mm", "1750", 175),
        ("o2flow", "l/s", "0.1", 6), ("o2flow", "m3/s", "0.0001", 6),
    ])
    func `registered units are converted exactly`(
        name: String,
        unit: String,
        value: String,
        expected: Double
    ) {
        let report = decoded(#"{"n":"\#(name)","u":"\#(unit)","v":\#(value)}"#)
        #expect(report.isGood && report.numbers() == [name: expected], "\(report.text)")
    }

    @Test(arguments: [
        // A ratio above 1 is a percentage, and a percentage up to 1 a ratio.
        ("spo2", #""u":"%","v":97"#), ("spo2", #""u":"/","v":97"#), ("spo2", #""u":"/","v":1.001"#),
        ("spo2", #""u":"/100","v":0.97"#),
        // Not registered, of another dimension, unknown, absent.
        ("sys", #""u":"mm[Hg]","v":120"#), ("sys", #""u":"kPa","v":16"#),
        ("glucose", #""u":"mmol/L","v":5.4"#), ("temp", #""u":"[degF]","v":98.6"#),
        ("sys", #""u":"beat/min","v":120"#), ("rr", #""u":"beat/min","v":16"#),
        ("hr", #""u":"bpm","v":72"#), ("hr", #""v":72"#), ("weight", #""u":"m","v":70"#),
        // Not plausible, but in another unit.
        ("temp", #""u":"Cel","v":98.6"#), ("hr", #""u":"1/min","v":1.2"#),
    ])
    func `what is doubtful about a unit is never scored`(name: String, rest: String) {
        let report = decoded(
            #"{\#(base),"n":"\#(name)",\#(rest)}"#,
            #"{"n":"pr","u":"beat/min","v":72}"#
        )
        #expect(report.code == "ambiguousUnit", "\(report.text)")
        #expect(report.numbers()["pr"] == 72)
        let kept = report.numbers()[name] != nil && !report.list("invalid").contains(name)
        #expect(!kept, "\(report.text)")
    }

    @Test func `one pressure in the wrong unit makes the others doubtful`() {
        for order in [["sys", "dia"], ["dia", "sys"]] {
            let values = ["sys": "39", "dia": "30"]
            let records = order.map { #"{"n":"\#($0)","u":"hPa","v":\#(values[$0] ?? "")}"# }
            let report = Decoded("[" + records.joined(separator: ",") + "]", type)
            #expect(report.code == "ambiguousUnit" && report.numbers().isEmpty, "\(report.text)")
        }
    }

    // MARK: What is refused

    @Test(arguments: [
        "{}", "[]", "[1]", "[[]]", "[{}]", "null", "", "[{\"n\":\"hr\"}]",
        // Exactly one value, of the right kind.
        #"[{"n":"hr","u":"beat/min","v":72,"vs":"72"}]"#, #"[{"n":"hr","u":"beat/min","vs":"72"}]"#,
        #"[{"n":"hr","u":"beat/min","vb":true}]"#, #"[{"n":"hr","u":"beat/min","v":"72"}]"#,
        #"[{"n":"avpu","v":1}]"#, #"[{"n":"avpu","vs":"X"}]"#, #"[{"n":"o2","v":1}]"#,
        #"[{"n":"hr","u":"beat/min","v":null}]"#, #"[{"n":"hr","u":"beat/min","v":NaN}]"#,
        // Must be understood.
        #"[{"n":"hr","u":"beat/min","v":72,"x_":1}]"#, #"[{"n":"hr","v":1,"\u0078_":1}]"#,
        // Versions.
        #"[{"bver":11,"n":"hr","u":"beat/min","v":72}]"#, #"[{"bver":0,"n":"hr","v":72}]"#,
        #"[{"bver":9.5,"n":"hr","u":"beat/min","v":72}]"#,
        #"[{"bver":5,"n":"hr","u":"beat/min","v":72},{"bver":6,"n":"rr","u":"1/min","v":9}]"#,
        // Names.
        #"[{"v":72,"u":"beat/min"}]"#, #"[{"n":"","v":72}]"#, #"[{"n":"-hr","v":72}]"#,
        #"[{"n":"h r","v":72}]"#,
        #"[{"n":"a:hr","u":"1/min","v":72},{"n":"b:hr","u":"1/min","v":7}]"#,
        // Twice.
        #"[{"n":"hr","n":"hr","u":"beat/min","v":72}]"#,
        #"[{"n":"hr","u":"beat/min","v":72},{"n":"hr","u":"beat/min","v":73}]"#,
        #"[{"n":"boot","vs":"a"},{"n":"boot","vs":"b"},{"n":"hr","u":"1/min","v":72}]"#,
        #"[{"n":"seq","v":1},{"n":"seq","v":2},{"n":"hr","u":"1/min","v":72}]"#,
        // Numbers and times.
        #"[{"n":"seq","v":1.5}]"#, #"[{"n":"seq","v":-1}]"#, #"[{"n":"boot","vs":""}]"#,
        #"[{"n":"hr","u":"1/min","v":72,"t":1e300}]"#, #"[{"n":"hr","u":"1/min","v":72,"t":1e12}]"#,
        // No sign at all; bytes behind.
        #"[{"n":"voltage","u":"V","v":3.3}]"#, #"[{"n":"hr","u":"1/min","v":72}] x"#,
    ])
    func `what is no pack of readings is refused with a sentence`(payload: String) {
        let report = Decoded(payload, type)
        #expect(report.code == "undecodable" && report.readings.isEmpty, "\(payload)")
        #expect(report.detail.count > 10)
    }

    @Test func `bver is read up to 10, and a sum needs no value`() {
        #expect(decoded(#"{"bver":10,"n":"hr","u":"beat/min","v":72}"#).isGood)
        let report = decoded(
            #"{\#(base),"n":"hr","u":"beat/min","v":72}"#,
            #"{"n":"rr","u":"1/min","s":9000}"#
        )
        #expect(report.isGood && report.numbers() == ["hr": 72], "\(report.text)")
    }

    @Test(arguments: [(1_000, true), (1_001, false)])
    func `a pack is read up to its limit of readings`(count: Int, isRead: Bool) {
        let records = (1...count).map { #"{"n":"hr","u":"beat/min","t":-\#($0),"v":72}"# }
        let report = Decoded("[" + records.joined(separator: ",") + "]", type)
        #expect(report.isGood == isRead && report.readings.count == (isRead ? count : 0))
        #expect(isRead || report.code == "limit")
    }

    // MARK: CBOR

    @Test func `CBOR says the same as JSON`() {
        // [{-2: "urn:dev:1:", -3: 1795132800, 0: "hr", 1: "beat/min", 2: 72},
        //  {0: "temp", 1: "Cel", 2: 4([-2, 3605])}, {0: "o2", 4: false}]
        let bytes =
            [0x83, 0xA5, 0x21, 0x6A] + Array("urn:dev:1:".utf8) + [
                0x22, 0x1A, 0x6A, 0xFF, 0x8D, 0x80,
            ]
            + [0x00, 0x62] + Array("hr".utf8) + [0x01, 0x68] + Array("beat/min".utf8)
            + [0x02, 0x18, 72, 0xA3, 0x00, 0x64] + Array("temp".utf8) + [0x01, 0x63]
            + Array("Cel".utf8) + [0x02, 0xC4, 0x82, 0x21, 0x19, 0x0E, 0x15]
            + [0xA2, 0x00, 0x62] + Array("o2".utf8) + [0x04, 0xF4]
        for contentType in ["application/senml+cbor", nil] {
            let report = Decoded(bytes, contentType)
            #expect(report.isGood && report.form == "senml+cbor", "\(report.text)")
            #expect(report.numbers() == ["hr": 72, "temp": 36.05, "o2": 0])
        }
        let marked = Decoded([0xD9, 0xD9, 0xF7] + bytes)
        #expect(marked.isGood && marked.form == "senml+cbor")
        for count in 0..<bytes.count {
            #expect(Decoded(Array(bytes[..<count]), "application/senml+cbor").code == "undecodable")
        }
        #expect(Decoded(bytes + [0], "application/senml+cbor").code == "undecodable")
    }

    @Test(
        arguments: [
            // Half, single and double precision, each the decimal that was meant.
            ([0xF9, 0x50, 0x80], 36), ([0xFA, 0x42, 0x10, 0x33, 0x33], 36.05),
            ([0xFB, 0x40, 0x42, 0x06, 0x66, 0x66, 0x66, 0x66, 0x66], 36.05),
            ([0x18, 0x24], 36), ([0xC4, 0x82, 0x20, 0x19, 0x01, 0x68], 36),
        ] as [([UInt8], Double)]
    )
    func `a float of CBOR is the decimal that was meant`(value: [UInt8], expected: Double) {
        let report = Decoded(temperature(value), "application/senml+cbor")
        #expect(report.isGood && report.numbers() == ["temp": expected], "\(report.text)")
    }

    @Test(
        arguments: [
            // NaN, infinity, null, a text, a tag that is none, a bignum, a text label, twice.
            [0xF9, 0x7E, 0x00], [0xFA, 0x7F, 0x80, 0x00, 0x00], [0xF6], [0x61, 0x31], [0xC0, 0x01],
            [0xC2, 0x41, 0x01], [0x01, 0x61, 0x6E, 0x01], [0x01, 0x02, 0x01],
            [0xC4, 0x82, 0x3B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x1C], [0xFF], [0xF8, 0x18],
        ] as [[UInt8]]
    )
    func `what is no number of SenML is refused in CBOR`(value: [UInt8]) {
        #expect(Decoded(temperature(value), "application/senml+cbor").code == "undecodable")
    }

    @Test func `CBOR nests 64 deep and no deeper, and lengths are never believed`() {
        for (open, last) in [(0x81, 0x01), (0xC1, 0x01), (0xA1, 0x01)] as [(UInt8, UInt8)] {
            let deep = [UInt8](repeating: open, count: 100_000) + [last]
            #expect(Decoded(deep, "application/senml+cbor").code == "undecodable")
        }
        let huge: [UInt8] = [0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(Decoded(huge, "application/senml+cbor").code == "undecodable")
        let long: [UInt8] = [0x81, 0xA1, 0x00, 0x7B] + [UInt8](repeating: 0xFF, count: 8)
        #expect(Decoded(long, "application/senml+cbor").code == "undecodable")
    }

    /// `[{0: "temp", 1: "Cel", 2: value}]`, of indefinite length.
    private func temperature(_ value: [UInt8]) -> [UInt8] {
        [0x9F, 0xBF, 0x00, 0x64] + Array("temp".utf8) + [0x01, 0x63] + Array("Cel".utf8) + [0x02]
            + value + [0xFF, 0xFF]
    }

    // MARK: Resolution

    @Test func `a pack stands resolved in the report, exactly`() {
        let report = decoded(
            #"{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1}"#,
            #"{"n":"current","t":-5,"v":1.2}"#,
            #"{"n":"current","t":-4,"v":0.14e1}"#,
            #"{"n":"label","vs":"Machine Room"}"#
        )
        #expect(report.code == "undecodable", "nothing of it is a sign")
        #expect(
            report.resolved.map { $0["t"] as? Double } == [
                1_276_020_076.001, 1_276_020_071.001, 1_276_020_072.001, 1_276_020_076.001,
            ]
        )
        #expect(report.resolved.map { $0["u"] as? String } == ["V", "A", "A", nil])
        #expect(report.resolved.map { $0["v"] as? Double } == [120.1, 1.2, 1.4, nil])
        #expect(report.resolved.last?["vs"] as? String == "Machine Room")
        #expect(report.resolved.first?["n"] as? String == "urn:dev:ow:10e2073a0108006:voltage")
    }
}
