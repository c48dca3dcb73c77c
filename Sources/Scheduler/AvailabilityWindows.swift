public import Vocabulary

/// Which instants an availability covers: weekly windows without the absences, and the additions.
extension Availability {
    /// Whether every instant of the half-open range can be booked; windows that touch are one.
    public func covers(from start: Instant, until end: Instant) -> Bool {
        var covered = start
        while covered < end {
            guard let next = bookableUntil(from: covered) else { return false }
            covered = next
        }
        return true
    }

    /// Whether every instant of the half-open range is on the on-call roster.
    public func isOnCall(from start: Instant, until end: Instant) -> Bool {
        var covered = start
        while covered < end {
            guard let next = onCall.filter({ $0.contains(covered) }).map(\.until).max() else {
                return false
            }
            covered = next
        }
        return true
    }

    /// The first instant after `instant` at which a window opens, on call or bookable, within
    /// `horizon`; nil when none does.
    public func nextOpening(after instant: Instant, horizon: Duration = .hours(24 * 35)) -> Instant?
    {
        let limit = instant + horizon
        var next: Instant?
        func offer(_ candidate: Instant) {
            guard candidate > instant, candidate <= limit else { return }
            next = min(next ?? candidate, candidate)
        }
        for window in onCall + additions { offer(window.from) }
        for absence in absences { offer(absence.until) }
        var day = LocalTime.dayNumber(of: instant)
        let lastDay = LocalTime.dayNumber(of: limit)
        while day <= lastDay, !weekly.isEmpty {
            let midnight = LocalTime.midnight(ofDay: day)
            // Nothing on this day or later can come before what has been found.
            if let next, next < midnight { break }
            let weekday = LocalTime.weekday(ofDay: day)
            for window in weekly where window.weekday == weekday {
                offer(midnight + .minutes(window.fromMinute))
            }
            day += 1
        }
        return next
    }

    /// Minutes that can be booked on a local day, overlapping windows counted once each.
    public func bookableMinutes(onDay day: Int) -> Int {
        let weekday = LocalTime.weekday(ofDay: day)
        let midnight = LocalTime.midnight(ofDay: day)
        let weeklyMinutes = weekly.filter { $0.weekday == weekday }
            .filter { window in
                let from = midnight + .minutes(window.fromMinute)
                return !absences.contains { $0.contains(from) }
            }
            .reduce(0) { $0 + $1.untilMinute - $1.fromMinute }
        let added = additions.filter { LocalTime.dayNumber(of: $0.from) == day }
            .reduce(0) { $0 + Int(($1.until - $1.from).wholeMilliseconds / 60_000) }
        return weeklyMinutes + added
    }

    /// The end of the longest window that holds `instant`, or nil outside all of them.
    func bookableUntil(from instant: Instant) -> Instant? {
        var latest = additions.filter { $0.contains(instant) }.map(\.until).max()
        if !absences.contains(where: { $0.contains(instant) }),
            let window = weeklyWindowEnd(at: instant)
        {
            let absence = absences.map(\.from).filter { $0 > instant }.min()
            let end = min(window, absence ?? window)
            latest = max(latest ?? end, end)
        }
        return latest
    }

    private func weeklyWindowEnd(at instant: Instant) -> Instant? {
        let today = LocalTime.dayNumber(of: instant)
        var latest: Instant?
        // Yesterday's windows too: they may cross midnight.
        for day in [today - 1, today] {
            let midnight = LocalTime.midnight(ofDay: day)
            let weekday = LocalTime.weekday(ofDay: day)
            for window in weekly where window.weekday == weekday {
                let from = midnight + .minutes(window.fromMinute)
                let until = midnight + .minutes(window.untilMinute)
                if from <= instant, instant < until { latest = max(latest ?? until, until) }
            }
        }
        return latest
    }
}
