import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Sites and doctors.
enum DirectoryRoutes {
    static var routes: [Route] {
        let paging = [
            Route.Parameter("limit", .integer(1...500), "page size, 100 when absent"),
            Route.Parameter("cursor", .string, "the 'next' of the page before"),
        ]
        return [
            Route(
                "GET",
                "/sites",
                "Telehealth sites with presence.",
                access: .granted(.read, .directory),
                parameters: [
                    .init("province", .identifier, "province code"),
                    .init("tier", Schemas.tier, "level"),
                    .init("q", .string, "words of name, ward or province; diacritics are ignored"),
                ] + paging,
                answer: .page(.named("Site"))
            ) { try await sites($0, $1) },
            Route(
                "GET",
                "/sites/{id}",
                "One site.",
                access: .granted(.read, .directory),
                answer: .named("Site")
            ) { call, services in
                guard let site = await services.directory.site(try call.id()) else {
                    throw Problem.notFound
                }
                return try .json(await view(site, services))
            },
            Route(
                "GET",
                "/doctors",
                "Doctors.",
                access: .granted(.read, .directory),
                parameters: [
                    .init("specialty", .string, "a specialty's key"),
                    .init("site", .identifier, "the doctor's hospital"),
                ] + paging,
                answer: .page(.named("Doctor"))
            ) { try await doctors($0, $1) },
            Route(
                "GET",
                "/doctors/{id}",
                "One doctor.",
                access: .granted(.read, .directory),
                answer: .named("Doctor")
            ) { call, services in
                guard let doctor = await services.directory.doctor(try call.id()) else {
                    throw Problem.notFound
                }
                return try .json(await view(doctor, services))
            },
            Route(
                "PUT",
                "/doctors/{id}/presence",
                "Say whether a doctor can be asked now.",
                access: .granted(.change, .schedule),
                body: .object(
                    [("state", .choice(Presence.allCases.map(\.rawValue)))],
                    optional: []
                ),
                answer: .named("Doctor")
            ) { call, services in
                let id = try own(call, services)
                let body: PresenceBody = try call.body()
                return try await change(id, call, services, "presence \(body.state.rawValue)") {
                    $0.presence = body.state
                }
            },
            Route(
                "PUT",
                "/doctors/{id}/availability",
                "Replace a doctor's weekly windows, exceptions and time on call.",
                access: .granted(.change, .schedule),
                body: .named("Availability"),
                answer: .named("Doctor")
            ) { call, services in
                let id = try own(call, services)
                let availability: Availability = try call.body()
                try check(availability)
                return try await change(id, call, services, "availability") {
                    $0.availability = availability
                }
            },
            Route(
                "GET",
                "/doctors/{id}/calendar.ics",
                "The doctor's bookings as an iCalendar feed.",
                access: .granted(.read, .schedule),
                answer: .string,
                mediaType: "text/calendar"
            ) { try await calendar($0, $1) },
        ]
    }

    private struct PresenceBody: Decodable {
        let state: Presence
    }

    private static func sites(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        var tier: SiteTier?
        if let text = call.query("tier") {
            guard let known = SiteTier(name: text) else {
                throw Problem(
                    400,
                    "invalid",
                    "tier: expected central, provincial, regional or commune"
                )
            }
            tier = known
        }
        let limit = try call.limit()
        let sites = await services.directory.sites(
            province: try call.queryID("province"),
            tier: tier,
            query: call.query("q"),
            after: try call.cursor(),
            limit: limit
        )
        var views: [SiteView] = []
        for site in sites { views.append(await view(site, services)) }
        return try .page(views, next: sites.count == limit ? sites.last?.id.rawValue : nil)
    }

    private static func doctors(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let limit = try call.limit()
        let doctors = await services.directory.doctors(
            specialty: call.query("specialty").map(Specialty.init(rawValue:)),
            site: try call.queryID("site"),
            after: try call.cursor(),
            limit: limit
        )
        var views: [DoctorView] = []
        for doctor in doctors { views.append(await view(doctor, services)) }
        return try .page(views, next: doctors.count == limit ? doctors.last?.id.rawValue : nil)
    }

