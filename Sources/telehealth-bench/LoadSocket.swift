import CLinux
import Crypto
import Glibc

/// A socket of the load that does not block, plain or under TLS, with the bytes on their way.
@safe
final class LoadSocket {
    /// Where a connection goes, and whom it trusts there; plain without trust.
    struct Target {
        var port: Int
        var trust: TLSTrust?
    }

    let descriptor: Int32
    private let tls: TLSStream?
    private var isSecured: Bool
    private var outgoing: [UInt8] = []
    private var sentCount = 0
    /// What was read and not used yet.
    var incoming: [UInt8] = []

    /// Starts to connect from a loopback address of that site's own; nil when the system refuses.
    init?(to target: Target, site: Int) throws {
        let descriptor = socket(
            AF_INET,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
            0
        )
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        tls = try target.trust.map {
            try TLSStream(descriptor, to: "127.0.0.1", trusting: $0)
        }
        isSecured = target.trust == nil
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, size)
        let own = 0x7F01_0001 + UInt32(site / 250) << 8 + UInt32(site % 250)
        guard unsafe call(bind, address: own, port: 0) == 0 else { return nil }
        let status = unsafe call(connect, address: 0x7F00_0001, port: target.port)
        guard status == 0 || errno == EINPROGRESS else { return nil }
    }

    deinit { Glibc.close(descriptor) }

    /// Whether bytes wait for the system to take them.
    var isWaitingToSend: Bool { sentCount < outgoing.count || !isSecured }

    /// Ends the connection with a reset, as a lost network looks to the program.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, size)
    }

    /// Puts bytes at the end of what is to be sent.
    func queue(_ fill: (inout [UInt8]) -> Void) {
        fill(&outgoing)
    }

    /// Sends what the system takes; false when the connection is broken.
    func flush() -> Bool {
        guard secure() else { return false }
        while isSecured, sentCount < outgoing.count {
            let count = write()
            if count == 0 { return true }
            if count < 0 { return false }
            sentCount += count
        }
        if sentCount == outgoing.count {
            outgoing.removeAll(keepingCapacity: true)
            sentCount = 0
        }
        return true
    }

    /// Reads everything that has come; false when the connection is over.
    func fill(by scratch: inout [UInt8]) -> Bool {
        guard secure() else { return false }
        while isSecured {
            let count = read(into: &scratch)
            if count == 0 { return true }
            if count < 0 { return false }
            incoming.append(contentsOf: scratch[..<count])
            if count < scratch.count, tls == nil { return true }
        }
        return true
    }

    private func secure() -> Bool {
        guard !isSecured, let tls else { return true }
        switch tls.handshake() {
        case .done: isSecured = true
        case .wantsRead, .wantsWrite: break
        case .closed: return errno == EINPROGRESS || errno == ENOTCONN
        }
        return true
    }

    /// Bytes moved, 0 for none now, less for never again.
    private func write() -> Int {
        if let tls { return count(tls.write(outgoing, from: sentCount)) }
        let result = unsafe outgoing.withUnsafeBytes {
            unsafe Glibc.write(
                descriptor,
                $0.baseAddress.map { unsafe $0 + sentCount },
                $0.count - sentCount
            )
        }
        return result > 0 || errno != EAGAIN ? result : 0
    }

    private func read(into scratch: inout [UInt8]) -> Int {
        if let tls { return count(tls.read(into: &scratch)) }
        let result = unsafe scratch.withUnsafeMutableBytes {
            unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
        }
        if result == 0 { return -1 }
        return result > 0 || errno != EAGAIN ? result : 0
    }

    private func count(_ step: TLSStream.Step) -> Int {
        switch step {
        case .done(let count): count
        case .wantsRead, .wantsWrite: 0
        case .closed: -1
        }
    }

    private func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32,
        address: UInt32,
        port: Int
    ) -> Int32 {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(port).bigEndian
        place.sin_addr.s_addr = address.bigEndian
        return unsafe withUnsafePointer(to: &place) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
