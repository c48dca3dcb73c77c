import Crypto
import Foundation
import Store
import Vocabulary
import WebServer

/// One call as a handler sees it: who, which object, which body.
struct APICall: Sendable {
    /// The request as it came.
    let request: HTTPRequest
    /// The values of the path's parameters.
    let path: [String: String]
    /// When it came.
    let at: Instant
    /// Who makes it; nil on open calls.
    let caller: Principal?
    /// The token it was made with, for log-out.
    let token: AccessToken?
    /// How to keep the answer for a repetition; nil without `Idempotency-Key`.
    let idempotency: Idempotency?

    /// Who makes it; the router lets nobody else reach handlers that ask.
    func principal() throws -> Principal {
        guard let caller else { throw Problem.notSignedIn }
        return caller
    }

    /// The path's identifier; what is no identifier does not exist.
    func id<Subject>(
        _ name: String = "id",
        as type: Identifier<Subject>.Type = Identifier<Subject>.self
    ) throws -> Identifier<Subject> {
        guard let id = path[name].flatMap(Identifier<Subject>.init(rawValue:)) else {
            throw Problem.notFound
        }
        return id
    }

    /// The body as `Body`; the error names the member that is wrong.
    func body<Body: Decodable>(as type: Body.Type = Body.self) throws -> Body {
        do {
            return try JSONDecoder().decode(Body.self, from: Data(request.body))
        } catch let error as DecodingError {
            throw Problem(422, "invalid", error.member)
        }
    }

    /// The body as text; it must come as this media type, in UTF-8.
    func text(as mediaType: String) throws -> String {
        let type = request.headers["content-type"]?.prefix { $0 != ";" }
        guard type?.lowercased() == mediaType else {
            throw Problem(415, "mediaType", "send the body as \(mediaType)")
        }
        guard let text = String(validating: request.body, as: UTF8.self) else {
            throw Problem.invalid("the body", "is not UTF-8")
        }
        return text
    }

    /// A parameter of the query, nil when it is absent or empty.
    func query(_ name: String) -> String? {
        guard let value = request.queryValue(name), !value.isEmpty else { return nil }
        return value
    }

    /// A parameter of the query as an identifier.
    func queryID<Subject>(
        _ name: String,
        as type: Identifier<Subject>.Type = Identifier<Subject>.self
    ) throws -> Identifier<Subject>? {
        guard let text = query(name) else { return nil }
        guard let id = Identifier<Subject>(rawValue: text) else {
            throw Problem(400, "invalid", "\(name): an identifier is 1-40 characters of [a-z0-9-]")
        }
        return id
    }

    /// A parameter of the query as a time.
    func queryInstant(_ name: String) throws -> Instant? {
        guard let text = query(name) else { return nil }
        // A plus sign in a zone reads as a space where it was not percent-encoded.
        guard let instant = Instant(rfc3339: text.replacingOccurrences(of: " ", with: "+")) else {
            throw Problem(400, "invalid", "\(name): expected an RFC 3339 time with zone")
        }
        return instant
    }

    /// A parameter of the query that is true or false; false when it is absent.
    func flag(_ name: String) throws -> Bool {
        switch query(name) {
        case nil, "false": return false
        case "true": return true
        default: throw Problem(400, "invalid", "\(name): expected true or false")
        }
    }

    /// The page size, 1…500, 100 when it is not given.
    func limit() throws -> Int { try number("limit", in: 1...500) ?? 100 }

    /// A parameter of the query that is a whole number in a range, nil when it is absent.
    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = query(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(
                400,
                "invalid",
                "\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// Where the page starts, nil for the first.
    func cursor() throws -> String? {
        guard let text = query("cursor") else { return nil }
        guard let bytes = Base64.decodeURL(text), bytes.count <= 64 else {
            throw Problem(400, "invalid", "cursor: pass the 'next' of the page before, unchanged")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where the page starts in a list that is ordered by time.
    func cursorInstant() throws -> Instant? {
        guard let text = try cursor() else { return nil }
        guard let milliseconds = Int64(text) else {
            throw Problem(400, "invalid", "cursor: pass the 'next' of the page before, unchanged")
        }
        return Instant(milliseconds: milliseconds)
    }
}

/// What a handler answers.
struct APIAnswer: Sendable {
    let status: Int
    var contentType = "application/json"
    let body: [UInt8]
    var headers: [(String, String)] = []

    /// Any body.
    init(status: Int = 200, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// No body.
    static let none = APIAnswer(status: 204, contentType: "", body: [])

    /// A value as JSON.
    static func json(_ value: some Encodable, status: Int = 200) throws -> APIAnswer {
        APIAnswer(status: status, contentType: "application/json", body: try jsonBytes(value))
    }

    /// One page of a list; `next` is the cursor of the following page.
    static func page<Element: Encodable>(_ items: [Element], next: String?) throws -> APIAnswer {
        try json(Page(items: items, next: next.map { Base64.encodeURL(Array($0.utf8)) }))
    }
}

private struct Page<Element: Encodable>: Encodable {
    let items: [Element]
    let next: String?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(items, forKey: .items)
        try container.encode(next, forKey: .next)
    }

    private enum Key: String, CodingKey {
        case items
        case next
    }
}

/// The JSON text of a value, keys in a stable order, so that its digest is a version.
func jsonBytes(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
}

/// Keeps the first answer to a key in the transaction of the change itself.
struct Idempotency: Sendable {
    let principal: String
    let key: String
    let fingerprint: String
    let sealing: SealingKey

    /// Whose key it is.
    var owner: RepeatedCalls.Key { RepeatedCalls.Key(principal: principal, key: key) }

    /// The change that keeps the answer; sealed, since answers may hold patient data.
    func change(keeping answer: APIAnswer, at: Instant) throws -> Change {
        .answer(
            IdempotentAnswer(
                principal: principal,
                key: key,
                fingerprint: fingerprint,
                status: answer.status,
                body: try sealing.seal(String(decoding: answer.body, as: UTF8.self), for: key),
                at: at
            )
        )
    }
}

extension DecodingError {
    /// Which member is wrong and what was expected; never the value itself.
    fileprivate var member: String {
        switch self {
        case .keyNotFound(let key, let context):
            "\(path(context, key)): is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(path(context)): has another type than expected"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "the body is not JSON, or a number in it is out of range"
                : "\(path(context)): \(expectation(context.debugDescription))"
        @unknown default: "the body cannot be read"
        }
    }

    /// Our own decoders say what they expect, in lower case; Foundation's sentences quote the value.
    private func expectation(_ text: String) -> String {
        text.first?.isLowercase == true
            ? text : "has a value that is not allowed; see /api/v1/openapi.json"
    }

    private func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
        let keys = context.codingPath + (last.map { [$0] } ?? [])
        return keys.isEmpty ? "the body" : keys.map(\.stringValue).joined(separator: ".")
    }
}
