import Clinical
import Scheduler
import Store
import Vocabulary

/// Incidents of sites: many devices that fell silent at once, with the alarms they stand for.
enum IncidentRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/incidents",
                "Incidents of sites among the newest 1,000 alarms, newest first.",
                access: .granted(.read, .alarm),
                parameters: [
                    .init("state", .choice(["open", "closed", "all"]), "open when absent"),
                    .init("site", .identifier, "only this site's; a clinic's own when absent"),
                ],
                answer: .page(.named("Incident"))
            ) { try await list($0, $1) }
        ]
    }

    private struct IncidentView: Encodable {
        let id: IncidentID
        let site: SiteID
        let siteName: String
        let openedAt: Instant
        /// When the last of its alarms closed.
        let closedAt: Instant?
        let children: [AlarmView]
    }

    /// How many alarms are looked at.
    private static let alarmLimit = 1_000

    private static func list(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let principal = try call.principal()
        let seesAll = Authorisation.allows(principal, .read, .alarm)
        let site: SiteID? = try call.queryID("site") ?? (seesAll ? nil : principal.site)
        try services.authorise(call, .read, .alarm, AccessTarget(site: site))
        let state = call.query("state") ?? "open"
        guard ["open", "closed", "all"].contains(state) else {
            throw Problem(400, "invalid", "state: expected open, closed or all")
        }
        let alarms = try await services.store.alarms(
            AlarmFilter(site: site, limit: alarmLimit)
        )
        let byIncident = Dictionary(grouping: alarms.filter { $0.incident != nil }) {
            $0.incident?.id
        }
        var views: [IncidentView] = []
        for children in byIncident.values {
            guard let view = await incident(children, services) else { continue }
            if state == "all" || (state == "open") == (view.closedAt == nil) { views.append(view) }
        }
        try await services.auditRead(call, site.map { "site/\($0)" } ?? "site/all", "incidents")
        return try .page(views.sorted { $0.openedAt > $1.openedAt }, next: nil)
    }

    private static func incident(
        _ children: [Alarm],
        _ services: Services
    ) async -> IncidentView? {
        guard let first = children.first, let mark = first.incident else { return nil }
        let closed = children.compactMap(\.closedAt)
        var views: [AlarmView] = []
        for child in children { views.append(await AlarmRoutes.view(child, services)) }
        return IncidentView(
            id: mark.id,
            site: first.site,
            siteName: await services.directory.site(first.site)?.name ?? "",
            openedAt: mark.openedAt,
            closedAt: closed.count == children.count ? closed.max() : nil,
            children: views
        )
    }
}
