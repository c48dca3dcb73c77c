import CICal

/// One VCALENDAR as libical holds it.
@safe
struct CalendarText: ~Copyable {
    private let root: OpaquePointer

    /// Parses the text; throws when it is no whole iCalendar object.
    init(_ text: String) throws(BusyCalendarError) {
        unsafe root = try CalendarText.parse(text)
    }

    private static func parse(_ text: String) throws(BusyCalendarError) -> OpaquePointer {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.uppercased() }
        // libical reads up to a zero byte or the first end, and says nothing about the rest.
        guard !text.utf8.contains(0), lines.first == "BEGIN:VCALENDAR",
            lines.last == "END:VCALENDAR", lines.count(where: { $0 == "BEGIN:VCALENDAR" }) == 1
        else { throw notWhole }
        icalerror_set_errors_are_fatal(0)
        guard let root = unsafe icalparser_parse_string(text) else { throw notWhole }
        guard unsafe icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT,
            unsafe Int(icalcomponent_count_components(root, ICAL_VEVENT_COMPONENT))
                == lines.count(where: { $0 == "BEGIN:VEVENT" })
        else {
            unsafe icalcomponent_free(root)
            throw notWhole
        }
        return unsafe root
    }

    deinit {
        unsafe icalcomponent_free(root)
    }

    /// Every event; throws all that is not understood in any of them.
    borrowing func events(
        _ reader: inout EventReader
    ) throws(BusyCalendarError) -> [CalendarEvent] {
        var events: [CalendarEvent] = []
        var next = unsafe icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT)
        while let component = unsafe next {
            guard events.count < BusyCalendar.eventLimit else {
                throw BusyCalendarError(
                    problems: ["at most \(BusyCalendar.eventLimit) events; export fewer days"]
                )
            }
            events.append(unsafe reader.event(component))
            unsafe next = icalcomponent_get_next_component(root, ICAL_VEVENT_COMPONENT)
        }
        guard reader.problems.isEmpty else { throw BusyCalendarError(problems: reader.problems) }
        return events
    }

    private static let notWhole = BusyCalendarError(
        problems: ["the text is not one whole VCALENDAR of RFC 5545"]
    )
}
