import Compression
import Console
import WebServer

/// Everything the web server answers: the API, the console, and the distribution's own libraries.
struct WebSite: Sendable {
    private let router: Router
    private let console = ConsoleFiles()
    private let isSecure: Bool
    private let contentPolicy: String
    /// Answers below this many bytes go as they are: packing them would save no packet.
    private static let leastPacked = 4_096

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
        var response = packed(await route(request), for: request)
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

    /// A long answer in the gzip format for who takes that: a list of every site becomes a tenth.
    ///
    /// Its `ETag` stays: it is the version that `If-Match` names, whatever the answer travels in.
    /// Answers to unsafe calls may hold what was sent beside a secret, and go as they are.
    private func packed(_ response: HTTPResponse, for request: HTTPRequest) -> HTTPResponse {
        guard request.method == .get, response.body.count >= WebSite.leastPacked,
            response.headers["content-encoding"] == nil, WebSite.takesGzip(request),
            let packed = Gzip.pack(response.body, .quick), packed.count < response.body.count
        else { return response }
        var response = response
        response.body = packed
        response.headers["content-encoding"] = "gzip"
        response.headers["vary"] = "accept-encoding"
        return response
    }

    /// Whether the caller names gzip among what it takes, and does not refuse it by `q=0`.
    private static func takesGzip(_ request: HTTPRequest) -> Bool {
        (request.headers["accept-encoding"] ?? "").split(separator: ",").contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            return parts.first == "gzip" && !parts.dropFirst().contains { $0 == "q=0" }
        }
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
        let packed = WebSite.takesGzip(request) ? file.packed : nil
        let version = Router.version(of: packed ?? file.bytes)
        var response = HTTPResponse(status: 200, headers: [:], body: packed ?? file.bytes)
        response.headers["content-type"] = file.contentType
        if file.packed != nil { response.headers["vary"] = "accept-encoding" }
        if packed != nil { response.headers["content-encoding"] = "gzip" }
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
