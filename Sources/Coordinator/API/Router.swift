import Crypto
import EventLoop
import Foundation
import Store
import Vocabulary
import WebServer

/// Finds the route, knows the caller, and turns every failure into an answer.
struct Router: Sendable {
    let services: Services

    /// Every call of the API.
    static let routes: [Route] =
        AccountRoutes.routes + UserRoutes.routes + ImportRoutes.routes + DirectoryRoutes.routes
        + InterpreterRoutes.routes + OpeningRoutes.routes
        + AvailabilityRoutes.routes + CalendarRoutes.routes + ForecastRoutes.routes
        + PatientRoutes.routes
        + LimitRoutes.routes + DeviceRoutes.routes + AlarmRoutes.routes + IncidentRoutes.routes
        + RequestRoutes.routes + BookingRoutes.routes + SlotRoutes.routes
        + SessionRoutes.routes + StatisticsRoutes.routes + OperationsRoutes.routes
        + BrokerRoutes.routes + CommandRoutes.routes + WhatIfRoutes.routes
        + PriceRoutes.routes + EquityRoutes.routes

    /// Answers one request below `/api/v1`; never throws, never leaves anything unanswered.
    func respond(to request: HTTPRequest, segments: [String]) async -> HTTPResponse {
        do {
            let (route, path) = try find(request, segments)
            let answer = try await answer(request, route, path)
            return response(answer, to: request)
        } catch {
            return problem(error, request)
        }
    }

    private func find(
        _ request: HTTPRequest,
        _ segments: [String]
    ) throws -> (Route, [String: String]) {
        let method = request.method == .head ? "GET" : request.method.rawValue
        var allowed: [String] = []
        for route in Router.routes {
            guard let path = route.match(segments) else { continue }
            if route.method == method { return (route, path) }
            allowed.append(route.method)
        }
        guard allowed.isEmpty else {
            if allowed.contains("GET") { allowed.append("HEAD") }
            var problem = Problem(
                405,
                "methodNotAllowed",
                "allowed here: \(allowed.joined(separator: ", "))"
            )
            problem.allowed = allowed
            throw problem
        }
        throw Problem(404, "noSuchCall", "see /api/v1/openapi.json for every call")
    }

    private func answer(
        _ request: HTTPRequest,
        _ route: Route,
        _ path: [String: String]
    ) async throws -> APIAnswer {
        let caller = try await authenticate(request)
        try await services.accounts.admitCall(
            of: caller.map { $0.1.user.rawValue } ?? "address " + request.remoteAddress
        )
        try await admit(request, route, caller)
        guard let key = try idempotency(request, caller) else {
            return try await perform(request, route, path, caller, key: nil)
        }
        // The same call sent twice at once is done once: the second waits for the first one's answer.
        return try await services.repeatedCalls.oneAtATime(key.owner) {
            if let kept = try await keptAnswer(key) { return kept }
            return try await perform(request, route, path, caller, key: key)
        }
    }

    private func perform(
        _ request: HTTPRequest,
        _ route: Route,
        _ path: [String: String],
        _ caller: (AccessToken, Principal)?,
        key: Idempotency?
    ) async throws -> APIAnswer {
        let call = APICall(
            request: request,
            path: path,
            at: services.clock.now(),
            caller: caller?.1,
            token: caller?.0,
            idempotency: key
        )
        if let condition = request.headers["if-match"], condition != "*" {
            try await check(condition, call, route)
        }
        return try await route.handler(call, services)
    }

    // MARK: Who calls

    private func authenticate(_ request: HTTPRequest) async throws -> (AccessToken, Principal)? {
        let header = request.headers["authorization"]
        let bearer = header.flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
        guard header == nil || bearer != nil else { throw Problem.notSignedIn }
        guard let text = bearer ?? request.cookie(Router.cookieName) else { return nil }
        let caller = await services.accounts.principal(of: text, address: request.remoteAddress)
        guard let caller else {
            // An old cookie must not keep anybody from signing in.
            if bearer == nil { return nil }
            throw Problem.notSignedIn
        }
        if bearer == nil, request.method != .get, request.method != .head {
            let sent = request.headers["x-csrf-token"] ?? ""
            guard constantTimeEquals(sent, caller.0.csrf(key: services.keys.tokens)) else {
                throw Problem(403, "csrf", "send the X-CSRF-Token header that GET /me returns")
            }
        }
        return caller
    }

    private func admit(
        _ request: HTTPRequest,
        _ route: Route,
        _ caller: (AccessToken, Principal)?
    ) async throws {
        switch route.access {
        case .open: return
        case .signedIn: if caller == nil { throw Problem.notSignedIn }
        case .granted(let verb, let resource):
            guard let principal = caller?.1 else { throw Problem.notSignedIn }
            guard Authorisation.mayEver(principal, verb, resource) else {
                try await services.store.audit(
                    AuditEntry(
                        at: services.clock.now(),
                        principal: principal.user.rawValue,
                        action: "refuse",
                        object: "\(resource.rawValue)",
                        address: principal.address,
                        detail: "\(route.method) \(route.path)"
                    )
                )
                throw Problem.notAllowed
            }
        }
    }

