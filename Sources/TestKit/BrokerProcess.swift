import EventLoop
public import Foundation
import Glibc
import Synchronization

/// A real Mosquitto for one test: its own folder, its own port on 127.0.0.1, ended with the test.
public final class BrokerProcess: Sendable {
    /// Where the broker's files are.
    public let directory: URL
    /// Where the broker listens.
    public let port: Int
    private let running = Guarded<pid_t?>(nil)

    /// Starts a broker; `configuration` makes `mosquitto.conf` from the folder and the port.
    ///
    /// Without one the broker lets everybody in, keeps sessions on disk and queues without limit.
    public init(configuration: ((URL, Int) throws -> String)? = nil) throws {
        directory = URL(filePath: NSTemporaryDirectory())
            .appending(path: "telehealth-broker-\(UUID().uuidString)")
        port = try freePort()
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let text = try configuration?(directory, port) ?? open(directory, port)
        try text.write(to: file, atomically: true, encoding: .utf8)
        try start()
    }

    deinit {
        stop(signal: SIGKILL)
        try? FileManager.default.removeItem(at: directory)
    }

    /// Starts the broker again, on the same port and with the same files.
    public func start() throws {
        var identifier: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [
            strdup("/usr/sbin/mosquitto"), strdup("-c"), strdup(file.path), nil,
        ]
        defer { while unsafe !arguments.isEmpty { unsafe free(arguments.removeLast()) } }
        // The threads of Swift's own pool block signals, and a child inherits that.
        var attributes = posix_spawnattr_t()
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_init(&attributes)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        let status = unsafe posix_spawn(
            &identifier,
            "/usr/sbin/mosquitto",
            nil,
            &attributes,
            &arguments,
            environ
        )
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .ENOENT) }
        running.withLock { $0 = identifier }
        while !isListening(port) {
            // It ends at once when somebody took the port in between.
            guard waitpid(identifier, nil, WNOHANG) == 0 else {
                running.withLock { $0 = nil }
                throw POSIXError(.EADDRINUSE)
            }
            usleep(2_000)
        }
    }

    /// Stops the broker's work without its end: its sockets stay open and nothing answers.
    public func freeze() {
        if let identifier = running.withLock({ $0 }) { kill(identifier, SIGSTOP) }
    }

    /// Lets a frozen broker work again.
    public func thaw() {
        if let identifier = running.withLock({ $0 }) { kill(identifier, SIGCONT) }
    }

    /// Ends the broker and waits for its end; SIGTERM lets it save its sessions.
    ///
    /// Mosquitto listens before its own loop runs, and forgets a SIGTERM that comes in between. So
    /// the signal is sent until the broker has ended.
    public func stop(signal: Int32 = SIGTERM) {
        guard let identifier = running.withLock({ $0.take() }) else { return }
        while waitpid(identifier, nil, WNOHANG) == 0 {
            kill(identifier, signal)
            usleep(2_000)
        }
    }

    private var file: URL { directory.appending(path: "mosquitto.conf") }
}

private func open(_ directory: URL, _ port: Int) -> String {
    """
    listener \(port) 127.0.0.1
    user root
    allow_anonymous true
    persistence true
    persistence_location \(directory.path)/
    max_inflight_messages 0
    max_queued_messages 0
    sys_interval 1
    log_dest file \(directory.path)/mosquitto.log

    """
}

/// Whether somebody accepts connections on the port.
private func isListening(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = loopback(port)
    return unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

private func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

/// A port that nobody uses now, below those that the system gives to outgoing connections.
///
/// Each caller gets another one, so that tests that run at the same time cannot meet.
private func freePort() throws -> Int {
    for _ in 0..<1_000 {
        let number = nextPort.add(1, ordering: .relaxed).oldValue
        let port = 12_000 + (number &+ Int(getpid()) &* 37) % 20_000
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status == 0 { return port }
    }
    throw POSIXError(.EADDRINUSE)
}

private let nextPort = Atomic<Int>(0)
