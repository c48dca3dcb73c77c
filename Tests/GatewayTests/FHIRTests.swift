import Gateway
import Testing

/// FHIR R4 Observations of vital signs, and Bundles of them.
@Suite struct FHIRTests {
    private let type = "application/fhir+json"

    private func coding(_ code: String, _ system: String = "http://loinc.org") -> String {
        #"{"coding":[{"system":"\#(system)","code":"\#(code)"}]}"#
    }

    private func quantity(_ value: String, _ unit: String) -> String {
        #""valueQuantity":{"value":\#(value),"unit":"x","system":"http://unitsofmeasure.org","code":"\#(unit)"}"#
    }

    private func observation(
        _ code: String,
        _ rest: String,
        status: String = "final",
        at: String? = #""effectiveDateTime":"2026-11-20T07:00:00+07:00""#
    ) -> String {
        let time = at.map { "," + $0 } ?? ""
        return
            #"{"resourceType":"Observation","status":"\#(status)","code":\#(code)\#(time),\#(rest)}"#
    }

    @Test(arguments: [
        ("8867-4", "72", "/min", "hr", 72.0), ("8867-4", "72", "{beats}/min", "hr", 72),
        ("9279-1", "16", "/min", "rr", 16), ("2708-6", "97", "%", "spo2", 97),
        ("59408-5", "97", "%", "spo2", 97), ("8310-5", "98.6", "[degF]", "temp", 37),
        ("8310-5", "36.05", "Cel", "temp", 36.05), ("8480-6", "16", "kPa", "sys", 120.009),
        ("8462-4", "80", "mm[Hg]", "dia", 80), ("8478-0", "93", "mm[Hg]", "map", 93),
        ("29463-7", "154", "[lb_av]", "weight", 69.853), ("29463-7", "3250", "g", "weight", 3.25),
        ("8302-2", "70", "[in_i]", "height", 177.8), ("41653-7", "90.078", "mg/dL", "glucose", 5),
        ("3151-8", "2", "L/min", "o2flow", 2),
    ])
    func `each sign is read by its code and converted by its unit`(
        code: String,
        value: String,
        unit: String,
        sign: String,
        expected: Double
    ) {
        for contentType in [type, nil] {
            let report = Decoded(observation(coding(code), quantity(value, unit)), contentType)
            #expect(report.isGood && report.form == "fhir", "\(report.text)")
            #expect(report.numbers() == [sign: expected], "\(report.text)")
            #expect(report.at() == "2026-11-20T00:00:00.000Z")
        }
    }

    @Test func `MDC codes are read, and say more precisely what LOINC says`() {
        let mdc = "urn:iso:std:iso:11073:10101"
        let only = Decoded(observation(coding("150456", mdc), quantity("97", "%")), type)
        #expect(only.numbers() == ["spo2": 97], "\(only.text)")
        let both =
            #"{"coding":[{"system":"\#(mdc)","code":"149530"},{"system":"http://loinc.org","code":"8867-4"}]}"#
        let pulse = Decoded(observation(both, quantity("48.0", "/min")), type)
        #expect(pulse.numbers() == ["pr": 48], "\(pulse.text)")
        let torn =
            #"{"coding":[{"system":"\#(mdc)","code":"150456"},{"system":"http://loinc.org","code":"8867-4"}]}"#
        #expect(Decoded(observation(torn, quantity("97", "%")), type).code == "undecodable")
    }

