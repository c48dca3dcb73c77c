import Clinical
import Testing
import Vocabulary

@Suite struct News2Tests {
    @Test(
        arguments: [
            ("1", 3), ("8", 3), ("8.499", 3), ("8.5", 1), ("9", 1), ("11.499", 1), ("11.5", 0),
            ("12", 0), ("20.499", 0), ("20.5", 2), ("21", 2), ("24.499", 2), ("24.5", 3), ("25", 3),
        ]
    )
    func `the respiratory rate scores by its band`(value: String, points: Int) throws {
        #expect(News2.points(respiratoryRate: try magnitude(value)) == points)
    }

    @Test(
        arguments: [
            ("0", 3), ("91.499", 3), ("91.5", 2), ("92", 2), ("93.499", 2), ("93.5", 1),
            ("95.499", 1), ("95.5", 0), ("96", 0), ("100", 0),
        ]
    )
    func `the saturation scores by scale 1`(value: String, points: Int) throws {
        let value = try magnitude(value)
        for onOxygen in [false, true] {
            #expect(
                News2.points(oxygenSaturation: value, scale: .one, onOxygen: onOxygen) == points
            )
        }
    }

    @Test(
        arguments: [
            ("83.499", 3, 3), ("83.5", 2, 2), ("85.499", 2, 2), ("85.5", 1, 1), ("87.499", 1, 1),
            ("87.5", 0, 0), ("88", 0, 0), ("92.499", 0, 0), ("92.5", 0, 1), ("94.499", 0, 1),
            ("94.5", 0, 2), ("96.499", 0, 2), ("96.5", 0, 3), ("100", 0, 3),
        ]
    )
    func `the saturation scores by scale 2`(value: String, air: Int, oxygen: Int) throws {
        let value = try magnitude(value)
        #expect(News2.points(oxygenSaturation: value, scale: .two, onOxygen: false) == air)
        #expect(News2.points(oxygenSaturation: value, scale: .two, onOxygen: true) == oxygen)
    }

    @Test(
        arguments: [
            ("90.499", 3), ("90.5", 2), ("91", 2), ("100.499", 2), ("100.5", 1), ("110.499", 1),
            ("110.5", 0), ("111", 0), ("219.499", 0), ("219.5", 3), ("220", 3),
        ]
    )
    func `the systolic pressure scores by its band`(value: String, points: Int) throws {
        #expect(News2.points(systolicPressure: try magnitude(value)) == points)
    }

    @Test(
        arguments: [
            ("40.499", 3), ("40.5", 1), ("41", 1), ("50.499", 1), ("50.5", 0), ("51", 0),
            ("90.499", 0), ("90.5", 1), ("110.499", 1), ("110.5", 2), ("130.499", 2),
            ("130.5", 3), ("131", 3),
        ]
    )
    func `the pulse scores by its band`(value: String, points: Int) throws {
        #expect(News2.points(pulse: try magnitude(value)) == points)
    }

    @Test(
        arguments: [
            ("35.0", 3), ("35.049", 3), ("35.05", 1), ("35.1", 1), ("36.049", 1), ("36.05", 0),
            ("36.1", 0), ("38.049", 0), ("38.05", 1), ("39.049", 1), ("39.05", 2), ("39.1", 2),
        ]
    )
    func `the temperature scores by its band`(value: String, points: Int) throws {
        #expect(News2.points(temperature: try magnitude(value)) == points)
    }

    @Test func `only alert scores nothing, and oxygen scores 2`() {
        #expect(ACVPU.allCases.map(News2.points(consciousness:)) == [0, 3, 3, 3, 3])
        #expect(News2.points(onOxygen: false) == 0)
        #expect(News2.points(onOxygen: true) == 2)
    }

    @Test func `bands change at 5 and 7, and a red parameter makes low low-medium`() {
        #expect((0...20).map { News2.band(total: $0, red: false) == .low }.filter { $0 }.count == 5)
        #expect(News2.band(total: 4, red: false) == .low)
        #expect(News2.band(total: 3, red: true) == .lowMedium)
        #expect(News2.band(total: 4, red: true) == .lowMedium)
        #expect(News2.band(total: 5, red: false) == .medium)
        #expect(News2.band(total: 6, red: true) == .medium)
        #expect(News2.band(total: 7, red: false) == .high)
        #expect(News2Band.allCases.map(\.rawValue) == ["low", "low-medium", "medium", "high"])
    }

    @Test func `an alarm is called for at red, 5 and 7`() {
        #expect(News2.priority(total: 4, red: false) == nil)
        #expect(News2.priority(total: 3, red: true) == .medium)
        #expect(News2.priority(total: 5, red: false) == .medium)
        #expect(News2.priority(total: 6, red: true) == .medium)
        #expect(News2.priority(total: 7, red: false) == .high)
    }

    @Test func `the largest magnitude rounds without overflow`() {
        let largest = Magnitude(thousandths: .max)
        #expect(largest.rounded == 2_147_484)
        #expect(largest.roundedTenths == 21_474_836)
        #expect(News2.points(pulse: largest) == 3)
    }
}

@Suite struct News2ScoreTests {
    let normal = News2Values(
        respiratoryRate: Magnitude(16),
        oxygenSaturation: Magnitude(97),
        onOxygen: false,
        systolicPressure: Magnitude(120),
        pulse: Magnitude(70),
        consciousness: .alert,
        temperature: Magnitude(37)
    )

    @Test func `a healthy person scores 0, completely`() {
        let score = News2Score(normal)
        #expect(score.total == 0 && score.low == 0 && score.high == 0)
        #expect(score.isComplete && !score.red && score.band == .low)
    }

    @Test func `nothing known may be anything from 0 to 20`() {
        let score = News2Score(News2Values())
        #expect(score.low == 0 && score.high == 20 && !score.isComplete)
        #expect(News2Parameter.allCases.allSatisfy { score[$0] == nil })
    }

    @Test func `each missing parameter widens the bounds by its most points`() {
        let removals: [(News2Parameter, (inout News2Values) -> Void)] = [
            (.respiratoryRate, { $0.respiratoryRate = nil }),
            (.oxygenSaturation, { $0.oxygenSaturation = nil }),
            (.oxygen, { $0.onOxygen = nil }),
            (.systolicPressure, { $0.systolicPressure = nil }),
            (.pulse, { $0.pulse = nil }),
            (.consciousness, { $0.consciousness = nil }),
            (.temperature, { $0.temperature = nil }),
        ]
        for (parameter, remove) in removals {
            var values = normal
            remove(&values)
            let score = News2Score(values)
            #expect(score.low == 0 && score.high == parameter.mostPoints, "\(parameter)")
            #expect(score[parameter] == nil && !score.isComplete)
        }
    }

    @Test func `on scale 2 unknown oxygen leaves the saturation's points open too`() {
        var values = normal
        values.scale = .two
        values.onOxygen = nil
        let score = News2Score(values)
        #expect(score.low == 0)
        #expect(score.high == 2 + 3)
        #expect(score[.oxygenSaturation] == 0)
    }
}

/// A decimal as a device would write it, in exact thousandths.
func magnitude(_ text: String) throws -> Magnitude {
    let parts = text.split(separator: ".")
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    let padded = fraction + String(repeating: "0", count: 3 - fraction.count)
    let whole = try #require(Int32(parts[0]))
    return Magnitude(thousandths: whole * 1_000 + (try #require(Int32(padded))))
}
