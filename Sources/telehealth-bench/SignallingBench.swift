import Arguments
import EventLoop
import Foundation
import Glibc

/// What a relayed message costs, and what sockets do under load, loss and a storm.
let signallingCommand = Command(
    "signalling",
    "Relay between the two ends of many rooms, over real sockets to a server on one core.",
    options: [
        .option("--rooms", "N", "rooms of two that are open (200)"),
        .option("--idle", "N", "further sockets, each a live feed (0)"),
        .option("--seconds", "S", "how long each part lasts (10)"),
        .option("--rate", "N", "messages a second of the paced part (half of the closed loop's)"),
        .option("--kills", "N", "sockets lost each second of the part with faults (50)"),
        .option("--messages", "N", "of the part with faults (as many as in the paced part)"),
        .option("--openings", "N", "hellos and resumes a second that our server takes (all)"),
        .option("--part", "NAME", "only relay (closed loop and paced), faults, or storm"),
        .option("--python", "FILE", "a Python with 'websockets', to measure that relay too"),
        .option("--node", "FILE", "a node with 'ws' (NODE_PATH), to measure that relay too"),
        .option("--echo", "FILE", "echo_libwebsockets.c as built, to measure it and our own echo"),
        .flag("--janus", "measure the answers of Debian's Janus to pings too"),
        .flag("--tls", "under TLS, with an authority of its own"),
    ]
) { arguments in
    let bench = SignallingBench(
        rooms: try arguments.integer("--rooms", in: 1...10_000) ?? 200,
        idle: try arguments.integer("--idle", in: 0...20_000) ?? 0,
        seconds: Double(try arguments.integer("--seconds", in: 1...3_600) ?? 10),
        rate: try arguments.integer("--rate", in: 1...1_000_000),
        kills: try arguments.integer("--kills", in: 0...10_000) ?? 50,
        messages: try arguments.integer("--messages", in: 1...1_000_000_000),
        openings: try arguments.integer("--openings", in: 1...1_000_000),
        parts: try parts(arguments.value("--part")),
        python: arguments.value("--python"),
        node: arguments.value("--node"),
        echo: arguments.value("--echo"),
        hasJanus: arguments.has("--janus"),
        hasTLS: arguments.has("--tls")
    )
    try bench.run()
}

private func parts(_ name: String?) throws -> Set<SignallingBench.Part> {
    guard let name else { return Set(SignallingBench.Part.allCases) }
    guard let part = SignallingBench.Part(rawValue: name) else {
        throw SignallingBench.Failure.noSuchPart(name)
    }
    return [part]
}

/// Runs the server, the load and the peer, and says what each took.
struct SignallingBench {
    /// What is measured of our server; of a peer only the relay.
    enum Part: String, CaseIterable {
        /// Messages in a closed loop, then at a fixed rate.
        case relay
        /// Messages at a fixed rate while sockets are lost.
        case faults
        /// All sockets are lost at once.
        case storm
    }

    let rooms: Int
    let idle: Int
    let seconds: Double
    let rate: Int?
    let kills: Int
    let messages: Int?
    let openings: Int?
    let parts: Set<Part>
    let python: String?
    let node: String?
    let echo: String?
    let hasJanus: Bool
    let hasTLS: Bool

    func run() throws {
        raiseDescriptorLimit()
        // A server that closes first must not end the load.
        signal(SIGPIPE, SIG_IGN)
        pinOwnThreads()
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "telehealth-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        if hasTLS { try issue(into: folder) }
        let certificates = hasTLS ? folder.path : nil
        let server = try RelayServer(certificates: certificates, openings: openings)
        let cost = try measure(server, "telehealth", .whole)
        server.stop()
        for (name, peer, kind) in try peers(folder.path) {
            let other = try measure(peer, name, kind)
            peer.stop()
            guard parts.contains(.relay) else { continue }
            writeLine("\(pad(name)) takes \(rounded(other / cost)) times our relay's CPU a message")
        }
    }

    /// What of a server is measured.
    private enum Kind {
        /// Every part that is asked for.
        case whole
        /// The relay.
        case relay
        /// Texts come back to whoever sent them.
        case alone(RoomClient.Monologue)

        var isWhole: Bool { if case .whole = self { true } else { false } }
    }

    private func peers(_ folder: String) throws -> [(String, RelayServer, Kind)] {
        var peers: [(String, RelayServer, Kind)] = []
        let certificates = hasTLS ? folder : nil
        if hasJanus {
            peers.append(("Janus ping", try RelayServer(janus: folder), .alone(.janus)))
        }
        if let echo {
            let c = try RelayServer(echo: echo, certificates: certificates)
            let own = try RelayServer(certificates: certificates, isEcho: true)
            peers += [("C echo", c, .alone(.echo)), ("own echo", own, .alone(.echo))]
        }
        if let node {
            let peer = try RelayServer(interpreter: node, "signalling_ws.js")
            peers.append(("node ws", peer, .relay))
        }
        if let python {
            let peer = try RelayServer(interpreter: python, "signalling_websockets.py")
            peers.append(("websockets", peer, .relay))
        }
        return peers
    }

