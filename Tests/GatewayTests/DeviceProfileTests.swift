import Foundation
import Gateway
import Testing

/// Vendors' own payloads, read by profiles as they stand in `Config/device-profiles`.
@Suite struct DeviceProfileTests {
    static func profile(_ json5: String) throws -> DeviceProfile {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        return try DeviceProfile(
            try decoder.decode(DeviceProfileSource.self, from: Data(json5.utf8))
        )
    }

    static func shipped(_ name: String) throws -> DeviceProfile {
        let file = URL(filePath: #filePath)
            .appending(path: "../../../Config/device-profiles/\(name).json5").standardized
        return try profile(try String(contentsOf: file, encoding: .utf8))
    }

    // MARK: As shipped

    @Test func `a flat payload is read`() throws {
        let profile = try Self.shipped("lifetouch-flat")
        let payload =
            #"{"dev":"LT-200","session":"a41","n":1042,"ts":1795132800,"hr":72,"spo2":97,"resp":16,"sbp":120,"dbp":80,"map":93,"tempF":98.6,"gluc_mgdl":90.078,"lb":154,"acvpu":1,"oxy":0,"batt":81,"sq":2}"#
        let report = Decoded(payload, profile: profile)
        #expect(report.isGood && report.form == "profile", "\(report.text)")
        #expect(
            report.numbers() == [
                "hr": 72, "spo2": 97, "rr": 16, "sys": 120, "dia": 80, "map": 93, "temp": 37,
                "glucose": 5, "weight": 69.853, "o2": 0,
            ]
        )
        #expect(report.word("avpu") == "C" && report.list("questionable") == ["spo2"])
        #expect(report.readings.first?["seq"] as? Int == 1_042)
        #expect(report.readings.first?["boot"] as? String == "a41")
        #expect(report.readings.first?["battery"] as? Int == 81)
        #expect(report.at() == "2026-11-20T00:00:00.000Z" && report.unknownFields == 1)
        let nothing = Decoded(
            #"{"n":1,"session":"a","hr":255,"spo2":127,"sq":0,"resp":16,"lb":-1.0,"tempF":null}"#,
            profile: profile
        )
        #expect(nothing.isGood && nothing.numbers() == ["rr": 16], "\(nothing.text)")
    }

