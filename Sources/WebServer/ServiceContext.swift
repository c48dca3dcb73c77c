import CWebSockets
import EventLoop
import Glibc
import Synchronization

/// A context of libwebsockets on a web loop, with one vhost; made, used and closed on the loop.
@safe
final class ServiceContext {
    typealias Callback =
        @convention(c) (
            OpaquePointer?, lws_callback_reasons, UnsafeMutableRawPointer?,
            UnsafeMutableRawPointer?, Int
        ) -> Int32

    /// What a context is made of.
    struct Settings {
        /// The subprotocol of the WebSockets.
        var subprotocol: String
        /// The most bytes of a header.
        var headerBytes: Int
        /// The certificate of a server.
        var tls: TLSFiles?
        /// Whether it accepts connections, or only makes them.
        var isServer: Bool
        /// Whether OpenSSL is set up, as a client needs for wss.
        var usesTLS: Bool
        /// The file of a certificate authority that a client trusts beside the system's.
        var authority: String?
    }

    private let loop: WebLoop
    private let protocols: UnsafeMutablePointer<lws_protocols>
    private let names: [UnsafeMutablePointer<CChar>?]
    private var context: OpaquePointer?
    private var vhost: OpaquePointer?

    /// A context whose callbacks get `user` back from `owner(of:)`.
    init(
        _ settings: Settings,
        on loop: WebLoop,
        user: UnsafeMutableRawPointer,
        callback: Callback
    ) throws(WebServerError) {
        self.loop = loop
        unsafe names = [strdup("http"), strdup(settings.subprotocol)]
        unsafe protocols = .allocate(capacity: 3)
        for index in unsafe names.indices {
            var entry = unsafe lws_protocols()
            unsafe entry.name = unsafe UnsafePointer(names[index])
            unsafe entry.callback = callback
            // What a single read hands over; a write is never cut.
            unsafe entry.rx_buffer_size = 4_096
            unsafe entry.tx_packet_size = 1 << 20
            unsafe (protocols + index).initialize(to: entry)
        }
        unsafe (protocols + 2).initialize(to: lws_protocols())

        let made = libraryLock.withLock { _ in
            unsafe make(settings, user: user)
        }
        guard made else {
            close()
            if settings.tls != nil { throw .tls(LibraryLog.lastError ?? "no reason given") }
            throw .library(LibraryLog.lastError ?? "no reason given")
        }
    }

    deinit {
        close()
        unsafe protocols.deallocate()
        for index in unsafe names.indices { unsafe free(names[index]) }
    }

    private func make(_ settings: Settings, user: UnsafeMutableRawPointer) -> Bool {
        LibraryLog.install()
        LibraryLog.clear()
        var info = unsafe lws_context_creation_info()
        unsafe web_prepare(&info, settings.usesTLS || settings.tls != nil ? 1 : 0)
        unsafe info.user = unsafe user
        // Beyond these, libwebsockets' own deadlines stay out of the way of ours.
        unsafe info.timeout_secs = 30
        unsafe info.keepalive_timeout = 3_600
        unsafe info.max_http_header_data = UInt16(clamping: settings.headerBytes)
        unsafe info.max_http_header_pool = 4_096
        unsafe info.pt_serv_buf_size = 32_768
        var loops: [UnsafeMutableRawPointer?] = unsafe [
            UnsafeMutableRawPointer(loop.driver.handle.pointer)
        ]
        let context = unsafe loops.withUnsafeMutableBufferPointer { loops in
            unsafe info.foreign_loops = loops.baseAddress
            return unsafe lws_create_context(&info)
        }
        guard let context = unsafe context else { return false }
        unsafe self.context = context
        unsafe info.protocols = unsafe UnsafePointer(protocols)
        if settings.isServer { unsafe web_prepare_server(&info) }
        let certificate = unsafe settings.tls.map { unsafe strdup($0.certificate) } ?? nil
        let key = unsafe settings.tls.map { unsafe strdup($0.key) } ?? nil
        let authority = unsafe settings.authority.map { unsafe strdup($0) } ?? nil
        defer {
            unsafe free(certificate)
            unsafe free(key)
            unsafe free(authority)
        }
        unsafe info.ssl_cert_filepath = unsafe UnsafePointer(certificate)
        unsafe info.ssl_private_key_filepath = unsafe UnsafePointer(key)
        unsafe info.client_ssl_ca_filepath = unsafe UnsafePointer(authority)
        unsafe vhost = unsafe lws_create_vhost(context, &info)
        return unsafe vhost != nil
    }

    /// Closes every connection, with its callbacks, and frees everything.
    func close() {
        guard let context = unsafe context else { return }
        unsafe self.context = nil
        unsafe vhost = nil
        // Not under the lock: the callbacks of what closes now may take time, and want none.
        unsafe lws_context_destroy(context)
    }

    /// The `user` of a callback's context.
    static func owner(of wsi: OpaquePointer?) -> UnsafeMutableRawPointer? {
        guard let wsi = unsafe wsi, let context = unsafe lws_get_context(wsi) else { return nil }
        return unsafe lws_context_user(context)
    }

    /// Gives an accepted socket to the vhost, which owns it from now on and closes it when it fails.
    func adopt(_ descriptor: Int32) -> ServiceSocket? {
        guard let vhost = unsafe vhost,
            let wsi = unsafe lws_adopt_socket_vhost(vhost, descriptor)
        else { return nil }
        return unsafe ServiceSocket(wsi)
    }

    /// Lets libwebsockets look at its timers and at what it has read but not yet handled.
    ///
    /// Its libev plug-in arms its timer only when a descriptor was ready.
    func nudge() {
        guard let context = unsafe context else { return }
        unsafe lws_cancel_service(context)
    }

    /// Whether some connection that may be read has input in libwebsockets' own buffer.
    var hasBufferedInput: Bool {
        guard let context = unsafe context else { return false }
        return unsafe lws_service_adjust_timeout(context, 1, 0) == 0
    }

    /// Starts a connection; nil when it failed at once.
    func connect(_ info: inout lws_client_connect_info) -> ServiceSocket? {
        unsafe info.context = unsafe context
        unsafe info.vhost = unsafe vhost
        guard let wsi = unsafe lws_client_connect_via_info(&info) else { return nil }
        return unsafe ServiceSocket(wsi)
    }
}
