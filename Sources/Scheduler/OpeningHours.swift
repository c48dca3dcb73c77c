public import Vocabulary

/// Dates on which a site's weekly hours do not hold.
public struct OpeningExceptions: Codable, Sendable, Equatable {
    /// When it is closed although the week says otherwise: holidays, storms, building works.
    public var closures: [DatedWindow]
    /// When it is open beyond the week.
    public var additions: [DatedWindow]

    /// Closures and additions.
    public init(closures: [DatedWindow] = [], additions: [DatedWindow] = []) {
        self.closures = closures
        self.additions = additions
    }
}

/// When a site holds planned consults; what presses is not asked, see `SiteOpenRule`.
public struct OpeningHours: Codable, Sendable, Equatable {
    /// The windows of every week; nil around the clock.
    public var weekly: [WeeklyWindow]?
    /// When it is closed all the same.
    public var closures: [DatedWindow]
    /// When it is open beyond the week.
    public var additions: [DatedWindow]

    /// Hours; around the clock unless something else is said.
    public init(
        weekly: [WeeklyWindow]? = nil,
        closures: [DatedWindow] = [],
        additions: [DatedWindow] = []
    ) {
        self.weekly = weekly
        self.closures = closures
        self.additions = additions
    }

    /// The same as availability; nil around the clock without exception.
    var availability: Availability? {
        guard weekly != nil || !closures.isEmpty else { return nil }
        return Availability(
            weekly: weekly ?? OpeningHours.always,
            absences: closures,
            additions: additions,
            worksHolidays: true
        )
    }

    /// Throws the first part that is wrong, by the limits of doctors' hours.
    public func check() throws(AvailabilityError) {
        do {
            try Availability(weekly: weekly ?? [], absences: closures, additions: additions)
                .check()
        } catch {
            let part = error.part
            throw AvailabilityError(
                part: part.hasPrefix("absences") ? "closures" + part.dropFirst(8) : part,
                expectation: error.expectation
            )
        }
    }

    /// Whether planned consults are held for all of the half-open range.
    public func hold(from start: Instant, until end: Instant) -> Bool {
        availability?.covers(from: start, until: end) ?? true
    }

    /// Of the bookings ahead, all of planned consults, those that these hours hold and `next` do not,
    /// by start.
    public func strands(
        _ bookings: [Booking],
        under next: OpeningHours,
        at now: Instant
    ) -> [Booking] {
        bookings.filter { booking in
            booking.isAhead(at: now) && hold(from: booking.start, until: booking.end)
                && !next.hold(from: booking.start, until: booking.end)
        }
        .sorted { ($0.start, $0.id) < ($1.start, $1.id) }
    }

    /// Every day and beyond its end, so that no consult falls between two.
    private static let always = (1...7).map {
        WeeklyWindow(weekday: $0, fromMinute: 0, untilMinute: 2_880)
    }
}

extension Site {
    /// The hours of the record.
    public var openingHours: OpeningHours {
        get {
            OpeningHours(
                weekly: opening,
                closures: openingExceptions?.closures ?? [],
                additions: openingExceptions?.additions ?? []
            )
        }
        set {
            opening = newValue.weekly
            let exceptions = OpeningExceptions(
                closures: newValue.closures,
                additions: newValue.additions
            )
            openingExceptions = exceptions == OpeningExceptions() ? nil : exceptions
        }
    }

    /// The hours as availability; nil around the clock.
    var hours: Availability? { openingHours.availability }

    /// Whether planned consults are held there for all of the half-open range.
    public func isOpen(from start: Instant, until end: Instant) -> Bool {
        openingHours.hold(from: start, until: end)
    }

    /// The record of a table with the exceptions as they were before, and with the weekly hours
    /// when the table has no column for them.
    public func keepingHours(of before: Site, hasOpening: Bool) -> Site {
        var site = self
        if !hasOpening { site.opening = before.opening }
        site.openingExceptions = before.openingExceptions
        return site
    }
}

extension SiteTable {
    /// Whether the table says anything of opening hours.
    public static func hasOpening(_ text: String) -> Bool {
        text.prefix { !$0.isNewline }.split(separator: ",").contains { $0 == "opening" }
    }
}