    /// The load takes the other processor.
    private func pinOwnThreads() {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["taskset", "-acp", "1", "\(getpid())"]
        process.standardOutput = FileHandle.nullDevice
        try? process.run()
        process.waitUntilExit()
    }

    /// Returns the CPU microseconds of the server for a relayed message in the paced part.
    private func measure(_ server: RelayServer, _ name: String, _ kind: Kind) throws -> Double {
        let load = RoomLoad(to: server.target)
        try enter(load, server, name, kind)
        var half = rate ?? 10_000
        var cost = 0.0
        if !kind.isWhole || parts.contains(.relay) {
            let closed = try timed(server) { try load.converse(rooms: rooms, seconds: seconds) }
            report(name, "closed loop", closed)
            half = rate ?? Int(closed.delays.perSecond / 2)
            let paced = try timed(server) { try load.lecture(rate: half, seconds: seconds) }
            report(name, "paced", paced)
            cost = paced.cost
        }
        guard kind.isWhole else { return cost }
        if kills > 0, parts.contains(.faults) {
            let wall = messages.map { Double($0) / Double(half) } ?? seconds
            let faulty = try timed(server) {
                try load.lecture(rate: half, seconds: wall, kills: kills)
            }
            report(name, "killed", faulty)
            loss(load, name, "resume", ofStorm: nil)
        }
        if parts.contains(.storm) {
            loss(load, name, "storm", ofStorm: try load.storm(within: 120))
        }
        return cost
    }

    private func enter(
        _ load: RoomLoad,
        _ server: RelayServer,
        _ name: String,
        _ kind: Kind
    ) throws {
        let empty = server.residentKilobytes
        let (cpu, start) = (server.processorSeconds, ContinuousClock.now)
        switch kind {
        case .alone(let monologue): load.addAlone(2 * rooms, monologue)
        case .whole, .relay:
            load.add(try server.tickets(rooms, for: "rooms"), areRooms: true)
        }
        if kind.isWhole, idle > 0 {
            load.add(try server.tickets(idle, for: "desks"), areRooms: false)
        }
        let count = load.clients.count
        guard try load.settle(within: 120) else {
            throw Failure.notSettled(name, load.surprises)
        }
        let wall = start.duration(to: .now).seconds
        let cost = (server.processorSeconds - cpu) / Double(count) * 1e3
        let memory = (server.residentKilobytes - empty) / Double(count)
        writeLine(
            """
            \(pad(name)) \(count) sockets\(hasTLS ? " under TLS" : ""), \(rooms) rooms: all in \
            after \(rounded(wall)) s, \(rounded(cost)) ms CPU and \(rounded(memory)) KiB a socket
            """
        )
    }

    private struct Measure {
        var delays: Delays
        var cost: Double
    }

    private func timed(_ server: RelayServer, _ body: () throws -> Delays) throws -> Measure {
        let cpu = server.processorSeconds
        let delays = try body()
        let used = server.processorSeconds - cpu
        return Measure(delays: delays, cost: used / Double(max(1, delays.count)) * 1e6)
    }

    private func report(_ name: String, _ what: String, _ part: Measure) {
        writeLine(
            """
            \(pad(name)) \(what): \(part.delays.count) messages, \
            \(Int(part.delays.perSecond)) messages/s, \
            \(rounded(part.cost)) µs CPU each; p50 \(rounded(part.delays.quantile(0.5))) ms, \
            p99 \(rounded(part.delays.quantile(0.99))) ms, longest \
            \(rounded(part.delays.quantile(1))) ms
            """
        )
    }

    private func loss(_ load: RoomLoad, _ name: String, _ what: String, ofStorm storm: Double??) {
        let times = load.resumes.sorted()
        let (half, most) = (times.count / 2, times.count * 99 / 100)
        let wall = storm.map { $0.map { "all back after \(rounded($0)) s, " } ?? "NOT ALL BACK, " }
        let spread =
            times.isEmpty
            ? "" : "p50 \(rounded(times[half])) ms, p99 \(rounded(times[most])) ms, "
        let closes = load.surprises.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        writeLine(
            """
            \(pad(name)) \(what): \(wall ?? "")\(times.count) resumed, \(spread)lost \(load.lost), \
            repeated \(load.repeated), gaps \(load.gaps), other closes \(closes)
            """
        )
    }

    private func pad(_ name: String) -> String {
        name.padding(toLength: 11, withPad: " ", startingAt: 0)
    }

    /// Why a run cannot be measured.
    enum Failure: Error, CustomStringConvertible {
        case notSettled(String, [Int: Int])
        case noSuchPart(String)

        var description: String {
            switch self {
            case .noSuchPart(let name): "no part '\(name)'; there are relay, faults and storm"
            case .notSettled(let name, let codes):
                "\(name): not everybody was in after 120 s (closes by code: \(codes))"
            }
        }
    }
}
