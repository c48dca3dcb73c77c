import Glibc

/// A plain TCP connection to the loopback address, for what no proper client would send.
///
/// It never blocks a thread: the handlers under test need the few there are.
final class RawSocket: Sendable {
    private let descriptor: Int32

    init(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(status == 0, "cannot connect to port \(port): errno \(errno)")
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(descriptor)
    }

    /// Sends; false once the other end has gone.
    @discardableResult
    func write(_ bytes: [UInt8]) async -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                rest = rest.dropFirst(sent)
            } else {
                guard errno == EAGAIN else { return false }
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        return true
    }

    @discardableResult
    func write(_ text: String) async -> Bool {
        await write(Array(text.utf8))
    }

    /// What has come, at most `limit` bytes; empty at the end, nil after ten silent seconds.
    func read(_ limit: Int = 65_536) async -> [UInt8]? {
        let end = ContinuousClock.now + .seconds(10)
        var buffer = [UInt8](repeating: 0, count: limit)
        while ContinuousClock.now < end {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
            }
            if count >= 0 { return Array(buffer[..<count]) }
            guard errno == EAGAIN else { return [] }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return nil
    }

    /// Everything until the other end closes; nil when it does not.
    func readToEnd() async -> String? {
        var bytes: [UInt8] = []
        while true {
            guard let more = await read() else { return nil }
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }

    /// Everything until `end` has come; nil when it does not.
    func read(until end: String) async -> String? {
        var text = ""
        while !text.contains(end) {
            guard let more = await read(), !more.isEmpty else { return nil }
            text += String(decoding: more, as: UTF8.self)
        }
        return text
    }
}
