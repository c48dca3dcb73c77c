import ICalendar
import Scheduler
import Testing
import Vocabulary

@Suite struct BusyCalendarTests {
    private func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    /// One calendar of events, each given by its lines.
    private func calendar(_ events: [String], before: String = "") -> String {
        let texts = events.map { "BEGIN:VEVENT\n\($0)\nEND:VEVENT\n" }
        let text = "BEGIN:VCALENDAR\nVERSION:2.0\n\(before)" + texts.joined() + "END:VCALENDAR\n"
        return text.split(separator: "\n").joined(separator: "\r\n") + "\r\n"
    }

    private func read(_ events: [String], before: String = "") throws -> BusyCalendar {
        try BusyCalendar(
            calendar(events, before: before),
            from: try at("2026-11-01T00:00:00Z"),
            until: try at("2027-02-01T00:00:00Z")
        )
    }

    /// When each span begins, in UTC, and how many minutes it lasts.
    private func spans(_ events: [String], before: String = "") throws -> [String] {
        try read(events, before: before).busy.map { span in
            "\(span.from.rfc3339.prefix(16)) \((span.until - span.from).wholeMilliseconds / 60_000)"
        }
    }

    private func problems(_ events: [String]) -> [String] {
        do {
            _ = try read(events)
            return []
        } catch let error as BusyCalendarError {
            return error.problems
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `an event keeps its time: in UTC, in a zone, or local when it names none`() throws {
        #expect(
            try spans(["UID:a\nDTSTART:20261120T010000Z\nDTEND:20261120T020000Z"])
                == ["2026-11-20T01:00 60"]
        )
        #expect(
            try spans(["UID:a\nDTSTART;TZID=Europe/Paris:20261120T090000\nDURATION:PT90M"])
                == ["2026-11-20T08:00 90"]
        )
        #expect(
            try spans(["UID:a\nDTSTART:20261120T090000\nDTEND:20261120T093000"])
                == ["2026-11-20T02:00 30"]
        )
        // A whole day is the local one; two days last until the end of the second.
        #expect(try spans(["UID:a\nDTSTART;VALUE=DATE:20261120"]) == ["2026-11-19T17:00 1440"])
        #expect(
            try spans(["UID:a\nDTSTART;VALUE=DATE:20261120\nDTEND;VALUE=DATE:20261122"])
                == ["2026-11-19T17:00 2880"]
        )
    }

    @Test func `a zone of the calendar's own is followed, with its summer time`() throws {
        let zone = """
            BEGIN:VTIMEZONE
            TZID:Office
            BEGIN:STANDARD
            DTSTART:20261025T030000
            TZOFFSETFROM:+0200
            TZOFFSETTO:+0100
            END:STANDARD
            END:VTIMEZONE

            """
        #expect(
            try spans(
                ["UID:a\nDTSTART;TZID=Office:20261120T090000\nDURATION:PT1H"],
                before: zone
            ) == ["2026-11-20T08:00 60"]
        )
    }

    @Test func `repetitions come by day, week and month, with count, end, step and exceptions`()
        throws
    {
        let daily = "UID:a\nDTSTART:20261120T010000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"
        #expect(try spans([daily + ";COUNT=2"]) == ["2026-11-20T01:00 60", "2026-11-21T01:00 60"])
        #expect(
            try spans([daily + ";INTERVAL=3;UNTIL=20261126T010000Z"]) == [
                "2026-11-20T01:00 60", "2026-11-23T01:00 60", "2026-11-26T01:00 60",
            ]
        )
        #expect(
            try spans([daily + ";UNTIL=20261121T005959Z"]) == ["2026-11-20T01:00 60"],
            "the end is the last beginning that counts"
        )
        let weekly =
            "UID:a\nDTSTART;TZID=Asia/Ho_Chi_Minh:20261120T070000\nDURATION:PT2H\n"
            + "RRULE:FREQ=WEEKLY;BYDAY=FR,SA;COUNT=4\n"
            + "EXDATE;TZID=Asia/Ho_Chi_Minh:20261121T070000,20261127T070000"
        #expect(try spans([weekly]) == ["2026-11-20T00:00 120", "2026-11-28T00:00 120"])
        let monthly =
            "UID:a\nDTSTART:20261102T010000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3"
        #expect(
            try spans([monthly]) == [
                "2026-11-02T01:00 60", "2026-12-07T01:00 60", "2027-01-04T01:00 60",
            ]
        )
        let workday =
            "UID:a\nDTSTART:20261130T010000Z\nDURATION:PT1H\n"
            + "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2"
        #expect(try spans([workday]) == ["2026-11-30T01:00 60", "2026-12-31T01:00 60"])
        // Without an end a rule is followed as far as the range goes.
        #expect(try spans([daily + ";INTERVAL=30"]).count == 3)
    }

    @Test func `a moved instance of a series stands in the place of the one that it replaces`()
        throws
    {
        let series =
            "UID:a\nDTSTART:20261120T010000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"
        let moved =
            "UID:a\nRECURRENCE-ID:20261127T010000Z\nDTSTART:20261127T050000Z\nDURATION:PT30M"
        #expect(
            try spans([series, moved]) == [
                "2026-11-20T01:00 60", "2026-11-27T05:00 30", "2026-12-04T01:00 60",
            ]
        )
        let cancelled =
            "UID:a\nRECURRENCE-ID:20261204T010000Z\nDTSTART:20261204T010000Z\nSTATUS:CANCELLED"
        #expect(try spans([series, moved, cancelled]).count == 2)
    }

    @Test func `what keeps nobody is counted and left out`() throws {
        let day = "DTSTART:20261120T010000Z\nDTEND:20261120T020000Z"
        let calendar = try read(
            [
                "UID:a\n\(day)\nTRANSP:TRANSPARENT", "UID:b\n\(day)\nSTATUS:CANCELLED",
                "UID:c\nDTSTART:20261121T010000Z\nSUMMARY:a moment\nDESCRIPTION:",
                "UID:d\n\(day)\nSTATUS:TENTATIVE",
            ],
            before: "BEGIN:VTODO\nUID:t\nDUE:20261120T010000Z\nEND:VTODO\n"
        )
        #expect(calendar.events == 4 && calendar.free == 2)
        #expect(calendar.busy.count == 1, "a tentative event keeps time, a moment does not")
    }

    @Test func `spans that touch are one, and the range cuts them`() throws {
        #expect(
            try spans([
                "UID:a\nDTSTART:20261120T010000Z\nDTEND:20261120T020000Z",
                "UID:b\nDTSTART:20261120T020000Z\nDTEND:20261120T030000Z",
                "UID:c\nDTSTART:20261120T013000Z\nDTEND:20261120T014000Z",
                "UID:d\nDTSTART:20261031T230000Z\nDTEND:20261101T010000Z",
                "UID:e\nDTSTART:20270131T233000Z\nDTEND:20270201T100000Z",
                "UID:f\nDTSTART:20200101T000000Z\nDTEND:20200102T000000Z",
            ]) == ["2026-11-01T00:00 60", "2026-11-20T01:00 120", "2027-01-31T23:30 30"]
        )
    }

    @Test(arguments: [
        ("DTSTART:tomorrow", "event 2: DTSTART cannot be read"),
        ("SUMMARY:x", "event 2: DTSTART is missing or not understood"),
        ("DTSTART:20261341T010000Z", "event 2: DTSTART is no date or time that exists"),
        (
            "DTSTART;TZID=Mars/Olympus:20261120T010000",
            "event 2: DTSTART is in a time zone that is not known; export its VTIMEZONE too"
        ),
        (
            "DTSTART:20261120T010000Z\nDTEND:20261120T000000Z",
            "event 2: DTEND comes before DTSTART"
        ),
        ("DTSTART:20261120T010000Z\nDURATION:-PT1H", "event 2: DURATION is negative"),
        (
            "DTSTART:20261120T010000Z\nRRULE:FREQ=FORTNIGHTLY", "event 2: RRULE cannot be read"
        ),
        (
            "DTSTART:20261120T010000Z\nRRULE:FREQ=HOURLY;COUNT=3",
            "event 2: RRULE with its FREQ is not understood"
        ),
        (
            "DTSTART:20261120T010000Z\nRRULE:FREQ=DAILY;BYHOUR=1,2",
            "event 2: RRULE with BYHOUR is not understood"
        ),
        (
            "DTSTART:20261120T010000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "event 2: RRULE never comes true"
        ),
        (
            "DTSTART:20261120T010000Z\nRDATE:20261121T010000Z",
            "event 2: RDATE is not understood"
        ),
        (
            "DTSTART:20261120T010000Z\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY",
            "event 2: more than one RRULE is not understood"
        ),
        (
            "DTSTART:20261120T010000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261120T010000Z",
            "event 2: RECURRENCE-ID with RANGE is not understood"
        ),
    ])
    func `what is not understood is named, and nothing is taken in`(_ lines: String, _ why: String)
    {
        let good = "UID:g\nDTSTART:20261120T010000Z\nDURATION:PT1H"
        let found = problems([good, "UID:bệnh-nhân\nSUMMARY:Nguyễn\n" + lines])
        #expect(found.contains(why), "\(found)")
        #expect(!found.joined().contains("Nguyễn") && !found.joined().contains("bệnh"))
    }

    @Test func `a rule from long ago is followed so many times and no further`() {
        func rule(_ year: String) -> [String] {
            ["UID:a\nDTSTART:\(year)0101T010000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"]
        }
        #expect(problems(rule("1973")) == [])
        #expect(
            problems(rule("1971"))
                == ["event 1: RRULE repeats more than 20000 times; let it begin later"]
        )
    }

    @Test(arguments: [
        "", "hello", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nmore", "BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        "BEGIN:VCALENDAR\r\nX:\0\r\nEND:VCALENDAR\r\n",
    ])
    func `what is no whole calendar is refused`(_ text: String) {
        #expect(throws: BusyCalendarError.self) {
            try BusyCalendar(text, from: .distantPast, until: .distantFuture)
        }
    }

    @Test func `an empty calendar keeps nothing, and there may be so many events`() throws {
        #expect(try read([]).busy.isEmpty)
        let event = "UID:a\nDTSTART:20261120T010000Z\nDURATION:PT1H"
        let most = Array(repeating: event, count: BusyCalendar.eventLimit)
        #expect(try read(most).events == BusyCalendar.eventLimit)
        #expect(problems(most + [event]) == ["at most 5000 events; export fewer days"])
    }

    @Test func `our own feed is an iCalendar that libical reads the same`() throws {
        let start = try at("2026-11-20T01:00:00Z")
        func booking(_ id: String, _ hour: Int, _ state: BookingState) -> Booking {
            Booking(
                id: BookingID(trusted: id),
                request: RequestID(trusted: "r"),
                doctor: DoctorID(trusted: "d"),
                site: SiteID(trusted: "s"),
                patient: PatientID(trusted: "somebody"),
                start: start + .hours(hour),
                end: start + .hours(hour) + .minutes(30),
                doctorFreeAt: start + .hours(hour) + .minutes(35),
                state: state,
                answerBy: nil,
                reasons: [],
                madeAt: start
            )
        }
        let doctor = Doctor(
            id: DoctorID(trusted: "d"),
            name: "BS. \"An\"; Nguyễn, \\ Văn",
            hospital: SiteID(trusted: "h"),
            specialties: [],
            languages: []
        )
        let site = String(repeating: "Trạm y tế xã Cổ Loa, ", count: 8)
        let bookings = [
            booking("a", 0, .confirmed), booking("b", 2, .offered), booking("c", 4, .cancelled),
        ]
        let feed = try BusyCalendar(
            CalendarFeed.write(bookings, of: doctor) { _ in site },
            from: start,
            until: start + .hours(24)
        )
        #expect(feed.busy.map { ($0.from - start) } == [.zero, .hours(2)])
        #expect(feed.events == 3 && feed.free == 1)
        for (booking, isBusy) in zip(bookings, [true, true, false]) {
            let invitation = try BusyCalendar(
                CalendarFeed.invitation(
                    to: booking,
                    doctorName: doctor.name,
                    siteName: site,
                    api: "https://consult.example.vn/api/v1"
                ),
                from: start,
                until: start + .hours(24)
            )
            #expect(invitation.busy.isEmpty != isBusy)
        }
    }
}
