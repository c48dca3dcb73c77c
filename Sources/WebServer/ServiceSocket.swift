import CWebSockets
import Glibc

/// libwebsockets' connection, as long as it lives; one method, one call.
@safe
struct ServiceSocket {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    /// The connection object that was attached to it.
    var connection: Connection? {
        guard let pointer = unsafe lws_get_opaque_user_data(handle) else { return nil }
        return unsafe Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
    }

    func attach(_ connection: Connection) {
        unsafe lws_set_opaque_user_data(handle, Unmanaged.passUnretained(connection).toOpaque())
    }

    /// The client's call that it was made for.
    var call: Call? {
        guard let pointer = unsafe lws_get_opaque_user_data(handle) else { return nil }
        return unsafe Unmanaged<Call>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Forgets what was attached: its callbacks concern nobody from now on.
    func detach() {
        unsafe lws_set_opaque_user_data(handle, nil)
    }

    var descriptor: Int32 {
        unsafe lws_get_socket_fd(handle)
    }

    var isSecure: Bool {
        unsafe lws_is_ssl(handle) != 0
    }

    /// Asks for a WRITEABLE.
    func requestWrite() {
        unsafe lws_callback_on_writable(handle)
    }

    /// Whether the system would take nothing now, or libwebsockets still holds a remainder.
    var isChoked: Bool {
        unsafe lws_send_pipe_choked(handle) != 0
    }

    /// Whether libwebsockets holds a remainder of the last write.
    var holdsRemainder: Bool {
        unsafe lws_partial_buffered(handle) != 0
    }

    /// Writes bytes that have `web_headroom` before them; false when the connection is broken.
    func write(
        _ bytes: UnsafeMutablePointer<UInt8>,
        count: Int,
        as kind: lws_write_protocol
    ) -> Bool {
        unsafe lws_write(handle, bytes, count, kind) >= 0
    }

    /// Writes an array that begins with the headroom; false when the connection is broken.
    func write(_ bytes: inout [UInt8], as kind: lws_write_protocol) -> Bool {
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            let headroom = OutgoingQueue.headroom
            return unsafe write(base + headroom, count: buffer.count - headroom, as: kind)
        }
    }

    /// Sends a ping of one byte: libwebsockets does not report the pong to an empty one.
    func ping() -> Bool {
        var bytes = [UInt8](repeating: 0, count: OutgoingQueue.headroom + 1)
        return write(&bytes, as: LWS_WRITE_PING)
    }

    /// Lets the connection be read, or not.
    func allowReading(_ isAllowed: Bool) {
        unsafe lws_rx_flow_control(handle, isAllowed ? 1 : 0)
    }

    /// Takes libwebsockets' own deadline away; ours are in `Connection`.
    func clearTimeout() {
        unsafe lws_set_timeout(handle, NO_PENDING_TIMEOUT, 0)
    }

    /// Closes and frees it now, with its callbacks; nothing may follow in a callback of its own.
    ///
    /// libwebsockets first wants to send what the system did not take, which may be never; where
    /// the system says that it takes no more at all, that ends in the loop's next turn.
    func kill() {
        if holdsRemainder { shutdown(descriptor, Int32(SHUT_RDWR)) }
        unsafe web_kill(handle)
    }

    /// Ends the answer; false when the connection must be closed.
    func completeTransaction() -> Bool {
        unsafe lws_http_transaction_completed(handle) == 0
    }

    /// Sets what the close frame says.
    func setCloseReason(code: UInt16, reason: String) {
        var text = Array(reason.utf8.prefix(123))
        unsafe text.withUnsafeMutableBufferPointer {
            unsafe lws_close_reason(
                handle,
                lws_close_status(UInt32(code)),
                $0.baseAddress,
                $0.count
            )
        }
    }

    var isFirstFragment: Bool {
        unsafe lws_is_first_fragment(handle) != 0
    }

    /// Whether the bytes just received end a message.
    var endsMessage: Bool {
        unsafe lws_is_final_fragment(handle) != 0 && lws_remaining_packet_payload(handle) == 0
    }

    var isBinary: Bool {
        unsafe lws_frame_is_binary(handle) != 0
    }

    // MARK: A client's request

    /// Says that a body will be written, before the header is sent.
    func announceBody() {
        unsafe lws_client_http_body_pending(handle, 1)
        requestWrite()
    }

    /// Says that the body has been written.
    func bodyIsSent() {
        unsafe lws_client_http_body_pending(handle, 0)
    }

    /// The status code of the answer.
    var answerStatus: Int {
        Int(unsafe lws_http_client_http_response(handle))
    }

    /// Has libwebsockets read the answer's body, which it hands to the callback.
    func readAnswer() -> Bool {
        unsafe withUnsafeTemporaryAllocation(
            of: CChar.self,
            capacity: OutgoingQueue.headroom + 16_384
        ) { buffer in
            var start: UnsafeMutablePointer<CChar>? = unsafe buffer.baseAddress.map {
                unsafe $0 + OutgoingQueue.headroom
            }
            var count: Int32 = 16_384
            return unsafe lws_http_client_read(handle, &start, &count) >= 0
        }
    }

    // MARK: Headers

    func headerLength(_ token: lws_token_indexes) -> Int {
        Int(unsafe lws_hdr_total_length(handle, token))
    }

    /// All fragments of a known header field, as text.
    func header(_ token: lws_token_indexes) -> String? {
        let length = headerLength(token)
        guard length > 0 else { return nil }
        return unsafe text(capacity: length + 8) {
            unsafe lws_hdr_copy(handle, $0, Int32($1), token)
        }
    }

    /// One fragment of a known header field, such as one `name=value` of the query.
    func headerFragment(_ token: lws_token_indexes, _ index: Int, capacity: Int) -> String? {
        unsafe text(capacity: capacity) {
            unsafe lws_hdr_copy_fragment(handle, $0, Int32($1), token, Int32(index))
        }
    }

    /// A header field that libwebsockets does not know, by its name in lower case.
    func customHeader(_ name: String) -> String? {
        let name = name + ":"
        let count = Int32(name.utf8.count)
        let length = unsafe lws_hdr_custom_length(handle, name, count)
        guard length > 0 else { return nil }
        return unsafe text(capacity: Int(length) + 1) {
            unsafe lws_hdr_custom_copy(handle, $0, Int32($1), name, count)
        }
    }

    /// The method and the path, percent-decoded.
    func methodAndPath() -> (Int32, String)? {
        var start: UnsafeMutablePointer<CChar>?
        var length: Int32 = 0
        let method = unsafe lws_http_get_uri_and_method(handle, &start, &length)
        guard method >= 0, let start = unsafe start else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(length))
        return (method, unsafe String(decoding: bytes, as: UTF8.self))
    }

    private func text(
        capacity: Int,
        _ copy: (UnsafeMutablePointer<CChar>, Int) -> Int32
    ) -> String? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = unsafe copy(base, capacity)
            guard count >= 0 else { return nil }
            let bytes = unsafe UnsafeRawBufferPointer(start: base, count: Int(count))
            return unsafe String(decoding: bytes, as: UTF8.self)
        }
    }
}
