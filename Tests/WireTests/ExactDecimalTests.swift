import Testing
import Wire

@Suite struct ExactDecimalTests {
    private func decimal(_ text: String) throws -> ExactDecimal {
        try #require(ExactDecimal(text: text), "\(text)")
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e5", "0x1", "NaN", "Infinity", " 1",
        "1 ", "1_000", "1e5.5", "--1", "1-", "1e10001", "1e-10001", "1e99999999999999999999", "é",
    ])
    func `what JSON does not write as a number is none`(text: String) {
        #expect(ExactDecimal(text: text) == nil)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.0", "0"), ("0e9999", "0"), ("36.05", "36.05"),
        ("3.605e1", "36.05"), ("-0.5", "-0.5"), ("0.001", "0.001"),
        ("1276020076.001", "1276020076.001"),
        ("1.276020076001e+09", "1276020076.001"), ("123456789012345678", "123456789012345678"),
        ("-5", "-5"), ("1e20", "1e20"), ("1E-2", "0.01"),
    ])
    func `a number keeps its digits`(text: String, written: String) throws {
        #expect(try decimal(text).text == written)
        #expect(try decimal(written).isSame(as: try decimal(text)))
    }

    @Test(arguments: [
        ("120", "0.1", "120.1"), ("1276020076.001", "-5", "1276020071.001"), ("0", "-3", "-3"),
        ("0.1", "0.2", "0.3"), ("-36.8", "36.8", "0"), ("30", "6.05", "36.05"),
        ("99999999999999999", "1", "100000000000000000"),
    ])
    func `a sum is exact`(left: String, right: String, sum: String) throws {
        let own = try #require(try decimal(left).adding(try decimal(right)))
        #expect(own.isSame(as: try decimal(sum)), "\(own.text)")
    }

    @Test func `a sum that needs more than 18 digits is none`() throws {
        #expect(try decimal("1").adding(try decimal("1e-17")) != nil)
        #expect(try decimal("1").adding(try decimal("1e-18")) == nil)
        #expect(try decimal("1e30").adding(try decimal("1")) == nil)
        #expect(try decimal("1.0000000000000000001").adding(try decimal("1")) == nil)
    }

    @Test(arguments: [
        ("36.0499999999999999999999", 36_049), ("36.05", 36_050), ("-0.0001", -1), ("0.0009", 0),
        ("-36.05", -36_050), ("-36.0500000000000000000001", -36_051), ("1e-9999", 0),
        ("-1e-9999", -1), ("2e9", 2_000_000_000_000), ("1e-400", 0),
        // A payload may write as many digits as it has bytes.
        ("0." + String(repeating: "0", count: 5_000) + "1", 0),
        ("36." + String(repeating: "9", count: 5_000), 36_999),
    ])
    func `thousandths are cut towards minus infinity`(text: String, expected: Int64) throws {
        #expect(try decimal(text).floored(DecimalScale(1_000)) == expected)
    }

    @Test func `what is too large for any quantity is none`() throws {
        #expect(try decimal("1e13").floored(DecimalScale(1)) == 10_000_000_000_000)
        #expect(try decimal("10000000000001").floored(DecimalScale(1)) == nil)
        #expect(try decimal("1e16").floored(DecimalScale(1)) == nil)
        #expect(try decimal("1e9999").floored(DecimalScale(1)) == nil)
        #expect(try decimal("-1e9999").floored(DecimalScale(1)) == nil)
        #expect(try decimal("1e13").floored(DecimalScale(1_000_000_000_000)) == nil)
        #expect(ExactDecimal(.min).floored(DecimalScale(1)) == nil)
        let many = String(repeating: "9", count: 5_000)
        #expect(try decimal(many).floored(DecimalScale(1)) == nil)
    }

    @Test func `a scale moves the zero, multiplies and divides`() throws {
        let fahrenheit = DecimalScale(5_000, over: 9, zeroHundredths: 3_200)
        for (text, expected) in [
            ("32", 0), ("98.6", 37_000), ("212", 100_000), ("-40", -40_000), ("97.16", 36_200),
        ] as [(String, Int64)] {
            #expect(try decimal(text).floored(fahrenheit) == expected)
        }
    }

    @Test func `a float is the shortest decimal that denotes it`() throws {
        #expect(ExactDecimal(shortest: 36.05)?.text == "36.05")
        #expect(ExactDecimal(shortest: Float(36.05))?.text == "36.05")
        #expect(ExactDecimal(shortest: 1e300)?.text == "1e300")
        #expect(ExactDecimal(shortest: -0.0)?.digits == 0)
        #expect(ExactDecimal(shortest: Double.nan) == nil)
        #expect(ExactDecimal(shortest: -Float.infinity) == nil)
    }

    @Test func `a significand beyond 18 digits is cut, and a power beyond 10 000 refused`() {
        #expect(ExactDecimal(significand: .min, power: 0)?.isCut == true)
        #expect(ExactDecimal(significand: 1, power: 10_000)?.power == 10_000)
        #expect(ExactDecimal(significand: 1, power: 10_001) == nil)
        #expect(ExactDecimal(significand: 1, power: .min) == nil)
    }
}
