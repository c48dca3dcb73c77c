import CareLoop
import EventLoop
import ICalendar
import Scheduler
import Store
import Vocabulary
import WebServer

/// A doctor's hours: set, tried out, taken from the doctor's own calendar; public holidays.
enum AvailabilityRoutes {
    static var routes: [Route] {
        let preview = Route.Parameter(
            "preview",
            .boolean,
            "true shows what would come of it, and changes nothing"
        )
        return [
            Route(
                "PUT",
                "/doctors/{id}/availability",
                "Replace a doctor's windows, exceptions and duty; tells which bookings are stranded.",
                access: .granted(.change, .schedule),
                parameters: [preview],
                body: .named("Availability"),
                answer: .named("AvailabilityChange")
            ) { call, services in
                let id = try DirectoryRoutes.own(call, services)
                let body: AvailabilityBody = try call.body()
                return try await change(id, call, services, calendar: nil) { now in
                    var availability = body.availability
                    // Programs that know nothing of busy times must not delete them.
                    if !body.hasBusy { availability.busy = now.busy }
                    return availability
                }
            },
            Route(
                "POST",
                "/doctors/{id}/availability/ical",
                "Take the busy times of the doctor's own calendar, instead of those taken before.",
                access: .granted(.change, .schedule),
                parameters: [preview],
                body: .string,
                bodyType: "text/calendar",
                answer: .named("AvailabilityChange")
            ) { call, services in
                let id = try DirectoryRoutes.own(call, services)
                let calendar = try busy(call)
                return try await change(id, call, services, calendar: calendar) { now in
                    var availability = now
                    availability.busy = calendar.busy.map {
                        DatedWindow(from: $0.from, until: $0.until)
                    }
                    return availability
                }
            },
            Route(
                "GET",
                "/holidays",
                "The public holidays on which weekly windows do not hold.",
                access: .granted(.read, .directory),
                parameters: [.init("year", .integer(1...9_999), "only those of this year")],
                answer: .page(.named("Holiday"))
            ) { call, services in
                let year = call.query("year")
                let days = services.holidays.holidays.filter { holiday in
                    year.map { holiday.date.hasPrefix("\($0)-") } ?? true
                }
                return try .page(days.map { HolidayView(date: $0.date, name: $0.name) }, next: nil)
            },
        ]
    }

    /// How far ahead a calendar's busy times are taken.
    static let calendarHorizon: Duration = .hours(24 * 400)

    private struct HolidayView: Encodable {
        let date: String
        let name: String
    }

    private static func busy(_ call: APICall) throws -> BusyCalendar {
        let text = try call.text(as: "text/calendar")
        do {
            return try BusyCalendar(text, from: call.at, until: call.at + calendarHorizon)
        } catch {
            throw Problem(422, "calendar", "\(error); nothing was taken in")
        }
    }

    /// Changes a doctor's hours, or says what a change would do, and lists what it strands.
    private static func change(
        _ id: DoctorID,
        _ call: APICall,
        _ services: Services,
        calendar: BusyCalendar?,
        _ make: @Sendable (Availability) -> Availability
    ) async throws -> APIAnswer {
        let isPreview = try call.flag("preview")
        guard var doctor = await services.directory.doctor(id) else { throw Problem.notFound }
        doctor.availability = make(doctor.availability)
        do {
            try doctor.availability.check()
        } catch {
            throw Problem(422, "invalid", "\(error)")
        }
        let changed = doctor
        let stranded = await services.care.read {
            $0.stranded(by: changed.availability, of: id, at: call.at)
        }
        let extra = AvailabilityExtra(
            isPreview: isPreview,
            stranded: stranded.map(StrandedView.init),
            calendar: calendar.map { CalendarCounts(events: $0.events, free: $0.free) }
        )
        let answer = try APIAnswer.json(
            Beside(await DirectoryRoutes.view(changed, services), extra)
        )
        if isPreview { return answer }
        let detail = "availability, \(stranded.count) bookings stranded"
        let changes = try services.changes(call, "change", "doctor/\(id)", detail, keeping: answer)
        try await services.directory.put(changed, with: changes)
        await services.care.note { loop, now in
            CareDecision(loop.availabilityChanged(changed, at: now))
        }
        return answer
    }
}

/// The body of a change, which need not say anything of busy times.
private struct AvailabilityBody: Decodable {
    let availability: Availability
    let hasBusy: Bool

    init(from decoder: any Decoder) throws {
        availability = try Availability(from: decoder)
        hasBusy = try decoder.container(keyedBy: Key.self).contains(.busy)
    }

    private enum Key: String, CodingKey {
        case busy
    }
}

private struct AvailabilityExtra: Encodable {
    let isPreview: Bool
    let stranded: [StrandedView]
    let calendar: CalendarCounts?
}

private struct CalendarCounts: Encodable {
    let events: Int
    let free: Int
}

/// A booking that stands outside the new hours, for whoever has to move it.
struct StrandedView: Encodable {
    let booking: BookingID
    let site: SiteID
    let start: Instant
    let end: Instant
    let state: BookingState

    init(_ booking: Booking) {
        self.booking = booking.id
        site = booking.site
        start = booking.start
        end = booking.end
        state = booking.state
    }
}
