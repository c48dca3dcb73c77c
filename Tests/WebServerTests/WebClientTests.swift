import Testing
import WebServer

@Suite(.timeLimit(.minutes(1)))
struct WebClientTests {
    private func withClient(
        _ setup: Setup,
        client configuration: WebClientConfiguration = WebClientConfiguration(),
        test: (WebClient, String) async throws -> Void
    ) async throws {
        try await withServer(setup) { server in
            // On the server's own loop: they share a thread without harm.
            let client = WebClient(configuration, on: server.loop)
            let result: Result<Void, any Error>
            do {
                try await test(client, "http://127.0.0.1:\(server.port)")
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await client.stop()
            try result.get()
        }
    }

    @Test func `requests with bodies are answered, many at a time`() async throws {
        let echo = Setup(handler: { request in
            HTTPResponse(
                status: request.method == .put ? 201 : 200,
                headers: ["etag": "\"\(request.method.rawValue)\"", "set-cookie": "a=b"],
                body: request.body + Array((request.headers["x-csrf-token"] ?? "").utf8)
            )
        })
        try await withClient(echo) { client, url in
            for method in [HTTPMethod.post, .put, .patch] {
                for size in [0, 1, 5_000, 200_000] {
                    let body = [UInt8](repeating: 0x62, count: size)
                    let response = try await client.request(
                        method,
                        url + "/a?b=c",
                        headers: ["x-csrf-token": "t"],
                        body: body
                    )
                    #expect(response.status == (method == .put ? 201 : 200))
                    #expect(response.body == body + [0x74])
                    #expect(response.headers["etag"] == "\"\(method.rawValue)\"")
                    #expect(response.headers["set-cookie"] == "a=b")
                }
            }
            let count = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<300 {
                    group.addTask { try await client.request(.get, url).status }
                }
                return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
            }
            #expect(count == 300)
        }
    }

    @Test(arguments: [204, 304, 404, 500])
    func `answers without a body end at once`(status: Int) async throws {
        try await withClient(Setup(handler: { _ in HTTPResponse(status: status) })) { client, url in
            for method in [HTTPMethod.get, .head, .delete] {
                let response = try await client.request(method, url)
                #expect(response.status == status)
            }
        }
    }

    @Test func `an answer above the client's limit is an error`() async throws {
        var configuration = WebClientConfiguration()
        configuration.bodyBytes = 1_000
        let setup = Setup(handler: { _ in
            HTTPResponse(status: 200, body: [UInt8](repeating: 1, count: 1_001))
        })
        try await withClient(setup, client: configuration) { client, url in
            await #expect(throws: WebClientError.tooLarge) { try await client.request(.get, url) }
        }
    }

    @Test func `nobody there, a wrong URL and a late answer are errors`() async throws {
        let gate = Gate()
        var configuration = WebClientConfiguration()
        configuration.deadline = .milliseconds(200)
        let setup = Setup(handler: { request in
            if request.path == "/late" { await gate.wait() }
            return HTTPResponse(status: 200)
        })
        try await withClient(setup, client: configuration) { client, url in
            await #expect(throws: WebClientError.self) {
                try await client.request(.get, "http://127.0.0.1:1/")
            }
            await #expect(throws: WebClientError.malformedURL("ftp://x/")) {
                try await client.request(.get, "ftp://x/")
            }
            await #expect(throws: WebClientError.timedOut) {
                try await client.request(.get, url + "/late")
            }
            await gate.open()
            await client.stop()
            await #expect(throws: WebClientError.unavailable) {
                try await client.request(.get, url)
            }
        }
    }
}
