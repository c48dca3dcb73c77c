public import Vocabulary

/// A window of every week, in local time (UTC+7), half-open.
public struct WeeklyWindow: Codable, Sendable, Equatable {
    /// ISO weekday, 1 Monday … 7 Sunday.
    public var weekday: Int
    /// Minutes after local midnight at which it opens, 0…1439.
    public var fromMinute: Int
    /// Minutes after local midnight at which it closes; beyond 1440 crosses midnight.
    public var untilMinute: Int

    /// A weekly window.
    public init(weekday: Int, fromMinute: Int, untilMinute: Int) {
        self.weekday = weekday
        self.fromMinute = fromMinute
        self.untilMinute = untilMinute
    }
}

/// One window by date: an exception to the weekly rules, or time on call.
public struct DatedWindow: Codable, Sendable, Equatable {
    /// Its first instant.
    public var from: Instant
    /// The first instant after it.
    public var until: Instant

    /// A window between two instants.
    public init(from: Instant, until: Instant) {
        self.from = from
        self.until = until
    }

    /// Whether the instant lies in it.
    public func contains(_ instant: Instant) -> Bool {
        from <= instant && instant < until
    }
}

/// When a doctor can be booked, and when the doctor is on call.
///
/// - Bookable: the weekly windows without absences and public holidays, and the additions; nothing
///   of it while the doctor's own calendar is busy.
/// - On call: the dated windows as they stand, and the repeating ones without absences. Holidays
///   do not end duty, and a private calendar does not either.
public struct Availability: Sendable, Equatable {
    /// The windows of every week.
    public var weekly: [WeeklyWindow]
    /// Dates on which what repeats does not hold: leave, congresses.
    public var absences: [DatedWindow]
    /// Windows beyond the weekly ones.
    public var additions: [DatedWindow]
    /// When the doctor is on call, by date.
    public var onCall: [DatedWindow]
    /// When the doctor is on call, every week.
    public var weeklyOnCall: [WeeklyWindow]
    /// When the doctor is on call, every so many days.
    public var rotas: [OnCallRota]
    /// When the doctor's own calendar is busy, as it was read last.
    public var busy: [DatedWindow]
    /// Whether the weekly windows hold on public holidays too.
    public var worksHolidays: Bool
    /// The public holidays as the roster knows them; no part of the record.
    var holidays = HolidayCalendar()

    /// A doctor's availability.
    public init(
        weekly: [WeeklyWindow] = [],
        absences: [DatedWindow] = [],
        additions: [DatedWindow] = [],
        onCall: [DatedWindow] = [],
        weeklyOnCall: [WeeklyWindow] = [],
        rotas: [OnCallRota] = [],
        busy: [DatedWindow] = [],
        worksHolidays: Bool = false
    ) {
        self.weekly = weekly
        self.absences = absences
        self.additions = additions
        self.onCall = onCall
        self.weeklyOnCall = weeklyOnCall
        self.rotas = rotas
        self.busy = busy
        self.worksHolidays = worksHolidays
    }
}

extension Availability: Codable {
    private enum Key: String, CodingKey {
        case weekly
        case absences
        case additions
        case onCall
        case weeklyOnCall
        case rotas
        case busy
        case worksHolidays
    }

    /// Decodes a record; what came later than the first four members may be absent.
    public init(from decoder: any Decoder) throws {
        let record = try decoder.container(keyedBy: Key.self)
        self.init(
            weekly: try record.decode([WeeklyWindow].self, forKey: .weekly),
            absences: try record.decode([DatedWindow].self, forKey: .absences),
            additions: try record.decode([DatedWindow].self, forKey: .additions),
            onCall: try record.decode([DatedWindow].self, forKey: .onCall),
            weeklyOnCall: try record.decodeIfPresent([WeeklyWindow].self, forKey: .weeklyOnCall)
                ?? [],
            rotas: try record.decodeIfPresent([OnCallRota].self, forKey: .rotas) ?? [],
            busy: try record.decodeIfPresent([DatedWindow].self, forKey: .busy) ?? [],
            worksHolidays: try record.decodeIfPresent(Bool.self, forKey: .worksHolidays) ?? false
        )
    }

    /// Encodes the record.
    public func encode(to encoder: any Encoder) throws {
        var record = encoder.container(keyedBy: Key.self)
        try record.encode(weekly, forKey: .weekly)
        try record.encode(absences, forKey: .absences)
        try record.encode(additions, forKey: .additions)
        try record.encode(onCall, forKey: .onCall)
        try record.encode(weeklyOnCall, forKey: .weeklyOnCall)
        try record.encode(rotas, forKey: .rotas)
        try record.encode(busy, forKey: .busy)
        try record.encode(worksHolidays, forKey: .worksHolidays)
    }
}
