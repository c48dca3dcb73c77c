import Crypto
import EventLoop
import MQTT
import Signalling
import Vocabulary
import WebServer

/// Keeps the rooms of the conference server as the sessions want them.
///
/// It looks at what is wanted and what stands, every second and whenever the wishes change,
/// and does what is missing: makes rooms, lets people in and puts them out, closes what nobody
/// wants. So a restart of either side needs nothing of its own: rooms that a server forgot are made
/// again, as a new generation, and rooms that a coordinator forgot are closed.
actor ConferenceDesk {
    /// A room that stands, and who may enter it.
    private struct Held {
        let room: ConferenceRoom
        var tokens: [ParticipantID: String]
    }

    /// What is known of the server, for health and metrics.
    struct Figures: Sendable {
        /// Whether it answered when it was asked last.
        var isUp = false
        /// Rooms that stand now.
        var rooms = 0
        /// Rooms made since the start.
        var made = 0
        /// Rooms that were lost while they were wanted.
        var lost = 0
    }

    /// What the names of all rooms begin with that are the coordinator's.
    private static let prefix = "telehealth-"

    private let server: JanusServer
    private let client: WebClient
    private let url: String
    private let switchboard: Switchboard
    private let clock: any WallClock
    private let log: Log
    private var held: [SessionID: Held] = [:]
    private var delay = RetryDelay(.seconds(1)...(.seconds(30)))
    private var restsUntil = Instant.distantPast
    private var problem: String?
    /// What is known of the server.
    private(set) var figures = Figures()
    private var isLooking = false
    private var isStopped = false
    private var finishers: [CheckedContinuation<Void, Never>] = []
    private let ticks: AsyncStream<Void>
    private let ticking: AsyncStream<Void>.Continuation

    /// A desk for the rooms of the server that is configured; nil when none is.
    init?(
        _ media: Configuration.Media,
        switchboard: Switchboard,
        loop: WebLoop,
        clock: any WallClock,
        log: Log
    ) {
        guard let conference = media.conference else { return nil }
        var configuration = WebClientConfiguration()
        configuration.deadline = .seconds(5)
        client = WebClient(configuration, on: loop)
        server = JanusServer(
            client,
            address: conference.admin,
            secret: ConferenceSecret(conference.secret)
        )
        url = conference.url
        self.switchboard = switchboard
        self.clock = clock
        self.log = log
        (ticks, ticking) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for a look.
    nonisolated func tick() { ticking.yield() }

    /// Looks at each tick, until `stop`.
    func run() async {
        for await _ in ticks { await look() }
    }

    /// Ends `run`; returns when the last look is over.
    ///
    /// The rooms stay: media flow on while the coordinator restarts, and the next one closes them
    /// when it has made its own.
    func stop() async {
        ticking.finish()
        isStopped = true
        if isLooking { await withCheckedContinuation { finishers.append($0) } }
        await client.stop()
    }

    // MARK: Looking

    private func look() async {
        isLooking = true
        if !isStopped, clock.now() >= restsUntil {
            do throws(ConferenceError) {
                try await settle()
                delay.reset()
                figures.isUp = true
                report(nil)
            } catch {
                await fail(error)
            }
            figures.rooms = held.count
        }
        isLooking = false
        for finisher in finishers { finisher.resume() }
        finishers = []
    }

    /// Does what is missing between what is wanted and what stands.
    private func settle() async throws(ConferenceError) {
        let standing = Set(try await server.rooms().filter { $0.hasPrefix(ConferenceDesk.prefix) })
        let wishes = await switchboard.read { $0.conferences }
        for wish in wishes {
            if let held = held[wish.session], held.room == wish.room,
                standing.contains(held.room.name)
            {
                try await keep(wish)
            } else {
                try await make(wish)
            }
        }
        let wanted = Set(wishes.map(\.session))
        for session in held.keys where !wanted.contains(session) {
            try await close(session)
        }
        let names = Set(held.values.map(\.room.name))
        for orphan in standing.subtracting(names) { try await server.destroy(orphan) }
    }

    /// Makes a room with everybody's token, and tells the session.
    private func make(_ wish: ConferenceWish) async throws(ConferenceError) {
        if let before = held.removeValue(forKey: wish.session) {
            // Media flow there until those in it have come into the next room.
            if before.room == wish.room { figures.lost += 1 }
            for token in before.tokens.values { try await server.remove(token) }
        }
        var tokens: [ParticipantID: String] = [:]
        for participant in wish.participants { tokens[participant] = try await freshToken() }
        let tail = Hexadecimal.encode(randomBytes(4))
        let room = ConferenceRoom(name: "\(ConferenceDesk.prefix)\(wish.session)-\(tail)", url: url)
        try await server.create(room.name, tokens: Array(tokens.values))
        held[wish.session] = Held(room: room, tokens: tokens)
        figures.made += 1
        let given = tokens
        await switchboard.turn {
            $0.conferenceReady(room, for: wish.session, tokens: given, at: $1, into: &$2)
        }
    }

    /// Lets in who came, and puts out who went.
    private func keep(_ wish: ConferenceWish) async throws(ConferenceError) {
        guard var place = held[wish.session] else { return }
        let present = Set(wish.participants)
        for (participant, token) in place.tokens where !present.contains(participant) {
            try await server.putOut(participant.rawValue, token: token, of: place.room.name)
            place.tokens[participant] = nil
            held[wish.session] = place
        }
        guard !wish.lacking.isEmpty else { return }
        var fresh: [ParticipantID: String] = [:]
        for participant in wish.lacking { fresh[participant] = try await freshToken() }
        try await server.allow(Array(fresh.values), in: place.room.name)
        place.tokens.merge(fresh) { _, new in new }
        held[wish.session] = place
        let (room, given) = (place.room, fresh)
        await switchboard.turn {
            $0.conferenceAdmits(given, to: room, of: wish.session, at: $1, into: &$2)
        }
    }

    private func close(_ session: SessionID) async throws(ConferenceError) {
        guard let place = held[session] else { return }
        try await server.destroy(place.room.name)
        for token in place.tokens.values { try await server.remove(token) }
        held[session] = nil
    }

    private func freshToken() async throws(ConferenceError) -> String {
        let token = Base64.encodeURL(randomBytes(24))
        try await server.add(token)
        return token
    }

    /// The server failed: every session goes on without it, and it is asked again after a while.
    private func fail(_ error: ConferenceError) async {
        figures.isUp = false
        report("\(error)")
        let wait = delay.next()
        restsUntil = clock.now() + wait
        guard case .unreachable = error else { return }
        for (session, place) in held {
            figures.lost += 1
            let room = place.room
            await switchboard.turn {
                $0.conferenceLost(room, of: session, at: $1, into: &$2)
            }
        }
        held = [:]
    }

    private func report(_ line: String?) {
        guard problem != line else { return }
        if let line {
            log(.warning, "conference", line)
        } else if problem != nil {
            log(.info, "conference", "the conference server answers again")
        }
        problem = line
    }
}
