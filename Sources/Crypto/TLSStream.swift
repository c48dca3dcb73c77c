import COpenSSL

/// Whom a TLS client trusts: servers with a certificate of one authority, TLS 1.2 or later.
@safe
public final class TLSTrust {
    fileprivate let context: OpaquePointer

    /// Trusts the authority whose certificate lies in that PEM file.
    public init(authority path: String) throws(CryptoError) {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
            throw .ofLibrary("SSL_CTX_new")
        }
        unsafe self.context = context
        guard unsafe SSL_CTX_load_verify_file(context, path) == 1 else {
            throw .ofLibrary("SSL_CTX_load_verify_file")
        }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        // Both are macros in C: SSL_CTX_set_min_proto_version and SSL_CTX_set_mode.
        unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        let mode = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        unsafe SSL_CTX_ctrl(context, SSL_CTRL_MODE, Int(mode), nil)
    }

    deinit { unsafe SSL_CTX_free(context) }
}

/// The client's end of TLS on a descriptor that does not block; the descriptor stays its owner's.
@safe
public final class TLSStream {
    /// What became of a call.
    public enum Step: Sendable, Equatable {
        /// So many bytes were moved; 1 for a handshake that is done.
        case done(Int)
        /// Call again when the descriptor can be read.
        case wantsRead
        /// Call again when the descriptor can be written.
        case wantsWrite
        /// The other end closed, or its certificate is not trusted.
        case closed
    }

    private let stream: OpaquePointer
    private let trust: TLSTrust

    /// A stream to the server with that IP address in its certificate; `handshake` comes next.
    public init(
        _ descriptor: Int32,
        to address: String,
        trusting trust: TLSTrust
    )
        throws(CryptoError)
    {
        guard let stream = unsafe SSL_new(trust.context) else { throw .ofLibrary("SSL_new") }
        unsafe self.stream = stream
        self.trust = trust
        guard unsafe SSL_set_fd(stream, descriptor) == 1 else { throw .ofLibrary("SSL_set_fd") }
        let parameters = unsafe SSL_get0_param(stream)
        guard unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, address) == 1 else {
            throw .ofLibrary("X509_VERIFY_PARAM_set1_ip_asc")
        }
        unsafe SSL_set_connect_state(stream)
    }

    deinit { unsafe SSL_free(stream) }

    /// Goes on with the handshake.
    public func handshake() -> Step { step(unsafe SSL_do_handshake(stream)) }

    /// Reads what there is, at most as much as the buffer holds.
    public func read(into buffer: inout [UInt8]) -> Step {
        step(
            unsafe buffer.withUnsafeMutableBytes {
                unsafe SSL_read(stream, $0.baseAddress, Int32(clamping: $0.count))
            }
        )
    }

    /// Writes bytes from `start` on; not all of them may go at once.
    public func write(_ bytes: [UInt8], from start: Int) -> Step {
        step(
            unsafe bytes.withUnsafeBytes {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: $0[start...])
                return unsafe SSL_write(stream, rest.baseAddress, Int32(clamping: rest.count))
            }
        )
    }

    private func step(_ result: Int32) -> Step {
        if result > 0 { return .done(Int(result)) }
        defer { ERR_clear_error() }
        switch unsafe SSL_get_error(stream, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        default: return .closed
        }
    }
}
