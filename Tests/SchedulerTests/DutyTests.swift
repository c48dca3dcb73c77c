import Scheduler
import Testing
import Vocabulary
import Wire

/// Duty that repeats, public holidays, and the doctor's own calendar.
@Suite struct DutyTests {
    private func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    private func window(_ text: String, hours: Int) throws -> DatedWindow {
        let from = try at(text)
        return DatedWindow(from: from, until: from + .hours(hours))
    }

    @Test func `a rota comes back after its days, half-open, until it ends`() throws {
        // Every fifth night from Friday 19:00 local for twelve hours.
        let first = try window("2026-11-20T12:00:00Z", hours: 12)
        var duty = Availability(rotas: [OnCallRota(first: first, everyDays: 5)])
        #expect(!duty.isOnCall(at: first.from - .milliseconds(1)))
        #expect(duty.isOnCall(from: first.from, until: first.until))
        #expect(!duty.isOnCall(at: first.until))
        let fifth = first.from + .hours(24 * 5)
        #expect(!duty.isOnCall(at: fifth - .milliseconds(1)))
        #expect(duty.isOnCall(from: fifth, until: fifth + .hours(12)))
        #expect(!duty.isOnCall(from: fifth, until: fifth + .hours(12) + .milliseconds(1)))
        // Years later, too.
        let late = first.from + .hours(24 * 5 * 500)
        #expect(duty.isOnCall(from: late, until: late + .hours(12)))
        #expect(duty.nextOpening(after: first.from) == fifth)
        #expect(duty.nextOpening(after: first.from - .hours(24)) == first.from)
        duty.rotas[0].ends = fifth
        #expect(!duty.isOnCall(at: fifth))
        #expect(duty.nextOpening(after: first.from) == nil)
        duty.rotas[0].ends = fifth + .milliseconds(1)
        #expect(duty.isOnCall(at: fifth))
    }

    @Test func `turns that touch are one, across midnight as well`() throws {
        let day = try window("2026-11-20T12:00:00Z", hours: 24)
        let duty = Availability(rotas: [OnCallRota(first: day, everyDays: 1)])
        #expect(duty.isOnCall(from: day.from, until: day.from + .hours(24 * 3)))
    }

    @Test func `weekly duty gives way to leave, dated duty does not`() throws {
        // Saturday 19:00 to Sunday 07:00 local.
        let saturday = try at("2026-11-21T12:00:00Z")
        var duty = Availability(
            weeklyOnCall: [WeeklyWindow(weekday: 6, fromMinute: 19 * 60, untilMinute: 31 * 60)]
        )
        #expect(duty.isOnCall(from: saturday, until: saturday + .hours(12)))
        #expect(!duty.isOnCall(at: saturday + .hours(12)))
        #expect(!duty.covers(from: saturday, until: saturday + .hours(1)))
        #expect(duty.nextOpening(after: saturday) == saturday + .hours(168))
        duty.absences = [DatedWindow(from: saturday + .hours(2), until: saturday + .hours(4))]
        #expect(duty.isOnCall(from: saturday, until: saturday + .hours(2)))
        #expect(!duty.isOnCall(at: saturday + .hours(2)))
        #expect(duty.isOnCall(at: saturday + .hours(4)))
        duty.onCall = [DatedWindow(from: saturday + .hours(2), until: saturday + .hours(4))]
        #expect(duty.isOnCall(from: saturday, until: saturday + .hours(12)))
    }

    private func newYear() throws -> HolidayCalendar {
        try HolidayTable.read("date,name\n2027-01-01,Tết Dương lịch\n2027-01-02,cầu nối\n")
    }

