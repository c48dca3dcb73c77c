import Testing
import WebServer

@Suite(.timeLimit(.minutes(1)))
struct ServerLifeTests {
    @Test func `a taken port is a typed error and the port stays its owner's`() async throws {
        try await withServer { server in
            var configuration = WebServerConfiguration()
            configuration.port = server.port
            let second = WebServer(configuration, on: server.loop)
            await #expect(throws: WebServerError.addressInUse(server.port)) {
                try await second.start()
            }
            #expect(await server.server.boundPort == server.port)
            let socket = RawSocket(port: server.port)
            await socket.write("GET / HTTP/1.0\r\n\r\n")
            #expect(await socket.readToEnd()?.contains(" 204 ") == true)
        }
    }

    @Test func `a foreign address and a missing certificate are typed errors`() async throws {
        let loop = WebLoop(name: "test-web")
        loop.start()
        var configuration = WebServerConfiguration()
        configuration.address = "203.0.113.1"
        let foreign = WebServer(configuration, on: loop)
        let error = await #expect(throws: WebServerError.self) { try await foreign.start() }
        guard case .cannotBind("203.0.113.1", 0, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        configuration.address = "127.0.0.1"
        configuration.tls = TLSFiles(certificate: "/nowhere/cert.pem", key: "/nowhere/key.pem")
        let bare = WebServer(configuration, on: loop)
        let tls = await #expect(throws: WebServerError.self) { try await bare.start() }
        guard case .tls = tls else {
            Issue.record("\(String(describing: tls))")
            return
        }
        await loop.stop()
    }

    @Test func `a stop lets a running handler finish and takes no new connection`() async throws {
        let gate = Gate()
        try await withServer(
            Setup(handler: { _ in
                await gate.wait()
                return HTTPResponse(status: 200, text: "finished")
            })
        ) { server in
            let socket = RawSocket(port: server.port)
            await socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(await eventually { await server.server.figures.requestsInFlight == 1 })
            async let stopped: Void = server.server.stop(within: .seconds(5))
            #expect(await eventually { await server.server.isDraining })
            await gate.open()
            let text = await socket.readToEnd()
            #expect(text?.hasSuffix("finished") == true)
            #expect(text?.contains("connection: close") == true)
            await stopped
            #expect(await server.server.boundPort == nil)
        }
    }

    @Test func `a cancelled run stops the server`() async throws {
        let loop = WebLoop(name: "test-web")
        loop.start()
        let server = WebServer(WebServerConfiguration(), on: loop)
        try await server.start()
        let running = Task(name: "server") { await server.run { _ in HTTPResponse(status: 204) } }
        running.cancel()
        await running.value
        #expect(await server.boundPort == nil)
        await loop.stop()
    }

    @Test func `servers start and stop again and again, also at the same time`() async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<5 {
                        try await withServer { server in
                            let socket = RawSocket(port: server.port)
                            await socket.write("GET / HTTP/1.0\r\n\r\n")
                            #expect(await socket.readToEnd()?.contains(" 204 ") == true)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
