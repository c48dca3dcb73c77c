public import Vocabulary

/// Which instants an availability covers.
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
            guard let next = onCallUntil(from: covered) else { return false }
            covered = next
        }
        return true
    }

    /// Whether the instant is on the on-call roster.
    public func isOnCall(at instant: Instant) -> Bool { onCallUntil(from: instant) != nil }

    /// The first instant after `instant` at which a window opens, on call or bookable, within
    /// `horizon`; nil when none does.
    public func nextOpening(after instant: Instant, horizon: Duration = .hours(24 * 35)) -> Instant?
    {
        let limit = instant + horizon
        var next = instant
        while let candidate = nextChange(after: next, until: limit) {
            if bookableUntil(from: candidate) != nil || isOnCall(at: candidate) {
                return candidate
            }
            next = candidate
        }
        return nil
    }

    /// Minutes that can be booked on a local day, overlapping windows counted once each.
    public func bookableMinutes(onDay day: Int) -> Int {
        let weekday = LocalTime.weekday(ofDay: day)
        let midnight = LocalTime.midnight(ofDay: day)
        let weeklyMinutes = weekly.filter { $0.weekday == weekday }
            .filter { isWeekly(at: midnight + .minutes($0.fromMinute)) }
            .reduce(0) { $0 + $1.untilMinute - $1.fromMinute }
        let added = additions.filter { LocalTime.dayNumber(of: $0.from) == day }
            .reduce(0) { $0 + Int(($1.until - $1.from).wholeMilliseconds / 60_000) }
        return weeklyMinutes + added
    }

    /// The first instant after `instant` at which a window may open: one begins, or what closed
    /// it ends.
    private func nextChange(after instant: Instant, until limit: Instant) -> Instant? {
        var next: Instant?
        func offer(_ candidate: Instant?) {
            guard let candidate, candidate > instant, candidate <= limit else { return }
            next = min(next ?? candidate, candidate)
        }
        for window in onCall + additions { offer(window.from) }
        for closed in absences + busy { offer(closed.until) }
        if !worksHolidays { offer(holidays.end(of: instant)) }
        for rota in rotas { offer(rota.nextTurn(after: instant)) }
        let repeating = weeklyOnCall.isEmpty ? weekly : weekly + weeklyOnCall
        var day = LocalTime.dayNumber(of: instant)
        let lastDay = LocalTime.dayNumber(of: limit)
        while day <= lastDay, !repeating.isEmpty {
            let midnight = LocalTime.midnight(ofDay: day)
            // Nothing on this day or later can come before what has been found.
            if let next, next < midnight { break }
            let weekday = LocalTime.weekday(ofDay: day)
            for window in repeating where window.weekday == weekday {
                offer(midnight + .minutes(window.fromMinute))
            }
            // A window that crosses into holidays opens when they end.
            if !worksHolidays { offer(holidays.end(of: midnight)) }
            day += 1
        }
        return next
    }

    /// The end of the longest window that can be booked and holds `instant`, or nil outside all.
    func bookableUntil(from instant: Instant) -> Instant? {
        guard !busy.contains(where: { $0.contains(instant) }) else { return nil }
        var latest = additions.filter { $0.contains(instant) }.map(\.until).max()
        if isWeekly(at: instant), let window = weeklyEnd(of: weekly, at: instant) {
            var end = min(window, nextAbsence(after: instant) ?? window)
            if !worksHolidays { end = min(end, holidays.next(after: instant) ?? end) }
            latest = max(latest ?? end, end)
        }
        guard let latest else { return nil }
        return min(latest, busy.map(\.from).filter { $0 > instant }.min() ?? latest)
    }

    /// The end of the longest window on call that holds `instant`, or nil outside all of them.
    func onCallUntil(from instant: Instant) -> Instant? {
        var latest = onCall.filter { $0.contains(instant) }.map(\.until).max()
        guard !weeklyOnCall.isEmpty || !rotas.isEmpty,
            !absences.contains(where: { $0.contains(instant) })
        else { return latest }
        let turns = rotas.compactMap { $0.turn(at: instant)?.until }
        for window in turns + [weeklyEnd(of: weeklyOnCall, at: instant)].compactMap({ $0 }) {
            let end = min(window, nextAbsence(after: instant) ?? window)
            latest = max(latest ?? end, end)
        }
        return latest
    }

    /// Whether the weekly windows hold at the instant: neither absence nor holiday.
    private func isWeekly(at instant: Instant) -> Bool {
        guard !absences.contains(where: { $0.contains(instant) }) else { return false }
        return worksHolidays || holidays.end(of: instant) == nil
    }

    private func nextAbsence(after instant: Instant) -> Instant? {
        absences.map(\.from).filter { $0 > instant }.min()
    }

    private func weeklyEnd(of windows: [WeeklyWindow], at instant: Instant) -> Instant? {
        let today = LocalTime.dayNumber(of: instant)
        var latest: Instant?
        // Yesterday's windows too: they may cross midnight.
        for day in [today - 1, today] {
            let midnight = LocalTime.midnight(ofDay: day)
            let weekday = LocalTime.weekday(ofDay: day)
            for window in windows where window.weekday == weekday {
                let from = midnight + .minutes(window.fromMinute)
                let until = midnight + .minutes(window.untilMinute)
                if from <= instant, instant < until { latest = max(latest ?? until, until) }
            }
        }
        return latest
    }
}
