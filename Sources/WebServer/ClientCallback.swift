import CWebSockets

/// What libwebsockets calls for a client, on the loop's thread.
func clientCallback(
    _ wsi: OpaquePointer?,
    _ reason: lws_callback_reasons,
    _: UnsafeMutableRawPointer?,
    _ bytes: UnsafeMutableRawPointer?,
    _ count: Int
) -> Int32 {
    guard let owner = unsafe ServiceContext.owner(of: wsi), let wsi = unsafe wsi else { return 0 }
    let client = unsafe Unmanaged<WebClient>.fromOpaque(owner).takeUnretainedValue()
    let handle = unsafe LoopConfined(wsi)
    let bytes = unsafe BorrowedBytes(bytes, count)
    return client.assumeIsolated { client in
        let socket = unsafe ServiceSocket(handle.pointer)
        guard let call = socket.call else { return 0 }
        // The first callbacks come before libwebsockets has returned the connection.
        if call.wsi == nil { call.wsi = socket }
        return client.handle(reason, of: call, on: socket, bytes)
    }
}

extension WebClient {
    /// What happened to a call; not 0 closes its connection.
    fileprivate func handle(
        _ reason: lws_callback_reasons,
        of call: Call,
        on socket: ServiceSocket,
        _ bytes: BorrowedBytes
    ) -> Int32 {
        switch reason {
        case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
            return appendHeaders(of: call, to: socket, bytes)
        case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
            return sendBody(of: call, on: socket)
        case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
            return answerBegan(call, on: socket)
        case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
            return socket.readAnswer() ? 0 : -1
        case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
            return answerContinued(call, bytes)
        case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
            complete(call)
            return -1
        case LWS_CALLBACK_CLIENT_ESTABLISHED:
            webSocketOpened(call, on: socket)
        case LWS_CALLBACK_CLIENT_RECEIVE:
            return received(bytes, for: call, on: socket)
        case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
            call.heardAt = now
        case LWS_CALLBACK_CLIENT_WRITEABLE:
            return webSocketWriteable(call, on: socket)
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            call.peerCode = bytes.closeCode
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
            end(call, because: .refused(bytes.text))
        case LWS_CALLBACK_CLOSED_CLIENT_HTTP, LWS_CALLBACK_CLIENT_CLOSED,
            LWS_CALLBACK_WSI_DESTROY:
            end(call, because: .interrupted)
        default:
            break
        }
        return 0
    }
}
