import CWebSockets
import Glibc

/// What libwebsockets calls, on the loop's thread.
func serverCallback(
    _ wsi: OpaquePointer?,
    _ reason: lws_callback_reasons,
    _: UnsafeMutableRawPointer?,
    _ bytes: UnsafeMutableRawPointer?,
    _ count: Int
) -> Int32 {
    guard let owner = unsafe ServiceContext.owner(of: wsi), let wsi = unsafe wsi else { return 0 }
    let server = unsafe Unmanaged<WebServer>.fromOpaque(owner).takeUnretainedValue()
    let handle = unsafe LoopConfined(wsi)
    let bytes = unsafe BorrowedBytes(bytes, count)
    return server.assumeIsolated { server in
        // There is none for callbacks about the library itself, nor before a connection is known.
        guard let connection = unsafe ServiceSocket(handle.pointer).connection else { return 0 }
        return server.handle(reason, of: connection, bytes)
    }
}

extension WebServer {
    /// What happened to a connection; not 0 closes it.
    fileprivate func handle(
        _ reason: lws_callback_reasons,
        of connection: Connection,
        _ bytes: BorrowedBytes
    ) -> Int32 {
        switch reason {
        case LWS_CALLBACK_RECEIVE:
            return received(bytes, on: connection)
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return webSocketWriteable(connection)
        case LWS_CALLBACK_RECEIVE_PONG:
            pongReceived(connection)
        case LWS_CALLBACK_HTTP:
            return headerArrived(connection)
        case LWS_CALLBACK_HTTP_BODY:
            return bodyArrived(bytes, for: connection)
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
            return bodyCompleted(connection)
        case LWS_CALLBACK_HTTP_WRITEABLE:
            return writeable(connection)
        case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
            // Here and not in HTTP_CONFIRM_UPGRADE, where a refusal is used after it is freed.
            return mayUpgrade(connection) ? 0 : -1
        case LWS_CALLBACK_ESTABLISHED:
            return webSocketOpened(connection)
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            peerCloses(connection, bytes)
        case LWS_CALLBACK_CLOSED, LWS_CALLBACK_CLOSED_HTTP, LWS_CALLBACK_WSI_DESTROY:
            forget(connection)
        default:
            break
        }
        return 0
    }
}

func closeDescriptor(_ descriptor: Int32) {
    close(descriptor)
}
