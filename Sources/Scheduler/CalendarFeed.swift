public import Vocabulary

/// A doctor's bookings as an iCalendar object (RFC 5545), for the calendar they use already.
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
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//telehealth//booking feed//EN",
            "CALSCALE:GREGORIAN", "METHOD:PUBLISH", "X-WR-CALNAME:\(escaped(doctor.name))",
        ]
        for booking in bookings.sorted(by: { ($0.start, $0.id) < ($1.start, $1.id) }) {
            guard booking.doctor == doctor.id, let status = status(booking.state) else { continue }
            lines += event(booking, status, siteName(booking.site) ?? booking.site.rawValue)
        }
        lines.append("END:VCALENDAR")
        return lines.map { folded($0) + "\r\n" }.joined()
    }

    private static func event(_ booking: Booking, _ status: String, _ site: String) -> [String] {
        let changes = (booking.changedAt - booking.madeAt).wholeMilliseconds / 1_000
        return [
            "BEGIN:VEVENT",
            "UID:\(booking.id)@telehealth",
            "DTSTAMP:\(utc(booking.changedAt))",
            "LAST-MODIFIED:\(utc(booking.changedAt))",
            "SEQUENCE:\(min(max(changes, 0), 2_147_483_647))",
            "DTSTART:\(utc(booking.start))",
            "DTEND:\(utc(booking.end))",
            "SUMMARY:\(escaped("Consult with \(site)"))",
            "LOCATION:\(escaped(site))",
            "STATUS:\(status)",
            "TRANSP:\(status == "CANCELLED" ? "TRANSPARENT" : "OPAQUE")",
            "END:VEVENT",
        ]
    }

    private static func status(_ state: BookingState) -> String? {
        switch state {
        case .offered, .held: "TENTATIVE"
        case .confirmed, .checkedIn, .inSession, .fulfilled: "CONFIRMED"
        case .cancelled, .noShow: "CANCELLED"
        case .declined, .expired: nil
        }
    }

    /// `20261120T011530Z`; the seconds' fraction has no place in iCalendar.
    private static func utc(_ instant: Instant) -> String {
        let digits = instant.rfc3339.utf8.prefix(19).filter {
            $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":")
        }
        return String(decoding: digits, as: UTF8.self) + "Z"
    }

    /// TEXT of RFC 5545, 3.3.11: backslash, semicolon, comma and newline are escaped.
    private static func escaped(_ text: String) -> String {
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: ","):
                escaped += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): escaped += Array("\\n".utf8)
            // A bare carriage return, or any other control character, may not stand in TEXT.
            case 0..<0x20 where byte != UInt8(ascii: "\t"): continue
            case 0x7F: continue
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Lines of at most 75 octets, folded between characters: CRLF and a space (RFC 5545, 3.1).
    private static func folded(_ line: String) -> String {
        var folded = ""
        var octets = 0
        for scalar in line.unicodeScalars {
            let length = scalar.utf8.count
            if octets + length > 75 {
                folded += "\r\n "
                octets = 1
            }
            folded.unicodeScalars.append(scalar)
            octets += length
        }
        return folded
    }
}
