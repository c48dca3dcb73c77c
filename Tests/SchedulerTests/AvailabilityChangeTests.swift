import Foundation
import Scheduler
import Testing
import Vocabulary
import Wire

/// Hours as they come in: checked, from a table, and what they leave behind.
@Suite struct AvailabilityChangeTests {
    private let morning = Register.morning

    private func wrong(_ availability: Availability) -> String? {
        do {
            try availability.check()
            return nil
        } catch {
            return error.part
        }
    }

    @Test func `what is wrong is named by its place`() {
        func weekly(_ day: Int, _ from: Int, _ until: Int) -> Availability {
            let good = WeeklyWindow(weekday: 1, fromMinute: 0, untilMinute: 1)
            return Availability(
                weekly: [good, WeeklyWindow(weekday: day, fromMinute: from, untilMinute: until)]
            )
        }
        #expect(wrong(weekly(1, 0, 1_440)) == nil)
        #expect(wrong(weekly(7, 1_439, 2_879)) == nil)
        #expect(wrong(weekly(0, 0, 60)) == "weekly[1].weekday")
        #expect(wrong(weekly(8, 0, 60)) == "weekly[1].weekday")
        #expect(wrong(weekly(1, -1, 60)) == "weekly[1].fromMinute")
        #expect(wrong(weekly(1, 1_440, 1_500)) == "weekly[1].fromMinute")
        #expect(wrong(weekly(1, 60, 60)) == "weekly[1].untilMinute")
        #expect(wrong(weekly(1, 0, 1_441)) == "weekly[1].untilMinute")
        let backwards = DatedWindow(from: morning, until: morning)
        #expect(wrong(Availability(absences: [backwards])) == "absences[0].until")
        let days = DatedWindow(from: morning, until: morning + .hours(24 * 400))
        #expect(wrong(Availability(busy: [days])) == nil)
        let longer = DatedWindow(from: morning, until: days.until + .milliseconds(1))
        #expect(wrong(Availability(busy: [longer])) == "busy[0].until")
        func rota(_ hours: Int, _ every: Int, ends: Instant? = nil) -> Availability {
            let turn = DatedWindow(from: morning, until: morning + .hours(hours))
            return Availability(rotas: [OnCallRota(first: turn, everyDays: every, ends: ends)])
        }
        #expect(wrong(rota(24, 1)) == nil)
        #expect(wrong(rota(25, 1)) == "rotas[0].everyDays")
        #expect(wrong(rota(12, 0)) == "rotas[0].everyDays")
        #expect(wrong(rota(12, 367)) == "rotas[0].everyDays")
        #expect(wrong(rota(12, 2, ends: morning)) == "rotas[0].ends")
    }

    @Test func `there may be so many windows and not one more`() {
        let window = WeeklyWindow(weekday: 1, fromMinute: 0, untilMinute: 1)
        let dated = DatedWindow(from: morning, until: morning + .hours(1))
        let rota = OnCallRota(first: dated, everyDays: 2)
        for extra in [0, 1] {
            let parts = [
                wrong(Availability(weekly: Array(repeating: window, count: 100 + extra))),
                wrong(Availability(onCall: Array(repeating: dated, count: 1_000 + extra))),
                wrong(Availability(rotas: Array(repeating: rota, count: 50 + extra))),
            ]
            #expect(parts == (extra == 0 ? [nil, nil, nil] : ["weekly", "onCall", "rotas"]))
        }
    }

    @Test func `a record from before rotas and holidays is read, and each record comes back whole`()
        throws
    {
        let old = #"{"weekly":[],"absences":[],"additions":[],"onCall":[]}"#
        let read = try JSONDecoder().decode(Availability.self, from: Data(old.utf8))
        #expect(read == Availability())
        let turn = DatedWindow(from: morning, until: morning + .hours(12))
        let all = Availability(
            weekly: [WeeklyWindow(weekday: 1, fromMinute: 0, untilMinute: 60)],
            absences: [turn],
            additions: [turn],
            onCall: [turn],
            weeklyOnCall: [WeeklyWindow(weekday: 2, fromMinute: 0, untilMinute: 60)],
            rotas: [OnCallRota(first: turn, everyDays: 3, ends: turn.until)],
            busy: [turn],
            worksHolidays: true
        )
        let data = try JSONEncoder().encode(all)
        #expect(try JSONDecoder().decode(Availability.self, from: data) == all)
    }

    // MARK: The table

    private let header = "doctor,kind,window,everyDays,ends\n"

