import CareLoop
import Scheduler
import Store
import Vocabulary

/// When a site holds planned consults: read, tried out, set.
enum OpeningRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/sites/{id}/opening",
                "When the site holds planned consults; no 'weekly' is around the clock.",
                access: .granted(.read, .directory),
                answer: .named("Opening")
            ) { call, services in
                guard let site = await services.directory.site(try call.id()) else {
                    throw Problem.notFound
                }
                return try .json(OpeningView(site))
            },
            Route(
                "PUT",
                "/sites/{id}/opening",
                "Replace a site's opening hours; tells which bookings are stranded.",
                access: .granted(.change, .opening),
                parameters: [
                    .init(
                        "preview",
                        .boolean,
                        "true shows what would come of it, and changes nothing"
                    )
                ],
                body: Schemas.openingHours,
                answer: .named("OpeningChange")
            ) { try await change($0, $1) },
        ]
    }

    /// Changes a site's hours, or says what a change would do, and lists what it strands.
    private static func change(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let id: SiteID = try call.id()
        try services.authorise(call, .change, .opening, AccessTarget(site: id))
        let isPreview = try call.flag("preview")
        let body: OpeningBody = try call.body()
        guard var site = await services.directory.site(id) else { throw Problem.notFound }
        let hours = body.hours
        do {
            try hours.check()
        } catch {
            throw Problem(422, "invalid", "\(error)")
        }
        let stranded = await services.care.read { $0.stranded(by: hours, of: id, at: call.at) }
        site.openingHours = hours
        let changed = site
        let extra = OpeningExtra(
            isPreview: isPreview,
            stranded: stranded.map(StrandedView.init)
        )
        let answer = try APIAnswer.json(Beside(OpeningView(changed), extra))
        if isPreview { return answer }
        let detail = "opening hours, \(stranded.count) bookings stranded"
        let changes = try services.changes(call, "change", "site/\(id)", detail, keeping: answer)
        try await services.directory.put([.site(changed)], with: changes)
        await services.care.note { loop, now in
            CareDecision(loop.openingChanged(changed, at: now))
        }
        return answer
    }
}

/// The body of a change; without weekly windows the site is open around the clock.
private struct OpeningBody: Decodable {
    let weekly: [WeeklyWindow]?
    let closures: [DatedWindow]?
    let additions: [DatedWindow]?

    var hours: OpeningHours {
        OpeningHours(weekly: weekly, closures: closures ?? [], additions: additions ?? [])
    }
}

private struct OpeningView: Encodable {
    let site: SiteID
    let weekly: [WeeklyWindow]?
    let closures: [DatedWindow]
    let additions: [DatedWindow]

    init(_ site: Site) {
        let hours = site.openingHours
        self.site = site.id
        weekly = hours.weekly
        closures = hours.closures
        additions = hours.additions
    }
}

private struct OpeningExtra: Encodable {
    let isPreview: Bool
    let stranded: [StrandedView]
}
