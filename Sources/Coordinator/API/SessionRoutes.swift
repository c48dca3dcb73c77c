import CareLoop
import Clinical
import Crypto
import EventLoop
import Gateway
import Scheduler
import Signalling
import Store
import Vocabulary

/// Sessions, their outcome, and the ticket of the live feed.
enum SessionRoutes {
    static var routes: [Route] {
        [
            Route(
                "GET",
                "/sessions/{id}",
                "One session with its history.",
                access: .granted(.read, .session),
                answer: .named("Session")
            ) { call, services in
                let session = try await session(call, .read, services)
                try await services.auditRead(call, "session/\(session.id)")
                let note = services.open(session.outcome?.sealedNote, for: session.id.rawValue)
                return try .json(SessionView(session, note: note))
            },
            Route(
                "POST",
                "/sessions/{id}/outcome",
                "End a consult with its outcome, which the asking clinic is told.",
                access: .granted(.change, .session),
                body: .object(
                    [
                        ("disposition", .choice(Disposition.allCases.map(\.rawValue))),
                        ("note", .string),
                    ],
                    optional: []
                ),
                answer: .named("Session")
            ) { try await end($0, $1) },
            Route(
                "POST",
                "/desk/ticket",
                "A single-use ticket for the live feed of whoever is signed in.",
                access: .signedIn,
                answer: .named("Ticket")
            ) { try await deskTicket($0, $1) },
        ]
    }

    private struct OutcomeBody: Decodable {
        let disposition: Disposition
        let note: String
    }

    private static func end(_ call: APICall, _ services: Services) async throws -> APIAnswer {
        let session = try await session(call, .change, services)
        let body: OutcomeBody = try call.body()
        guard let doctor = try call.principal().doctor, doctor == session.doctor else {
            throw Problem(403, "notAllowed", "only the responsible doctor gives the outcome")
        }
        if services.isGiven(body.disposition, note: body.note, by: doctor, in: session) {
            return try .json(SessionView(session, note: body.note))
        }
        let outcome = try services.outcome(
            of: session.id,
            body.disposition,
            note: body.note,
            by: doctor,
            at: call.at
        )
        return try await services.decide(call, status: 200) { loop, now in
            let effects = try loop.outcomeGiven(session.id, outcome, at: now)
            let after = effects.session(session.id) ?? session
            return Decided(
                effects: effects,
                view: SessionView(after, note: body.note),
                action: "outcome",
                object: "session/\(session.id)"
            )
        }
    }

    private static func session(
        _ call: APICall,
        _ verb: Verb,
        _ services: Services
    ) async throws -> SessionRecord {
        guard let session = try await services.store.session(try call.id()) else {
            throw Problem.notFound
        }
        let booking = try await services.store.booking(session.booking)
        try services.authorise(
            call,
            verb,
            .session,
            AccessTarget(site: session.site, doctors: (booking?.doctors ?? []) + [session.doctor])
        )
        return session
    }

    private struct TicketView: Encodable {
        let token: String
        let url: String
        let expiresAt: Instant
    }

    private static func deskTicket(_ call: APICall, _ services: Services) async throws -> APIAnswer
    {
        let principal = try call.principal()
        let topics = DeskTopic.topics(of: principal)
        guard !topics.isEmpty else { throw Problem.notAllowed }
        var random = SystemRandomNumberGenerator()
        let grant = DeskGrant(
            participant: .fresh("dk", using: &random),
            principal: principal.user,
            hears: topics,
            site: principal.site,
            doctor: principal.doctor
        )
        guard let ticket = await services.switchboard.issue(.desk(grant)) else {
            throw Problem(503, "busy", "too many tickets are out; try again", retryAfterSeconds: 2)
        }
        return try .json(
            TicketView(
                token: ticket.token,
                url: services.webSocketURL,
                expiresAt: ticket.expiresAt
            )
        )
    }
}

extension Services {
    /// An outcome with its note sealed; throws when the note is too long.
    func outcome(
        of session: SessionID,
        _ disposition: Disposition,
        note: String,
        by doctor: DoctorID,
        at now: Instant
    ) throws -> Outcome {
        guard note.utf8.count <= 16_000 else {
            throw Problem.invalid("note", "at most 16000 bytes")
        }
        return Outcome(
            disposition: disposition,
            sealedNote: try keys.sealing.seal(note, for: session.rawValue),
            by: doctor,
            at: now
        )
    }
}

extension Services {
    /// Whether the session has exactly this outcome already: what comes again, because the answer
    /// was lost or the server was killed before it, is answered as the first time.
    func isGiven(
        _ disposition: Disposition,
        note: String,
        by doctor: DoctorID,
        in session: SessionRecord
    ) -> Bool {
        guard let outcome = session.outcome, outcome.by == doctor,
            outcome.disposition == disposition
        else { return false }
        return open(outcome.sealedNote, for: session.id.rawValue) == note
    }
}

extension Identifier {
    /// The identifier that a text always gives: 32 hexadecimal digits of its SHA-256.
    static func derived(from text: String) -> Identifier {
        Identifier(trusted: String(Hexadecimal.encode(Digest.sha256(text)).prefix(32)))
    }
}
