import Glibc
import Testing

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
    try #require(isConnected, "nobody listens at \(url)")
    let sent = Array(text.utf8)
    let written = unsafe write(descriptor, sent, sent.count)
    try #require(written == sent.count)
    var answer: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while true {
        let count = unsafe read(descriptor, &piece, piece.count)
        guard count > 0 else { break }
        answer += piece[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
}
