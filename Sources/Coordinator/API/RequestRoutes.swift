import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Synchronization
import Vocabulary

/// Asking for a consult, and why it was matched or not.
enum RequestRoutes {
    static var routes: [Route] {
        [
            Route(
                "POST",
                "/requests",
                "Ask for a consult.",
                access: .granted(.create, .request),
                body: .object(ConsultBody.members, optional: ConsultBody.optional),
                status: 201,
                answer: .named("Request")
            ) { try await ask($0, $1) },
            Route(
                "GET",
                "/requests",
                "Requests, newest first.",
                access: .granted(.read, .request),
                parameters: [
                    .init("state", .string, "states separated by commas; all when absent"),
                    .init("site", .identifier, "only this site's; a clinic's own when absent"),
                    .init("limit", .integer(1...500), "page size, 100 when absent"),
                    .init("cursor", .string, "the 'next' of the page before"),
                ],
                answer: .page(.named("Request"))
            ) { try await list($0, $1) },
            Route(
                "GET",
                "/requests/{id}",
                "One request.",
                access: .granted(.read, .request),
                answer: .named("Request")
            ) { call, services in
                let request = try await request(call, .read, services)
                try await services.auditRead(call, "request/\(request.id)")
                return try .json(await view(request, services, withReason: true))
            },
            Route(
                "POST",
                "/requests/{id}/cancel",
                "Take a request back.",
                access: .granted(.change, .request),
                answer: .named("Request")
            ) { try await cancel($0, $1) },
            Route(
                "GET",
                "/requests/{id}/explanation",
                "Why this doctor, or why none and what stands in the way.",
                access: .granted(.read, .request),
                answer: .named("Explanation")
            ) { try await explain($0, $1) },
            Route(
                "POST",
                "/requests/{id}/answer",
                "Answer a store-and-forward request in writing; that ends it.",
                access: .granted(.read, .request),
                body: .object([("text", .string)], optional: []),
                answer: .named("Request")
            ) { try await answer($0, $1) },
        ]
    }

    private static func ask(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let body: ConsultBody = try call.body()
        guard body.urgency != nil else { throw Problem.invalid("urgency", "is missing") }
        guard let patient = await services.directory.patient(body.patient) else {
            throw Problem.notFound
        }
        try services.authorise(call, .create, .request, AccessTarget(site: patient.site))
        let draft = try await body.draft(of: patient, services, origin: .clinic)
        let siteName = await services.directory.site(patient.site)?.name ?? ""
        return try await services.decide(call, status: 201) { loop, now in
            let (id, effects) = try loop.requestAsked(draft, at: now)
            guard let request = loop.request(id) else { throw Problem.notFound }
            return Decided(
                effects: effects,
                view: RequestView(request, siteName: siteName, reason: body.reason),
                action: "create",
                object: "request/\(id)"
            )
        }
    }

    private static func list(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let principal = try call.principal()
        let limit = try call.limit()
        var states: [RequestState] = []
        for name in (call.query("state") ?? "").split(separator: ",") {
            guard let state = RequestState(rawValue: String(name)) else {
                let known = RequestState.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(400, "invalid", "state: expected some of \(known)")
            }
            states.append(state)
        }
        if let doctor = principal.doctor, !Authorisation.allows(principal, .read, .request) {
            return try await listForDoctor(doctor, states, call, services)
        }
        let seesAll = Authorisation.allows(principal, .read, .request)
        let site: SiteID? = try call.queryID("site") ?? (seesAll ? nil : principal.site)
        try services.authorise(call, .read, .request, AccessTarget(site: site))
        let requests = try await services.store.requests(
            RequestFilter(
                site: site,
                states: states,
                before: try call.cursorInstant(),
                limit: limit
            )
        )
        var views: [RequestView] = []
        for request in requests {
            views.append(await view(request, services, withReason: principal.site == request.site))
        }
        try await services.auditRead(call, site.map { "site/\($0)" } ?? "site/all", "requests")
        return try .page(
            views,
            next: requests.count == limit
                ? requests.last.map { String($0.openedAt.milliseconds) } : nil
        )
    }

