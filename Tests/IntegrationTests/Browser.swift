import EventLoop
import Foundation
import Testing
import WebServer

/// Chromium's driver: a process of its own that starts browsers and passes commands on.
final class BrowserDriver: Sendable {
    private static let program = "/usr/bin/chromedriver"
    private let process: RunningProgram
    private let loop = WebLoop(name: "driver")
    fileprivate let client: WebClient
    fileprivate let address: String
    /// The browsers that are open.
    fileprivate let sessions = Guarded<Set<String>>([])

    /// Starts the driver and waits until it takes commands.
    init(log: String) async throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: BrowserDriver.program),
            "these tests need chromium and chromium-driver: apt install chromium-driver"
        )
        let port = try #require(LoopbackPort.free())
        address = "http://127.0.0.1:\(port)"
        process = try RunningProgram(BrowserDriver.program, ["--port=\(port)"], errors: log)
        loop.start()
        var configuration = WebClientConfiguration()
        configuration.deadline = .seconds(60)
        client = WebClient(configuration, on: loop)
        try await eventually("chromedriver is ready") {
            let status = try? await client.request(.get, address + "/status")
            return status?.status == 200
        }
    }

    /// Runs `body` with a driver that is ended whatever happens.
    static func with(_ scene: Scene, _ body: (BrowserDriver) async throws -> Void) async throws {
        let driver = try await BrowserDriver(log: scene.deployment.folder + "/driver.log")
        do {
            try await body(driver)
        } catch {
            try? await driver.stop()
            throw error
        }
        try await driver.stop()
    }

    /// Opens a browser of its own, with an empty profile, and with further options of Chromium.
    func open(_ further: [String] = []) async throws -> Browser {
        let options: [String: any Sendable] = [
            "binary": "/usr/bin/chromium",
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                "--autoplay-policy=no-user-gesture-required", "--window-size=1280,900",
            ] + further,
        ]
        let answer = try await send(
            .post,
            "/session",
            [
                "capabilities": [
                    "alwaysMatch": [
                        "browserName": "chrome", "goog:chromeOptions": options,
                        "goog:loggingPrefs": ["browser": "ALL"],
                    ] as [String: any Sendable]
                ]
            ]
        )
        let session = try #require(answer["sessionId"]?.text)
        sessions.withLock { _ = $0.insert(session) }
        return Browser(driver: self, session: session)
    }

    /// Ends the browsers that a failed test left, and the driver.
    func stop() async throws {
        for session in sessions.withLock({ $0 }) {
            _ = try? await send(.delete, "/session/\(session)")
        }
        await client.stop()
        await loop.stop()
        try await process.end()
    }

    fileprivate func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: [String: any Sendable]? = nil
    ) async throws -> JSON {
        let bytes = try body.map { Array(try JSONSerialization.data(withJSONObject: $0)) } ?? []
        let answer = try await client.request(
            method,
            address + path,
            headers: ["content-type": "application/json"],
            body: bytes
        )
        guard answer.status == 200 else {
            throw BrowserError(text: "\(path): \(answer.text.prefix(400))")
        }
        return try JSON(answer.body)["value"] ?? .null
    }
}

struct BrowserError: Error {
    let text: String
}

/// One browser as a person uses it: pages, clicks, keys.
struct Browser: Sendable {
    fileprivate let driver: BrowserDriver
    fileprivate let session: String

    /// Goes to a page.
    func go(_ url: String) async throws {
        _ = try await send(.post, "/url", ["url": url])
    }

    /// Runs a script in the page and returns what it returns.
    func script(_ text: String) async throws -> JSON {
        try await send(.post, "/execute/sync", ["script": text, "args": [String]()])
    }

    /// Waits until a script's expression is true.
    func waits(for what: String, _ expression: String) async throws {
        do {
            try await eventually(what, within: .seconds(40)) {
                try await script("return Boolean(\(expression))") == .boolean(true)
            }
        } catch {
            let page = try? await script("return document.body.innerText.slice(0, 1500)")
            Issue.record("the page then: \(page?.text ?? "unknown")")
            throw error
        }
    }

