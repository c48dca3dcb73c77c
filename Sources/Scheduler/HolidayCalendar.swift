import Vocabulary

/// A public holiday: one local day (UTC+7) and its name.
public struct Holiday: Sendable, Equatable {
    /// The local day, counted from 1970-01-01.
    public let day: Int
    /// What is celebrated.
    public let name: String

    /// A holiday.
    public init(day: Int, name: String) {
        self.day = day
        self.name = name
    }

    /// The date, `2027-02-06`.
    public var date: String { LocalTime.date(ofDay: day) }
}

/// The public holidays of a deployment, on which weekly windows do not hold.
public struct HolidayCalendar: Sendable, Equatable {
    /// The holidays, by day.
    public let holidays: [Holiday]
    /// Days in a row as one window each, in order.
    private let windows: [DatedWindow]

    /// A calendar of holidays in any order; without any, every day is a working day.
    public init(_ holidays: [Holiday] = []) {
        self.holidays = holidays.sorted { ($0.day, $0.name) < ($1.day, $1.name) }
        var windows: [DatedWindow] = []
        for holiday in self.holidays {
            let from = LocalTime.midnight(ofDay: holiday.day)
            let until = LocalTime.midnight(ofDay: holiday.day + 1)
            if let last = windows.last, last.until >= from {
                windows[windows.count - 1].until = max(last.until, until)
            } else {
                windows.append(DatedWindow(from: from, until: until))
            }
        }
        self.windows = windows
    }

    /// The end of the holidays that hold the instant, or nil on a working day.
    func end(of instant: Instant) -> Instant? {
        let place = firstWindow(endingAfter: instant)
        guard place < windows.count, windows[place].contains(instant) else { return nil }
        return windows[place].until
    }

    /// The beginning of the first holidays after the instant, or nil when the calendar has none.
    func next(after instant: Instant) -> Instant? {
        var place = firstWindow(endingAfter: instant)
        if place < windows.count, windows[place].from <= instant { place += 1 }
        return place < windows.count ? windows[place].from : nil
    }

    private func firstWindow(endingAfter instant: Instant) -> Int {
        var low = 0
        var high = windows.count
        while low < high {
            let middle = (low + high) / 2
            if windows[middle].until <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Availability {
    /// The same, with the weekly windows closed on these holidays.
    public func knowing(_ holidays: HolidayCalendar) -> Availability {
        var availability = self
        availability.holidays = holidays
        return availability
    }
}

extension Doctor {
    /// The same record, whose weekly windows are closed on these holidays.
    func knowing(_ holidays: HolidayCalendar) -> Doctor {
        var doctor = self
        doctor.availability = availability.knowing(holidays)
        return doctor
    }
}
