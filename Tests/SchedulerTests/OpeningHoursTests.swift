import Foundation
import Scheduler
import Testing
import Vocabulary

/// A site's hours: the week, and the dates on which it does not hold.
@Suite struct OpeningHoursTests {
    /// Friday 08:00 local.
    private let now = Register.morning

    private func window(_ from: Int, _ until: Int) -> DatedWindow {
        DatedWindow(from: now + .minutes(from), until: now + .minutes(until))
    }

    private func holds(_ hours: OpeningHours, _ from: Int, _ until: Int) -> Bool {
        hours.hold(from: now + .minutes(from), until: now + .minutes(until))
    }

    @Test func `a closure closes a site that is open around the clock, to the minute`() {
        let hours = OpeningHours(closures: [window(60, 120)])
        #expect(holds(hours, 30, 60) && !holds(hours, 30, 61))
        #expect(!holds(hours, 119, 130) && holds(hours, 120, 150))
        // Midnight is no edge.
        #expect(holds(hours, 15 * 60 + 50, 16 * 60 + 20))
    }

    @Test func `an addition opens beyond the week, a closure does not end it`() {
        let week = [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 11 * 60)]
        let hours = OpeningHours(weekly: week, additions: [window(5 * 60, 6 * 60)])
        #expect(holds(hours, 0, 180) && !holds(hours, 0, 181))
        #expect(holds(hours, 300, 360) && !holds(hours, 299, 360))
        #expect(!holds(OpeningHours(weekly: []), 0, 1), "no window at all is never open")
        #expect(holds(OpeningHours(), 0, 1))
    }

    @Test func `what is wrong is named as the body names it`() {
        func error(_ hours: OpeningHours) -> String? {
            do {
                try hours.check()
                return nil
            } catch {
                return error.part
            }
        }
        #expect(error(OpeningHours(closures: [window(0, 1)])) == nil)
        #expect(error(OpeningHours(closures: [window(1, 1)])) == "closures[0].until")
        let backwards = WeeklyWindow(weekday: 1, fromMinute: 60, untilMinute: 30)
        #expect(error(OpeningHours(weekly: [backwards])) == "weekly[0].untilMinute")
        let many = [WeeklyWindow](repeating: backwards, count: Availability.weeklyLimit + 1)
        #expect(error(OpeningHours(weekly: many)) == "weekly")
    }

    @Test func `a site's record without exceptions is written as before they were known`() throws {
        var site = Register.central
        site.openingHours = OpeningHours(closures: [window(0, 60)])
        let text = try JSONEncoder().encode(site)
        #expect(try JSONDecoder().decode(Site.self, from: text) == site)
        site.openingHours = OpeningHours()
        let plain = String(decoding: try JSONEncoder().encode(site), as: UTF8.self)
        #expect(!plain.contains("openingExceptions"))
    }

    @Test func `a table keeps exceptions, and the week when it has no column for it`() {
        var standing = Register.central
        standing.openingHours = OpeningHours(
            weekly: [WeeklyWindow(weekday: 1, fromMinute: 0, untilMinute: 60)],
            closures: [window(0, 60)]
        )
        let row = Register.central
        #expect(row.keepingHours(of: standing, hasOpening: false) == standing)
        let round = row.keepingHours(of: standing, hasOpening: true)
        #expect(round.opening == nil && round.openingExceptions == standing.openingExceptions)
        #expect(SiteTable.hasOpening("id,name,opening\r\nx,opening,"))
        #expect(!SiteTable.hasOpening("id,name\nopening,x"))
    }
}
