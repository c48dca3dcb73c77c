import Testing
import WebServer

/// A WebSocket by hand: the handshake, and frames as wrong as a test wants.
private struct RawWebSocket {
    let socket: RawSocket

    init(port: Int) async throws {
        socket = RawSocket(port: port)
        await socket.write(handshake())
        let answer = try #require(await socket.read(until: "\r\n\r\n"))
        try #require(answer.hasPrefix("HTTP/1.1 101 "), "\(answer)")
    }

    func frame(
        _ opcode: UInt8,
        _ payload: [UInt8],
        isFinal: Bool = true,
        isMasked: Bool = true
    ) async {
        await socket.write(Self.bytes(opcode, payload, isFinal: isFinal, isMasked: isMasked))
    }

    static func bytes(
        _ opcode: UInt8,
        _ payload: [UInt8],
        isFinal: Bool = true,
        isMasked: Bool = true
    ) -> [UInt8] {
        var bytes: [UInt8] = [opcode | (isFinal ? 0x80 : 0)]
        let mask: UInt8 = isMasked ? 0x80 : 0
        if payload.count < 126 {
            bytes.append(mask | UInt8(payload.count))
        } else {
            bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        // A key of zeros leaves the payload as it is.
        if isMasked { bytes += [0, 0, 0, 0] }
        return bytes + payload
    }

    /// The code of the next close frame; 1006 when the connection ends without one.
    func closeCode() async -> UInt16? {
        var bytes: [UInt8] = []
        while let more = await socket.read(), !more.isEmpty {
            bytes += more
            while bytes.count >= 2, bytes.count >= 2 + Int(bytes[1]) {
                let frame = bytes.prefix(2 + Int(bytes[1]))
                if frame[0] == 0x88 { return UInt16(frame[2]) << 8 | UInt16(frame[3]) }
                bytes.removeFirst(frame.count)
            }
        }
        return 1_006
    }
}

private func handshake(
    path: String = "/ws",
    subprotocol: String? = "telehealth.v1",
    version: String = "13",
    fields: String = ""
) -> String {
    let name = subprotocol.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? ""
    return """
        GET \(path) HTTP/1.1\r\nHost: host:80\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: \(version)\r\n\
        \(name)\(fields)\r\n
        """
}

private func impatient() -> WebServerConfiguration {
    var configuration = WebServerConfiguration()
    configuration.deadline = .milliseconds(200)
    return configuration
}

@Suite(.timeLimit(.minutes(1)))
struct WebSocketAbuseTests {
    @Test(arguments: [
        (["https://a.example"], "Origin: https://a.example\r\n", "101"),
        (["https://a.example"], "Origin: https://b.example\r\n", "403"),
        (["https://a.example"], "Origin: https://a.example.evil.org\r\n", "403"),
        (["https://a.example"], "Origin: http://a.example\r\n", "403"),
        (["https://a.example"], "Origin: https://a.example:8443\r\n", "403"),
        (["https://a.example"], "Origin: null\r\n", "403"),
        (["https://a.example", "null"], "Origin: null\r\n", "403"),
        (["https://a.example"], "", "101"),
        (["https://a.example"], "Cookie: s=1\r\n", "403"),
        ([], "Origin: http://host:80\r\n", "101"),
        ([], "Origin: https://host:80\r\n", "403"),
        ([], "Origin: http://other\r\n", "403"),
    ])
    func `only pages on the list may open a socket`(
        origins: [String],
        fields: String,
        status: String
    ) async throws {
        var configuration = WebServerConfiguration()
        configuration.origins = origins
        try await withEcho(configuration) { test in
            let socket = RawSocket(port: test.port)
            await socket.write(handshake(fields: fields))
            let answer = try #require(await socket.read(until: "\r\n\r\n"))
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(await test.echo.opened.count == (status == "101" ? 1 : 0))
        }
    }

