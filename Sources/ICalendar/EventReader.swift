import CICal
import Vocabulary

/// Reads the times of one VEVENT after the other, and gathers what is not understood.
struct EventReader {
    /// Repetitions are followed until here.
    let until: Instant
    /// How far local time is ahead of UTC.
    let offset: Duration
    private(set) var problems: [String] = []
    private var number = 0

    /// Most problems that are named.
    private static let problemLimit = 20
    /// Properties that say when an event is.
    private static let timed = [
        "DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RECURRENCE-ID", "STATUS", "TRANSP",
    ]

    init(until: Instant, offset: Duration) {
        self.until = until
        self.offset = offset
    }

    /// The event's times; none when something in it is not understood.
    mutating func event(_ component: OpaquePointer) -> CalendarEvent {
        number += 1
        let problemsBefore = problems.count
        unsafe checkErrors(component)
        unsafe checkUnread(component)
        let start = unsafe time(component, ICAL_DTSTART_PROPERTY, "DTSTART")
        if start == nil { fail("DTSTART is missing or not understood") }
        let replaces = unsafe time(component, ICAL_RECURRENCEID_PROPERTY, "RECURRENCE-ID")
        let length = unsafe length(component)
        var starts: [Instant] = []
        if let start, problems.count == problemsBefore {
            let without = unsafe exceptions(component)
            starts = unsafe repetitions(component, start).filter { !without.contains($0) }
        }
        return CalendarEvent(
            uid: unsafe icalcomponent_get_uid(component).map { unsafe String(cString: $0) }
                ?? "event \(number)",
            keepsTime: unsafe keepsTime(component),
            length: length,
            starts: starts,
            replaces: replaces
        )
    }

    private mutating func fail(_ what: String) {
        guard problems.count < EventReader.problemLimit else { return }
        problems.append("event \(number): \(what)")
    }

    /// What libical could not read stands in the component as an error; only times matter here.
    private mutating func checkErrors(_ component: OpaquePointer) {
        unsafe EventReader.each(component, ICAL_XLICERROR_PROPERTY) { property in
            guard let text = unsafe icalproperty_get_xlicerror(property) else { return }
            let words = unsafe String(cString: text).split(separator: " ").map(String.init)
            if let name = words.first(where: EventReader.timed.contains) {
                fail("\(name) cannot be read")
            }
        }
    }

    /// Refuses by name what would change the times and is not followed.
    private mutating func checkUnread(_ component: OpaquePointer) {
        for (kind, name) in [(ICAL_RDATE_PROPERTY, "RDATE"), (ICAL_EXRULE_PROPERTY, "EXRULE")]
        where unsafe icalcomponent_count_properties(component, kind) > 0 {
            fail("\(name) is not understood")
        }
        if unsafe icalcomponent_count_properties(component, ICAL_RRULE_PROPERTY) > 1 {
            fail("more than one RRULE is not understood")
        }
        unsafe EventReader.each(component, ICAL_RECURRENCEID_PROPERTY) { property in
            if unsafe icalproperty_get_first_parameter(property, ICAL_RANGE_PARAMETER) != nil {
                fail("RECURRENCE-ID with RANGE is not understood")
            }
        }
    }

    private func keepsTime(_ component: OpaquePointer) -> Bool {
        guard unsafe icalcomponent_get_status(component) != ICAL_STATUS_CANCELLED else {
            return false
        }
        guard
            let property = unsafe icalcomponent_get_first_property(
                component,
                ICAL_TRANSP_PROPERTY
            )
        else { return true }
        let transparency = unsafe icalproperty_get_transp(property)
        return transparency != ICAL_TRANSP_TRANSPARENT
            && transparency != ICAL_TRANSP_TRANSPARENTNOCONFLICT
    }

    // MARK: Times

    /// The property's time, or nil when there is none or it is not understood.
    private mutating func time(
        _ component: OpaquePointer,
        _ kind: icalproperty_kind,
        _ name: String
    ) -> Instant? {
        guard let property = unsafe icalcomponent_get_first_property(component, kind) else {
            return nil
        }
        return unsafe time(of: property, component, name)
    }

