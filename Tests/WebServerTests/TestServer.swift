import EventLoop
import Testing
import WebServer

/// A server under test and what is needed to reach it.
struct TestServer {
    let server: WebServer
    let loop: WebLoop
    let port: Int
}

/// How a server under test is made.
struct Setup {
    var configuration = WebServerConfiguration()
    var delegate: (@Sendable (WebServer) -> any WebSocketDelegate)?
    var handler: WebServer.Handler

    init(
        configured change: (inout WebServerConfiguration) -> Void = { _ in },
        webSockets delegate: (@Sendable (WebServer) -> any WebSocketDelegate)? = nil,
        handler: @escaping WebServer.Handler = { _ in HTTPResponse(status: 204) }
    ) {
        change(&configuration)
        self.delegate = delegate
        self.handler = handler
    }
}

/// Runs `test` against a server that is stopped afterwards, whatever happens.
func withServer(
    _ setup: Setup = Setup(),
    test: (TestServer) async throws -> Void
) async throws {
    let loop = WebLoop(name: "test-web")
    loop.start()
    let server = WebServer(setup.configuration, on: loop)
    let port = try await server.start(webSockets: setup.delegate?(server))
    let running = Task(name: "server") { await server.run(setup.handler) }
    let result: Result<Void, any Error>
    do {
        try await test(TestServer(server: server, loop: loop, port: port))
        result = .success(())
    } catch {
        result = .failure(error)
    }
    await server.stop(within: .seconds(2))
    await running.value
    await loop.stop()
    try result.get()
}

/// Waits until the condition holds; false after ten seconds.
func eventually(_ condition: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
        if await condition() { return true }
        await Task.yield()
        try? await Task.sleep(for: .milliseconds(2))
    }
    return false
}
