import Arguments
import Coordinator
import EventLoop
import Foundation
import Signalling
import Vocabulary
import WebServer

/// The server of `signalling` in a process of its own, so that its CPU and memory count: the web
/// server and the switchboard of `serve`, with tickets for people who are in no database.
///
/// It writes its port, then answers each line `rooms N` or `desks N` with that many tickets, one a
/// line and two for a room, until its input ends.
let signallingPartCommand = Command(
    "signalling-part",
    "The server of 'signalling', started by it.",
    options: [
        .option("--certificate", "FILE", "the chain; plain without"),
        .option("--key", "FILE", "its private key"),
        .option("--openings", "N", "hellos and resumes a second that it takes (all)"),
        .flag("--echo", "send every text back and know nobody: the web server alone"),
    ]
) { arguments in
    raiseDescriptorLimit()
    let configuration = try configuration(arguments)
    if arguments.has("--echo") {
        try await serveEcho(configuration)
    } else {
        let openings = try arguments.integer("--openings", in: 1...1_000_000)
        try await serveLoad(configuration, openings: openings ?? 1_000_000)
    }
}

private func configuration(_ arguments: ParsedArguments) throws -> WebServerConfiguration {
    var configuration = WebServerConfiguration()
    if let certificate = arguments.value("--certificate") {
        configuration.tls = TLSFiles(
            certificate: certificate,
            key: try arguments.required("--key")
        )
    }
    return configuration
}

private func serveLoad(_ configuration: WebServerConfiguration, openings: Int) async throws {
    let loop = WebLoop(name: "web")
    let server = WebServer(configuration, on: loop)
    var limits = ExchangeLimits()
    // The load is as fast as it can be; the rate of one socket is not what is measured.
    limits.messagesPerSecond = 1_000_000
    limits.burst = 1_000_000
    limits.openingsPerSecond = openings
    limits.strangers = limits.sockets
    let board = Switchboard(loop: loop, server: server, clock: SteadyClock(), limits: limits)
    loop.start()
    let port = try await server.start(webSockets: board)
    await withDiscardingTaskGroup { group in
        group.addTask { for await _ in board.events {} }
        writeLine("\(port)")
        var office = TicketOffice(board: board)
        while let line = readLine() {
            for ticket in await office.answer(line) { writeLine(ticket) }
        }
        await server.stop(within: .zero)
        await board.stop()
    }
    await loop.stop()
}

private func serveEcho(_ configuration: WebServerConfiguration) async throws {
    var configuration = configuration
    // Nobody says who he is.
    configuration.unauthenticatedSocketsPerAddress = configuration.connections
    let loop = WebLoop(name: "web")
    let server = WebServer(configuration, on: loop)
    loop.start()
    writeLine("\(try await server.start(webSockets: Echo(server)))")
    while readLine() != nil {}
    await server.stop(within: .zero)
    await loop.stop()
}

/// Sends every text back.
private final class Echo: WebSocketDelegate {
    private let server: WebServer

    init(_ server: WebServer) {
        self.server = server
    }

    func opened(_ socket: WebSocketID, request: HTTPRequest) {}
    func received(_ text: Span<UInt8>, from socket: WebSocketID) {
        _ = server.send(text, to: socket)
    }
    func drained(_ socket: WebSocketID) {}
    func closed(_ socket: WebSocketID, code: UInt16) {}
}

/// Tickets for rooms and desks that exist only here.
private struct TicketOffice {
    let board: Switchboard
    private var count = 0

    init(board: Switchboard) {
        self.board = board
    }

    mutating func answer(_ question: String) async -> [String] {
        let words = question.split(separator: " ")
        guard words.count == 2, let number = Int(words[1]) else { return [] }
        var tickets: [String] = []
        for _ in 0..<number {
            count += 1
            let grants = words[0] == "rooms" ? room(count) : [desk(count)]
            for grant in grants {
                guard let ticket = await board.issue(grant) else { continue }
                tickets.append("\(grant.participant) \(ticket.token)")
            }
        }
        return tickets
    }

    private func room(_ number: Int) -> [Grant] {
        let doctor = DoctorID(trusted: "dr-\(number)")
        let record = SessionRecord(
            id: SessionID(trusted: "s-\(number)"),
            booking: BookingID(trusted: "b-\(number)"),
            request: RequestID(trusted: "rq-\(number)"),
            patient: PatientID(trusted: "pt-\(number)"),
            site: SiteID(trusted: "site-\(number)"),
            doctor: doctor,
            at: Instant(milliseconds: 0)
        )
        return [ParticipantRole.clinic, .doctor].map { role in
            .session(
                SessionGrant(
                    session: record,
                    participant: ParticipantID(trusted: "pa-\(number)-\(role.rawValue)"),
                    role: role,
                    name: role.rawValue,
                    principal: UserID(trusted: "u-\(number)-\(role.rawValue)"),
                    doctor: role == .doctor ? doctor : nil
                )
            )
        }
    }

    private func desk(_ number: Int) -> Grant {
        .desk(
            DeskGrant(
                participant: ParticipantID(trusted: "dk-\(number)"),
                principal: UserID(trusted: "ud-\(number)"),
                hears: [.figures]
            )
        )
    }
}
