public import Vocabulary

/// The calendar that weekly windows are written in: UTC+7, which has no summer time.
public enum LocalTime {
    /// Milliseconds that local time is ahead of UTC.
    static let offset: Int64 = 7 * 3_600_000
    static let day: Int64 = 86_400_000

    /// Whole local days since 1970-01-01.
    public static func dayNumber(of instant: Instant) -> Int {
        let local = instant.milliseconds + offset
        return Int(local >= 0 ? local / day : (local - day + 1) / day)
    }

    /// The first instant of a local day.
    public static func midnight(ofDay number: Int) -> Instant {
        Instant(milliseconds: Int64(number) * day - offset)
    }

    /// The ISO weekday of a local day, 1 Monday … 7 Sunday; day 0 was a Thursday.
    public static func weekday(ofDay number: Int) -> Int {
        let remainder = (number + 3) % 7
        return (remainder < 0 ? remainder + 7 : remainder) + 1
    }

    /// The local time of day, `14:05`, for sentences that staff read.
    public static func clock(_ instant: Instant) -> String {
        let midnight = midnight(ofDay: dayNumber(of: instant))
        let minute = Int((instant - midnight).wholeMilliseconds) / 60_000
        return "\(twoDigits(minute / 60)):\(twoDigits(minute % 60))"
    }

    /// The local time of day, with the date when it is not on the local day of `now`.
    public static func clock(_ instant: Instant, seenAt now: Instant) -> String {
        let day = dayNumber(of: instant)
        guard day != dayNumber(of: now) else { return clock(instant) }
        return "\(date(ofDay: day)) \(clock(instant))"
    }

    /// The date of a local day, `2027-02-06`.
    public static func date(ofDay number: Int) -> String {
        let civil = CivilTime(Instant(milliseconds: Int64(number) * day))
        let year = String(civil.year)
        let zeros = String(repeating: "0", count: max(4 - year.count, 0))
        return "\(zeros)\(year)-\(twoDigits(civil.month))-\(twoDigits(civil.day))"
    }

    /// The local day of a date as `2027-02-06`, or nil when the text is none.
    public static func day(_ date: String) -> Int? {
        guard date.utf8.count == 10, let midnight = Instant(rfc3339: "\(date)T00:00:00+07:00")
        else { return nil }
        return dayNumber(of: midnight)
    }
}

func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : String(number)
}