    // MARK: Repetitions and versions

    private func idempotency(
        _ request: HTTPRequest,
        _ caller: (AccessToken, Principal)?
    ) throws -> Idempotency? {
        guard let key = request.headers["idempotency-key"], request.method != .get,
            let principal = caller?.1
        else { return nil }
        guard (1...128).contains(key.utf8.count) else {
            throw Problem(400, "invalid", "Idempotency-Key: 1 to 128 characters")
        }
        let text = Array("\(request.method.rawValue) \(request.path)\n".utf8) + request.body
        return Idempotency(
            principal: principal.user.rawValue,
            key: key,
            fingerprint: Hexadecimal.encode(Digest.sha256(text)),
            sealing: services.keys.sealing
        )
    }

    private func keptAnswer(_ key: Idempotency) async throws -> APIAnswer? {
        let kept = try await services.store.idempotentAnswer(
            principal: key.principal,
            key: key.key
        )
        guard let kept else { return nil }
        guard kept.fingerprint == key.fingerprint else {
            throw Problem.conflict(
                "keyReused",
                "this Idempotency-Key was used for another call; take a new one"
            )
        }
        let body = try key.sealing.open(kept.body, for: key.key)
        return APIAnswer(
            status: kept.status,
            contentType: body.isEmpty ? "" : "application/json",
            body: Array(body.utf8)
        )
    }

    /// Compares `If-Match` with the version that GET on the same path gives now.
    private func check(_ condition: String, _ call: APICall, _ route: Route) async throws {
        guard route.method != "GET",
            let current = Router.routes.first(where: { $0.method == "GET" && $0.path == route.path }
            )
                ?? Router.routes.first(where: { $0.method == "GET" && $0.path == route.parentPath })
        else { return }
        let answer = try await current.handler(call, services)
        guard condition == Router.version(of: answer.body) else {
            throw Problem(412, "changed", "it changed since you read it; read it again")
        }
    }

    static func version(of body: [UInt8]) -> String {
        "\"\(Hexadecimal.encode(Array(Digest.sha256(body).prefix(12))))\""
    }

    // MARK: Answers

    static let cookieName = "telehealth_session"

    private func response(_ answer: APIAnswer, to request: HTTPRequest) -> HTTPResponse {
        var response = HTTPResponse(status: answer.status, headers: [:], body: answer.body)
        if !answer.contentType.isEmpty { response.headers["content-type"] = answer.contentType }
        response.headers["cache-control"] = "no-store"
        for (name, value) in answer.headers { response.headers.add(name, value) }
        guard answer.status == 200, request.method == .get || request.method == .head else {
            return response
        }
        let version = Router.version(of: answer.body)
        response.headers["etag"] = version
        if request.headers["if-none-match"] == version {
            response.status = 304
            response.body = []
        }
        return response
    }

    private func problem(_ error: any Error, _ request: HTTPRequest) -> HTTPResponse {
        let problem: Problem
        switch error {
        case let error as Problem: problem = error
        case StoreError.doubleBooking:
            problem = Problem.conflict("doubleBooking", StoreErrorText.doubleBooking)
        case let error as StoreError:
            services.log(.error, "api", "\(error)")
            problem = Problem.notReady
        case let error as any Refusal: problem = error.problem
        default:
            services.log(.error, "api", "\(request.method.rawValue): \(type(of: error))")
            problem = Problem(500, "internal", "the server failed; the log says why")
        }
        var members: [String: JSONValue] = [
            "type": .string("about:blank"), "title": .string(problem.title),
            "status": .number(Double(problem.status)), "code": .string(problem.code),
            "detail": .string(problem.detail),
        ]
        if !problem.alternatives.isEmpty {
            members["alternatives"] = .array(problem.alternatives)
        }
        let body = (try? jsonBytes(JSONValue.object(members))) ?? []
        var response = HTTPResponse(status: problem.status, headers: [:], body: body)
        response.headers["content-type"] = "application/problem+json"
        response.headers["cache-control"] = "no-store"
        if let seconds = problem.retryAfterSeconds {
            response.headers["retry-after"] = String(seconds)
        }
        if !problem.allowed.isEmpty {
            response.headers["allow"] = problem.allowed.joined(separator: ", ")
        }
        if problem.status == 401 { response.headers["www-authenticate"] = "Bearer" }
        return response
    }
}

private enum StoreErrorText {
    static let doubleBooking =
        "the doctor, the patient or the station is taken at that time; choose another"
}

/// A refusal of a machine that the API knows how to answer.
protocol Refusal: Error {
    /// The answer.
    var problem: Problem { get }
}

extension Route {
    /// The path without its last segment: `/doctors/{id}` of `/doctors/{id}/presence`.
    var parentPath: String {
        "/" + segments.dropLast().joined(separator: "/")
    }
}
