import Vocabulary

/// A doctor's windows of a few days, worked out once: sorted and joined.
///
/// It says what `Availability` says, for which every search would walk through weeks and
/// exceptions again for each doctor. Outside its days it asks the availability itself.
final class Duty: Sendable {
    /// Local days that are worked out, today first: most starts lie there.
    static let length = 3

    private let from: Instant
    private let until: Instant
    /// What can be booked, in order; windows that touch are one.
    let windows: [DatedWindow]
    /// When the doctor is on call, in the same way.
    let onCall: [DatedWindow]
    /// When a window opens, bookable or on call, in order, and the first opening thereafter.
    private let openings: [Instant]
    private let firstDay: Int
    private let minutes: [Int]
    private let availability: Availability

    /// The windows of `day` and the next ones; nothing is worked out without a day.
    init(_ availability: Availability, from day: Int?) {
        self.availability = availability
        guard let day else {
            firstDay = 0
            from = .distantPast
            until = .distantPast
            windows = []
            onCall = []
            openings = []
            minutes = []
            return
        }
        let midnight = LocalTime.midnight(ofDay: day)
        let end = LocalTime.midnight(ofDay: day + Duty.length)
        let openings = Duty.openings(availability, from: midnight, until: end)
        firstDay = day
        from = midnight
        until = end
        self.openings = openings
        let starts = [midnight] + openings.filter { $0 < end }
        windows = Duty.joined(starts, until: end) { availability.bookableUntil(from: $0) }
        onCall = Duty.joined(starts, until: end) { availability.onCallUntil(from: $0) }
        minutes = (0..<Duty.length).map { availability.bookableMinutes(onDay: day + $0) }
    }

    /// Whether it is about this availability and begins on this day.
    func isOf(_ availability: Availability, from day: Int?) -> Bool {
        self.availability == availability && day == firstDay && !minutes.isEmpty
    }

    /// Whether every instant of the half-open range can be booked.
    func covers(from start: Instant, until end: Instant) -> Bool {
        guard from <= start, end <= until else {
            return availability.covers(from: start, until: end)
        }
        return Duty.hold(windows, start, end)
    }

    /// Whether every instant of the half-open range is on the on-call roster.
    func isOnCall(from start: Instant, until end: Instant) -> Bool {
        guard from <= start, end <= until else {
            return availability.isOnCall(from: start, until: end)
        }
        return Duty.hold(onCall, start, end)
    }

    /// The first instant after `instant` at which a window opens, bookable or on call.
    func nextOpening(after instant: Instant) -> Instant? {
        guard from <= instant, instant < until else {
            return availability.nextOpening(after: instant)
        }
        for opening in openings where opening > instant { return opening }
        return nil
    }

    /// Minutes that can be booked on a local day.
    func bookableMinutes(onDay day: Int) -> Int {
        minutes.indices.contains(day - firstDay)
            ? minutes[day - firstDay] : availability.bookableMinutes(onDay: day)
    }

    private static func openings(
        _ availability: Availability,
        from start: Instant,
        until end: Instant
    ) -> [Instant] {
        var openings: [Instant] = []
        var last = start
        while last < end, let next = availability.nextOpening(after: last) {
            openings.append(next)
            last = next
        }
        return openings
    }

    /// The windows that begin at these instants; what the last of the days cuts off is not followed.
    private static func joined(
        _ starts: [Instant],
        until end: Instant,
        _ closing: (Instant) -> Instant?
    ) -> [DatedWindow] {
        var windows: [DatedWindow] = []
        for start in starts where windows.last.map({ $0.until < start }) ?? true {
            var until = start
            while until < end, let next = closing(until) { until = next }
            if start < until { windows.append(DatedWindow(from: start, until: until)) }
        }
        return windows
    }

    /// Whether one of the windows, which are in order and do not touch, holds the whole range.
    private static func hold(_ windows: [DatedWindow], _ start: Instant, _ end: Instant) -> Bool {
        for window in windows where window.until > start {
            return window.from <= start && end <= window.until
        }
        return start >= end
    }
}