    @Test func `an absent origin is refused when the configuration says so`() async throws {
        var configuration = WebServerConfiguration()
        configuration.allowsAbsentOrigin = false
        try await withEcho(configuration) { test in
            let socket = RawSocket(port: test.port)
            await socket.write(handshake())
            #expect(await socket.readToEnd()?.hasPrefix("HTTP/1.1 403 ") == true)
        }
    }

    @Test(arguments: [
        ("/ws", nil, "13", "400"), ("/elsewhere", "telehealth.v1", "13", "404"),
        ("/ws", "telehealth.v1", "8", "400"), ("/ws", "telehealth.v2", "13", ""),
        ("/ws", "TELEHEALTH.V1", "13", ""), ("/ws", "other, telehealth.v1", "13", "101"),
    ])
    func `only the subprotocol, the version and the path are spoken`(
        path: String,
        subprotocol: String?,
        version: String,
        status: String
    ) async throws {
        try await withEcho { test in
            let socket = RawSocket(port: test.port)
            await socket.write(handshake(path: path, subprotocol: subprotocol, version: version))
            let answer = await socket.read(until: "\r\n\r\n") ?? ""
            // libwebsockets closes on an unknown subprotocol without a word.
            #expect(answer.hasPrefix(status.isEmpty ? "" : "HTTP/1.1 \(status) "), "\(answer)")
            #expect(await test.echo.opened.count == (status == "101" ? 1 : 0))
        }
    }

    @Test func `an unmasked frame does no harm`() async throws {
        try await withEcho { test in
            // RFC 6455 5.1 wants it refused; libwebsockets 4.1.6 takes it like any other, and
            // does not tell. What must hold is that the socket's framing stays intact.
            let socket = try await RawWebSocket(port: test.port)
            await socket.frame(1, Array("bare".utf8), isMasked: false)
            await socket.frame(1, Array("masked".utf8))
            #expect(await socket.socket.read(until: "masked")?.contains("bare") == true)
            await socket.frame(8, [0x03, 0xE8])
            #expect(await eventually { await test.echo.closed == [1_000] })
        }
    }

    @Test func `a ping between fragments is answered before the message they make`() async throws {
        try await withEcho { test in
            let socket = try await RawWebSocket(port: test.port)
            let ping = RawWebSocket.bytes(9, Array("ping".utf8))
            let one = RawWebSocket.bytes(1, Array("one".utf8), isFinal: false)
            let two = RawWebSocket.bytes(0, Array("two".utf8))
            await socket.socket.write(one + ping + two)
            let answer = await socket.socket.read(until: "onetwo") ?? ""
            #expect(answer.contains("ping"), "\(answer)")
        }
    }

    @Test func `a binary frame is answered with 1003 and broken text with 1007`() async throws {
        try await withEcho { test in
            let binary = try await RawWebSocket(port: test.port)
            await binary.frame(2, [1, 2, 3])
            #expect(await binary.closeCode() == 1_003)
            let broken = try await RawWebSocket(port: test.port)
            await broken.frame(1, [0xC3, 0x28])
            #expect(await broken.closeCode() == 1_007)
            #expect(await test.echo.received == 0)
        }
    }

