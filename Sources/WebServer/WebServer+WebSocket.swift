import CWebSockets

extension WebServer {
    // MARK: On the loop only

    /// Closes a socket once its queue has been sent, or has not been for the deadline; on the loop
    /// only.
    public nonisolated func close(_ socket: WebSocketID, code: UInt16, reason: String = "") {
        assumeIsolated { server in
            guard let connection = server.connections[socket] else { return }
            server.beginClosing(connection, code: code, reason: reason)
        }
    }

    /// Counts a socket no longer among its address's strangers; on the loop only.
    public nonisolated func markAuthenticated(_ socket: WebSocketID) {
        assumeIsolated { server in
            guard let connection = server.connections[socket], !connection.isAuthenticated else {
                return
            }
            connection.isAuthenticated = true
            server.removeStranger(connection.address)
        }
    }

    // MARK: Opening

    /// Whether a request may become a WebSocket; if not, the refusal has been written.
    func mayUpgrade(_ connection: Connection) -> Bool {
        let socket = connection.socket
        let headers = headers(of: socket)
        guard let (method, path) = socket.methodAndPath() else { return false }
        let status: Int
        if delegate == nil || path != configuration.webSocketPath {
            status = 404
        } else if method != Int32(LWSHUMETH_GET) || headers["sec-websocket-version"] != "13" {
            status = 400
        } else if !offersSubprotocol(headers) {
            status = 400
        } else if !origins.admits(headers, isSecure: socket.isSecure) {
            status = 403
        } else if isStopping {
            status = 503
        } else if strangers[connection.address, default: 0]
            >= configuration.unauthenticatedSocketsPerAddress
        {
            status = 429
        } else {
            connection.request = HTTPRequest(
                path: path,
                query: query(of: socket),
                headers: headers,
                remoteAddress: connection.address,
                isSecure: socket.isSecure
            )
            return true
        }
        count.refused += 1
        writeRefusal(status, on: socket)
        return false
    }

    /// The handshake is done.
    func webSocketOpened(_ connection: Connection) -> Int32 {
        guard let request = connection.request, let delegate else { return -1 }
        connection.request = nil
        connection.phase = .webSocket
        connection.deadline = nil
        connection.heardAt = now
        connection.pingedAt = now
        connection.wasOpened = true
        connection.socket.clearTimeout()
        strangers[connection.address, default: 0] += 1
        count.webSockets += 1
        delegate.opened(connection.id, request: request)
        return 0
    }

    private func offersSubprotocol(_ headers: HTTPHeaders) -> Bool {
        (headers["sec-websocket-protocol"] ?? "").split(separator: ",")
            .contains { $0.drop { $0 == " " } == configuration.subprotocol }
    }

    private func writeRefusal(_ status: Int, on socket: ServiceSocket) {
        var bytes = [UInt8](repeating: 0, count: OutgoingQueue.headroom)
        let head =
            "HTTP/1.1 \(status) \(HTTPResponse.reason(of: status))\r\ndate: \(date.text())\r\n"
            + "content-length: 0\r\nconnection: close\r\n\r\n"
        bytes.append(contentsOf: head.utf8)
        _ = socket.write(&bytes, as: LWS_WRITE_HTTP_HEADERS)
    }

    // MARK: Receiving

    /// Bytes of a message; not 0 when the socket is to be closed.
    func received(_ bytes: BorrowedBytes, on connection: Connection) -> Int32 {
        let socket = connection.socket
        connection.heardAt = now
        guard connection.phase == .webSocket else {
            // What comes after our decision to close is nobody's.
            return 0
        }
        if socket.isBinary { return closeNow(connection, code: 1_003, reason: "text only") }
        let isLast = socket.endsMessage
        if isLast, connection.partial.isEmpty {
            guard bytes.count <= configuration.messageBytes else {
                return closeNow(connection, code: 1_009, reason: "message too big")
            }
            count.messagesReceived += 1
            bytes.withSpan { delegate?.received($0, from: connection.id) }
            connection.deadline = nil
            return 0
        }
        guard connection.partial.count + bytes.count <= configuration.messageBytes else {
            return closeNow(connection, code: 1_009, reason: "message too big")
        }
        if connection.deadline == nil { connection.deadline = .now + configuration.deadline }
        connection.partial.append(bytes)
        // A ping may have come between the fragments: its pong goes before what they cause.
        connection.waitsItsTurn = true
        guard isLast else { return 0 }
        let message = connection.partial
        connection.partial = []
        connection.deadline = nil
        count.messagesReceived += 1
        delegate?.received(message.span, from: connection.id)
        return 0
    }

    /// A pong: somebody is there.
    func pongReceived(_ connection: Connection) {
        connection.heardAt = now
    }

    /// The other end closes; the code is the first two bytes, if any.
    func peerCloses(_ connection: Connection, _ bytes: BorrowedBytes) {
        connection.peerCode = bytes.closeCode
        connection.phase = .closing
        connection.deadline = .now + configuration.deadline
    }

    // MARK: Closing

    /// Lets the queue leave, then says goodbye; what takes too long is cut off by the sweep.
    func beginClosing(_ connection: Connection, code: UInt16, reason: String) {
        guard connection.phase == .webSocket else { return }
        connection.phase = .closing
        connection.deadline = .now + min(configuration.deadline, .seconds(2))
        connection.farewell = Connection.Farewell(code: code, reason: reason)
        connection.partial = []
        connection.socket.requestWrite()
    }

    /// Says goodbye from within a callback that then returns -1.
    private func closeNow(_ connection: Connection, code: UInt16, reason: String) -> Int32 {
        count.refused += 1
        connection.farewell = Connection.Farewell(code: code, reason: reason)
        connection.sentFarewell = true
        connection.phase = .closing
        connection.deadline = .now + min(configuration.deadline, .seconds(2))
        connection.socket.setCloseReason(code: code, reason: reason)
        return -1
    }

    /// The connection is gone; if it was a WebSocket, its delegate hears of it.
    func webSocketEnded(_ connection: Connection) {
        guard connection.wasOpened else { return }
        connection.wasOpened = false
        count.webSockets -= 1
        if !connection.isAuthenticated { removeStranger(connection.address) }
        let code = connection.peerCode ?? connection.farewell?.code ?? 1_006
        delegate?.closed(connection.id, code: code)
    }

    private func removeStranger(_ address: String) {
        let left = strangers[address, default: 0] - 1
        strangers[address] = left > 0 ? left : nil
    }
}
