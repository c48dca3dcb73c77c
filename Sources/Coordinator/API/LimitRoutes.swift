import Clinical
import Gateway
import Store
import Vocabulary
import WebServer

/// A patient's alarm limits, and what others would have done.
enum LimitRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/patients/{id}/alarm-limits",
                "The limits in force for a patient: the own ones, and the defaults of other signs.",
                access: .granted(.read, .limits),
                answer: .named("AlarmLimits")
            ) { call, services in
                let patient = try await services.patient(call, try call.id(), .read, .limits)
                return try .json(services.limits(of: patient))
            },
            Route(
                "PUT",
                "/patients/{id}/alarm-limits",
                "Set a patient's own limits.",
                access: .granted(.change, .limits),
                body: .named("AlarmLimits"),
                answer: .named("AlarmLimits")
            ) { try await set($0, $1) },
            Route(
                "POST",
                "/patients/{id}/alarm-limits/replay",
                "Try limits on stored readings: alarms per patient-day now and with them.",
                access: .granted(.change, .limits),
                body: .object(
                    [("from", .instant), ("to", .instant), ("limits", .named("AlarmLimits"))],
                    optional: []
                ),
                answer: .named("LimitReplay")
            ) { try await replay($0, $1) },
        ]
    }

    private static func set(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let patient = try await services.patient(call, try call.id(), .change, .limits)
        var limits: AlarmLimits = try call.body()
        try check(limits)
        limits.setBy = try call.principal().user
        limits.setAt = call.at
        var changed = patient
        changed.limits = limits
        let answer = try APIAnswer.json(services.limits(of: changed))
        let object = "patient/\(patient.id)"
        let changes = try services.changes(call, "change", object, "alarm limits", keeping: answer)
        let isConditional = call.request.headers["if-match"].map { $0 != "*" } ?? false
        let stored = try await services.directory.setLimits(
            limits,
            of: patient.id,
            // What the version in If-Match was compared with must still be so at the writing.
            unlessChangedFrom: isConditional ? .some(patient.limits) : nil,
            with: changes
        )
        await services.gateway.register(stored)
        return answer
    }

    /// Throws the first thing that is wrong with limits somebody sent.
    private static func check(_ limits: AlarmLimits) throws {
        guard Set(limits.signs.map(\.sign)).count == limits.signs.count else {
            throw Problem.invalid("signs", "one entry a sign at most")
        }
        for limit in limits.signs {
            guard limit.low != nil || limit.high != nil else {
                throw Problem.invalid(limit.sign.name, "give low, high or both")
            }
            if let low = limit.low, let high = limit.high, low >= high {
                throw Problem.invalid(limit.sign.name, "low must be below high")
            }
            guard (0...3_600).contains(limit.dwellSeconds), (1...100).contains(limit.samples),
                limit.hysteresis >= Magnitude(0)
            else {
                throw Problem.invalid(
                    limit.sign.name,
                    "dwellSeconds 0-3600, samples 1-100, hysteresis not negative"
                )
            }
        }
    }

    // MARK: Replay

    /// The longest span that is replayed at once.
    private static let longest = Duration.hours(24 * 31)

    private struct Proposal: Decodable {
        let from: Instant
        let to: Instant
        let limits: AlarmLimits
    }

    private static func replay(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let patient = try await services.patient(call, try call.id(), .change, .limits)
        let proposal: Proposal = try call.body()
        try check(proposal.limits)
        guard proposal.from < proposal.to else {
            throw Problem.invalid("from", "must be before to")
        }
        guard proposal.to - proposal.from <= longest else {
            throw Problem.invalid("from", "a replay spans 31 days at most; narrow from and to")
        }
        guard ReplayTurnstile.enter() else {
            throw Problem(
                429,
                "busy",
                "two replays are at work already; try again in a moment",
                retryAfterSeconds: 5
            )
        }
        defer { ReplayTurnstile.leave() }
        try await services.auditRead(call, "patient/\(patient.id)", "alarm limits replay")
        let replay = try await LimitReplay(
            of: patient,
            from: proposal.from,
            to: proposal.to,
            proposed: proposal.limits,
            in: services.store,
            policy: services.gateway.configuration.policy,
            defaults: services.gateway.configuration.defaults
        )
        return try .json(replay)
    }
}

extension Services {
    /// The limits in force for a patient.
    fileprivate func limits(of patient: Patient) -> AlarmLimits {
        gateway.configuration.defaults.overridden(by: patient.limits)
    }
}
