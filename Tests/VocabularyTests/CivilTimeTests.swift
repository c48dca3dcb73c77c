import Foundation
import Testing
import Vocabulary

@Suite struct CivilTimeTests {
    @Test func `each day of 800 years has its date, as Foundation counts`() throws {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var (year, month, day) = (1_600, 1, 1)
        let first = CivilTime.daysSinceEpoch(year: 1_600, month: 1, day: 1)
        for days in first..<first + 292_194 {
            let civil = CivilTime(Instant(seconds: Int64(days) * 86_400))
            guard civil.year == year, civil.month == month, civil.day == day,
                CivilTime.daysSinceEpoch(year: year, month: month, day: day) == days
            else {
                Issue.record("day \(days) is \(civil), expected \(year)-\(month)-\(day)")
                return
            }
            day += 1
            if day > CivilTime.days(inMonth: month, of: year) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2_400, 1, 1))
        for (year, month, day) in [(1_970, 1, 1), (2_000, 2, 29), (2_100, 3, 1), (1_999, 12, 31)] {
            let date = calendar.date(from: DateComponents(year: year, month: month, day: day))
            let seconds = try #require(date?.timeIntervalSince1970)
            let days = CivilTime.daysSinceEpoch(year: year, month: month, day: day)
            #expect(Double(days) * 86_400 == seconds)
        }
    }

    @Test func `the last millisecond before the epoch is on the day before`() {
        let civil = CivilTime(Instant(milliseconds: -1))
        #expect(civil.year == 1_969)
        #expect(civil.month == 12)
        #expect(civil.day == 31)
        #expect(civil.millisecondOfDay == 86_399_999)
    }

    @Test func `February has 29 days in years divisible by four, but not by a hundred, but by 400`()
    {
        for (year, days) in [(2_024, 29), (2_025, 28), (2_100, 28), (2_000, 29), (1_900, 28)] {
            #expect(CivilTime.days(inMonth: 2, of: year) == days)
        }
    }

    @Test func `spans of time add up`() {
        let start = Instant(seconds: 10)
        #expect(start + .milliseconds(1_500) == Instant(milliseconds: 11_500))
        #expect(start - .minutes(1) == Instant(seconds: -50))
        #expect(Instant(seconds: 3_610) - start == .hours(1))
        #expect(Duration.milliseconds(-1).wholeMilliseconds == -1)
        #expect(Duration.nanoseconds(1_999_999).wholeMilliseconds == 1)
    }
}