    @Test(arguments: [(1_000, nil), (1_001, 1_009)] as [(Int, UInt16?)])
    func `a message is taken up to the limit, in one frame or many`(
        bytes: Int,
        code: UInt16?
    ) async throws {
        var configuration = WebServerConfiguration()
        configuration.messageBytes = 1_000
        try await withEcho(configuration) { test in
            for (number, parts) in [1, 10].enumerated() {
                let socket = try await RawWebSocket(port: test.port)
                var rest = [UInt8](repeating: 0x61, count: bytes)[...]
                for part in 1...parts {
                    let piece = part == parts ? rest : rest.prefix(bytes / parts)
                    rest = rest.dropFirst(piece.count)
                    await socket.frame(part == 1 ? 1 : 0, Array(piece), isFinal: part == parts)
                }
                if code == nil { await socket.frame(8, [0x03, 0xE8]) }
                let expected = code ?? 1_000
                if code != nil { #expect(await socket.closeCode() == expected) }
                // The first socket's close must not pass for the second's.
                let closed = [UInt16](repeating: expected, count: number + 1)
                #expect(await eventually { await test.echo.closed == closed })
            }
            #expect(await test.echo.received == (code == nil ? 2 : 0))
        }
    }

    @Test func `endless fragments are cut off, empty ones too`() async throws {
        try await withEcho(impatient()) { test in
            for piece in [[], [0x61]] as [[UInt8]] {
                let socket = try await RawWebSocket(port: test.port)
                await socket.frame(1, Array("begin".utf8), isFinal: false)
                let before = await test.echo.closed.count
                var frames = 0
                while await test.echo.closed.count == before, frames < 2_000 {
                    await socket.frame(0, piece, isFinal: false)
                    frames += 1
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(frames < 2_000)
            }
            #expect(await test.echo.received == 0)
        }
    }

    @Test func `a silent socket is pinged and then given up`() async throws {
        var configuration = WebServerConfiguration()
        configuration.pingInterval = .milliseconds(50)
        configuration.deadAfter = .seconds(1)
        try await withEcho(configuration) { test in
            let alive = try await test.client.connect(test.url)
            let dead = try await RawWebSocket(port: test.port)
            // Its pings are read, none is answered.
            #expect(await dead.socket.read(until: "\u{FFFD}") != nil)
            #expect(await eventually { await test.echo.closed == [1_006] })
            #expect(alive.closeCode == nil)
            #expect(await test.server.figures.webSockets == 1)
        }
    }

    @Test func `a flood of pings is survived and others are served`() async throws {
        try await withEcho { test in
            let flood = try await RawWebSocket(port: test.port)
            for _ in 0..<5_000 { await flood.frame(9, Array("ping".utf8)) }
            let socket = try await test.client.connect(test.url)
            socket.send("still there")
            var arrivals = socket.messages.makeAsyncIterator()
            #expect(await arrivals.next() == Array("still there".utf8))
        }
    }

    @Test func `a slow consumer fills its own queue only`() async throws {
        var configuration = WebServerConfiguration()
        configuration.queueBytes = 200_000
        try await withEcho(configuration) { test in
            let slow = try await RawWebSocket(port: test.port)
            let text = String(repeating: "x", count: 50_000)
            var last: [SendResult] = []
            for _ in 0..<1_000 {
                last = await test.echo.send(text)
                if last == [.full] { break }
            }
            #expect(last == [.full])
            #expect(await test.echo.queuedBytes()[0] <= 200_000)

            let quick = try await test.client.connect(test.url)
            quick.send("quick")
            var arrivals = quick.messages.makeAsyncIterator()
            #expect(await arrivals.next() == Array("quick".utf8))

            await test.echo.close(code: 4_430, reason: "slow")
            #expect(await eventually { await test.echo.closed.contains(4_430) })
            #expect(await eventually { await test.server.figures.webSockets == 0 })
            _ = slow
        }
    }

    @Test func `strangers of an address are limited until they are known`() async throws {
        var configuration = WebServerConfiguration()
        configuration.unauthenticatedSocketsPerAddress = 2
        try await withEcho(configuration) { test in
            let first = try await test.client.connect(test.url)
            _ = try await test.client.connect(test.url)
            await #expect(throws: WebClientError.self) { try await test.client.connect(test.url) }
            first.cut()
            #expect(await eventually { await test.echo.closed.count == 1 })
            _ = try await test.client.connect(test.url)
            await #expect(throws: WebClientError.self) { try await test.client.connect(test.url) }
            await test.echo.markAuthenticated()
            _ = try await test.client.connect(test.url)
        }
    }
}
