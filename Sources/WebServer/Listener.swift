import Glibc

/// A listening socket.
///
/// It is ours and not libwebsockets', so that a taken port is known at once, and accepting can stop
/// and be limited.
final class Listener {
    private let descriptor: Int32
    /// The port that the system gave.
    let port: Int
    private var isOpen = true

    /// Listens; names are resolved, the first address that can be bound is used.
    init(address: String, port: Int) throws(WebServerError) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(address, String(port), &hints, &list)
        guard status == 0, let first = unsafe list else {
            let reason = unsafe String(cString: gai_strerror(status))
            throw .cannotBind(address: address, port: port, reason: reason)
        }
        defer { unsafe freeaddrinfo(list) }
        let (descriptor, failure) = unsafe Self.listen(on: first.pointee)
        guard failure == 0 else {
            if failure == EADDRINUSE { throw .addressInUse(port) }
            let reason = unsafe String(cString: strerror(failure))
            throw .cannotBind(address: address, port: port, reason: reason)
        }
        self.descriptor = descriptor
        self.port = Self.port(of: descriptor)
    }

    deinit {
        close()
    }

    /// Watches for connections until `close`.
    func watch(on loop: WebLoopDriver, _ handler: @escaping () -> Void) -> Watcher {
        Watcher(descriptor, for: .readable, on: loop, handler)
    }

    /// What came of an accept.
    enum Arrival {
        /// A connection, and the other end's address.
        case connection(Int32, String)
        /// Nobody waits.
        case nobody
        /// The process has no descriptor left.
        case exhausted
    }

    /// Takes the next connection.
    func accept() -> Arrival {
        while true {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = unsafe withUnsafeMutablePointer(to: &storage) { storage in
                unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.accept(descriptor, $0, &length)
                }
            }
            if accepted >= 0 {
                // Non-blocking it becomes when libwebsockets adopts it.
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                var one: Int32 = 1
                unsafe setsockopt(
                    accepted,
                    Int32(IPPROTO_TCP),
                    TCP_NODELAY,
                    &one,
                    socklen_t(MemoryLayout<Int32>.size)
                )
                return .connection(accepted, Self.name(of: &storage, length))
            }
            switch errno {
            case EINTR, ECONNABORTED, EPROTO: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            default: return .nobody
            }
        }
    }

    /// Stops listening; its watcher must be gone.
    func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(descriptor)
    }

    private static func listen(on address: addrinfo) -> (Int32, Int32) {
        let descriptor = unsafe socket(
            address.ai_family,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
                | Int32(SOCK_NONBLOCK.rawValue),
            0
        )
        guard descriptor >= 0 else { return (-1, errno) }
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        guard unsafe bind(descriptor, address.ai_addr, address.ai_addrlen) == 0,
            Glibc.listen(descriptor, 1_024) == 0
        else {
            let failure = errno
            Glibc.close(descriptor)
            return (-1, failure)
        }
        return (descriptor, 0)
    }

    private static func port(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { storage in
            _ = unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
            // The port lies at the same place in both families.
            return unsafe storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Int(UInt16(bigEndian: unsafe $0.pointee.sin_port))
            }
        }
    }

    private static func name(of storage: inout sockaddr_storage, _ length: socklen_t) -> String {
        unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
                    guard let base = text.baseAddress,
                        unsafe getnameinfo(address, length, base, 64, nil, 0, NI_NUMERICHOST) == 0
                    else { return "?" }
                    let name = unsafe String(cString: base)
                    // An IPv4 address on an IPv6 socket is still an IPv4 address.
                    return name.hasPrefix("::ffff:") ? String(name.dropFirst(7)) : name
                }
            }
        }
    }
}
