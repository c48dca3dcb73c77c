import CWebSockets

/// A request or a WebSocket of a client; confined to the loop by the client that owns it.
final class Call: Slotted {
    typealias Answer = CheckedContinuation<Result<HTTPResponse, WebClientError>, Never>
    typealias Opening = CheckedContinuation<Result<WebSocket, WebClientError>, Never>

    let id: WebSocketID
    let address: WebAddress
    let headers: HTTPHeaders
    var wsi: ServiceSocket?
    /// When it must be answered or open; nil for an open WebSocket.
    var deadline: ContinuousClock.Instant?

    // A request.
    var method = HTTPMethod.get
    var body: [UInt8] = []
    var sentBytes = 0
    var answer: Answer?
    var response: HTTPResponse?

    // A WebSocket.
    var opening: Opening?
    var socket: WebSocket?
    var partial: [UInt8] = []
    var farewell: Connection.Farewell?
    var peerCode: UInt16?
    var heardAt: ContinuousClock.Instant
    var pingedAt: ContinuousClock.Instant
    var wantsPing = false

    init(id: WebSocketID, address: WebAddress, headers: HTTPHeaders, now: ContinuousClock.Instant) {
        self.id = id
        self.address = address
        self.headers = headers
        heardAt = now
        pingedAt = now
    }

    /// Starts the connection; nil when it failed at once.
    func connect(
        through context: ServiceContext,
        origin: String?,
        subprotocol: String?,
        verifies: Bool
    ) -> ServiceSocket? {
        var info = unsafe lws_client_connect_info()
        var tls = Int(LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue)
        if address.isSecure {
            tls |= Int(LCCSCF_USE_SSL.rawValue)
            if !verifies {
                tls |= Int(
                    LCCSCF_ALLOW_SELFSIGNED.rawValue | LCCSCF_ALLOW_INSECURE.rawValue
                        | LCCSCF_ALLOW_EXPIRED.rawValue
                        | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK.rawValue
                )
            }
        }
        unsafe info.ssl_connection = Int32(tls)
        unsafe info.port = Int32(address.port)
        unsafe info.ietf_version_or_minus_one = -1
        unsafe info.opaque_user_data = Unmanaged.passUnretained(self).toOpaque()
        // libwebsockets copies every string before the call returns.
        return unsafe address.host.withCString { host in
            unsafe info.address = host
            return unsafe address.path.withCString { path in
                unsafe info.path = path
                return unsafe address.authority.withCString { authority in
                    unsafe info.host = authority
                    return unsafe "http".withCString { local in
                        unsafe info.local_protocol_name = local
                        return unsafe withOptionalCString(origin) { origin in
                            unsafe info.origin = origin
                            return unsafe withOptionalCString(subprotocol) { name in
                                unsafe info.protocol = name
                                let method = subprotocol == nil ? self.method.rawValue : nil
                                return unsafe withOptionalCString(method) { method in
                                    unsafe info.method = method
                                    return unsafe context.connect(&info)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

private func withOptionalCString<Result>(
    _ text: String?,
    _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
}
