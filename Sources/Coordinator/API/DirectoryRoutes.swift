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
                return try .json(await view(shown(doctor, to: call), services))
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
        for doctor in doctors { views.append(await view(try shown(doctor, to: call), services)) }
        return try .page(views, next: doctors.count == limit ? doctors.last?.id.rawValue : nil)
    }

    /// The doctor whose schedule it is, when the caller may change it.
    static func own(_ call: APICall, _ services: Services) throws -> DoctorID {
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
        let answer = try APIAnswer.json(await view(doctor, services))
        let changes = try services.changes(call, "change", "doctor/\(id)", what, keeping: answer)
        try await services.directory.put(doctor, with: changes)
        let changed = doctor
        await services.care.note { loop, now in
            CareDecision(loop.doctorChanged(changed, at: now))
        }
        return answer
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

    /// The record as the caller may see it: what the doctor's own calendar is busy with, and the
    /// address of the feed, are the schedule's, not the directory's.
    private static func shown(_ doctor: Doctor, to call: APICall) throws -> Doctor {
        let target = AccessTarget(doctors: [doctor.id])
        if Authorisation.allows(try call.principal(), .read, .schedule, target) { return doctor }
        var doctor = doctor
        doctor.availability.busy = []
        doctor.calendarAddress = nil
        return doctor
    }

    static func view(_ doctor: Doctor, _ services: Services) async -> DoctorView {
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
