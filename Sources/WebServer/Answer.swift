import CWebSockets
import Glibc

/// An answer on its way to the wire: its header and body in one buffer behind lws_write's headroom.
struct Answer {
    /// Fits whole into what the system reports as writable, so that no remainder is left behind.
    private static let pieceBytes = 4_096

    private var bytes: [UInt8] = []
    private var position = 0
    /// Watches the socket while it is choked, on a descriptor of its own.
    private var choke: (watcher: Watcher, descriptor: Int32)?

    init() {}

    /// The bytes of a response; without a body for HEAD and where there must be none.
    init(_ response: HTTPResponse, isHead: Bool, closes: Bool, date: String) {
        let status = response.status
        let mayHaveBody = status >= 200 && status != 204 && status != 304
        var head = "HTTP/1.1 \(status) \(HTTPResponse.reason(of: status))\r\ndate: \(date)\r\n"
        for field in response.headers
        where !["content-length", "connection", "date", "transfer-encoding"].contains(field.name) {
            head += "\(field.name): \(field.value)\r\n"
        }
        if mayHaveBody { head += "content-length: \(response.body.count)\r\n" }
        head += closes ? "connection: close\r\n\r\n" : "\r\n"
        bytes.reserveCapacity(OutgoingQueue.headroom + head.utf8.count + response.body.count)
        bytes.append(contentsOf: repeatElement(0, count: OutgoingQueue.headroom))
        bytes.append(contentsOf: head.utf8)
        if mayHaveBody, !isHead { bytes.append(contentsOf: response.body) }
        position = OutgoingQueue.headroom
    }

    var isSent: Bool {
        position >= bytes.count
    }

    /// What came of sending.
    enum Progress {
        case done
        case choked
        case broken
    }

    /// Sends as much as the system takes.
    ///
    /// Not from WRITEABLE: libwebsockets gives none while reading is off, and reading must be off,
    /// because what a client sends meanwhile would wake the loop again and again.
    mutating func send(on socket: ServiceSocket) -> Progress {
        while !isSent {
            if socket.isChoked { return .choked }
            let count = min(Self.pieceBytes, bytes.count - position)
            let start = position
            let sent = unsafe bytes.withUnsafeMutableBufferPointer { buffer -> Bool in
                guard let base = buffer.baseAddress else { return false }
                // lws_write may use the headroom: those bytes have been sent already.
                return unsafe socket.write(base + start, count: count, as: LWS_WRITE_HTTP)
            }
            guard sent else { return .broken }
            position += count
        }
        return socket.holdsRemainder ? .choked : .done
    }

    /// Calls `handler` when the socket may take more.
    mutating func watch(
        _ socket: ServiceSocket,
        on loop: WebLoopDriver,
        _ handler: @escaping () -> Void
    ) {
        guard choke == nil else { return }
        let descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 3)
        guard descriptor >= 0 else { return }
        choke = (Watcher(descriptor, for: .writable, on: loop, handler), descriptor)
    }

    mutating func unwatch() {
        guard let (watcher, descriptor) = choke else { return }
        watcher.pause()
        close(descriptor)
        choke = nil
    }
}
