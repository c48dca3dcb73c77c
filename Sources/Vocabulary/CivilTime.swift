/// A date and a time of day in the proleptic Gregorian calendar, UTC.
///
/// The day arithmetic is Howard Hinnant's `days_from_civil` and `civil_from_days`, exact for
/// every year the project meets; no calendar library is asked, so pure targets may use it.
public struct CivilTime: Hashable, Sendable {
    /// Year, 1…9999.
    public let year: Int
    /// Month, 1…12.
    public let month: Int
    /// Day of the month, 1…31.
    public let day: Int
    /// Milliseconds since midnight, 0…86 399 999.
    public let millisecondOfDay: Int

    /// The UTC date and time of `instant`.
    public init(_ instant: Instant) {
        let day = Int(instant.milliseconds).floorDivided(by: 86_400_000)
        let shifted = day + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.millisecondOfDay = Int(instant.milliseconds) - day * 86_400_000
    }

    /// Days from 1970-01-01 to the given date; negative before it.
    public static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year.floorDivided(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// How many days the month has.
    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}

extension Int {
    /// Division that rounds towards negative infinity.
    package func floorDivided(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