    @Test func `a blood pressure panel has its values in components`() {
        let systolic = #"{"code":\#(coding("8480-6")),\#(quantity("120", "mm[Hg]"))}"#
        let diastolic = #"{"code":\#(coding("8462-4")),\#(quantity("80", "mm[Hg]"))}"#
        let absent = #"{"code":\#(coding("8462-4")),"dataAbsentReason":{"text":"not measured"}}"#
        for panel in ["85354-9", "55284-4"] {
            let report = Decoded(
                observation(coding(panel), #""component":[\#(systolic),\#(diastolic)]"#),
                type
            )
            #expect(report.isGood && report.numbers() == ["sys": 120, "dia": 80], "\(report.text)")
        }
        let half = Decoded(
            observation(coding("85354-9"), #""component":[\#(systolic),\#(absent)]"#),
            type
        )
        #expect(half.isGood && half.numbers() == ["sys": 120], "\(half.text)")
        for components in ["[\(systolic),\(systolic)]", "[]", "[1]", "{}", "[{}]"] {
            let report = Decoded(
                observation(coding("85354-9"), #""component":\#(components)"#),
                type
            )
            #expect(report.code == "undecodable", "\(report.text)")
        }
    }

    @Test func `consciousness is an answer of LOINC's list`() {
        for (answer, letter) in [
            ("LA9340-6", "A"), ("LA6560-2", "C"), ("LA17108-4", "V"), ("LA17107-6", "P"),
            ("LA9343-0", "U"),
        ] {
            let report = Decoded(
                observation(coding("67775-7"), #""valueCodeableConcept":\#(coding(answer))"#),
                type
            )
            #expect(report.word("avpu") == letter, "\(report.text)")
        }
        let other = observation(coding("67775-7"), #""valueCodeableConcept":\#(coding("LA1-1"))"#)
        #expect(Decoded(other, type).code == "undecodable")
    }

    @Test(arguments: [
        ("final", true, false), ("amended", true, false), ("corrected", true, false),
        ("preliminary", true, true), ("unknown", true, true), ("registered", false, false),
        ("cancelled", false, false), ("entered-in-error", false, false), ("FINAL", false, false),
        ("", false, false),
    ])
    func `the status decides whether a value counts`(
        status: String,
        counts: Bool,
        isQuestionable: Bool
    ) {
        let report = Decoded(
            observation(coding("8867-4"), quantity("72", "/min"), status: status),
            type
        )
        #expect(report.isGood == counts, "\(report.text)")
        #expect(report.list("questionable") == (isQuestionable ? ["hr"] : []))
    }

    @Test(arguments: [
        (#""effectiveInstant":"2026-11-20T00:00:00.5Z""#, "2026-11-20T00:00:00.500Z"),
        (
            #""effectivePeriod":{"start":"2026-11-20T00:00:00Z","end":"2026-11-20T00:01:00Z"}"#,
            "2026-11-20T00:01:00.000Z"
        ),
        (#""effectivePeriod":{"start":"2026-11-20T00:00:00Z"}"#, "2026-11-20T00:00:00.000Z"),
    ])
    func `the time may be an instant or a period`(time: String, expected: String) {
        let report = Decoded(
            observation(coding("8867-4"), quantity("72", "/min"), at: time),
            type
        )
        #expect(report.isGood && report.at() == expected, "\(report.text)")
    }

    @Test func `a day without a time of day is kept and never scored`() {
        let report = Decoded(
            observation(
                coding("8867-4"),
                quantity("72", "/min"),
                at: #""effectiveDateTime":"2026-11-19""#
            ),
            type
        )
        #expect(report.isGood && report.numbers() == ["hr": 72], "\(report.text)")
        #expect(report.list("invalid") == ["hr"])
    }

    @Test(arguments: [
        #""effectiveDateTime":"2026-11""#, #""effectiveDateTime":"2026""#,
        #""effectiveDateTime":"2026-11-31""#, #""effectiveDateTime":"2026-11-20T00:00:00""#,
        #""effectiveDateTime":1795132800"#, #""effectiveTiming":{}"#, #""effectivePeriod":{}"#,
        #""effectiveInstant":"2026-11-20""#,
        #""effectiveInstant":"2026-11-20T00:00:00Z","effectiveDateTime":"2026-11-20""#,
    ])
    func `a time that says too little is refused`(time: String) {
        let report = Decoded(
            observation(coding("8867-4"), quantity("72", "/min"), at: time),
            type
        )
        #expect(report.code == "undecodable", "\(report.text)")
    }

    @Test(arguments: [
        #""valueQuantity":{"value":97,"unit":"%"}"#,
        #""valueQuantity":{"value":97,"code":"%"}"#,
        #""valueQuantity":{"value":97,"system":"http://example.org","code":"%"}"#,
        #""valueQuantity":{"value":97,"system":"http://unitsofmeasure.org","code":"kg"}"#,
        #""valueQuantity":{"value":97,"system":"http://unitsofmeasure.org","code":"percent"}"#,
        #""valueQuantity":{"value":0.97,"system":"http://unitsofmeasure.org","code":"%"}"#,
    ])
    func `a unit that is missing, unknown or of another dimension is never guessed`(value: String) {
        let report = Decoded(observation(coding("59408-5"), value), type)
        #expect(report.code == "ambiguousUnit", "\(report.text)")
        #expect(report.numbers().isEmpty || report.list("invalid") == ["spo2"])
    }

    @Test(arguments: [
        #""valueQuantity":{"value":97,"comparator":"<","system":"http://unitsofmeasure.org","code":"%"}"#,
        #""valueQuantity":{"value":"97","system":"http://unitsofmeasure.org","code":"%"}"#,
        #""valueQuantity":{"system":"http://unitsofmeasure.org","code":"%"}"#,
        #""valueQuantity":{"value":97.00000000000000001234,"system":"http://unitsofmeasure.org","code":"%"}"#,
        #""valueQuantity":[]"#, #""valueString":"97 %""#, #""valueInteger":97"#, #""issued":"x""#,
        #""valueInteger":97,"valueString":"97""#, #""modifierExtension":[]"#, #""text":"97""#,
        #""component":[]"#, #""dataAbsentReason":"unknown""#,
        #""valueInteger":97,"dataAbsentReason":{"text":"error"}"#,
    ])
    func `what is no value is refused`(rest: String) {
        let report = Decoded(observation(coding("59408-5"), rest), type)
        #expect(report.code == "undecodable" && report.numbers().isEmpty, "\(report.text)")
        #expect(report.detail.count > 10)
    }

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"resourceType":"Patient"}"#, #"{"resourceType":1}"#,
        #"{"resourceType":"Observation"}"#, #"{"resourceType":"Observation","status":"final"}"#,
        #"{"resourceType":"Bundle"}"#, #"{"resourceType":"Bundle","entry":{}}"#,
        #"{"resourceType":"Bundle","entry":[]}"#, #"{"resourceType":"Bundle","entry":[1]}"#,
        #"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}"#,
        #"{"resourceType":"Observation","resourceType":"Observation"}"#,
    ])
    func `what is no Observation is refused`(payload: String) {
        let report = Decoded(payload, type)
        #expect(report.code == "undecodable", "\(report.text)")
    }

    @Test func `absence is no error, and an unknown code is`() {
        let absent = observation(coding("8867-4"), #""dataAbsentReason":{"text":"unknown"}"#)
        #expect(Decoded(absent, type).isGood)
        let unknown = observation(coding("15074-8"), quantity("6.3", "mmol/L"))
        #expect(Decoded(unknown, type).code == "undecodable")
        let foreign = observation(coding("8867-4", "http://example.org"), quantity("72", "/min"))
        #expect(Decoded(foreign, type).code == "undecodable")
    }

    @Test func `each entry of a Bundle stands for itself`() {
        let good = observation(coding("8867-4"), quantity("72", "/min"))
        let wrong = observation(
            coding("8867-4"),
            quantity("72", "/min"),
            status: "entered-in-error"
        )
        let patient = #"{"resourceType":"Patient","id":"p"}"#
        let entries = [good, wrong, patient].map { #"{"fullUrl":"urn:x","resource":\#($0)}"# }
        let bundle =
            #"{"resourceType":"Bundle","type":"collection","entry":[\#(entries.joined(separator: ","))]}"#
        let report = Decoded(bundle)
        #expect(report.form == "fhir" && report.code == "undecodable", "\(report.text)")
        #expect(report.readings.count == 1 && report.numbers() == ["hr": 72])
        #expect(report.refused.count == 1 && report.unknownFields == 1)
    }

    @Test func `a byte order mark before a resource is passed over`() {
        let good = observation(coding("8867-4"), quantity("72", "/min"))
        #expect(Decoded("\u{FEFF}" + good, type).isGood)
        #expect(Decoded("\u{FEFF}" + good).isGood)
        #expect(!Decoded("\u{FEFF}{\"hr\":72}").isGood)
    }
}