    @Test func `a table of windows is read and written back`() throws {
        let text =
            header + """
                a,weekly,1 07:30-11:30,,
                a,absence,2026-12-01/2026-12-03,,
                a,addition,2026-12-05T07:00:00+07:00/2026-12-05T09:00:00+07:00,,
                a,onCall,2026-12-24,,
                a,weeklyOnCall,6 19:00-07:00,,
                a,rota,2026-11-20T19:00:00+07:00/2026-11-21T07:00:00+07:00,5,2026-12-31
                b,weekly,2 08:00-09:00,,

                """
        let known = ["a", "b", "c"].map { Register.doctor($0) }
        let read = try AvailabilityTable.read(text, known: known)
        #expect(read.map(\.id.rawValue) == ["a", "b"])
        let hours = read[0].availability
        let first = try #require(Instant(rfc3339: "2026-12-01T00:00:00+07:00"))
        #expect(hours.absences == [DatedWindow(from: first, until: first + .hours(72))])
        #expect(hours.onCall[0].until - hours.onCall[0].from == .hours(24))
        #expect(
            hours.weeklyOnCall == [WeeklyWindow(weekday: 6, fromMinute: 1_140, untilMinute: 1_860)]
        )
        #expect(hours.rotas[0].ends == Instant(rfc3339: "2027-01-01T00:00:00+07:00"))
        let again = try AvailabilityTable.read(AvailabilityTable.write(read), known: known)
        #expect(again == read)
    }

    @Test func `a doctor's rows replace the windows, and leave calendar and holidays alone`() throws
    {
        let busy = [DatedWindow(from: morning, until: morning + .hours(1))]
        let doctor = Register.doctor(
            "a",
            availability: Availability(absences: busy, busy: busy, worksHolidays: true)
        )
        let read = try AvailabilityTable.read(
            header + "a,weekly,1 07:30-11:30,,\n",
            known: [doctor]
        )
        #expect(read[0].availability.absences.isEmpty)
        #expect(read[0].availability.busy == busy)
        #expect(read[0].availability.worksHolidays)
    }

    @Test func `every wrong row and column is named`() {
        let text =
            header + """
                nobody,weekly,1 07:30-07:30,,
                a,sometimes,1 07:30-11:30,,
                a,weekly,8 07:30-11:30,,
                a,absence,2026-12-03/2026-12-01,,
                a,weekly,1 07:30-11:30,3,
                a,rota,2026-12-01/2026-12-02,1,
                a,rota,2026-12-01,,
                a,rota,2026-12-01,7,2026-11-01

                """
        let error = #expect(throws: TableErrors.self) {
            try AvailabilityTable.read(text, known: [Register.doctor("a")])
        }
        let places = error?.errors.map { "\($0.line) \($0.column ?? "")" }
        #expect(
            places == [
                "2 doctor", "2 window", "3 kind", "4 window", "5 window", "6 everyDays",
                "7 everyDays",
                "8 everyDays", "9 ends",
            ]
        )
    }

    @Test func `the table of doctors leaves exceptions and duty as they stand`() {
        let turn = DatedWindow(from: morning, until: morning + .hours(1))
        var before = Register.doctor(
            availability: Availability(
                absences: [turn],
                rotas: [OnCallRota(first: turn, everyDays: 2)],
                busy: [turn]
            )
        )
        before.calendarAddress = CalendarAddress(number: 2, isOpen: true)
        let weekly = WeeklyWindow(weekday: 1, fromMinute: 0, untilMinute: 60)
        let read = Register.doctor(availability: Availability(weekly: [weekly], onCall: [turn]))
        let kept = read.keepingOwnBusiness(of: before)
        #expect(kept.availability.weekly == [weekly] && kept.availability.onCall == [turn])
        #expect(kept.availability.absences == [turn] && kept.availability.busy == [turn])
        #expect(kept.availability.rotas.count == 1)
        #expect(kept.calendarAddress == before.calendarAddress)
    }

    // MARK: What is left behind

    @Test func `hours strand what they do not hold any more, and nothing else`() {
        // Friday 08:00 to 12:00 local, and duty until 13:00.
        let hours = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 12 * 60)],
            onCall: [DatedWindow(from: morning + .hours(4), until: morning + .hours(5))]
        )
        let bookings = [
            Register.booking("early", from: morning),
            Register.booking("edge", from: morning + .minutes(90)),
            Register.booking("over", from: morning + .minutes(91)),
            Register.booking("last", from: morning + .minutes(210), state: .offered),
            Register.booking("duty", from: morning + .hours(4)),
            Register.booking("evening", from: morning + .hours(10)),
            Register.booking("gone", from: morning + .hours(3), state: .cancelled),
            Register.booking("running", from: morning + .hours(3), state: .inSession),
        ]
        let shorter = Availability(
            weekly: [WeeklyWindow(weekday: 5, fromMinute: 8 * 60, untilMinute: 10 * 60)]
        )
        func stranded(at now: Instant) -> [String] {
            hours.strands(bookings, under: shorter, at: now).map(\.id.rawValue)
        }
        #expect(stranded(at: morning) == ["over", "last", "duty"])
        #expect(stranded(at: morning + .minutes(91)) == ["last", "duty"])
        #expect(hours.strands(bookings, under: hours, at: morning).isEmpty)
    }
}
