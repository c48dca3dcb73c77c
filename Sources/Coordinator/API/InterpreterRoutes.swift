import CareLoop
import Scheduler
import Store
import Vocabulary

/// Interpreters and their hours.
enum InterpreterRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/interpreters",
                "Interpreters.",
                access: .granted(.read, .directory),
                parameters: [
                    .init("language", .string, "an ISO 639 code"),
                    .init("limit", .integer(1...500), "page size, 100 when absent"),
                    .init("cursor", .string, "the 'next' of the page before"),
                ],
                answer: .page(.named("Interpreter"))
            ) { call, services in
                let limit = try call.limit()
                let found = await services.directory.interpreters(
                    speaking: call.query("language").map(Language.init(rawValue:)),
                    after: try call.cursor(),
                    limit: limit
                )
                return try .page(
                    try found.map { try shown($0, to: call) },
                    next: found.count == limit ? found.last?.id.rawValue : nil
                )
            },
            Route(
                "GET",
                "/interpreters/{id}",
                "One interpreter.",
                access: .granted(.read, .directory),
                answer: .named("Interpreter")
            ) { call, services in
                guard let interpreter = await services.directory.interpreter(try call.id()) else {
                    throw Problem.notFound
                }
                return try .json(try shown(interpreter, to: call))
            },
            Route(
                "PUT",
                "/interpreters/{id}/availability",
                "Replace an interpreter's windows, exceptions and duty; what is booked stands.",
                access: .granted(.change, .schedule),
                body: .named("Availability"),
                answer: .named("Interpreter")
            ) { try await change($0, $1) },
        ]
    }

    /// The record as the caller may see it: the address of the feed is the schedule's.
    private static func shown(_ found: Interpreter, to call: APICall) throws -> Interpreter {
        let target = AccessTarget(interpreters: [found.id])
        if Authorisation.allows(try call.principal(), .read, .schedule, target) { return found }
        var interpreter = found
        interpreter.calendarAddress = nil
        return interpreter
    }

    private static func change(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let id: InterpreterID = try call.id()
        try services.authorise(call, .change, .schedule, AccessTarget(interpreters: [id]))
        let availability: Availability = try call.body()
        guard var interpreter = await services.directory.interpreter(id) else {
            throw Problem.notFound
        }
        do {
            try availability.check()
        } catch {
            throw Problem(422, "invalid", "\(error)")
        }
        interpreter.availability = availability
        let changed = interpreter
        let answer = try APIAnswer.json(changed)
        let object = "interpreter/\(id)"
        let changes = try services.changes(call, "change", object, "availability", keeping: answer)
        try await services.directory.put(changed, with: changes)
        await services.care.note { loop, now in
            CareDecision(loop.interpreterChanged(changed, at: now))
        }
        return answer
    }
}
