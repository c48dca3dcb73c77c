import Testing
import WebServer

/// Answers with what it was asked.
private let describe: WebServer.Handler = { request in
    let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    return HTTPResponse(
        status: 200,
        headers: ["x-path": request.segments.joined(separator: "|"), "x-query": query],
        text: "\(request.method.rawValue):\(String(decoding: request.body, as: UTF8.self))"
    )
}

@Suite(.timeLimit(.minutes(1)))
struct HTTPTests {
    @Test func `a request reaches the handler with its parts decoded`() async throws {
        try await withServer(Setup(handler: describe)) { server in
            let socket = RawSocket(port: server.port)
            await socket.write(
                "GET /api/a%20b/%C3%A9?q=x%26y&z&s=1+2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            )
            let text = try #require(await socket.readToEnd())
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("x-path: api|a b|é\r\n"))
            #expect(text.contains("x-query: q=x&y,z=,s=1 2\r\n"))
            #expect(text.contains("content-length: 4\r\n"))
            #expect(text.contains("connection: close\r\n"))
            #expect(text.hasSuffix("\r\n\r\nGET:"))
        }
    }

    @Test func `every method reaches the handler, with its body`() async throws {
        try await withServer(Setup(handler: describe)) { server in
            for method in HTTPMethod.allCases where method != .head {
                let socket = RawSocket(port: server.port)
                let sendsBody = [.post, .put, .patch, .delete].contains(method)
                let body = sendsBody ? "Content-Length: 5\r\n\r\nhello" : "\r\n"
                await socket.write(
                    "\(method.rawValue) / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\(body)"
                )
                let text = try #require(await socket.readToEnd())
                #expect(
                    text.hasSuffix("\r\n\r\n\(method.rawValue):\(sendsBody ? "hello" : "")"),
                    "\(text)"
                )
            }
        }
    }

    @Test func `headers are read without case, those on the extra list too`() async throws {
        try await withServer(
            Setup(
                configured: { $0.extraHeaders = ["x-csrf-token"] },
                handler: { request in
                    let names = ["Authorization", "X-CSRF-Token", "x-unlisted"]
                    return HTTPResponse(
                        status: 200,
                        text: names.map { request.headers[$0] ?? "-" }.joined(separator: ",")
                            + "," + (request.cookie("b") ?? "-")
                    )
                }
            )
        ) { server in
            let socket = RawSocket(port: server.port)
            await socket.write(
                "GET / HTTP/1.1\r\nhost: h\r\nAUTHORIZATION: Bearer t\r\nX-Csrf-TOKEN: c\r\n"
                    + "X-Unlisted: u\r\nCookie: a=1; b=2\r\nConnection: close\r\n\r\n"
            )
            let text = try #require(await socket.readToEnd())
            #expect(text.hasSuffix("\r\n\r\nBearer t,c,-,2"), "\(text)")
        }
    }

    @Test func `HEAD is answered with the length and without the body`() async throws {
        try await withServer(Setup(handler: { _ in HTTPResponse(status: 200, text: "four") })) {
            server in
            let socket = RawSocket(port: server.port)
            await socket.write("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            let text = try #require(await socket.readToEnd())
            #expect(text.contains("content-length: 4\r\n"))
            #expect(text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `pipelined requests are answered one after another on one connection`() async throws
    {
        try await withServer(
            Setup(handler: { request in
                HTTPResponse(status: 200, text: "[\(request.path)]")
            })
        ) { server in
            let socket = RawSocket(port: server.port)
            var requests = ""
            for number in 0..<20 { requests += "GET /\(number) HTTP/1.1\r\nHost: h\r\n\r\n" }
            requests += "GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            await socket.write(requests)
            let text = try #require(await socket.readToEnd())
            let order = text.split(separator: "[").dropFirst().map { $0.prefix { $0 != "]" } }
            #expect(order == (0..<20).map { "/\($0)" } + ["/end"])
            #expect(await server.server.figures.requests == 21)
        }
    }

    @Test func `a pipelined request with a body is not answered with a wrong one`() async throws {
        try await withServer(Setup(handler: describe)) { server in
            let socket = RawSocket(port: server.port)
            await socket.write(
                "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
                    + "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
            )
            // libwebsockets cannot tell its body from its header, so it has to be sent again.
            #expect(await socket.readToEnd()?.hasSuffix("\r\n\r\nGET:") == true)
            #expect(await server.server.figures.requests == 1)
        }
    }

    @Test func `a connection is kept for the next request`() async throws {
        try await withServer(Setup(handler: { _ in HTTPResponse(status: 200, text: "ok!") })) {
            server in
            let socket = RawSocket(port: server.port)
            for _ in 0..<5 {
                await socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await socket.read(until: "ok!") != nil)
            }
            #expect(await server.server.figures.connections == 1)
        }
    }

    @Test func `HTTP 1.0 ends the connection unless asked to keep it`() async throws {
        try await withServer(Setup(handler: { _ in HTTPResponse(status: 200, text: "ok!") })) {
            server in
            let socket = RawSocket(port: server.port)
            await socket.write("GET / HTTP/1.0\r\nHost: h\r\n\r\n")
            #expect(await socket.readToEnd()?.hasSuffix("ok!") == true)
        }
    }

    @Test func `a chunked body is put together`() async throws {
        try await withServer(Setup(handler: describe)) { server in
            let socket = RawSocket(port: server.port)
            await socket.write(
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n"
            )
            await socket.write("6;x=y\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nT: v\r\n\r\n")
            let text = try #require(await socket.readToEnd())
            #expect(text.hasSuffix("POST:Wikipedia in \r\n\r\nchunks."), "\(text)")
        }
    }

    @Test func `a big answer reaches a slow reader whole`() async throws {
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try await withServer(Setup(handler: { _ in HTTPResponse(status: 200, body: body) })) {
            server in
            let socket = RawSocket(port: server.port)
            // The pipelined request must neither be lost nor spin the loop meanwhile.
            await socket.write(
                "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            )
            #expect(await eventually { await server.server.figures.requests == 1 })
            var bytes: [UInt8] = []
            while let more = await socket.read(8_192), !more.isEmpty { bytes += more }
            let headEnd = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound)
            #expect(Array(bytes[headEnd...].prefix(body.count)) == body)
            #expect(Array(bytes.suffix(body.count)) == body)
        }
    }

    @Test func `requests are handled at the same time`() async throws {
        let gate = Gate()
        try await withServer(
            Setup(handler: { request in
                if request.path == "/wait" { await gate.wait() }
                return HTTPResponse(status: 200, text: "done")
            })
        ) { server in
            let waiting = RawSocket(port: server.port)
            await waiting.write("GET /wait HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(await eventually { await server.server.figures.requestsInFlight == 1 })
            let quick = RawSocket(port: server.port)
            await quick.write("GET /quick HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(await quick.readToEnd()?.hasSuffix("done") == true)
            await gate.open()
            #expect(await waiting.readToEnd()?.hasSuffix("done") == true)
        }
    }

    @Test func `a client that left before its answer does no harm`() async throws {
        let gate = Gate()
        try await withServer(
            Setup(handler: { _ in
                await gate.wait()
                return HTTPResponse(status: 200, text: String(repeating: "x", count: 500_000))
            })
        ) { server in
            do {
                let leaving = RawSocket(port: server.port)
                await leaving.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await eventually { await server.server.figures.requestsInFlight == 1 })
            }
            await gate.open()
            #expect(await eventually { await server.server.figures.connections == 0 })
            #expect(await server.server.figures.requestsInFlight == 0)
        }
    }
}

/// Lets those who wait go on once it is open.
actor Gate {
    private var isOpen = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func wait() async {
        if isOpen { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    func open() {
        isOpen = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }
}
