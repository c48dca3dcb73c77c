import Glibc
import Testing

/// A TCP port of 127.0.0.1 that was free a moment ago.
func freePort() throws -> Int {
    guard let port = bind(0) else { throw PortError() }
    return port
}

/// Whether nobody listens on the port of 127.0.0.1.
func isFree(_ port: Int) -> Bool {
    bind(port) != nil
}

private func bind(_ port: Int) -> Int? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var reuse: Int32 = 1
    unsafe setsockopt(
        descriptor,
        SOL_SOCKET,
        SO_REUSEADDR,
        &reuse,
        socklen_t(MemoryLayout<Int32>.size)
    )
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            guard unsafe Glibc.bind(descriptor, pointer, size) == 0 else { return false }
            return unsafe getsockname(descriptor, pointer, &size) == 0
        }
    }
    return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
}

/// Sends bytes to a server of 127.0.0.1 and returns all that it answers until it closes.
func rawAnswer(to text: String, at url: String) throws -> String {
    let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port.bigEndian)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
    let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    guard isConnected else { throw PortError() }
    let sent = Array(text.utf8)
    guard unsafe write(descriptor, sent, sent.count) == sent.count else { throw PortError() }
    var answer: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while true {
        let count = unsafe read(descriptor, &piece, piece.count)
        guard count > 0 else { break }
        answer += piece[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
}

struct PortError: Error {}
