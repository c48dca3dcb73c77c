import Clinical
import Testing
import Wire

@Suite struct PlausibilityTests {
    @Test(
        arguments: [
            (Sign.heartRate, "20", "300"), (.pulseRate, "20", "300"),
            (.oxygenSaturation, "30", "100"), (.systolicPressure, "30", "300"),
            (.diastolicPressure, "10", "200"), (.temperature, "25", "45"), (.glucose, "0", "55"),
            (.weight, "0.3", "400"),
        ]
    )
    func `both ends of a range are plausible and the next value is not`(
        sign: Sign,
        least: String,
        greatest: String
    ) throws {
        let table = Plausibility.standard
        let (least, greatest) = (try magnitude(least), try magnitude(greatest))
        #expect(table.verdict(sign, least) == .plausible)
        #expect(table.verdict(sign, greatest) == .plausible)
        let below = Magnitude(thousandths: least.thousandths - 1)
        let above = Magnitude(thousandths: greatest.thousandths + 1)
        #expect(table.verdict(sign, below) == .implausible)
        #expect(table.verdict(sign, above) == .implausible)
    }

    @Test func `zero means that the probe is off where a living patient has none`() {
        for sign in [
            Sign.heartRate, .pulseRate, .oxygenSaturation, .respiratoryRate, .systolicPressure,
            .diastolicPressure, .meanPressure,
        ] {
            #expect(Plausibility.standard.verdict(sign, Magnitude(0)) == .probeOff)
        }
        #expect(Plausibility.standard.verdict(.temperature, Magnitude(0)) == .implausible)
        #expect(Plausibility.standard.verdict(.pain, Magnitude(0)) == .plausible)
        let almost = Magnitude(thousandths: 1)
        #expect(Plausibility.standard.verdict(.heartRate, almost) == .implausible)
    }

    @Test func `systolic must exceed diastolic`() {
        let equal = Plausibility.standard.judge(
            reading(0, [.systolicPressure: 90, .diastolicPressure: 90])
        )
        #expect(equal.implausible == [SignSet(.systolicPressure), SignSet(.diastolicPressure)])
        let above = Plausibility.standard.judge(
            reading(0, [.systolicPressure: 90.001, .diastolicPressure: 90])
        )
        #expect(above.implausible.isEmpty)
    }

    @Test func `recorded dirt is marked, and a zero is not called implausible`() {
        var dirty = reading(
            0,
            [.systolicPressure: 11_647, .meanPressure: -8, .oxygenSaturation: 0, .heartRate: 80]
        )
        Plausibility.standard.mark(&dirty)
        #expect(dirty.flags == [.probeOff, .implausible])
        #expect(
            dirty.invalid
                == [
                    SignSet(.systolicPressure), SignSet(.meanPressure), SignSet(.oxygenSaturation),
                ]
        )
        #expect(dirty.scorable(.heartRate) == Magnitude(80))
    }

    @Test func `a range can be changed and taken away`() {
        var table = Plausibility.standard
        table[.heartRate] = .init(Magnitude(50), Magnitude(60))
        #expect(table.verdict(.heartRate, Magnitude(49)) == .implausible)
        table[.heartRate] = nil
        #expect(table.verdict(.heartRate, Magnitude(2_000)) == .plausible)
    }
}

@Suite struct SignCodeTests {
    @Test func `values convert within their dimension and never across`() {
        let cases: [(Sign, String, String, Int32?)] = [
            (.systolicPressure, "16", "kPa", 120_009),
            (.systolicPressure, "120", "mm[Hg]", 120_000),
            (.systolicPressure, "160", "hPa", 120_009),
            (.temperature, "96.98", "[degF]", 36_100), (.temperature, "98.6", "[degF]", 37_000),
            (.temperature, "100.4", "[degF]", 38_000), (.temperature, "310.15", "K", 37_000),
            (.temperature, "-40", "[degF]", -40_000), (.weight, "154", "[lb_av]", 69_853),
            (.weight, "3250", "g", 3_250), (.glucose, "90", "mg/dL", 4_995),
            (.glucose, "180.156", "mg/dL", 10_000), (.height, "70", "[in_i]", 177_800),
            (.height, "1.75", "m", 175_000), (.oxygenSaturation, "97", "%", 97_000),
            (.oxygenSaturation, "0.97", "1", 97_000), (.heartRate, "72", "{beats}/min", 72_000),
            (.respiratoryRate, "0.25", "Hz", 15_000), (.heartRate, "72", "{beats}", nil),
            (.weight, "90", "mg/dL", nil), (.heartRate, "70", "kPa", nil),
            (.heartRate, "1e9", "/min", nil), (.consciousness, "1", "", nil),
        ]
        for (sign, value, unit, expected) in cases {
            let decimal = ExactDecimal(text: value)
            #expect(
                decimal.flatMap { sign.magnitude($0, ucum: unit) }?.thousandths == expected,
                "\(sign) \(value) \(unit)"
            )
        }
    }

    @Test func `a conversion never lifts a value over the edge of a band`() throws {
        // 12.0656665 kPa are 90.49994… mmHg: 90, which scores 3, and not 90.5, which is 91.
        let value = try #require(ExactDecimal(text: "12.0656665"))
        let pressure = try #require(Sign.systolicPressure.magnitude(value, ucum: "kPa"))
        #expect(pressure.rounded == 90)
        #expect(Magnitude(rounding: 12.0656665 * 7.500_616_83).rounded == 91)
    }

    @Test func `every sign has its own row`() {
        #expect(SignCode.table.map(\.sign) == Sign.allCases)
        #expect(Sign.allCases.allSatisfy { SignCode.of($0).sign == $0 })
    }

    @Test func `codes lead back to their sign`() {
        for row in SignCode.table {
            for code in row.loinc { #expect(SignCode.sign(loinc: code) == row.sign) }
            if let code = row.mdc { #expect(SignCode.sign(mdc: code) == row.sign) }
        }
        #expect(SignCode.sign(loinc: "59408-5") == .oxygenSaturation)
        #expect(SignCode.sign(loinc: "1-1") == nil)
        #expect(SignCode.sign(mdc: 149_530) == .pulseRate)
    }
}
