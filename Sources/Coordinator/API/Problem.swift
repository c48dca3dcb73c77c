/// Why a call failed, as RFC 9457 `application/problem+json`; carries no patient data.
struct Problem: Error, Sendable, Equatable {
    /// The HTTP status.
    let status: Int
    /// The stable code that programs match on.
    let code: String
    /// What happened and what to do.
    let detail: String
    /// Seconds to wait before trying again, when waiting helps.
    var retryAfterSeconds: Int?
    /// What may be called here instead, for 405.
    var allowed: [String] = []
    /// Other choices to offer, such as free slots.
    var alternatives: [JSONValue] = []

    init(_ status: Int, _ code: String, _ detail: String, retryAfterSeconds: Int? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The status in words.
    var title: String {
        switch status {
        case 400: "Bad request"
        case 401: "Not signed in"
        case 403: "Not allowed"
        case 404: "Not found"
        case 405: "Method not allowed"
        case 409: "Conflict"
        case 412: "Changed meanwhile"
        case 413: "Too large"
        case 415: "Unsupported media type"
        case 422: "Not acceptable as it is"
        case 428: "Precondition required"
        case 429: "Too many requests"
        case 503: "Not ready"
        default: "Failed"
        }
    }

    static let notSignedIn = Problem(
        401,
        "notSignedIn",
        "sign in with POST /api/v1/login and send the token as a bearer token or the cookie"
    )
    static let notAllowed = Problem(403, "notAllowed", "your role does not allow this")
    /// The same for what does not exist and for what the caller may not know of.
    static let notFound = Problem(404, "notFound", "there is no such thing, or not for you")
    static let notReady = Problem(
        503,
        "notReady",
        "the database cannot take changes now; nothing was changed, try again",
        retryAfterSeconds: 5
    )

    static func invalid(_ field: String, _ expectation: String) -> Problem {
        Problem(422, "invalid", "\(field): \(expectation)")
    }

    static func conflict(_ code: String, _ detail: String) -> Problem {
        Problem(409, code, detail)
    }
}
