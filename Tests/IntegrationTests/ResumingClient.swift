import EventLoop
import Foundation
import Testing
import WebServer

/// A person's socket that keeps the delivery rules over lost sockets and restarted servers: it
/// numbers what it says, repeats what was not acknowledged, and takes each number once.
final class ResumingClient: MessageListener {
    private struct State {
        var socket: WebSocket?
        var token = ""
        var participant = ""
        var session: String?
        var sent = 0
        var last = 0
        var outbox: [(q: Int, text: [UInt8])] = []
        /// Frames of the present socket that were looked at as the first.
        var isOpen = false
        var first: JSONObject?
        var received: [JSONObject] = []
        var faults: [String] = []
        var isClosed = false
    }

    private let client: WebClient
    private let state = Guarded(State())

    /// Connects and redeems a ticket.
    init(_ caller: Caller, at path: String) async throws {
        client = caller.client
        let entry = try await caller.object(.post, path)
        let hello = try JSONSerialization.data(
            withJSONObject: ["t": "hello", "b": ["ticket": try #require(entry["token"])]]
        )
        let first = try await open(try #require(entry["url"]), Array(hello))
        #expect(first["t"] == "welcome")
        let body = try #require(first.object("b"))
        state.withLock { state in
            state.participant = body["participant"] ?? ""
            state.session = body["session"]
            state.token = body["token"] ?? ""
        }
    }

    /// Connects again with the last token; the server's first frame.
    func resume(_ address: String) async throws -> JSONObject {
        let hello = state.withLock { state in
            let body =
                #"{"token":"\#(state.token)","last":\#(state.last),"sent":\#(state.sent)}"#
            return #"{"t":"resume","b":\#(body)}"#
        }
        return try await open(Self.url(address), Array(hello.utf8))
    }

    /// Where the sockets of a server at this address connect.
    static func url(_ address: String) -> String {
        address.replacingOccurrences(of: "http", with: "ws") + "/ws"
    }

    private func open(_ url: String, _ hello: [UInt8]) async throws -> JSONObject {
        let socket = try await client.connect(url)
        state.withLock { state in
            state.socket = socket
            state.isOpen = false
            state.isClosed = false
            state.first = nil
        }
        Task(name: "socket reader") { [weak self] in
            for await bytes in socket.messages { self?.take(bytes, from: socket) }
            self?.state.withLock { if $0.socket === socket { $0.isClosed = true } }
        }
        socket.send(hello)
        try await eventually("the first frame arrives") {
            self.state.withLock { $0.first != nil }
        }
        return try #require(state.withLock { $0.first })
    }

    private func take(_ bytes: [UInt8], from socket: WebSocket) {
        guard let message = try? JSONObject(bytes) else { return }
        let answers = state.withLock { state -> [[UInt8]] in
            guard state.socket === socket else { return [] }
            defer { state.received.append(message) }
            if let acknowledged = message.integer("a") {
                state.outbox.removeAll { $0.q <= acknowledged }
            }
            if !state.isOpen {
                state.isOpen = true
                state.first = message
                guard message["t"] == "resumed" else { return [] }
                state.token = message.object("b")?["token"] ?? ""
                let last = message.object("b")?.integer("last") ?? 0
                state.outbox.removeAll { $0.q <= last }
                return state.outbox.map(\.text)
            }
            guard let q = message.integer("q") else { return [] }
            if q != state.last + 1 {
                state.faults.append("\(message["t"] ?? "") \(q) after \(state.last)")
            }
            state.last = max(state.last, q)
            return [Array("{\"t\":\"heartbeat\",\"a\":\(state.last)}".utf8)]
        }
        for answer in answers { socket.send(answer) }
    }

    /// Sends a numbered message, and again after a resume until it is acknowledged.
    func send(_ type: String, id: String? = nil, _ body: [String: any Sendable]) {
        state.withLock { state in
            state.sent += 1
            var envelope: [String: any Sendable] = ["t": type, "q": state.sent, "b": body]
            if let id { envelope["id"] = id }
            guard let data = try? JSONSerialization.data(withJSONObject: envelope) else { return }
            state.outbox.append((state.sent, Array(data)))
            state.socket?.send(Array(data))
        }
    }

    // MARK: Seeing

    var participant: String { state.withLock { $0.participant } }
    var session: String? { state.withLock { $0.session } }
    /// What broke the delivery rules; empty when nothing did.
    var faults: [String] { state.withLock { $0.faults } }
    /// Whether everything it said is acknowledged.
    var isAcknowledged: Bool { state.withLock { $0.outbox.isEmpty } }

    /// The code it was closed with, nil while it is open.
    var closeCode: UInt16? { state.withLock { $0.isClosed ? $0.socket?.closeCode : nil } }

    /// Every frame of a type, oldest first.
    func frames(_ type: String) -> [JSONObject] {
        state.withLock { $0.received }.filter { $0["t"] == type }
    }

    /// The bodies of the messages of a type, oldest first.
    func bodies(_ type: String) -> [JSONObject] { frames(type).compactMap { $0.object("b") } }

    /// The answers to the request, by their type.
    func answers(to id: String) -> [String] {
        state.withLock { $0.received }.filter { $0["re"] == id }.compactMap { $0["t"] }
    }

    /// Waits until the server closed the socket.
    func waitForClose() async throws {
        try await eventually("the socket is closed") { self.closeCode != nil }
    }

    /// Closes the socket.
    func close() {
        state.withLock { $0.socket }?.close()
    }
}
