import CWebSockets

extension WebServer {
    /// A whole header has come.
    func headerArrived(_ connection: Connection) -> Int32 {
        guard let (index, path) = connection.socket.methodAndPath() else { return -1 }
        var request = HTTPRequest(
            path: path,
            query: query(of: connection.socket),
            headers: headers(of: connection.socket),
            remoteAddress: connection.address,
            isSecure: connection.socket.isSecure
        )
        connection.body = []
        connection.chunks = nil
        connection.closesAfterAnswer =
            isStopping || asksToClose(request.headers, socket: connection.socket)
        guard let method = HTTPMethod(libraryIndex: index) else {
            return refuse(connection, status: 501)
        }
        request.method = method
        connection.request = request

        let framing = framing(of: request)
        if case .none = framing {
        } else if connection.mayBeBuffered {
            // libwebsockets 4.1.6 takes the header for the body when both lie in its own buffer.
            // Nothing has been done: whoever sent it ahead of the answer sends it again.
            count.refused += 1
            return -1
        }
        switch framing {
        case .malformed:
            return refuse(connection, status: 400)
        case .unsupported:
            return refuse(connection, status: 501)
        case .none:
            if method.libraryExpectsBody, request.headers["content-length"] == nil {
                // libwebsockets now waits for a body that never comes: this connection is used up.
                connection.closesAfterAnswer = true
            }
            return handOver(connection)
        case .length(let length):
            guard length <= configuration.bodyBytes else {
                return refuse(connection, status: 413)
            }
            connection.body.reserveCapacity(length)
        case .chunked:
            guard method.libraryExpectsBody else { return refuse(connection, status: 411) }
            connection.chunks = ChunkedBody()
            connection.closesAfterAnswer = true
        }
        connection.phase = .body
        connection.deadline = .now + configuration.deadline
        if request.headers["expect"]?.lowercased() == "100-continue" {
            return sayContinue(on: connection.socket)
        }
        return 0
    }

    /// A part of a body has come.
    func bodyArrived(_ bytes: BorrowedBytes, for connection: Connection) -> Int32 {
        guard connection.phase == .body else { return 0 }
        guard connection.chunks != nil else {
            connection.body.append(bytes)
            return connection.body.count <= configuration.bodyBytes
                ? 0 : refuse(connection, status: 413)
        }
        let limit = configuration.bodyBytes
        let outcome = bytes.withSpan { bytes in
            connection.chunks?.take(bytes, into: &connection.body, limit: limit)
        }
        switch outcome {
        case .more, nil: return 0
        case .complete: return handOver(connection)
        case .malformed: return refuse(connection, status: 400)
        case .tooLarge: return refuse(connection, status: 413)
        }
    }

    /// The last part of a body has come.
    func bodyCompleted(_ connection: Connection) -> Int32 {
        connection.phase == .body ? handOver(connection) : 0
    }

    /// Gives a whole request to `run`.
    private func handOver(_ connection: Connection) -> Int32 {
        guard var request = connection.request else { return -1 }
        request.body = connection.body
        connection.body = []
        connection.request = request
        connection.phase = .handling
        connection.deadline = nil
        connection.socket.clearTimeout()
        // What a client sends before its answer stays in the system's buffer.
        connection.socket.allowReading(false)
        guard count.requestsInFlight < configuration.requestsInFlight, !isStopping else {
            count.refused += 1
            // What follows this request in libwebsockets' buffer cannot be seen from in here.
            connection.closesAfterAnswer = true
            let busy = HTTPResponse(status: 503, headers: ["retry-after": "1"])
            return begin(busy, on: connection)
        }
        count.requestsInFlight += 1
        count.requests += 1
        requests.yield(Exchange(connection: connection.id, request: request))
        return 0
    }

    /// A handler has answered; the connection may have gone meanwhile.
    func answer(_ id: WebSocketID, with response: HTTPResponse) {
        count.requestsInFlight -= 1
        guard let connection = connections[id], connection.phase == .handling else { return }
        if begin(response, on: connection) != 0 { connection.socket.kill() }
    }