    @Test func `a nested backlog is read, element by element`() throws {
        let profile = try Self.shipped("wardlink-nested")
        let sample =
            #"{"id":7,"time":"2026-11-20 07:00:00","power":{"level":0.81},"oximeter":{"saturation":{"value":97,"unit":"pct","state":"OK"},"pulse":72},"cuff":{"readings":[{"sys":16.0,"dia":10.7}],"unit":"kPa"},"thermometer":{"unit":"C","value":36.8},"oxygen":{"on":false,"flow":0}}"#
        let wrong = #"{"id":8,"time":"2026-11-20T07:00:00Z","oximeter":{"pulse":72}}"#
        let payload =
            #"{"samples":[\#(sample),\#(wrong)],"sentAt":"2026-11-20 07:00:01","gateway":{"boot":"2026-1"}}"#
        let report = Decoded(payload, profile: profile)
        #expect(report.code == "undecodable", "one element is wrong: \(report.text)")
        #expect(report.readings.count == 1)
        #expect(
            report.numbers() == [
                "spo2": 97, "pr": 72, "sys": 120.009, "dia": 80.256, "temp": 36.8, "o2": 0,
                "o2flow": 0,
            ]
        )
        #expect(report.readings.first?["boot"] as? String == "2026-1")
        #expect(report.readings.first?["battery"] as? Int == 81)
        #expect(report.at() == "2026-11-20T00:00:00.000Z")
        #expect(report.refused.first?["seq"] as? Int == 8)
    }

    @Test func `a list of code, value and unit is read`() throws {
        let profile = try Self.shipped("mindpoint-list")
        func report(_ observations: String...) -> Decoded {
            Decoded(
                #"{"boot":7,"seq":1,"measuredAt":1795132800000,"observations":[\#(observations.joined(separator: ","))]}"#,
                profile: profile
            )
        }
        let good = report(
            #"{"code":"HR","value":72,"unit":"bpm","flag":"ok"}"#,
            #"{"unit":"%","value":97,"code":"SpO2","flag":"artifact"}"#,
            #"{"code":"TEMP","value":98.6,"unit":"°F"}"#,
            #"{"code":"LOC","value":"voice"}"#,
            #"{"code":"ECG_II","value":[1,2,3]}"#,
            #"{"code":"NIBP_SYS","value":16,"unit":"kPa","flag":"leadOff"}"#
        )
        #expect(good.isGood, "\(good.text)")
        #expect(good.numbers() == ["hr": 72, "spo2": 97, "temp": 37, "sys": 120.009])
        #expect(good.word("avpu") == "V" && good.readings.first?["boot"] as? String == "7")
        #expect(good.list("questionable") == ["spo2"] && good.list("invalid") == ["sys"])
        let noUnit = report(#"{"code":"HR","value":72}"#, #"{"code":"PR","value":71,"unit":"bpm"}"#)
        #expect(noUnit.code == "ambiguousUnit" && noUnit.numbers() == ["pr": 71])
        let other = report(#"{"code":"SpO2","value":0.97,"unit":"%"}"#)
        #expect(other.code == "ambiguousUnit" && other.numbers().isEmpty)
        let word = report(#"{"code":"HR","value":72,"unit":"bpm","flag":"odd"}"#)
        #expect(word.code == "undecodable" && word.numbers().isEmpty)
        for wrong in [
            #"{"code":"HR","value":"72","unit":"bpm"}"#, #"{"code":"LOC","value":"asleep"}"#,
            #"{"code":"HR","value":72,"unit":"bpm"},{"code":"HR","value":73,"unit":"bpm"}"#,
        ] {
            #expect(report(wrong).code == "undecodable", "\(wrong)")
        }
    }

    @Test func `SenML with clinical units is read under its profile only`() throws {
        let profile = try Self.shipped("senml-clinical")
        let pack =
            #"[{"bn":"urn:dev:1:","bt":1795132800,"n":"sys","u":"mm[Hg]","v":120},{"n":"pulse","u":"beat/min","v":72},{"n":"spo2","u":"%","v":0.97}]"#
        let read = Decoded(pack, profile: profile)
        #expect(
            read.isGood && read.numbers() == ["sys": 120, "pr": 72, "spo2": 97],
            "\(read.text)"
        )
        let typed = Decoded(pack, "application/senml+json", profile: profile)
        #expect(typed.numbers() == read.numbers())
        let bare = Decoded(pack)
        #expect(bare.code == "ambiguousUnit" && bare.numbers() == ["spo2": 97], "\(bare.text)")
    }

    // MARK: The choice of the decoder

    @Test func `the content type comes before the profile, and the profile before the first byte`()
        throws
    {
        let profile = try Self.shipped("lifetouch-flat")
        let native = #"{"seq":1,"boot":"a","rr":16,"resp":18}"#
        #expect(Decoded(native, "application/json", profile: profile).numbers() == ["rr": 16])
        #expect(Decoded(native, profile: profile).numbers() == ["rr": 18])
        #expect(Decoded(native, "text/plain", profile: profile).numbers() == ["rr": 18])
        #expect(Decoded(native, "text/plain").code == "undecodable")
        #expect(Decoded(native).numbers() == ["rr": 16])
        let pack = #"[{"n":"rr","u":"1/min","v":20}]"#
        #expect(
            Decoded(pack, "Application/SenML+JSON; charset=utf-8", profile: profile).numbers()
                == ["rr": 20]
        )
        #expect(Decoded(pack).numbers() == ["rr": 20])
        #expect(Decoded(pack, "application/json").code == "undecodable")
    }

    @Test func `a profile may claim a content type`() throws {
        let profile = try Self.profile(
            #"{name:"x",summary:"",contentTypes:["Application/JSON"],signs:{hr:{path:"p",unit:"/min"}}}"#
        )
        #expect(Decoded(#"{"p":72}"#, "application/json", profile: profile).numbers() == ["hr": 72])
    }

    // MARK: What a profile promises

    @Test(arguments: [
        // SpO2 0.97 under percent, a Fahrenheit value under Celsius, kPa under mmHg.
        (#"spo2:{path:"v",unit:"%"}"#, "0.97"), (#"temp:{path:"v",unit:"Cel"}"#, "98.6"),
        (#"sys:{path:"v",unit:"mm[Hg]"}"#, "16"), (#"temp:{path:"v",unit:"[degF]"}"#, "36.8"),
        (#"spo2:{path:"v",unit:"1"}"#, "97"), (#"glucose:{path:"v",unit:"mmol/L"}"#, "98"),
        (#"height:{path:"v",unit:"cm"}"#, "1.75"), (#"hr:{path:"v",unit:"Hz"}"#, "72"),
    ])
    func `a magnitude that fits another unit than the one promised is never scored`(
        sign: String,
        value: String
    ) throws {
        let profile = try Self.profile("{name:\"x\",summary:\"\",signs:{\(sign)}}")
        let report = Decoded("{\"v\":\(value)}", profile: profile)
        #expect(report.code == "ambiguousUnit" && report.numbers().isEmpty, "\(report.text)")
    }

    @Test(arguments: [
        "null", "[]", "1", "", "{", #"{"v":"72"}"#, #"{"v":true}"#, #"{"v":[72]}"#,
        #"{"v":{"w":72}}"#, #"{"v":72,"v":73}"#, #"{"v":72,"seq":1.5}"#, #"{"v":72,"seq":"1"}"#,
        #"{"v":72,"t":"now"}"#, #"{"v":72,"t":1e300}"#, #"{"v":72,"boot":""}"#,
        #"{"v":72,"boot":true}"#, #"{"v":72} x"#, #"{"v":NaN}"#, #"{"x":{"y":1,"y":2}}"#,
    ])
    func `a payload that breaks the profile's promise is refused`(payload: String) throws {
        let profile = try Self.profile(
            #"{name:"x",summary:"",seq:"seq",boot:"boot",time:{path:"t",format:"seconds"},signs:{hr:{path:"v",unit:"/min"}}}"#
        )
        let report = Decoded(payload, profile: profile)
        #expect(report.code == "undecodable" && report.numbers().isEmpty, "\(report.text)")
    }

    @Test(arguments: [
        #"{}"#, #"{name:"x",summary:""}"#,
        #"{name:"native",summary:"",signs:{hr:{path:"a",unit:"/min"}}}"#,
        #"{name:"A b",summary:"",signs:{hr:{path:"a",unit:"/min"}}}"#,
        #"{name:"x",summary:"",signs:{pulse:{path:"a",unit:"/min"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{path:"a"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{path:"a",unit:"kg"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{path:"a",unit:"bpm"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{path:"",unit:"/min"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{path:"a..b",unit:"/min"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{path:"a[x]",unit:"/min"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{path:"a[1001]",unit:"/min"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{path:"a",unitPath:"u"}}}"#,
        #"{name:"x",summary:"",signs:{hr:{pth:"a",unit:"/min"}}}"#,
        #"{name:"x",summary:"",signs:{avpu:{path:"a",values:{"1":"X"}}}}"#,
        #"{name:"x",summary:"",sings:{hr:{path:"a",unit:"/min"}}}"#,
        #"{name:"x",summary:"",form:"xml",signs:{hr:{path:"a",unit:"/min"}}}"#,
        #"{name:"x",summary:"",time:{path:"t",format:"local"},signs:{hr:{path:"a",unit:"/min"}}}"#,
        #"{name:"x",summary:"",time:{path:"t",format:"local",zone:"ICT"},signs:{hr:{path:"a",unit:"/min"}}}"#,
        #"{name:"x",summary:"",quality:{a:"good"},signs:{hr:{path:"a",unit:"/min"}}}"#,
        #"{name:"x",summary:"",form:"senml",units:{a:"parsec"}}"#,
        #"{name:"x",summary:"",form:"senml",names:{a:"pulse"}}"#,
    ])
    func `a profile that could work with no payload is refused with a sentence`(source: String) {
        let error = #expect(throws: DeviceProfileError.self) { try Self.profile(source) }
        #expect((error?.description.count ?? 0) > 10)
    }
}
