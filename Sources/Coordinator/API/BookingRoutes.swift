import CareLoop
import Clinical
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary
import WebServer

/// Bookings: list, answer an offer, take back, check in, enter the room.
enum BookingRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/bookings",
                "Bookings by start.",
                access: .granted(.read, .booking),
                parameters: [
                    .init("doctor", .identifier, "only this doctor's; a doctor's own when absent"),
                    .init("site", .identifier, "only this site's; a clinic's own when absent"),
                    .init(
                        "interpreter",
                        .identifier,
                        "only this interpreter's; an interpreter's own when absent"
                    ),
                    .init("from", .instant, "only those that end after this"),
                    .init("to", .instant, "only those that start before this"),
                    .init("state", .choice(["live", "all"]), "live when absent"),
                    .init("limit", .integer(1...500), "page size, 100 when absent"),
                ],
                answer: .page(.named("Booking"))
            ) { try await list($0, $1) },
            Route(
                "GET",
                "/bookings/{id}",
                "One booking.",
                access: .granted(.read, .booking),
                answer: .named("Booking")
            ) { call, services in
                let booking = try await booking(call, .read, services)
                return try .json(await services.view(booking, for: try call.principal()))
            },
            answer("accept", "Accept an offer.", .accept),
            answer("decline", "Decline an offer; the next doctor is asked.", .decline),
            act("cancel", "Take a booking back.") { loop, id, party, now in
                try loop.bookingCancelled(id, by: party, at: now)
            },
            act("check-in", "Say that one's side is there.") { loop, id, party, now in
                try loop.checkedIn(id, by: party, at: now)
            },
            act("no-show", "Say that the other side did not come.") {
                loop,
                id,
                party,
                now in
                try loop.noShowReported(id, by: party, at: now)
            },
            Route(
                "POST",
                "/bookings/{id}/join",
                "A single-use ticket into the booking's room, good for a minute.",
                access: .granted(.change, .booking),
                body: .object(
                    [("as", .choice(ParticipantRole.allCases.map(\.rawValue)))],
                    optional: ["as"]
                ),
                isBodyOptional: true,
                answer: .named("Entry")
            ) { try await join($0, $1) },
        ]
    }

    typealias Act =
        @Sendable (inout CareLoop, BookingID, CareParty, Instant) throws -> [CareEffect]

    private static func answer(
        _ word: String,
        _ summary: String,
        _ answer: OfferAnswer
    ) -> Route {
        Route(
            "POST",
            "/bookings/{id}/\(word)",
            summary,
            access: .granted(.change, .booking),
            answer: .named("Booking")
        ) { call, services in
            let principal = try call.principal()
            if let interpreter = principal.interpreter {
                return try await perform(call, word, services) { loop, id, _, now in
                    switch answer {
                    case .accept: try loop.interpreterAccepted(id, by: interpreter, at: now)
                    case .decline:
                        try loop.bookingCancelled(id, by: .interpreter(interpreter), at: now)
                    }
                }
            }
            guard let doctor = principal.doctor else { throw Problem.notFound }
            let known = try await services.store.booking(try call.id())
            return try await perform(call, word, services) { loop, id, _, now in
                do {
                    return try loop.offerAnswered(id, answer, by: doctor, at: now)
                } catch CareRefusal.unknownBooking {
                    // Over and gone from the loop's memory: its record says why it is too late.
                    throw known?.ring?.end == .taken ? CareRefusal.taken : .tooLate
                }
            }
        }
    }

    private static func act(
        _ word: String,
        _ summary: String,
        _ act: @escaping Act
    ) -> Route {
        Route(
            "POST",
            "/bookings/{id}/\(word)",
            summary,
            access: .granted(.change, .booking),
            answer: .named("Booking")
        ) { try await perform($0, word, $1, act) }
    }

    /// Does something to the booking of the path, or to the one that is given, and shows it, or the
    /// one that comes in its place with the doctor who is given.
    static func perform(
        _ call: APICall,
        _ word: String,
        _ services: Services,
        booking id: BookingID? = nil,
        verb: Verb = .change,
        status: Int = 200,
        with doctor: DoctorID? = nil,
        _ act: @escaping Act
    ) async throws -> APIAnswer {
        let booking = try await booking(call, verb, services, id)
        let party = try services.party(call, booking)
        let names = await services.directory.names(of: booking, beside: doctor)
        let seesPatient = try call.principal().seesPatient(of: booking)
        return try await services.decide(call, status: status) { loop, now in
            let before = loop.booking(booking.id) ?? booking
            let request = loop.request(booking.request)
            let effects = try act(&loop, booking.id, party, now)
            let after =
                doctor.flatMap { effects.booking(insteadOf: booking.id, with: $0) }
                ?? effects.booking(booking.id) ?? loop.booking(booking.id) ?? before
            return Decided(
                effects: effects,
                view: BookingView(
                    after,
                    request: request,
                    names: names,
                    seesPatient: seesPatient
                ),
                action: word,
                object: "booking/\(booking.id)"
            )
        }
    }

    private static func list(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let principal = try call.principal()
        let seesAll = Authorisation.allows(principal, .read, .booking)
        let doctor: DoctorID? =
            try call.queryID("doctor")
            ?? (seesAll || principal.site != nil ? nil : principal.doctor)
        let site: SiteID? = try call.queryID("site") ?? (seesAll ? nil : principal.site)
        let interpreter: InterpreterID? =
            try call.queryID("interpreter") ?? (seesAll ? nil : principal.interpreter)
        try services.authorise(
            call,
            .read,
            .booking,
            AccessTarget(
                site: site,
                doctors: doctor.map { [$0] } ?? [],
                interpreters: interpreter.map { [$0] } ?? []
            )
        )
        let state = call.query("state") ?? "live"
        guard state == "live" || state == "all" else {
            throw Problem(400, "invalid", "state: expected live or all")
        }
        let bookings = try await services.store.bookings(
            BookingFilter(
                doctor: doctor,
                site: site,
                interpreter: interpreter,
                from: try call.queryInstant("from"),
                until: try call.queryInstant("to"),
                live: state == "live",
                limit: try call.limit()
            )
        )
        var views: [BookingView] = []
        for booking in bookings { views.append(await services.view(booking, for: principal)) }
        return try .page(views, next: nil)
    }

    /// The booking, when the caller may do this to it.
    static func booking(
        _ call: APICall,
        _ verb: Verb,
        _ services: Services,
        _ id: BookingID? = nil
    ) async throws -> Booking {
        guard let booking = try await services.store.booking(try id ?? call.id()) else {
            throw Problem.notFound
        }
        try services.authorise(
            call,
            verb,
            .booking,
            AccessTarget(booking)
        )
        return booking
    }

    // MARK: Joining

    private struct EntryBody: Decodable {
        let `as`: ParticipantRole?
    }

    private struct Entry: Encodable {
        let session: SessionID
        let token: String
        let url: String
        let iceServers: [RelayServer]
        let participant: ParticipantID
        let role: ParticipantRole
        let expiresAt: Instant
    }

    private static func join(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let principal = try call.principal()
        let role = try call.request.body.isEmpty ? nil : (call.body() as EntryBody).as
        guard let booking = try await services.store.booking(try call.id()) else {
            throw Problem.notFound
        }
        let session = await services.care.read { loop in booking.session.flatMap(loop.session) }
        let places = RoomPlaces(directory: services.directory)
        let place = await places.place(of: principal, as: role, in: booking, session)
        guard let place else { throw Problem.notFound }
        guard booking.state.isLive, let session else {
            throw Problem.conflict("noSession", "the booking has no open session to join")
        }
        let names = await services.directory.names(of: booking)
        // The same person is the same participant of a session, whatever the browser; as something
        // else it is another one.
        let participant = ParticipantID.derived(
            from: "\(session.id) \(principal.user)" + (place.isOwn ? "" : " \(place.role.rawValue)")
        )
        let grant = SessionGrant(
            session: session,
            participant: participant,
            role: place.role,
            name: await places.name(of: place, in: names),
            principal: principal.user,
            doctor: place.isPerson ? principal.doctor : nil,
            entry: place.entry,
            startsAt: booking.start
        )
        guard let ticket = await services.switchboard.issue(.session(grant)) else {
            throw Problem(503, "busy", "too many tickets are out; try again", retryAfterSeconds: 2)
        }
        try await services.store.audit(try services.entry(call, "join", "session/\(session.id)"))
        return try .json(
            Entry(
                session: session.id,
                token: ticket.token,
                url: services.webSocketURL,
                iceServers: services.relay.map {
                    $0.servers(for: participant, in: session.id, until: $0.end(issuedAt: call.at))
                } ?? [],
                participant: participant,
                role: place.role,
                expiresAt: ticket.expiresAt
            )
        )
    }
}

extension Services {
    /// A booking as the API shows it to somebody.
    func view(_ booking: Booking, for principal: Principal?) async -> BookingView {
        BookingView(
            booking,
            request: await care.read { $0.request(booking.request) },
            names: await directory.names(of: booking),
            seesPatient: principal?.seesPatient(of: booking) ?? true
        )
    }

    /// Where sockets connect.
    var webSocketURL: String {
        (publicURL.hasPrefix("https")
            ? "wss" + publicURL.dropFirst(5) : "ws" + publicURL.dropFirst(4)) + "/ws"
    }
}

extension AccessTarget {
    /// A booking, within reach of everybody who has part in it.
    init(_ booking: Booking) {
        self.init(
            site: booking.site,
            doctors: booking.doctors,
            interpreters: booking.interpreters
        )
        furtherSites = booking.sites
    }
}

extension Principal {
    /// Whether the caller may know whom the booking is about: who only interprets or listens in at
    /// another site need not.
    func seesPatient(of booking: Booking) -> Bool {
        roles.contains { role in
            switch role {
            case .interpreter: false
            case .clinic: site == booking.site
            case .administrator, .doctor, .observer, .auditor, .integration, .device: true
            }
        }
    }
}
