import EventLoop
import Synchronization
import Testing
import WebServer

/// Sends every message back; an actor pinned to the loop, as the product's hub is.
actor Echo: WebSocketDelegate {
    private let server: WebServer
    private let loop: WebLoop
    private(set) var opened: [WebSocketID] = []
    private(set) var requests: [HTTPRequest] = []
    private(set) var closed: [UInt16] = []
    private(set) var received = 0
    private(set) var drained = 0
    private let echoes: Bool

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.events.asUnownedSerialExecutor()
    }

    init(_ server: WebServer, on loop: WebLoop, echoes: Bool = true) {
        self.server = server
        self.loop = loop
        self.echoes = echoes
    }

    nonisolated func opened(_ socket: WebSocketID, request: HTTPRequest) {
        assumeIsolated { echo in
            echo.opened.append(socket)
            echo.requests.append(request)
        }
    }

    nonisolated func received(_ text: Span<UInt8>, from socket: WebSocketID) {
        assumeIsolated { $0.received += 1 }
        if echoes { _ = server.send(text, to: socket) }
    }

    nonisolated func drained(_ socket: WebSocketID) {
        assumeIsolated { $0.drained += 1 }
    }

    nonisolated func closed(_ socket: WebSocketID, code: UInt16) {
        assumeIsolated { $0.closed.append(code) }
    }

    /// Sends to everybody; returns what became of it.
    func send(_ text: String) -> [SendResult] {
        opened.map { server.send(Array(text.utf8), to: $0) }
    }

    func queuedBytes() -> [Int] {
        opened.map { server.queuedBytes(of: $0) }
    }

    func close(code: UInt16, reason: String) {
        for socket in opened { server.close(socket, code: code, reason: reason) }
    }

    func markAuthenticated() {
        for socket in opened { server.markAuthenticated(socket) }
    }
}

/// A server that echoes, its delegate and a client on a loop of its own.
struct EchoServer {
    let server: WebServer
    let echo: Echo
    let client: WebClient
    let port: Int

    var url: String {
        "ws://127.0.0.1:\(port)/ws"
    }
}

func withEcho(
    echoes: Bool = true,
    _ configuration: WebServerConfiguration = WebServerConfiguration(),
    client clientConfiguration: WebClientConfiguration = WebClientConfiguration(),
    test: (EchoServer) async throws -> Void
) async throws {
    let loop = WebLoop(name: "test-web")
    let clientLoop = WebLoop(name: "test-client")
    loop.start()
    clientLoop.start()
    let server = WebServer(configuration, on: loop)
    let echo = Echo(server, on: loop, echoes: echoes)
    let port = try await server.start(webSockets: echo)
    let running = Task(name: "server") { await server.run { _ in HTTPResponse(status: 204) } }
    let client = WebClient(clientConfiguration, on: clientLoop)
    let result: Result<Void, any Error>
    do {
        try await test(EchoServer(server: server, echo: echo, client: client, port: port))
        result = .success(())
    } catch {
        result = .failure(error)
    }
    await client.stop()
    await server.stop(within: .seconds(2))
    await running.value
    await clientLoop.stop()
    await loop.stop()
    try result.get()
}

@Suite(.timeLimit(.minutes(1)))
struct WebSocketTests {
    @Test func `messages come back whole and in order, whatever their size`() async throws {
        try await withEcho { test in
            let socket = try await test.client.connect(test.url + "?room=7", origin: nil)
            let sizes = [0, 1, 125, 126, 127, 4_095, 4_096, 4_097, 30_000, 65_535, 65_536]
            for size in sizes { socket.send(String(repeating: "m", count: size)) }
            var arrivals = socket.messages.makeAsyncIterator()
            for size in sizes {
                let message = try #require(await arrivals.next())
                #expect(message.count == size && message.allSatisfy { $0 == 0x6D })
            }
            #expect(await test.echo.requests.first?.queryValue("room") == "7")
            #expect(await eventually { await test.echo.drained > 0 })
            #expect(await test.server.figures.webSockets == 1)
        }
    }

    @Test func `two hundred sockets talk at the same time`() async throws {
        var configuration = WebServerConfiguration()
        configuration.unauthenticatedSocketsPerAddress = 500
        try await withEcho(configuration) { test in
            let total = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let socket = try await test.client.connect(test.url)
                        var arrivals = socket.messages.makeAsyncIterator()
                        var same = 0
                        for turn in 0..<20 {
                            let text = Array("\(number)/\(turn)".utf8)
                            socket.send(text)
                            if await arrivals.next() == text { same += 1 }
                        }
                        socket.close()
                        while await arrivals.next() != nil {}
                        return same
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(total == 4_000)
            #expect(await eventually { await test.server.figures.webSockets == 0 })
            #expect(await test.echo.closed.count == 200)
        }
    }

    @Test func `both ends learn the code of a close`() async throws {
        try await withEcho { test in
            let first = try await test.client.connect(test.url)
            first.close(code: 4_410, reason: "removed")
            for await _ in first.messages {}
            #expect(first.closeCode == 4_410)
            #expect(await eventually { await test.echo.closed == [4_410] })

            let second = try await test.client.connect(test.url)
            _ = await test.echo.send("last words")
            await test.echo.close(code: 4_409, reason: "superseded")
            var heard: [String] = []
            for await message in second.messages {
                heard.append(String(decoding: message, as: UTF8.self))
            }
            #expect(heard == ["last words"])
            #expect(second.closeCode == 4_409)
            #expect(await eventually { await test.echo.closed == [4_410, 4_409] })
            #expect(await test.echo.send("to nobody") == [.gone, .gone])
        }
    }

    @Test func `a lost connection is closed with 1006`() async throws {
        try await withEcho { test in
            let socket = try await test.client.connect(test.url)
            socket.cut()
            #expect(await eventually { await test.echo.closed == [1_006] })
            #expect(socket.closeCode == 1_006)
        }
    }

    @Test func `a stopping server says 1001`() async throws {
        try await withEcho { test in
            let socket = try await test.client.connect(test.url)
            await test.server.stop(within: .seconds(1))
            for await _ in socket.messages {}
            #expect(socket.closeCode == 1_001)
            #expect(await test.echo.closed == [1_001])
        }
    }
}