    /// A doctor sees the requests behind the own live bookings.
    private static func listForDoctor(
        _ doctor: DoctorID,
        _ states: [RequestState],
        _ call: APICall,
        _ services: Services
    ) async throws -> APIAnswer {
        let requests = await services.care.read { loop in
            loop.liveBookings.filter { $0.doctors.contains(doctor) }
                .compactMap { loop.request($0.request) }
                + loop.openRequests.filter { $0.written?.asked.contains(doctor) ?? false }
        }
        var views: [RequestView] = []
        for request in requests where states.isEmpty || states.contains(request.state) {
            views.append(await view(request, services, withReason: true))
        }
        try await services.auditRead(call, "doctor/\(doctor)", "requests")
        return try .page(views, next: nil)
    }

    private static func cancel(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let request = try await request(call, .change, services)
        let party = try services.party(call, site: request.site)
        let siteName = await services.directory.site(request.site)?.name ?? ""
        return try await services.decide(call, status: 200) { loop, now in
            let before = loop.request(request.id) ?? request
            let effects = try loop.requestCancelled(request.id, by: party, at: now)
            let after = effects.request(request.id) ?? loop.request(request.id) ?? before
            return Decided(
                effects: effects,
                view: RequestView(after, siteName: siteName),
                action: "cancel",
                object: "request/\(request.id)"
            )
        }
    }

    private struct Answer: Decodable {
        let text: String
    }

    private static func answer(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let request = try await request(call, .read, services)
        guard let doctor = try call.principal().doctor else { throw Problem.notFound }
        let body: Answer = try call.body()
        guard (1...20_000).contains(body.text.utf8.count) else {
            throw Problem.invalid("text", "1 to 20000 bytes")
        }
        guard let sealed = try services.seal(body.text, for: request.patient.rawValue) else {
            throw Problem.invalid("text", "must not be empty")
        }
        let siteName = await services.directory.site(request.site)?.name ?? ""
        return try await services.decide(call, status: 200) { loop, now in
            let effects = try loop.requestAnswered(request.id, sealed, by: doctor, at: now)
            let after = effects.request(request.id) ?? request
            var view = RequestView(after, siteName: siteName)
            view.answer = body.text
            return Decided(
                effects: effects,
                view: view,
                action: "answer",
                object: "request/\(request.id)"
            )
        }
    }

    private static func explain(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let request = try await request(call, .read, services)
        let explanation = await services.care.read { $0.explanation(of: request.id, at: call.at) }
        if let explanation { return try .json(explanation) }
        // Over and gone from the loop's memory: the booking keeps its reasons.
        var doctor: DoctorID?
        var reasons: [String] = []
        if let id = request.booking, let booking = try await services.store.booking(id) {
            doctor = booking.doctor
            reasons = booking.reasons
        }
        return try .json(
            Explanation(
                request: request.id,
                state: request.state,
                summary: "the request is \(request.state.rawValue)",
                doctor: doctor,
                reasons: reasons,
                considered: 0,
                rejections: [],
                nearest: []
            )
        )
    }

    private static func request(
        _ call: APICall,
        _ verb: Verb,
        _ services: Services
    ) async throws -> ConsultRequest {
        guard let request = try await services.store.request(try call.id()) else {
            throw Problem.notFound
        }
        let doctors = await services.care.read { loop in
            loop.liveBookings.filter { $0.request == request.id }.flatMap(\.doctors)
                + loop.writers(of: request)
        }
        try services.authorise(
            call,
            verb,
            .request,
            AccessTarget(site: request.site, doctors: doctors)
        )
        return request
    }

    private static func view(
        _ request: ConsultRequest,
        _ services: Services,
        withReason: Bool
    ) async -> RequestView {
        var view = RequestView(
            request,
            siteName: await services.directory.site(request.site)?.name ?? "",
            reason: withReason
                ? services.open(request.sealedReason, for: request.patient.rawValue) : nil
        )
        if withReason, let answer = request.written?.answer {
            view.answer = services.open(answer.sealedText, for: request.patient.rawValue)
        }
        return view
    }
}
