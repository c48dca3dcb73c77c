import Clinical
import Testing
import Vocabulary

/// The Bedside PEWS of children (Parshuram 2009): every edge, bounds, and that it is off by default.
@Suite struct PewsTests {
    private let table = PewsTable.bedside

    /// The table as printed: at each age the values at which the points change, both sides of each.
    private static let rates: [(years: Int, sign: Sign, low: [Int], high: [Int])] = [
        (0, .heartRate, [100, 80, 70], [150, 170, 180]),
        (1, .heartRate, [90, 70, 60], [120, 150, 170]),
        (4, .heartRate, [90, 70, 60], [120, 150, 170]),
        (5, .heartRate, [70, 60, 50], [110, 130, 150]),
        (12, .heartRate, [70, 60, 50], [110, 130, 150]),
        (13, .heartRate, [60, 50, 40], [100, 120, 140]),
        (15, .heartRate, [60, 50, 40], [100, 120, 140]),
        (0, .systolicPressure, [80, 70, 60], [100, 120, 150]),
        (3, .systolicPressure, [90, 75, 65], [110, 125, 160]),
        (8, .systolicPressure, [90, 80, 70], [120, 140, 170]),
        (14, .systolicPressure, [100, 85, 75], [130, 150, 190]),
        (0, .respiratoryRate, [24, 19, 15], [51, 71, 81]),
        (2, .respiratoryRate, [19, 15, 12], [41, 61, 71]),
        (9, .respiratoryRate, [19, 14, 10], [31, 41, 51]),
        (15, .respiratoryRate, [11, 10, 9], [17, 23, 30]),
    ]

    @Test func `each edge of each sign at each age has its points, and the value inside it fewer`()
    {
        for row in Self.rates {
            for (step, points) in [(0, 1), (1, 2), (2, 4)] {
                let fewer = [0, 1, 2][step]
                let what = "\(row.sign) at \(row.years), step \(step)"
                #expect(score(row.years, [row.sign: row.low[step]]) == points, "\(what)")
                #expect(score(row.years, [row.sign: row.low[step] + 1]) == fewer, "\(what)")
                #expect(score(row.years, [row.sign: row.high[step]]) == points, "\(what)")
                #expect(score(row.years, [row.sign: row.high[step] - 1]) == fewer, "\(what)")
            }
        }
    }

    @Test func `saturation and oxygen have their points`() {
        for (value, points) in [(95, 0), (94, 1), (91, 1), (90, 2), (60, 2)] {
            #expect(score(6, [.oxygenSaturation: value]) == points, "\(value) %")
        }
        #expect(score(6, [.supplementalOxygen: 0]) == 0)
        #expect(score(6, [.supplementalOxygen: 1]) == 2)
        #expect(score(6, [.supplementalOxygen: 1, .oxygenFlow: 3]) == 2)
        #expect(score(6, [.supplementalOxygen: 1, .oxygenFlow: 4]) == 4)
        #expect(score(6, [.oxygenFlow: 2]) == 2)
    }

    private func score(_ years: Int, _ values: [Sign: Int]) -> Int {
        PewsScore(table, years: years) { values[$0].map { Magnitude($0) } }.total
    }

    @Test func `what is not known bounds the score from above`() {
        let none = PewsScore(table, years: 6) { _ in nil }
        #expect(none.total == 0 && none.high == 26 && none.points.isEmpty)
        let some = PewsScore(table, years: 6) { $0 == .heartRate ? Magnitude(150) : nil }
        #expect(some.total == 4 && some.high == 26)
        let well = PewsScore(table, years: 6) { $0 == .heartRate ? Magnitude(90) : nil }
        #expect(well.total == 0 && well.high == 22)
    }

    // MARK: In the ward

    private func makeWard(_ pews: PewsTable?, birthYear: Int = 2018) -> WardUnderTest {
        var policy = WardPolicy.withoutChain
        policy.pews = pews
        return WardUnderTest(policy: policy, patients: [patient(birthYear: birthYear)])
    }

    private let ill: [Sign: Double] = [
        .heartRate: 152, .respiratoryRate: 42, .oxygenSaturation: 89,
    ]

    @Test func `a child is scored by nothing unless PEWS is switched on, and never by NEWS2`() {
        var off = makeWard(nil)
        for second in [0.0, 10, 20] { off.receive(second, ill) }
        #expect(off.ward.openAlarms().isEmpty && off.ward.pews(of: 1, at: time(20)) == nil)
        var on = makeWard(.bedside)
        for second in [0.0, 10, 20] { on.receive(second, ill) }
        #expect(on.ward.openAlarms().map(\.cause) == [.pews])
        #expect(on.ward.assessment(of: 1, at: time(20))?.applicable == false)
    }

    @Test func `the lower bound at the threshold alarms, one below it does not`() {
        // 4 + 2 + 2 = 8 is high; 4 + 2 + 1 = 7 is medium; 4 + 1 + 1 = 6 is none.
        let cases: [(rate: Double, saturation: Double, priority: AlarmPriority?)] = [
            (42, 89, .high), (42, 92, .medium), (32, 92, nil),
        ]
        for (rate, saturation, priority) in cases {
            var ward = makeWard(.bedside)
            for second in [0.0, 10, 20] {
                ward.receive(
                    second,
                    [.heartRate: 152, .respiratoryRate: rate, .oxygenSaturation: saturation]
                )
            }
            #expect(ward.open(.pews)?.priority == priority)
            #expect(ward.open(.pews)?.score == priority.map { $0 == .high ? 8 : 7 })
        }
    }

    @Test func `one glitch of a child's score pages nobody`() {
        var ward = makeWard(.bedside)
        ward.receive(0, [.heartRate: 90])
        ward.receive(10, ill)
        ward.receive(20, [.heartRate: 90, .respiratoryRate: 25, .oxygenSaturation: 98])
        #expect(ward.ward.openAlarms().isEmpty)
    }

    @Test func `whoever is 16 this year is scored by NEWS2, who is 15 by PEWS`() {
        for (birthYear, cause) in [(2010, AlarmCause.news2), (2011, .pews)] {
            var ward = makeWard(.bedside, birthYear: birthYear)
            for second in [0.0, 10, 20] {
                ward.receive(
                    second,
                    [.heartRate: 141, .respiratoryRate: 31, .oxygenSaturation: 89]
                )
            }
            #expect(ward.ward.openAlarms().map(\.cause) == [cause])
        }
    }

    @Test func `stale signs of a child count nothing any more`() {
        var ward = makeWard(.bedside)
        ward.receive(0, ill)
        #expect(ward.ward.pews(of: 1, at: time(900))?.total == 8)
        #expect(ward.ward.pews(of: 1, at: time(900.001))?.total == 0)
    }
}
