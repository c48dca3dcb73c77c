import Vocabulary
import WebServer

/// What a person at a desk does with a record that arrives.
protocol DeskWorker: Sendable {
    /// An alarm, request, booking or session, at its newest; sent again at each change.
    func received(_ type: String, _ record: JSONValue) async
}

/// One signed-in person's desk socket: kept open, acknowledged, and opened again when it breaks.
actor Desk {
    private let token: String
    private let surroundings: Surroundings
    private var line = SignallingLine()
    private var heartbeatSeconds = 10
    private var wasWelcomed = false

    init(token: String, surroundings: Surroundings) {
        self.token = token
        self.surroundings = surroundings
    }

    /// Stays at the desk until the task is cancelled; the worker's reactions are child tasks.
    func sit(_ worker: some DeskWorker) async {
        var pause = 0.25
        while !Task.isCancelled {
            do throws(APIClient.Problem) {
                let (socket, _) = try await surroundings.api.socket(
                    ticketFrom: "/desk/ticket",
                    token: token
                )
                pause = 0.25
                await serve(socket, worker)
                guard !Task.isCancelled else { return }
                // 1013 is no failure: many came at once, and who is put off comes again.
                if socket.closeCode != 1013 {
                    let code = socket.closeCode.map(String.init) ?? "none"
                    await surroundings.journal.failed(.socket, "desk closed with code \(code)")
                }
            } catch {
                guard !Task.isCancelled else { return }
                await surroundings.journal.failed(.http, error.description)
            }
            // Full jitter, doubling: a storm of 1,500 desks must not come back as one.
            try? await Task.sleep(for: .seconds(Double.random(in: 0...pause)))
            pause = min(pause * 2, 15)
        }
    }

    private func serve(_ socket: WebSocket, _ worker: some DeskWorker) async {
        line = SignallingLine()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.beat(socket) }
            for await frame in socket.messages {
                let isFirst = !wasWelcomed
                let records = take(frame, socket)
                if isFirst, wasWelcomed { await surroundings.journal.sat() }
                for (type, record) in records {
                    group.addTask { await worker.received(type, record) }
                }
            }
            socket.close()
            group.cancelAll()
        }
    }

    /// The records in a frame; answers what must be answered.
    private func take(_ frame: [UInt8], _ socket: WebSocket) -> [(String, JSONValue)] {
        defer { if line.owesAcknowledgement { socket.send(line.heartbeat()) } }
        guard case .message(let type, let body) = line.receive(frame) else { return [] }
        switch type {
        case "welcome":
            heartbeatSeconds = max(2, body["heartbeatSeconds"]?.integer ?? heartbeatSeconds)
            wasWelcomed = true
            return []
        case "snapshot":
            return [("alarm", "alarms"), ("request", "requests"), ("booking", "bookings")]
                .flatMap { type, name in (body[name]?.elements ?? []).map { (type, $0) } }
        case "alarm", "request", "booking", "session": return [(type, body)]
        default: return []
        }
    }

    /// Acknowledges at least once in each heartbeat.
    private func beat(_ socket: WebSocket) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(heartbeatSeconds) / 2)
            if !Task.isCancelled { socket.send(line.heartbeat()) }
        }
    }
}
