import Scheduler
import Testing
import Vocabulary

@Suite struct CalendarFeedTests {
    private func feed(_ bookings: [Booking], site: String = "Trạm A") -> [String] {
        let text = CalendarFeed.write(bookings, of: Register.doctor()) { _ in site }
        #expect(text.hasSuffix("END:VCALENDAR\r\n"))
        return text.split(separator: "\r\n").map(String.init)
    }

    @Test func `a booking is an event with stable uid, UTC times and no patient`() {
        let lines = feed([Register.booking("b-1", from: Register.morning)])
        #expect(lines.first == "BEGIN:VCALENDAR")
        #expect(lines.contains("UID:b-1@telehealth"))
        #expect(lines.contains("DTSTART:20261120T010000Z"))
        #expect(lines.contains("DTEND:20261120T013000Z"))
        #expect(lines.contains("SUMMARY:Consult with Trạm A"))
        #expect(lines.contains("STATUS:CONFIRMED"))
        #expect(!lines.contains { $0.contains("somebody") })
    }

    @Test func `the state says how sure an event is, and what was declined is left out`() {
        func status(_ state: BookingState) -> String? {
            feed([Register.booking(from: Register.morning, state: state)])
                .first { $0.hasPrefix("STATUS:") }
        }
        #expect(status(.offered) == "STATUS:TENTATIVE")
        #expect(status(.inSession) == "STATUS:CONFIRMED")
        #expect(status(.cancelled) == "STATUS:CANCELLED")
        #expect(status(.declined) == nil)
        #expect(feed([Register.booking(doctor: "other", from: Register.morning)]).count == 9)
    }

    @Test func `an interpreter's feed has bookings that a doctor has agreed to, and no others`() {
        let interpreter = Interpreter(
            id: InterpreterID(trusted: "int-1"),
            name: "Vàng Thị Mai",
            languages: [.hmong, .vietnamese]
        )
        func events(_ interpreters: [String], hasSession: Bool) -> Int {
            var booking = Register.booking("b-1", from: Register.morning)
            booking.claims = interpreters.map {
                Claim(on: .interpreter(InterpreterID(trusted: $0)))
            }
            booking.session = hasSession ? SessionID(trusted: "ses-1") : nil
            let text = CalendarFeed.write([booking], of: interpreter) { _ in "Trạm A" }
            #expect(text.contains("X-WR-CALNAME:Vàng Thị Mai"))
            #expect(!text.contains("somebody"))
            return text.split(separator: "\r\n").count { $0 == "BEGIN:VEVENT" }
        }
        #expect(events(["int-1"], hasSession: true) == 1)
        #expect(events(["int-1"], hasSession: false) == 0)
        #expect(events(["int-2"], hasSession: true) == 0)
    }

    @Test func `text is escaped`() {
        let lines = feed([Register.booking(from: Register.morning)], site: "A, B; \\C\nD\r")
        #expect(lines.contains(#"LOCATION:A\, B\; \\C\nD"#))
    }

    @Test func `lines are folded at 75 octets between characters and unfold to the same`() {
        for length in [66, 67, 68, 200] {
            let name = String(repeating: "x", count: length)
            let lines = feed([Register.booking(from: Register.morning)], site: name)
            #expect(lines.allSatisfy { $0.utf8.count <= 75 })
            let place = lines.firstIndex { $0.hasPrefix("LOCATION:") } ?? 0
            let isFolded = lines[place + 1].hasPrefix(" ")
            #expect(isFolded == (length > 66), "LOCATION: and \(length) octets")
        }
        let name = String(repeating: "ệ", count: 100)
        let lines = feed([Register.booking(from: Register.morning)], site: name)
        #expect(lines.allSatisfy { $0.utf8.count <= 75 })
        let unfolded = lines.joined(separator: "\r\n").split(separator: "\r\n ").joined()
        #expect(unfolded.contains("LOCATION:\(name)"))
    }

    @Test func `an invitation names doctor and site, keeps the feed's UID, and no patient`() {
        func lines(_ state: BookingState) -> [String] {
            let text = CalendarFeed.invitation(
                to: Register.booking("b-1", from: Register.morning, state: state),
                doctorName: "BS. \"An\": Nguyễn",
                siteName: "Trạm A",
                api: "https://x.vn/api/v1"
            )
            let unfolded = text.split(separator: "\r\n ", omittingEmptySubsequences: false).joined()
            return unfolded.split(separator: "\r\n").map(String.init)
        }
        let invited = lines(.offered)
        #expect(invited.contains("METHOD:REQUEST") && invited.contains("UID:b-1@telehealth"))
        #expect(invited.contains("ORGANIZER;CN=telehealth:https://x.vn/api/v1"))
        let attendees = invited.filter { $0.hasPrefix("ATTENDEE") }
        #expect(
            attendees == [
                "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;"
                    + "CN=\"BS. 'An': Nguyễn\":https://x.vn/api/v1/doctors/doctor",
                "ATTENDEE;CUTYPE=GROUP;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;"
                    + "CN=\"Trạm A\":https://x.vn/api/v1/sites/clinic",
            ]
        )
        #expect(!invited.joined().contains("somebody"))
        #expect(lines(.confirmed).joined().contains("PARTSTAT=ACCEPTED;CN=\"BS"))
        for state in [BookingState.cancelled, .noShow, .declined, .expired] {
            #expect(lines(state).contains("METHOD:CANCEL"), "\(state)")
            #expect(lines(state).contains("STATUS:CANCELLED"), "\(state)")
        }
    }
}
