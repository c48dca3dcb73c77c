public import Vocabulary

/// A doctor's or an interpreter's bookings as an iCalendar object (RFC 5545), for the calendar they use already.
///
/// It names the site and the time, never the patient: feeds end up on other people's servers.
public enum CalendarFeed {
    /// Writes the feed.
    ///
    /// Offers are tentative; what was cancelled or missed is marked so; what the doctor declined
    /// or let run out is left out. A booking keeps its UID for ever, and its sequence number grows
    /// with each change.
    public static func write(
        _ bookings: [Booking],
        of doctor: Doctor,
        siteName: (SiteID) -> String?
    ) -> String {
        feed(bookings.filter { $0.doctors.contains(doctor.id) }, named: doctor.name, siteName)
    }

    /// Writes the feed of an interpreter, who hears of a booking once its doctor has said yes.
    public static func write(
        _ bookings: [Booking],
        of interpreter: Interpreter,
        siteName: (SiteID) -> String?
    ) -> String {
        let known = bookings.filter {
            $0.session != nil && $0.interpreters.contains(interpreter.id)
        }
        return feed(known, named: interpreter.name, siteName)
    }

    private static func feed(
        _ bookings: [Booking],
        named name: String,
        _ siteName: (SiteID) -> String?
    ) -> String {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//telehealth//booking feed//EN",
            "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
            "X-WR-CALNAME:\(CalendarLines.escaped(name))",
            // How often programs that subscribe are to look again (RFC 7986, 5.7, and the older way).
            "REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M",
        ]
        for booking in bookings.sorted(by: { ($0.start, $0.id) < ($1.start, $1.id) }) {
            guard let status = status(booking.state) else { continue }
            let site = siteName(booking.site) ?? booking.site.rawValue
            lines += event(booking, status, site, people: [])
        }
        return CalendarLines.text(lines + ["END:VCALENDAR"])
    }

    /// Writes one booking as an invitation of everybody who has part in it (RFC 5546): a request while
    /// it stands, a cancellation afterwards, under the UID that it has in the feed.
    ///
    /// The people's addresses are those of their records below `api`; nobody's mail is known here.
    public static func invitation(
        to booking: Booking,
        doctorName: String,
        siteName: String,
        names: (Claimant) -> String = { $0.id },
        api: String
    ) -> String {
        let standing = status(booking.state).flatMap { $0 == "CANCELLED" ? nil : $0 }
        let answer: String
        switch booking.state {
        case .offered, .held: answer = "NEEDS-ACTION"
        case .declined: answer = "DECLINED"
        case .confirmed, .checkedIn, .inSession, .fulfilled, .noShow, .cancelled, .expired:
            answer = "ACCEPTED"
        }
        let people = [
            "ORGANIZER;CN=telehealth:\(api)",
            "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=\(answer);"
                + "CN=\(CalendarLines.parameter(doctorName)):\(api)/doctors/\(booking.doctor)",
            "ATTENDEE;CUTYPE=GROUP;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;"
                + "CN=\(CalendarLines.parameter(siteName)):\(api)/sites/\(booking.site)",
        ]
        let others = booking.standing.map { attendee($0, name: names($0.on), api: api) }
        let lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//telehealth//booking//EN",
            "CALSCALE:GREGORIAN", "METHOD:\(standing == nil ? "CANCEL" : "REQUEST")",
        ]
        let event = event(booking, standing ?? "CANCELLED", siteName, people: people + others)
        return CalendarLines.text(lines + event + ["END:VCALENDAR"])
    }

    /// Somebody else who has part in the booking.
    private static func attendee(_ claim: Claim, name: String, api: String) -> String {
        let type = claim.site == nil ? "INDIVIDUAL" : "GROUP"
        let role = claim.isRequired ? "REQ-PARTICIPANT" : "OPT-PARTICIPANT"
        let answer = claim.state == .accepted ? "ACCEPTED" : "NEEDS-ACTION"
        return "ATTENDEE;CUTYPE=\(type);ROLE=\(role);PARTSTAT=\(answer);"
            + "CN=\(CalendarLines.parameter(name)):\(api)/\(claim.on.kind)s/\(claim.on.id)"
    }

    private static func event(
        _ booking: Booking,
        _ status: String,
        _ site: String,
        people: [String]
    ) -> [String] {
        let changes = (booking.changedAt - booking.madeAt).wholeMilliseconds / 1_000
        return [
            "BEGIN:VEVENT",
            "UID:\(booking.id)@telehealth",
            "DTSTAMP:\(CalendarLines.utc(booking.changedAt))",
            "LAST-MODIFIED:\(CalendarLines.utc(booking.changedAt))",
            "SEQUENCE:\(min(max(changes, 0), 2_147_483_647))",
            "DTSTART:\(CalendarLines.utc(booking.start))",
            "DTEND:\(CalendarLines.utc(booking.end))",
            "SUMMARY:\(CalendarLines.escaped("Consult with \(site)"))",
            "LOCATION:\(CalendarLines.escaped(site))",
            "STATUS:\(status)",
            "TRANSP:\(status == "CANCELLED" ? "TRANSPARENT" : "OPAQUE")",
        ] + people + ["END:VEVENT"]
    }

    private static func status(_ state: BookingState) -> String? {
        switch state {
        case .offered, .held: "TENTATIVE"
        case .confirmed, .checkedIn, .inSession, .fulfilled: "CONFIRMED"
        case .cancelled, .noShow: "CANCELLED"
        case .declined, .expired: nil
        }
    }
}
