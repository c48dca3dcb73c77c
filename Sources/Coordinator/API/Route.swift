import Store
import WebServer

/// One call of the API: what it is called, who may make it, what goes in and comes out.
///
/// The router and the OpenAPI document are made from the same routes, so neither can have a call
/// that the other lacks.
struct Route: Sendable {
    /// Who may make the call at all; the handler narrows it to objects.
    enum Access: Sendable {
        /// Anybody.
        case open
        /// Anybody who is signed in.
        case signedIn
        /// Whoever some role's grant lets do this to some object.
        case granted(Verb, Resource)
    }

    /// One parameter of the query.
    struct Parameter: Sendable {
        let name: String
        let schema: Schema
        let help: String

        init(_ name: String, _ schema: Schema, _ help: String) {
            self.name = name
            self.schema = schema
            self.help = help
        }
    }

    let method: String
    /// Below `/api/v1`; a segment in braces is a parameter.
    let path: String
    let summary: String
    let access: Access
    let parameters: [Parameter]
    /// The schema of the body; nil for none.
    let body: Schema?
    /// Whether the call may come without a body.
    let isBodyOptional: Bool
    /// The media type of the body.
    let bodyType: String
    /// The status of success.
    let status: Int
    /// The schema of the answer; nil for none.
    let answer: Schema?
    /// The media type of the answer.
    let mediaType: String
    let handler: @Sendable (APICall, Services) async throws -> APIAnswer

    init(
        _ method: String,
        _ path: String,
        _ summary: String,
        access: Access,
        parameters: [Parameter] = [],
        body: Schema? = nil,
        isBodyOptional: Bool = false,
        bodyType: String = "application/json",
        status: Int = 200,
        answer: Schema? = nil,
        mediaType: String = "application/json",
        handler: @escaping @Sendable (APICall, Services) async throws -> APIAnswer
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.access = access
        self.parameters = parameters
        self.body = body
        self.isBodyOptional = isBodyOptional
        self.bodyType = bodyType
        self.status = status
        self.answer = answer
        self.mediaType = mediaType
        self.handler = handler
    }

    /// The path's segments.
    var segments: [Substring] {
        path.split(separator: "/")
    }

    /// The values of the path's parameters when the segments match, else nil.
    func match(_ segments: [String]) -> [String: String]? {
        let own = self.segments
        guard own.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (pattern, segment) in zip(own, segments) {
            if pattern.hasPrefix("{") {
                values[String(pattern.dropFirst().dropLast())] = segment
            } else if pattern != segment {
                return nil
            }
        }
        return values
    }
}
