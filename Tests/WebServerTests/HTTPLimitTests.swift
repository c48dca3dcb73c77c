import Testing
import WebServer

@Suite(.timeLimit(.minutes(1)))
struct HTTPLimitTests {
    @Test(arguments: [(100, "200"), (101, "413")])
    func `a body is taken up to the limit and not beyond`(bytes: Int, status: String) async throws {
        try await withServer(
            Setup(
                configured: { $0.bodyBytes = 100 },
                handler: { HTTPResponse(status: 200, text: "\($0.body.count)") }
            )
        ) { server in
            let body = String(repeating: "b", count: bytes)
            for head in [
                "Content-Length: \(bytes)\r\n\r\n\(body)",
                "Transfer-Encoding: chunked\r\n\r\n\(String(bytes, radix: 16))\r\n\(body)\r\n0\r\n\r\n",
            ] {
                let socket = RawSocket(port: server.port)
                await socket.write("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(head)")
                let text = try #require(await socket.readToEnd())
                #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
            }
        }
    }

    @Test(arguments: [
        ("Content-Length: 1\r\nTransfer-Encoding: chunked", "400"),
        ("Content-Length: -1", "400"), ("Content-Length: 1x", "400"),
        ("Content-Length: 99999999999999999999", "400"),
        ("Content-Length: 1\r\nContent-Length: 2", "400"),
        ("Transfer-Encoding: gzip, chunked", "501"),
    ])
    func `a body of unclear length is refused`(head: String, status: String) async throws {
        try await withServer { server in
            let socket = RawSocket(port: server.port)
            await socket.write("POST / HTTP/1.1\r\nHost: h\r\n\(head)\r\n\r\nab")
            let text = try #require(await socket.readToEnd())
            #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
            #expect(await server.server.figures.requests == 0)
        }
    }

    @Test func `a malformed chunk is refused`() async throws {
        try await withServer { server in
            let socket = RawSocket(port: server.port)
            await socket.write(
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
            )
            #expect(await socket.readToEnd()?.hasPrefix("HTTP/1.1 400 ") == true)
        }
    }

    @Test(arguments: [
        "GET\r\n\r\n", "\0\0\0\0\0\0\r\n\r\n", "NONSENSE / HTTP/1.1\r\nHost: h\r\n\r\n",
    ])
    func `what is no request reaches no handler and ends the connection`(bytes: String) async throws
    {
        try await withServer { server in
            let socket = RawSocket(port: server.port)
            await socket.write(bytes)
            let text = try #require(await socket.readToEnd())
            #expect(
                text.isEmpty || text.hasPrefix("HTTP/1.0 403") || text.hasPrefix("HTTP/1.1 4"),
                "\(text)"
            )
            #expect(await server.server.figures.requests == 0)
        }
    }

    @Test func `a header within the limit passes and one beyond it ends the connection`()
        async throws
    {
        try await withServer(Setup(configured: { $0.headerBytes = 8_192 })) { server in
            for (length, isAccepted) in [(6_000, true), (9_000, false)] {
                let socket = RawSocket(port: server.port)
                let value = String(repeating: "a", count: length)
                await socket.write(
                    "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: \(value)\r\nConnection: close\r\n\r\n"
                )
                let text = try #require(await socket.readToEnd())
                #expect(text.hasPrefix("HTTP/1.1 204") == isAccepted, "\(length) \(text)")
            }
        }
    }

    @Test func `a slow header, a slow body and an idle connection are cut off`() async throws {
        try await withServer(
            Setup(configured: {
                $0.deadline = .milliseconds(100)
                $0.keepAlive = .milliseconds(100)
            })
        ) { server in
            let mute = RawSocket(port: server.port)
            #expect(await mute.readToEnd() == "")

            let header = RawSocket(port: server.port)
            await header.write("GET / HTTP/1.1\r\nHost:")
            #expect(await header.readToEnd() == "")

            let body = RawSocket(port: server.port)
            await body.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
            #expect(await body.readToEnd()?.hasPrefix("HTTP/1.1 408 ") == true)

            let idle = RawSocket(port: server.port)
            await idle.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await idle.readToEnd()?.hasPrefix("HTTP/1.1 204 ") == true)
            #expect(await server.server.figures.timedOut == 4)
        }
    }

    @Test func `a dripped body is cut off although every drip is in time`() async throws {
        try await withServer(Setup(configured: { $0.deadline = .milliseconds(200) })) { server in
            let socket = RawSocket(port: server.port)
            await socket.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
            var drips = 0
            while drips < 1_000, await socket.write("x"), await server.server.figures.timedOut == 0
            {
                drips += 1
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(drips < 1_000)
            #expect(await server.server.figures.requests == 0)
        }
    }

    @Test func `a reader that stands still is cut off`() async throws {
        let body = [UInt8](repeating: 0x61, count: 20_000_000)
        try await withServer(
            Setup(
                configured: { $0.deadline = .milliseconds(200) },
                handler: { _ in HTTPResponse(status: 200, body: body) }
            )
        ) { server in
            let socket = RawSocket(port: server.port)
            await socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await eventually { await server.server.figures.timedOut == 1 })
            #expect(await eventually { await server.server.figures.connections == 0 })
        }
    }

    @Test func `requests beyond the limit are answered 503 with a time to come back`() async throws
    {
        let gate = Gate()
        try await withServer(
            Setup(
                configured: { $0.requestsInFlight = 2 },
                handler: { _ in
                    await gate.wait()
                    return HTTPResponse(status: 204)
                }
            )
        ) { server in
            let waiting = (0..<2).map { _ in RawSocket(port: server.port) }
            for socket in waiting {
                await socket.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            }
            #expect(await eventually { await server.server.figures.requestsInFlight == 2 })
            let third = RawSocket(port: server.port)
            await third.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let text = try #require(await third.readToEnd())
            #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("retry-after: 1\r\n"))
            await gate.open()
            for socket in waiting {
                #expect(await socket.readToEnd()?.hasPrefix("HTTP/1.1 204 ") == true)
            }
        }
    }

    @Test func `connections beyond the limit are closed at once`() async throws {
        try await withServer(Setup(configured: { $0.connections = 3 })) { server in
            let first = (0..<3).map { _ in RawSocket(port: server.port) }
            #expect(await eventually { await server.server.figures.connections == 3 })
            #expect(await RawSocket(port: server.port).readToEnd() == "")
            for socket in first {
                await socket.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                #expect(await socket.readToEnd()?.hasPrefix("HTTP/1.1 204 ") == true)
            }
        }
    }
}
