import Console
import WebServer

/// Everything the web server answers: the API, the console, and the distribution's own libraries.
struct WebSite: Sendable {
    private let router: Router
    private let console = ConsoleFiles()
    private let isSecure: Bool
    private let contentPolicy: String

    init(router: Router, publicURL: String) {
        self.router = router
        isSecure = publicURL.hasPrefix("https")
        contentPolicy =
            "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:;"
            + " media-src 'self' blob:; style-src 'self'; script-src 'self'; object-src 'none';"
            + " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    }

    /// Answers one request.
    func respond(to request: HTTPRequest) async -> HTTPResponse {
        var response = await route(request)
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["x-frame-options"] = "DENY"
        response.headers["referrer-policy"] = "no-referrer"
        response.headers["content-security-policy"] = contentPolicy
        response.headers["permissions-policy"] = "camera=(self), microphone=(self), geolocation=()"
        response.headers["cross-origin-opener-policy"] = "same-origin"
        if isSecure {
            response.headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
        }
        return response
    }

    private func route(_ request: HTTPRequest) async -> HTTPResponse {
        let segments = request.segments
        if segments.starts(with: ["api", "v1"]) {
            return await router.respond(to: request, segments: Array(segments.dropFirst(2)))
        }
        // Probes and scrapers look at the root.
        if segments.first == "health" || segments == ["metrics"] {
            return await router.respond(to: request, segments: segments)
        }
        guard request.method == .get || request.method == .head else {
            return HTTPResponse(status: 405, headers: ["allow": "GET, HEAD"], text: "")
        }
        guard let file = console[segments] else {
            return HTTPResponse(
                status: 404,
                headers: ["content-type": "text/plain; charset=utf-8"],
                text: "There is no such page.\n"
            )
        }
        let version = Router.version(of: file.bytes)
        var response = HTTPResponse(status: 200, headers: [:], body: file.bytes)
        response.headers["content-type"] = file.contentType
        response.headers["etag"] = version
        // Asked again each time, answered with 304: an upgrade shows at once.
        response.headers["cache-control"] = "no-cache"
        if request.headers["if-none-match"] == version {
            response.status = 304
            response.body = []
        }
        return response
    }
}