    /// Answers what no handler sees; not 0 when the connection must be closed by who called.
    func refuse(_ connection: Connection, status: Int) -> Int32 {
        count.refused += 1
        connection.closesAfterAnswer = true
        connection.socket.clearTimeout()
        connection.socket.allowReading(false)
        return begin(HTTPResponse(status: status), on: connection)
    }

    /// Starts to send; not 0 when the connection must be closed by who called.
    private func begin(_ response: HTTPResponse, on connection: Connection) -> Int32 {
        if isStopping { connection.closesAfterAnswer = true }
        connection.answer = Answer(
            response,
            isHead: connection.request?.method == .head,
            closes: connection.closesAfterAnswer,
            date: date.text()
        )
        connection.phase = .answering
        return proceed(connection)
    }

    /// Sends what the system takes; not 0 when the connection must be closed by who called.
    private func proceed(_ connection: Connection) -> Int32 {
        switch connection.answer.send(on: connection.socket) {
        case .broken:
            return -1
        case .choked:
            connection.deadline = .now + configuration.deadline
            let id = connection.id
            connection.answer.watch(connection.socket, on: loop.driver) { [weak self] in
                self?.assumeIsolated { $0.unchoked(id) }
            }
            return 0
        case .done:
            return finish(connection)
        }
    }

    private func unchoked(_ id: WebSocketID) {
        guard let connection = connections[id], connection.phase == .answering else { return }
        if connection.socket.holdsRemainder {
            // Only libwebsockets can send that, and only while reading is on.
            connection.answer.unwatch()
            connection.socket.allowReading(true)
            connection.socket.requestWrite()
        } else if proceed(connection) != 0 {
            connection.socket.kill()
        }
    }

    /// libwebsockets has sent a remainder.
    func writeable(_ connection: Connection) -> Int32 {
        guard connection.phase == .answering else { return 0 }
        connection.socket.allowReading(false)
        return proceed(connection)
    }

    private func finish(_ connection: Connection) -> Int32 {
        connection.answer.unwatch()
        connection.answer = Answer()
        connection.request = nil
        connection.socket.allowReading(true)
        connection.mayBeBuffered = context?.hasBufferedInput ?? false
        guard !connection.closesAfterAnswer, connection.socket.completeTransaction() else {
            connection.phase = .closing
            connection.deadline = .now + configuration.deadline
            return -1
        }
        connection.phase = .header
        connection.deadline = .now + configuration.keepAlive
        connection.socket.clearTimeout()
        context?.nudge()
        return 0
    }

    // MARK: What a header says

    /// How the body is delimited (RFC 9112, 6.3).
    private enum Framing {
        case none
        case length(Int)
        case chunked
        case unsupported
        case malformed
    }

    private func framing(of request: HTTPRequest) -> Framing {
        let length = request.headers["content-length"]
        if let coding = request.headers["transfer-encoding"] {
            // Both at once is how requests are smuggled past a proxy.
            guard length == nil else { return .malformed }
            return coding.lowercased() == "chunked" ? .chunked : .unsupported
        }
        guard let length else { return .none }
        guard !length.isEmpty, length.utf8.count <= 15,
            length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(length)
        else { return .malformed }
        return count == 0 ? .none : .length(count)
    }

    private func asksToClose(_ headers: HTTPHeaders, socket: ServiceSocket) -> Bool {
        let connection = headers["connection"]?.lowercased() ?? ""
        if connection.contains("close") { return true }
        // libwebsockets ends an HTTP/1.0 connection itself unless told otherwise.
        return socket.header(WSI_TOKEN_HTTP)?.hasSuffix("1.1") != true
            && !connection.contains("keep-alive")
    }

    func headers(of socket: ServiceSocket) -> HTTPHeaders {
        var headers = HTTPHeaders()
        for (name, token) in HTTPHeaders.known {
            if let value = socket.header(token) { headers.add(name, value) }
        }
        for name in configuration.extraHeaders {
            if let value = socket.customHeader(name) { headers.add(name, value) }
        }
        return headers
    }

