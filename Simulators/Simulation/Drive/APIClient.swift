import WebServer
import Wire

/// The coordinator's HTTP API and WebSocket, as a program outside it uses them.
struct APIClient: Sendable {
    /// Why a call did not give what was asked.
    struct Problem: Error, CustomStringConvertible {
        /// The HTTP status; 0 when there was no answer.
        let status: Int
        /// What was called and what came back.
        let description: String
    }

    /// Requests in flight at a time, and sockets that have not greeted.
    private static let requestLimit = 64
    private static let greetingLimit = 24

    private let base: String
    private let web: WebClient
    private let requests = Turnstile(limit: requestLimit)
    private let greetings = Turnstile(limit: greetingLimit)

    /// A client of the coordinator at `base`, such as `http://127.0.0.1:8080`.
    init(base: String, web: WebClient) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.web = web
    }

    /// Posts the members as a JSON object and returns the answer's body.
    @discardableResult
    func post(
        _ path: String,
        token: String?,
        _ members: (inout JSONWriter) -> Void = { _ in }
    ) async throws(Problem) -> JSONValue {
        try await call(.post, path, token: token, members)
    }

    /// Puts the members as a JSON object.
    @discardableResult
    func put(
        _ path: String,
        token: String?,
        _ members: (inout JSONWriter) -> Void
    ) async throws(Problem) -> JSONValue {
        try await call(.put, path, token: token, members)
    }

    /// Opens a socket with a ticket from `path` and greets; returns it with its line.
    func socket(
        ticketFrom path: String,
        token: String
    ) async throws(Problem) -> (socket: WebSocket, ticket: JSONValue) {
        let ticket = try await post(path, token: token)
        guard let secret = ticket["token"]?.text else {
            throw Problem(status: 0, description: "POST \(path): no token in the answer")
        }
        let address = address(of: ticket["url"]?.text ?? "/ws")
        let opened = await greetings.pass { () async -> Result<WebSocket, Problem> in
            do throws(WebClientError) {
                let socket = try await web.connect(address)
                socket.send(SignallingLine().hello(ticket: secret))
                return .success(socket)
            } catch {
                return .failure(Problem(status: 0, description: "\(address): \(error)"))
            }
        }
        return (try opened.get(), ticket)
    }

    private func call(
        _ method: HTTPMethod,
        _ path: String,
        token: String?,
        _ members: (inout JSONWriter) -> Void
    ) async throws(Problem) -> JSONValue {
        var writer = JSONWriter()
        writer.object(members)
        var headers: HTTPHeaders = ["content-type": "application/json"]
        if let token { headers["authorization"] = "Bearer \(token)" }
        let (body, sent) = (writer.bytes, headers)
        let answer = await requests.pass { () async -> Result<HTTPResponse, Problem> in
            do throws(WebClientError) {
                let url = base + "/api/v1" + path
                return .success(try await web.request(method, url, headers: sent, body: body))
            } catch {
                let text = "\(method.rawValue) \(path): \(error)"
                return .failure(Problem(status: 0, description: text))
            }
        }
        let response = try answer.get()
        let value = JSONValue(response.body) ?? .null
        guard (200..<300).contains(response.status) else {
            let code = value["code"]?.text ?? ""
            let text = "\(method.rawValue) \(path): \(response.status) \(code)"
            throw Problem(status: response.status, description: text)
        }
        return value
    }

    /// The WebSocket's full address, which the answer may give in part.
    private func address(of url: String) -> String {
        if url.hasPrefix("ws") { return url }
        let socket = base.hasPrefix("https") ? "wss" + base.dropFirst(5) : "ws" + base.dropFirst(4)
        return url.hasPrefix("/") ? socket + url : socket + "/" + url
    }
}
