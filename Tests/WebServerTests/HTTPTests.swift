import Testing
import WebServer

@Suite(.timeLimit(.minutes(1)))
struct HTTPTests {
    @Test func `a request reaches the handler with its parts and is answered`() async throws {
        try await withServer(handler: { request in
            HTTPResponse(
                status: 201,
                headers: ["x-seen": request.segments.joined(separator: "|")],
                text:
                    "\(request.method.rawValue) \(request.queryValue("q") ?? "-") \(request.remoteAddress)"
            )
        }) { server in
            let socket = RawSocket(port: server.port)
            socket.write(
                "GET /api/v1/a%20b?q=x%26y&z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            )
            let text = try #require(socket.readToEnd())
            #expect(text.hasPrefix("HTTP/1.1 201 Created\r\n"), "\(text)")
            #expect(text.contains("x-seen: api|v1|a b\r\n"), "\(text)")
            #expect(text.hasSuffix("\r\n\r\nGET x&y 127.0.0.1"), "\(text)")
        }
    }
}