    /// Clicks on an element as soon as it can be clicked.
    func click(_ selector: String) async throws {
        try await withElement(selector) { _ = try await send(.post, "/element/\($0)/click", [:]) }
    }

    /// Types into a field.
    func type(_ text: String, into selector: String) async throws {
        try await withElement(selector) {
            _ = try await send(.post, "/element/\($0)/value", ["text": text])
        }
    }

    /// Lets pages that are loaded from now on send media through relays alone.
    func useRelaysAlone() async throws {
        let source = """
            window.RTCPeerConnection = class extends window.RTCPeerConnection {
              constructor(wish) { super({ ...wish, iceTransportPolicy: "relay" }); }
              setConfiguration(wish) { super.setConfiguration({ ...wish, iceTransportPolicy: "relay" }); }
            };
            """
        _ = try await send(
            .post,
            "/goog/cdp/execute",
            ["cmd": "Page.addScriptToEvaluateOnNewDocument", "params": ["source": source]]
        )
    }

    /// Signs in at the console's first page.
    func signIn(_ user: String, _ password: String) async throws {
        try await type(user, into: "#user")
        try await type(password, into: "#password")
        try await click(".login-card .button.primary")
        try await waits(for: "\(user) is live", "document.querySelector('.dot.live')")
    }

    /// What the console said at a level of error, since it was asked last.
    func errors() async throws -> [String] {
        let log = try await send(.post, "/se/log", ["type": "browser"])
        return log.items.filter { $0["level"]?.text == "SEVERE" }
            .compactMap { $0["message"]?.text }
    }

    /// Gives the DevTools a command, such as one that emulates a line or a colour scheme.
    @discardableResult
    func devTools(
        _ command: String,
        _ parameters: [String: any Sendable] = [:]
    ) async throws -> JSON {
        try await send(
            .post,
            "/goog/cdp/execute",
            ["cmd": command, "params": parameters] as [String: any Sendable]
        )
    }

    /// Puts the page on a line of this many bit/s each way and this latency; 0 bit/s cuts it.
    func line(bitsPerSecond: Int, latency: Duration = .zero) async throws {
        let bytes = bitsPerSecond / 8
        try await devTools("Network.enable")
        try await devTools(
            "Network.emulateNetworkConditions",
            [
                "offline": bytes == 0, "latency": Int(latency / .milliseconds(1)),
                "downloadThroughput": bytes == 0 ? -1 : bytes,
                "uploadThroughput": bytes == 0 ? -1 : bytes,
            ]
        )
    }

    /// Takes the page's line as it is again.
    func freeLine() async throws {
        try await devTools(
            "Network.emulateNetworkConditions",
            ["offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1]
        )
    }

    /// Shows the page as to somebody whose system is set to dark or light.
    func prefer(dark: Bool) async throws {
        try await devTools(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]]]
        )
    }

    /// The names of the cookies that the browser keeps for the page.
    func cookies() async throws -> [String] {
        try await send(.get, "/cookie").items.compactMap { $0["name"]?.text }
    }

    /// Closes the browser.
    func close() async throws {
        _ = try await send(.delete, "")
        driver.sessions.withLock { _ = $0.remove(session) }
    }

    /// Does something with an element; again when the page changed it meanwhile.
    private func withElement(
        _ selector: String,
        _ action: (String) async throws -> Void
    ) async throws {
        var last = "it is not there"
        do {
            try await eventually("\(selector) takes a touch", within: .seconds(30)) {
                do {
                    let found = try await send(
                        .post,
                        "/element",
                        ["using": "css selector", "value": selector]
                    )
                    try await action(try #require(found.members.values.first?.text))
                    return true
                } catch let error as BrowserError {
                    last = error.text
                    return false
                }
            }
        } catch {
            Issue.record("\(selector): \(last)")
            throw error
        }
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: [String: any Sendable]? = nil
    ) async throws -> JSON {
        try await driver.send(method, "/session/\(session)\(path)", body)
    }
}
