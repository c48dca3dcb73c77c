import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Alarms: list, acknowledge, and the whole chain from the sample to the outcome.
enum AlarmRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/alarms",
                "Alarms, newest first.",
                access: .granted(.read, .alarm),
                parameters: [
                    .init("state", .choice(["open", "closed", "all"]), "open when absent"),
                    .init("site", .identifier, "only this site's; a clinic's own when absent"),
                    .init("patient", .identifier, "only this patient's"),
                    .init("limit", .integer(1...500), "page size, 100 when absent"),
                    .init("cursor", .string, "the 'next' of the page before"),
                ],
                answer: .page(.named("Alarm"))
            ) { try await list($0, $1) },
            Route(
                "POST",
                "/alarms/{id}/acknowledge",
                "Take an alarm in hand; it falls silent.",
                access: .granted(.change, .alarm),
                answer: .named("Alarm")
            ) { try await acknowledge($0, $1) },
            Route(
                "POST",
                "/alarms/{id}/reject",
                "Pass an alarm on: the next of its chain is told at once.",
                access: .granted(.change, .alarm),
                answer: .named("Alarm")
            ) { try await reject($0, $1) },
            Route(
                "POST",
                "/alarms/{id}/pause",
                "Silence an alarm's signal for a time; then it reminds.",
                access: .granted(.change, .alarm),
                body: .object([("seconds", .integer(1...600))], optional: []),
                answer: .named("Alarm")
            ) { try await pause($0, $1) },
            Route(
                "GET",
                "/alarms/{id}/timeline",
                "Everything that followed from the alarm's sample, with times.",
                access: .granted(.read, .alarm),
                answer: .named("Timeline")
            ) { try await timeline($0, $1) },
        ]
    }

    private static func list(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let principal = try call.principal()
        let patient: PatientID? = try call.queryID("patient")
        let seesAll = Authorisation.allows(principal, .read, .alarm)
        let site: SiteID? = try call.queryID("site") ?? (seesAll ? nil : principal.site)
        var target = AccessTarget(site: site)
        if let patient { target.doctors = await services.treatingDoctors(of: patient) }
        try services.authorise(call, .read, .alarm, target)
        let state = call.query("state") ?? "open"
        guard ["open", "closed", "all"].contains(state) else {
            throw Problem(400, "invalid", "state: expected open, closed or all")
        }
        let limit = try call.limit()
        let alarms = try await services.store.alarms(
            AlarmFilter(
                site: site,
                patient: patient,
                open: state == "open",
                before: try call.cursorInstant(),
                limit: limit
            )
        )
        var views: [AlarmView] = []
        for alarm in alarms where state != "closed" || alarm.closedAt != nil {
            views.append(await view(alarm, services))
        }
        try await services.auditRead(call, site.map { "site/\($0)" } ?? "site/all", "alarms")
        return try .page(
            views,
            next: alarms.count == limit
                ? alarms.last.map { String($0.raisedAt.milliseconds) } : nil
        )
    }

    private static func acknowledge(
        _ call: APICall,
        _ services: Services
    ) async throws -> APIAnswer {
        try await change(call, services, "acknowledge") { alarm, user in
            try await services.gateway.acknowledge(alarm, by: user)
        }
    }

    private static func reject(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        try await change(call, services, "reject") { alarm, user in
            try await services.gateway.reject(alarm, by: user)
        }
    }

    private struct Pause: Decodable {
        let seconds: Int
    }

    private static func pause(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let pause: Pause = try call.body()
        return try await change(call, services, "pause", "\(pause.seconds) s") { alarm, user in
            try await services.gateway.pause(alarm, seconds: pause.seconds, by: user)
        }
    }

    private static func change(
        _ call: APICall,
        _ services: Services,
        _ action: String,
        _ detail: String = "",
        _ act: (AlarmID, UserID) async throws -> Alarm
    ) async throws -> APIAnswer {
        let alarm = try await alarm(call, .change, services)
        let changed = try await act(alarm.id, try call.principal().user)
        let answer = try APIAnswer.json(await view(changed, services))
        let object = "alarm/\(alarm.id)"
        try await services.store.apply(
            try services.changes(call, action, object, detail, keeping: answer)
        )
        return answer
    }

    private static func alarm(
        _ call: APICall,
        _ verb: Verb,
        _ services: Services
    ) async throws -> Alarm {
        guard let alarm = try await services.store.alarm(try call.id()) else {
            throw Problem.notFound
        }
        try services.authorise(
            call,
            verb,
            .alarm,
            AccessTarget(site: alarm.site, doctors: await services.doctors(of: alarm))
        )
        return alarm
    }

    static func view(_ alarm: Alarm, _ services: Services) async -> AlarmView {
        AlarmView(
            alarm,
            AlarmExtra(siteName: await services.directory.site(alarm.site)?.name ?? "")
        )
    }

    // MARK: Timeline

    private struct Event: Encodable {
        let what: String
        let at: Instant
        let detail: String
    }

    private static func event(_ step: RingStep) -> Event {
        let count = step.doctors.count
        return Event(
            what: "ringStep",
            at: step.at,
            detail: "step \(step.number), \(step.width.rawValue): \(count) rung"
        )
    }

    private struct Timeline: Encodable {
        let alarm: AlarmView
        let events: [Event]
    }

    private static func timeline(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let alarm = try await alarm(call, .read, services)
        var events = [
            Event(what: "sample", at: alarm.sampleAt, detail: "measured"),
            Event(what: "received", at: alarm.sampleReceivedAt, detail: "by the gateway"),
            Event(
                what: "alarm",
                at: alarm.raisedAt,
                detail: "\(alarm.cause.name), \(alarm.priority.rawValue)"
            ),
        ]
        events += await chain(of: alarm, services)
        if let at = alarm.acknowledgedAt {
            events.append(
                Event(
                    what: "acknowledged",
                    at: at,
                    detail: alarm.acknowledgedBy.map { "by \($0)" } ?? ""
                )
            )
        }
        if let id = alarm.request, let request = try await services.store.request(id) {
            events.append(
                Event(
                    what: "request",
                    at: request.openedAt,
                    detail: "\(request.specialty.rawValue), \(request.urgency.rawValue)"
                )
            )
            events += (request.ringing?.steps ?? []).map(event)
            let bookings = try await services.store.bookings(
                BookingFilter(site: request.site, from: request.openedAt, limit: 1_000)
            )
            for booking in bookings where booking.request == id {
                events += try await chain(of: booking, services)
            }
        }
        if let at = alarm.closedAt { events.append(Event(what: "closed", at: at, detail: "")) }
        try await services.auditRead(call, "alarm/\(alarm.id)", "timeline")
        return try .json(
            Timeline(
                alarm: await view(alarm, services),
                events: events.sorted { $0.at < $1.at }
            )
        )
    }

    /// Whom the alarm was offered to and what they did, and when its signal was paused.
    private static func chain(of alarm: Alarm, _ services: Services) async -> [Event] {
        var events: [Event] = []
        for offer in alarm.offers ?? [] {
            var names: [String] = []
            for doctor in offer.doctors ?? [] {
                names.append(await services.directory.doctor(doctor)?.name ?? doctor.rawValue)
            }
            let who = ([offer.to.rawValue] + names).joined(separator: ", ")
            events.append(Event(what: "told", at: offer.at, detail: who))
            guard let at = offer.answeredAt else { continue }
            switch offer.state {
            case .expired: events.append(Event(what: "unanswered", at: at, detail: who))
            case .rejected:
                let by = offer.answeredBy.map { "by \($0)" } ?? ""
                events.append(Event(what: "passedOn", at: at, detail: by))
            case .unassigned, .offered, .accepted: break
            }
        }
        for pause in alarm.pauses ?? [] {
            events.append(Event(what: "paused", at: pause.at, detail: "by \(pause.by)"))
            if let at = pause.endedAt {
                events.append(Event(what: "pauseOver", at: at, detail: ""))
            }
        }
        return events
    }

    /// When a ring was shown to its doctor, and how it ended.
    private static func rang(_ ring: Ring, _ name: String) -> [Event] {
        var events: [Event] = []
        if let at = ring.deliveredAt {
            events.append(Event(what: "delivered", at: at, detail: name))
        }
        if let end = ring.end, let at = ring.endedAt {
            events.append(Event(what: end.rawValue, at: at, detail: name))
        }
        return events
    }

    private static func chain(
        of booking: Booking,
        _ services: Services
    ) async throws -> [Event] {
        let name = await services.directory.doctor(booking.doctor)?.name ?? booking.doctor.rawValue
        let step = booking.ring.map { ", step \($0.step) of the ringing" } ?? ""
        var events = [Event(what: "offer", at: booking.madeAt, detail: "to \(name)\(step)")]
        if let ring = booking.ring { events += rang(ring, name) }
        if let end = booking.ring?.end, end != .accepted { return events }
        switch booking.state {
        case .offered, .held: break
        case .declined, .expired, .noShow, .cancelled:
            events.append(
                Event(what: booking.state.rawValue, at: booking.changedAt, detail: name)
            )
        case .confirmed, .checkedIn, .inSession, .fulfilled:
            if let id = booking.session, let session = try await services.store.session(id) {
                events += session.timeline.map {
                    Event(what: $0.what == "scheduled" ? "match" : $0.what, at: $0.at, detail: name)
                }
                if let outcome = session.outcome {
                    events.append(
                        Event(
                            what: "outcome",
                            at: outcome.at,
                            detail: outcome.disposition.rawValue
                        )
                    )
                }
            }
        }
        return events
    }
}