    /// The doctor whose schedule it is, when the caller may change it.
    private static func own(_ call: APICall, _ services: Services) throws -> DoctorID {
        let id: DoctorID = try call.id()
        try services.authorise(call, .change, .schedule, AccessTarget(doctors: [id]))
        return id
    }

    /// Changes a doctor's record, then tells the care loop.
    private static func change(
        _ id: DoctorID,
        _ call: APICall,
        _ services: Services,
        _ what: String,
        _ body: @Sendable (inout Doctor) -> Void
    ) async throws -> APIAnswer {
        guard var doctor = await services.directory.doctor(id) else { throw Problem.notFound }
        body(&doctor)
        var changes: [Change] = [.audit(try services.entry(call, "change", "doctor/\(id)", what))]
        let answer = try APIAnswer.json(await view(doctor, services))
        if let key = call.idempotency {
            changes.append(try key.change(keeping: answer, at: call.at))
        }
        try await services.directory.put(doctor, with: changes)
        let changed = doctor
        await services.care.note { loop, now in
            CareDecision(loop.doctorChanged(changed, at: now))
        }
        return answer
    }

    private static func check(_ availability: Availability) throws {
        for window in availability.weekly {
            guard (1...7).contains(window.weekday) else {
                throw Problem.invalid("weekly.weekday", "1 Monday to 7 Sunday")
            }
            guard (0...1_439).contains(window.fromMinute), window.untilMinute > window.fromMinute,
                window.untilMinute <= 2_880
            else {
                throw Problem.invalid(
                    "weekly",
                    "fromMinute 0-1439, untilMinute after it and at most 2880"
                )
            }
        }
        let dated = availability.absences + availability.additions + availability.onCall
        guard dated.allSatisfy({ $0.from < $0.until }) else {
            throw Problem.invalid("from", "must be before until")
        }
        guard availability.weekly.count <= 100, dated.count <= 1_000 else {
            throw Problem.invalid("windows", "at most 100 weekly and 1000 dated windows")
        }
    }

    private static func calendar(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let id: DoctorID = try call.id()
        try services.authorise(call, .read, .schedule, AccessTarget(doctors: [id]))
        guard let doctor = await services.directory.doctor(id) else { throw Problem.notFound }
        let bookings = try await services.store.bookings(
            BookingFilter(
                doctor: id,
                from: call.at - .hours(24 * 31),
                until: call.at + .hours(24 * 366),
                limit: 5_000
            )
        )
        let names = Dictionary(
            await services.directory.allSites().map { ($0.id, $0.name) },
            uniquingKeysWith: { $1 }
        )
        let feed = CalendarFeed.write(bookings, of: doctor) { names[$0] }
        return APIAnswer(contentType: "text/calendar; charset=utf-8", body: Array(feed.utf8))
    }

    private static func view(_ site: Site, _ services: Services) async -> SiteView {
        let devices = await services.gateway.sitePresence(site.id)
        let staff = await services.switchboard.staffOnline(at: site.id)
        return SiteView(
            site,
            SiteExtra(
                presence: SitePresenceView(
                    staffOnline: staff,
                    devicesOnline: devices.devicesOnline,
                    lastSeenAt: devices.lastSeenAt
                )
            )
        )
    }

    private static func view(_ doctor: Doctor, _ services: Services) async -> DoctorView {
        let now = services.clock.now()
        let (reachable, lastSeenAt) = await services.care.read { loop in
            (loop.isReachable(doctor.id, at: now), loop.lastSeen(doctor.id, at: now))
        }
        return DoctorView(
            doctor,
            DoctorExtra(
                hospitalName: await services.directory.site(doctor.hospital)?.name ?? "",
                reachable: reachable,
                lastSeenAt: lastSeenAt
            )
        )
    }
}
