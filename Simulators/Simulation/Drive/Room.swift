import EventLoop
import Vocabulary
import WebServer

/// One of our people in one consult room, from the click that joins until the room is closed.
actor Room {
    private let surroundings: Surroundings
    private let side: RoomSide
    private let request: RequestID
    private let patient: PatientID
    private let click: Duration
    private var end: ConsultEnd

    init(
        side: RoomSide,
        request: RequestID,
        patient: PatientID,
        click: Duration,
        surroundings: Surroundings
    ) {
        self.side = side
        self.request = request
        self.patient = patient
        self.click = click
        self.surroundings = surroundings
        end = ConsultEnd(role: side == .doctor ? "doctor" : "clinic", patient: patient)
    }

    /// Joins the booking's room and stays until it is closed or the task is cancelled.
    func attend(_ booking: BookingID, token: String) async {
        let journal = surroundings.journal
        do throws(APIClient.Problem) {
            let (socket, _) = try await surroundings.api.socket(
                ticketFrom: "/bookings/\(booking)/join",
                token: token
            )
            await journal.entered(click: click)
            await serve(socket)
            await journal.left()
        } catch {
            if !Task.isCancelled { await journal.failed(.http, error.description) }
        }
    }

    private func serve(_ socket: WebSocket) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.beat(socket) }
            for await frame in socket.messages {
                for effect in end.receive(frame) {
                    switch effect {
                    case .send(let frame): socket.send(frame)
                    case .metOther:
                        let now = surroundings.clock.now()
                        group.addTask { await self.met(at: now) }
                        if side == .doctor { group.addTask { await self.conclude(socket) } }
                    case .outcomeAccepted:
                        await surroundings.journal.concluded(request, patient: patient)
                    case .received(let traffic): await surroundings.journal.received(traffic)
                    case .fault(let text):
                        await surroundings.journal.failed(.socket, "room: \(text)")
                    }
                }
            }
            socket.close()
            group.cancelAll()
        }
    }

    private func met(at instant: Instant) async {
        await surroundings.journal.met(request, side: side, at: instant, click: click)
    }

    /// Talks for a while, then gives the outcome, once.
    private func conclude(_ socket: WebSocket) async {
        try? await Task.sleep(for: surroundings.options.consult)
        guard !Task.isCancelled, end.isTogether else { return }
        let effects = end.conclude(note: "Simulated consult.", disposition: "treatLocally")
        for case .send(let frame) in effects { socket.send(frame) }
    }

    private func beat(_ socket: WebSocket) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            guard !Task.isCancelled else { return }
            for case .send(let frame) in end.beat() { socket.send(frame) }
        }
    }
}