    private mutating func time(
        of property: OpaquePointer,
        _ component: OpaquePointer,
        _ name: String
    ) -> Instant? {
        let time = unsafe icalproperty_get_datetime_with_component(property, component)
        guard unsafe EventReader.exists(time) else {
            fail("\(name) is no date or time that exists")
            return nil
        }
        if unsafe time.zone == nil, unsafe time.is_date == 0,
            unsafe icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER) != nil
        {
            fail("\(name) is in a time zone that is not known; export its VTIMEZONE too")
            return nil
        }
        return unsafe instant(time)
    }

    /// The instant of a time in its own zone; a time without one, and a day, are local.
    private func instant(_ time: icaltimetype) -> Instant {
        if unsafe time.zone != nil, unsafe time.is_date == 0 {
            return Instant(seconds: Int64(unsafe icaltime_as_timet_with_zone(time, time.zone)))
        }
        let civil = unsafe icaltime_as_timet_with_zone(time, icaltimezone_get_utc_timezone())
        return Instant(seconds: Int64(civil)) - offset
    }

    private static func exists(_ time: icaltimetype) -> Bool {
        let (year, month) = unsafe (Int(time.year), Int(time.month))
        guard (1970...2500).contains(year), (1...12).contains(month),
            unsafe (1...CivilTime.days(inMonth: month, of: year)).contains(Int(time.day))
        else { return false }
        return unsafe time.is_date != 0
            || ((0...23).contains(time.hour) && (0...59).contains(time.minute)
                && (0...60).contains(time.second))
    }

    /// How long the event lasts: by its end or length, a day for a day, else no time at all.
    private mutating func length(_ component: OpaquePointer) -> Duration {
        if unsafe icalcomponent_count_properties(component, ICAL_DTEND_PROPERTY) > 0 {
            let end = unsafe time(component, ICAL_DTEND_PROPERTY, "DTEND")
            let start = unsafe icalcomponent_get_dtstart(component)
            guard let end, unsafe EventReader.exists(start) else { return .zero }
            let length = unsafe end - instant(start)
            if length < .zero { fail("DTEND comes before DTSTART") }
            return length
        }
        if unsafe icalcomponent_count_properties(component, ICAL_DURATION_PROPERTY) > 0 {
            let duration = unsafe icalcomponent_get_duration(component)
            let seconds = Int(icaldurationtype_as_int(duration))
            if seconds < 0 { fail("DURATION is negative") }
            return .seconds(seconds)
        }
        return unsafe icalcomponent_get_dtstart(component).is_date != 0 ? .hours(24) : .zero
    }

    // MARK: Repetitions

    private mutating func exceptions(_ component: OpaquePointer) -> Set<Instant> {
        var exceptions: Set<Instant> = []
        unsafe EventReader.each(component, ICAL_EXDATE_PROPERTY) { property in
            if let time = unsafe time(of: property, component, "EXDATE") {
                exceptions.insert(time)
            }
        }
        return exceptions
    }

    private mutating func repetitions(_ component: OpaquePointer, _ start: Instant) -> [Instant] {
        guard let property = unsafe icalcomponent_get_first_property(component, ICAL_RRULE_PROPERTY)
        else { return [start] }
        let text = unsafe icalproperty_get_value_as_string(property)
        let rule = unsafe text.map { unsafe String(cString: $0) } ?? ""
        if let part = RuleParts.notUnderstood(in: rule) {
            fail("RRULE with \(part) is not understood")
            return []
        }
        let first = unsafe icalcomponent_get_dtstart(component)
        guard
            let iterator = unsafe icalrecur_iterator_new(icalproperty_get_rrule(property), first)
        else {
            fail("RRULE never comes true")
            return []
        }
        defer { unsafe icalrecur_iterator_free(iterator) }
        var starts: [Instant] = []
        for _ in 0..<BusyCalendar.repetitionLimit {
            var next = unsafe icalrecur_iterator_next(iterator)
            guard unsafe icaltime_is_null_time(next) == 0 else { return starts }
            unsafe next.zone = unsafe first.zone
            let start = unsafe instant(next)
            guard start < until else { return starts }
            starts.append(start)
        }
        fail("RRULE repeats more than \(BusyCalendar.repetitionLimit) times; let it begin later")
        return []
    }

    private static func each(
        _ component: OpaquePointer,
        _ kind: icalproperty_kind,
        _ body: (OpaquePointer) -> Void
    ) {
        var next = unsafe icalcomponent_get_first_property(component, kind)
        while let property = unsafe next {
            unsafe body(property)
            unsafe next = icalcomponent_get_next_property(component, kind)
        }
    }
}
