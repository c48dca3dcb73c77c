/// Frames of RFC 6455 as a client writes and reads them, whole and without extensions.
enum WebSocketFrame {
    /// The bytes with which a client asks for the socket; the answer's key is not checked.
    static func upgrade(_ path: String, subprotocol: String) -> [UInt8] {
        Array(
            """
            GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Protocol: \(subprotocol)\r\n\r\n
            """.utf8
        )
    }

    /// What a frame is.
    enum Kind: UInt8 {
        case text = 1
        case close = 8
        case ping = 9
        case pong = 10
    }

    /// Appends a masked frame.
    static func append(_ kind: Kind, _ payload: [UInt8], to bytes: inout [UInt8]) {
        let mask: [UInt8] = [0x5A, 0x17, 0xC3, 0x2E]
        bytes.append(0x80 | kind.rawValue)
        if payload.count < 126 {
            bytes.append(0x80 | UInt8(payload.count))
        } else {
            bytes.append(0x80 | 126)
            bytes.append(UInt8(payload.count >> 8))
            bytes.append(UInt8(payload.count & 0xFF))
        }
        bytes.append(contentsOf: mask)
        let start = bytes.count
        bytes.append(contentsOf: payload)
        for index in payload.indices { bytes[start + index] ^= mask[index & 3] }
    }

    /// A frame that lies in a buffer.
    struct Found {
        var kind: Kind
        var payload: Range<Int>
    }

    /// The frame at `start`; nil when it has not come whole, or is none that a server sends.
    static func read(_ bytes: Span<UInt8>, at start: Int) -> Found? {
        guard bytes.count >= start + 2, let kind = Kind(rawValue: bytes[start] & 0x0F) else {
            return nil
        }
        var length = Int(bytes[start + 1] & 0x7F)
        var head = start + 2
        if length >= 126 {
            let width = length == 126 ? 2 : 8
            guard bytes.count >= head + width else { return nil }
            length = (head..<head + width).reduce(0) { $0 << 8 | Int(bytes[$1]) }
            head += width
        }
        guard bytes.count >= head + length else { return nil }
        return Found(kind: kind, payload: head..<head + length)
    }
}
