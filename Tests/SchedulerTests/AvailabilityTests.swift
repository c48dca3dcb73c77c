import Scheduler
import Testing
import Vocabulary

@Suite struct AvailabilityTests {
    private func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    @Test func `a weekly window is local time, half-open`() throws {
        // Friday 08:00–12:00 local is 01:00–05:00 UTC.
        let friday = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 12 * 60)]
        )
        let open = try at("2026-11-20T01:00:00Z")
        let close = try at("2026-11-20T05:00:00Z")
        #expect(friday.covers(from: open, until: close))
        #expect(!friday.covers(from: open - .milliseconds(1), until: close))
        #expect(!friday.covers(from: open, until: close + .milliseconds(1)))
        #expect(!friday.covers(from: open + .hours(24), until: open + .hours(25)))
        #expect(friday.covers(from: open + .hours(168), until: open + .hours(169)))
    }

    @Test func `a window across midnight belongs to the day it began`() throws {
        // Sunday 22:00 to Monday 06:00 local.
        let night = Availability(
            weekly: [WeeklyWindow(weekday: 7, fromMinute: 22 * 60, untilMinute: 30 * 60)]
        )
        let sunday22 = try at("2026-11-22T15:00:00Z")
        #expect(night.covers(from: sunday22, until: sunday22 + .hours(8)))
        #expect(!night.covers(from: sunday22, until: sunday22 + .hours(8) + .milliseconds(1)))
        #expect(!night.covers(from: sunday22 - .hours(24), until: sunday22 - .hours(23)))
    }

    @Test func `windows that touch are one`() throws {
        let day = Availability(weekly: [
            WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 12 * 60),
            WeeklyWindow(weekday: 5, fromMinute: 12 * 60, untilMinute: 16 * 60),
        ])
        let eleven = try at("2026-11-20T04:00:00Z")
        #expect(day.covers(from: eleven, until: eleven + .hours(2)))
    }

    @Test func `an absence takes away, an addition gives`() throws {
        let open = try at("2026-11-20T01:00:00Z")
        var friday = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 12 * 60)],
            absences: [DatedWindow(from: open + .hours(1), until: open + .hours(2))]
        )
        #expect(friday.covers(from: open, until: open + .hours(1)))
        #expect(!friday.covers(from: open, until: open + .hours(1) + .milliseconds(1)))
        #expect(friday.covers(from: open + .hours(2), until: open + .hours(3)))
        #expect(friday.nextOpening(after: open + .minutes(90)) == open + .hours(2))
        friday.additions = [DatedWindow(from: open + .hours(1), until: open + .hours(2))]
        #expect(friday.covers(from: open, until: open + .hours(4)))
    }

    @Test func `the next opening is found across the week, or not at all`() throws {
        let monday = Availability(
            weekly: [WeeklyWindow(weekday: 1, fromMinute: 7 * 60 + 30, untilMinute: 600)]
        )
        let friday = try at("2026-11-20T01:00:00Z")
        let opening = try at("2026-11-23T00:30:00Z")
        #expect(monday.nextOpening(after: friday) == opening)
        #expect(monday.nextOpening(after: opening) == opening + .hours(168))
        #expect(Availability().nextOpening(after: friday) == nil)
    }

    @Test func `weekdays and local days are right around midnight and before 1970`() throws {
        let thursday = try at("1970-01-01T00:00:00Z")
        #expect(LocalTime.weekday(ofDay: LocalTime.dayNumber(of: thursday)) == 4)
        let beforeMidnight = try at("2026-11-20T16:59:59.999Z")
        #expect(LocalTime.clock(beforeMidnight) == "23:59")
        #expect(LocalTime.weekday(ofDay: LocalTime.dayNumber(of: beforeMidnight)) == 5)
        let midnight = try at("2026-11-20T17:00:00Z")
        #expect(LocalTime.weekday(ofDay: LocalTime.dayNumber(of: midnight)) == 6)
        #expect(LocalTime.midnight(ofDay: LocalTime.dayNumber(of: midnight)) == midnight)
        let long = try at("1969-12-28T20:00:00Z")
        #expect(LocalTime.weekday(ofDay: LocalTime.dayNumber(of: long)) == 1)
    }
}
