public import Vocabulary

/// When somebody's own calendar is busy, read from an iCalendar object (RFC 5545) by libical.
///
/// Events that keep time (not cancelled, not transparent) become spans, repetitions included; what
/// is no event keeps no time. What is not understood is named, and then nothing is taken in. No
/// text of an event is looked at or repeated.
public struct BusyCalendar: Sendable, Equatable {
    /// One span of time, half-open.
    public struct Span: Sendable, Equatable {
        /// Its first instant.
        public let from: Instant
        /// The first instant after it.
        public let until: Instant

        /// A span between two instants.
        public init(from: Instant, until: Instant) {
            self.from = from
            self.until = until
        }
    }

    /// Most events that one calendar may have.
    public static let eventLimit = 5_000
    /// Most times that one event is followed from its beginning.
    public static let repetitionLimit = 20_000

    /// When the calendar is busy, in order; spans that touch or overlap are one.
    public let busy: [Span]
    /// How many events there are.
    public let events: Int
    /// How many of them keep no time: cancelled, or shown as free.
    public let free: Int

    /// Reads a calendar.
    ///
    /// Spans are clipped to the half-open range. Times without a zone, and whole days, are local
    /// ones: `offset` is how far local time is ahead of UTC.
    public init(
        _ text: String,
        from start: Instant,
        until end: Instant,
        offset: Duration = .hours(7)
    ) throws(BusyCalendarError) {
        let calendar = try CalendarText(text)
        var reader = EventReader(until: end, offset: offset)
        let events = try calendar.events(&reader)
        self.events = events.count
        free = events.count { !$0.keepsTime }
        busy = BusyCalendar.joined(BusyCalendar.spans(of: events), from: start, until: end)
    }

    /// Every time that an event keeps, but for those of a series that another event replaces.
    private static func spans(of events: [CalendarEvent]) -> [Span] {
        var replaced: [String: Set<Instant>] = [:]
        for event in events {
            if let instance = event.replaces { replaced[event.uid, default: []].insert(instance) }
        }
        return events.filter(\.keepsTime).flatMap { event in
            let gone = event.replaces == nil ? replaced[event.uid] ?? [] : []
            return event.starts.filter { !gone.contains($0) }.map {
                Span(from: $0, until: $0 + event.length)
            }
        }
    }

    private static func joined(_ spans: [Span], from start: Instant, until end: Instant) -> [Span] {
        var joined: [Span] = []
        for span in spans.sorted(by: { $0.from < $1.from }) {
            let from = max(span.from, start)
            let until = min(span.until, end)
            guard from < until else { continue }
            if let last = joined.last, from <= last.until {
                joined[joined.count - 1] = Span(from: last.from, until: max(last.until, until))
            } else {
                joined.append(Span(from: from, until: until))
            }
        }
        return joined
    }
}

/// Why a calendar was not taken in: every place that is not understood, by the event's number.
public struct BusyCalendarError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence a place, without any text of the calendar but names of rules and zones.
    public let problems: [String]

    /// The sentences, with semicolons between.
    public var description: String { problems.joined(separator: "; ") }
}

/// One event as far as its times go.
struct CalendarEvent {
    /// What joins the events of one series.
    let uid: String
    /// Whether it is neither cancelled nor transparent.
    let keepsTime: Bool
    /// How long each time lasts.
    let length: Duration
    /// When it begins, each time, exceptions left out.
    let starts: [Instant]
    /// The beginning of the series' instance that it stands for.
    let replaces: Instant?
}
