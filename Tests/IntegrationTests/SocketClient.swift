import EventLoop
import Foundation
import Testing
import WebServer

/// Whoever collects the messages of a socket.
protocol MessageListener: Sendable {
    /// The bodies of the messages of a type, oldest first.
    func bodies(_ type: String) -> [JSONObject]
}

extension MessageListener {
    /// Waits for the first message of a type whose body satisfies the condition.
    @discardableResult
    func message(
        _ type: String,
        where condition: (JSONObject) -> Bool = { _ in true }
    ) async throws -> JSONObject {
        var found: JSONObject?
        try await eventually("a '\(type)' arrives") {
            found = self.bodies(type).first(where: condition)
            return found != nil
        }
        return try #require(found)
    }
}

/// A person's socket as a test drives it: says hello, collects messages, acknowledges them.
final class SocketClient: MessageListener {
    private struct State {
        var received: [JSONObject] = []
        var texts: [String] = []
        var sent = 0
        var requests: [String: Int] = [:]
        var last = 0
        var isClosed = false
    }

    private let socket: WebSocket
    private let state = Guarded(State())
    private let reader: Guarded<Task<Void, Never>?> = Guarded(nil)

    /// Connects and redeems a ticket.
    init(_ client: WebClient, url: String, ticket: String) async throws {
        socket = try await client.connect(url)
        let task = Task(name: "socket reader") { [socket, weak self] in
            for await bytes in socket.messages { self?.take(bytes) }
            self?.state.withLock { $0.isClosed = true }
        }
        reader.withLock { $0 = task }
        send("hello", ["ticket": ticket], isReliable: false)
        _ = try await message("welcome")
    }

    private func take(_ bytes: [UInt8]) {
        guard let message = try? JSONObject(bytes) else { return }
        let last = state.withLock { state in
            state.received.append(message)
            state.texts.append(String(decoding: bytes, as: UTF8.self))
            if let q = message.integer("q") { state.last = max(state.last, q) }
            return state.last
        }
        if message.integer("q") != nil {
            socket.send(Array("{\"t\":\"heartbeat\",\"a\":\(last),\"b\":{\"a\":\(last)}}".utf8))
        }
    }

    /// Sends a message; a reliable one is numbered.
    func send(_ type: String, _ body: [String: any Sendable], isReliable: Bool = true) {
        let count = state.withLock { state in
            state.requests[type, default: 0] += 1
            return state.requests[type, default: 1]
        }
        var envelope: [String: any Sendable] = ["t": type, "id": "\(type)-\(count)", "b": body]
        if isReliable {
            envelope["q"] = state.withLock { state in
                state.sent += 1
                return state.sent
            }
        }
        if let data = try? JSONSerialization.data(withJSONObject: envelope) {
            socket.send(Array(data))
        }
    }

    /// Every message as it came, oldest first.
    var texts: [String] { state.withLock { $0.texts } }

    /// The bodies of the messages of a type, oldest first.
    func bodies(_ type: String) -> [JSONObject] {
        state.withLock { $0.received }.filter { $0["t"] == type }.compactMap { $0.object("b") }
    }

    /// The code it was closed with, nil while it is open.
    var closeCode: UInt16? {
        state.withLock { $0.isClosed } ? socket.closeCode : nil
    }

    /// Closes the socket.
    func close() {
        socket.close()
    }
}
