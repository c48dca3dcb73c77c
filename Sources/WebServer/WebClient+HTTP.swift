import CWebSockets

extension WebClient {
    /// Adds the caller's fields, and those of a body, to the request.
    func appendHeaders(of call: Call, to socket: ServiceSocket, _ cursor: BorrowedBytes) -> Int32 {
        var text = ""
        for field in call.headers where !["host", "content-length", "origin"].contains(field.name) {
            text += "\(field.name): \(field.value)\r\n"
        }
        let hasBody = !call.body.isEmpty || [.post, .put, .patch].contains(call.method)
        if call.answer != nil, hasBody {
            text += "content-length: \(call.body.count)\r\n"
            if !call.body.isEmpty { socket.announceBody() }
        }
        return cursor.appendHeader(Array(text.utf8)) ? 0 : -1
    }

    /// Sends the next piece of the body.
    func sendBody(of call: Call, on socket: ServiceSocket) -> Int32 {
        let left = call.body.count - call.sentBytes
        guard call.answer != nil, left > 0 else { return 0 }
        let count = min(left, 16_384)
        let isLast = count == left
        var piece = [UInt8](repeating: 0, count: OutgoingQueue.headroom)
        piece += call.body[call.sentBytes..<call.sentBytes + count]
        let kind = isLast ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP
        guard socket.write(&piece, as: kind) else { return -1 }
        call.sentBytes += count
        if isLast { socket.bodyIsSent() } else { socket.requestWrite() }
        return 0
    }

    /// The header of the answer has come.
    func answerBegan(_ call: Call, on socket: ServiceSocket) -> Int32 {
        let status = socket.answerStatus
        call.response = HTTPResponse(status: status, headers: answerHeaders(of: socket))
        // These have no body whatever their header says; libwebsockets would wait for one.
        if call.method == .head || status == 204 || status == 304
            || call.response?.headers["content-length"] == "0"
        {
            complete(call)
            return -1
        }
        return 0
    }

    /// A part of the answer's body has come.
    func answerContinued(_ call: Call, _ bytes: BorrowedBytes) -> Int32 {
        let size = (call.response?.body.count ?? 0) + bytes.count
        guard size <= configuration.bodyBytes else {
            end(call, because: .tooLarge)
            return -1
        }
        call.response?.body.append(bytes)
        return 0
    }

    /// The answer is whole.
    func complete(_ call: Call) {
        guard let response = call.response else { return }
        call.answer?.resume(returning: .success(response))
        call.answer = nil
        end(call, because: .interrupted)
    }

    func answerHeaders(of socket: ServiceSocket) -> HTTPHeaders {
        var headers = HTTPHeaders()
        for (name, token) in HTTPHeaders.knownInAnswers {
            if let value = socket.header(token) { headers.add(name, value) }
        }
        for name in configuration.extraHeaders {
            if let value = socket.customHeader(name) { headers.add(name, value) }
        }
        return headers
    }
}

extension HTTPHeaders {
    /// The fields of an answer that libwebsockets keeps by number.
    fileprivate static let knownInAnswers: [(String, lws_token_indexes)] = [
        ("content-length", WSI_TOKEN_HTTP_CONTENT_LENGTH),
        ("content-type", WSI_TOKEN_HTTP_CONTENT_TYPE), ("date", WSI_TOKEN_HTTP_DATE),
        ("etag", WSI_TOKEN_HTTP_ETAG), ("location", WSI_TOKEN_HTTP_LOCATION),
        ("set-cookie", WSI_TOKEN_HTTP_SET_COOKIE), ("retry-after", WSI_TOKEN_HTTP_RETRY_AFTER),
        ("www-authenticate", WSI_TOKEN_HTTP_WWW_AUTHENTICATE), ("allow", WSI_TOKEN_HTTP_ALLOW),
        ("cache-control", WSI_TOKEN_HTTP_CACHE_CONTROL), ("link", WSI_TOKEN_HTTP_LINK),
        ("content-encoding", WSI_TOKEN_HTTP_CONTENT_ENCODING), ("vary", WSI_TOKEN_HTTP_VARY),
        ("content-disposition", WSI_TOKEN_HTTP_CONTENT_DISPOSITION),
        ("strict-transport-security", WSI_TOKEN_HTTP_STRICT_TRANSPORT_SECURITY),
        ("last-modified", WSI_TOKEN_HTTP_LAST_MODIFIED),
        ("sec-websocket-protocol", WSI_TOKEN_PROTOCOL),
    ]
}