    func query(of socket: ServiceSocket) -> [HTTPRequest.QueryItem] {
        let length = socket.headerLength(WSI_TOKEN_HTTP_URI_ARGS)
        guard length > 0 else { return [] }
        var items: [HTTPRequest.QueryItem] = []
        while let item = socket.headerFragment(
            WSI_TOKEN_HTTP_URI_ARGS,
            items.count,
            capacity: length + 8
        ) {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            items.append(
                .init(name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
            )
        }
        return items
    }

    private func sayContinue(on socket: ServiceSocket) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: OutgoingQueue.headroom)
        bytes.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
        return socket.write(&bytes, as: LWS_WRITE_HTTP) ? 0 : -1
    }
}

extension HTTPMethod {
    fileprivate init?(libraryIndex: Int32) {
        switch libraryIndex {
        case Int32(LWSHUMETH_GET): self = .get
        case Int32(LWSHUMETH_HEAD): self = .head
        case Int32(LWSHUMETH_POST): self = .post
        case Int32(LWSHUMETH_PUT): self = .put
        case Int32(LWSHUMETH_PATCH): self = .patch
        case Int32(LWSHUMETH_DELETE): self = .delete
        case Int32(LWSHUMETH_OPTIONS): self = .options
        default: return nil
        }
    }

    /// Whether libwebsockets waits for a body when the header gives no length.
    fileprivate var libraryExpectsBody: Bool {
        self == .post || self == .put || self == .patch
    }
}

extension HTTPHeaders {
    /// The fields of a request that libwebsockets keeps by number.
    fileprivate static let known: [(String, lws_token_indexes)] = [
        ("host", WSI_TOKEN_HOST), ("connection", WSI_TOKEN_CONNECTION),
        ("upgrade", WSI_TOKEN_UPGRADE), ("origin", WSI_TOKEN_ORIGIN),
        ("sec-websocket-protocol", WSI_TOKEN_PROTOCOL),
        ("sec-websocket-version", WSI_TOKEN_VERSION),
        ("accept", WSI_TOKEN_HTTP_ACCEPT),
        ("access-control-request-headers", WSI_TOKEN_HTTP_AC_REQUEST_HEADERS),
        ("if-modified-since", WSI_TOKEN_HTTP_IF_MODIFIED_SINCE),
        ("if-none-match", WSI_TOKEN_HTTP_IF_NONE_MATCH),
        ("if-match", WSI_TOKEN_HTTP_IF_MATCH),
        ("if-unmodified-since", WSI_TOKEN_HTTP_IF_UNMODIFIED_SINCE),
        ("accept-encoding", WSI_TOKEN_HTTP_ACCEPT_ENCODING),
        ("accept-language", WSI_TOKEN_HTTP_ACCEPT_LANGUAGE),
        ("cache-control", WSI_TOKEN_HTTP_CACHE_CONTROL),
        ("authorization", WSI_TOKEN_HTTP_AUTHORIZATION),
        ("cookie", WSI_TOKEN_HTTP_COOKIE),
        ("content-length", WSI_TOKEN_HTTP_CONTENT_LENGTH),
        ("content-type", WSI_TOKEN_HTTP_CONTENT_TYPE),
        ("content-encoding", WSI_TOKEN_HTTP_CONTENT_ENCODING),
        ("range", WSI_TOKEN_HTTP_RANGE), ("referer", WSI_TOKEN_HTTP_REFERER),
        ("expect", WSI_TOKEN_HTTP_EXPECT), ("user-agent", WSI_TOKEN_HTTP_USER_AGENT),
        ("transfer-encoding", WSI_TOKEN_HTTP_TRANSFER_ENCODING),
        ("x-forwarded-for", WSI_TOKEN_X_FORWARDED_FOR), ("x-real-ip", WSI_TOKEN_HTTP_X_REAL_IP),
    ]
}
