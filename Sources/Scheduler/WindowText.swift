import Vocabulary

/// Windows as the tables write them: `5 22:00-06:00`, and `from/until` in RFC 3339 or by dates.
enum WindowText {
    /// Reads a weekly window; one that ends at or before its start crosses midnight.
    static func weekly(_ text: String) -> WeeklyWindow? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let weekday = Int(parts[0]), (1...7).contains(weekday) else {
            return nil
        }
        let times = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        guard times.count == 2, let from = minute(times[0]), let until = minute(times[1]),
            from < 1_440, from != until
        else { return nil }
        return WeeklyWindow(
            weekday: weekday,
            fromMinute: from,
            untilMinute: until > from ? until : until + 1_440
        )
    }

    /// Writes a weekly window.
    static func write(_ window: WeeklyWindow) -> String {
        let until =
            window.untilMinute > 1_440 ? window.untilMinute - 1_440 : window.untilMinute
        return "\(window.weekday) \(clock(window.fromMinute))-\(clock(until))"
    }

    /// Reads a dated window; a date alone is its whole local day, and two dates are both and all
    /// days between.
    static func dated(_ text: String) -> DatedWindow? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let days = parts.compactMap { LocalTime.day(String($0)) }
        if (1...2).contains(parts.count), days.count == parts.count, let first = days.first,
            let last = days.last
        {
            guard first <= last else { return nil }
            return DatedWindow(
                from: LocalTime.midnight(ofDay: first),
                until: LocalTime.midnight(ofDay: last + 1)
            )
        }
        guard parts.count == 2, let from = Instant(rfc3339: String(parts[0])),
            let until = Instant(rfc3339: String(parts[1])), from < until
        else { return nil }
        return DatedWindow(from: from, until: until)
    }

    /// Writes a dated window.
    static func write(_ window: DatedWindow) -> String {
        "\(window.from.rfc3339)/\(window.until.rfc3339)"
    }

    private static func clock(_ minute: Int) -> String {
        "\(twoDigits(minute / 60)):\(twoDigits(minute % 60))"
    }

    /// Minutes after midnight, 00:00 to 24:00.
    private static func minute(_ text: Substring) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
        let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int($0) - 48 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let hour = digits[0] * 10 + digits[1]
        let minute = digits[2] * 10 + digits[3]
        guard minute < 60, hour < 24 || (hour == 24 && minute == 0) else { return nil }
        return hour * 60 + minute
    }
}