    @Test func `weekly windows do not hold on public holidays, unless the doctor works on them`()
        throws
    {
        // Every day 07:00 to 11:00 local; New Year 2027 is a Friday.
        let weekly = (1...7).map {
            WeeklyWindow(weekday: $0, fromMinute: 7 * 60, untilMinute: 11 * 60)
        }
        let hours = Availability(weekly: weekly).knowing(try newYear())
        let friday = try at("2027-01-01T00:00:00Z")
        #expect(hours.covers(from: friday - .hours(24), until: friday - .hours(20)))
        #expect(!hours.covers(from: friday, until: friday + .hours(1)))
        #expect(!hours.covers(from: friday + .hours(24), until: friday + .hours(25)))
        #expect(hours.covers(from: friday + .hours(48), until: friday + .hours(52)))
        #expect(hours.nextOpening(after: friday - .hours(24)) == friday + .hours(48))
        #expect(hours.bookableMinutes(onDay: LocalTime.dayNumber(of: friday)) == 0)
        var working = hours
        working.worksHolidays = true
        #expect(working.covers(from: friday, until: friday + .hours(4)))
        // What the doctor adds for the day counts, and duty goes on.
        var duty = hours
        duty.additions = [DatedWindow(from: friday, until: friday + .hours(1))]
        duty.weeklyOnCall = weekly
        #expect(duty.covers(from: friday, until: friday + .hours(1)))
        #expect(duty.isOnCall(from: friday, until: friday + .hours(4)))
    }

    @Test func `a night window ends where a holiday begins, and opens again where it ends`() throws
    {
        // 22:00 to 06:00 local, every day.
        let hours = Availability(
            weekly: (1...7).map {
                WeeklyWindow(weekday: $0, fromMinute: 22 * 60, untilMinute: 30 * 60)
            }
        ).knowing(try newYear())
        let midnight = try at("2026-12-31T17:00:00Z")
        #expect(hours.covers(from: midnight - .hours(2), until: midnight))
        #expect(!hours.covers(from: midnight - .hours(2), until: midnight + .milliseconds(1)))
        // The night into 3 January began on the second, a holiday; its morning is none.
        let third = midnight + .hours(48)
        #expect(hours.nextOpening(after: midnight) == third)
        #expect(hours.covers(from: third, until: third + .hours(6)))
        #expect(!hours.covers(from: third - .milliseconds(1), until: third + .hours(1)))
    }

    @Test func `nothing is booked while the doctor's own calendar is busy`() throws {
        let open = try at("2026-11-20T01:00:00Z")
        let hours = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 12 * 60)],
            additions: [DatedWindow(from: open + .hours(4), until: open + .hours(6))],
            onCall: [DatedWindow(from: open, until: open + .hours(1))],
            busy: [
                DatedWindow(from: open + .minutes(30), until: open + .hours(1)),
                DatedWindow(from: open + .hours(5), until: open + .hours(7)),
            ]
        )
        #expect(hours.covers(from: open, until: open + .minutes(30)))
        #expect(!hours.covers(from: open, until: open + .minutes(30) + .milliseconds(1)))
        #expect(hours.covers(from: open + .hours(1), until: open + .hours(5)))
        #expect(!hours.covers(from: open + .hours(5), until: open + .hours(6)))
        #expect(hours.isOnCall(from: open, until: open + .hours(1)))
        let afterNoon = open + .hours(5)
        #expect(hours.nextOpening(after: afterNoon) == open + .hours(24 * 7))
    }

    @Test func `the holidays that are shipped are those of the law, Tết by the moon`() throws {
        let calendar = try HolidayTable.read(try ShippedFile.text("Config/holidays/vietnam.csv"))
        func dates(_ year: Int, _ name: String) -> [String] {
            calendar.holidays.filter { $0.date.hasPrefix("\(year)") && $0.name == name }
                .map(\.date)
        }
        #expect(
            dates(2027, "Tết Nguyên đán") == [
                "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-02-09",
            ]
        )
        #expect(dates(2026, "Giỗ Tổ Hùng Vương") == ["2026-04-26"])
        #expect(dates(2030, "Quốc khánh") == ["2030-09-01", "2030-09-02"])
        for year in 2026...2040 {
            let days = calendar.holidays.filter { $0.date.hasPrefix("\(year)") }
            #expect(Set(days.map(\.date)).count == 11, "\(year)")
        }
    }

    @Test func `a wrong table of holidays names each row`() {
        let error = #expect(throws: TableErrors.self) {
            try HolidayTable.read("date,name\n2027-02-30,x\n2027-02-06,\n2027-2-6,y\n")
        }
        let lines = error?.errors.map { "\($0.line) \($0.column ?? "")" }
        #expect(lines == ["2 date", "3 name", "4 date"])
    }
}
