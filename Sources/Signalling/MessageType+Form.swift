/// What the body of each message holds: the one description from which the schema is made.
///
/// The tests hold every text that the server sends against it, and every text that it asks of a
/// client against the server.
extension MessageType {
    /// The body when a client sends it; nil when only the server does.
    public var bodyToServer: MessageForm? {
        switch self {
        case .hello: .client(.init("ticket", .text))
        case .resume:
            .client(
                .init("token", .text),
                .init("last", .count(from: 0)),
                .init("sent", .count(from: 0))
            )
        case .join, .knock: .joining
        case .admit, .deny, .hold, .recall, .handover, .consent, .mod, .chat: roomBodyToServer
        case .leave, .end: .client(.init("reason", .text, isRequired: false))
        case .desc: .description(of: "to")
        case .cand: .candidates(of: "to")
        case .linkFail:
            .client(
                .init("link", .count(from: 1)),
                .init("why", .text, isRequired: false),
                .init("reason", .text, isRequired: false)
            )
        case .quality:
            .client(
                .init("link", .count(from: 1), isRequired: false),
                .init("level", .levels, isRequired: false),
                .init("rttMs", .count(from: 0), isRequired: false),
                .init("lossPercent", .count(from: 0), isRequired: false)
            )
        case .vitalsSubscribe, .vitalsUnsubscribe: .client(.init("patient", .text))
        case .alarmAck: .client(.init("alarm", .text))
        case .outcome:
            .client(
                .init("disposition", .choice(Disposition.allCases.map(\.rawValue))),
                .init("note", .text)
            )
        case .heartbeat: .client(.init("a", .count(from: 0), isRequired: false))
        case .welcome, .resumed, .snapshot, .peerUp, .peerState, .peerDown, .ice, .topology,
            .notice, .lobby, .queue, .move, .vitals, .alarm, .request, .booking, .session, .ok,
            .err:
            nil
        }
    }

    /// The body when the server sends it; nil when only a client does.
    public var bodyToClient: MessageForm? {
        switch self {
        case .welcome: .welcome
        case .resumed:
            .server(
                .init("token", .text),
                .init("tokenSeconds", .count(from: 1)),
                .init("last", .count(from: 0)),
                .init("gap", .truth),
                .init("at", .instant)
            )
        case .snapshot: .snapshot
        case .peerUp: .server(.person)
        case .peerState:
            .server(
                .init("participant", .text),
                .init("state", .states, isRequired: false),
                .init("link", .count(from: 1), isRequired: false),
                .init(
                    "linkState",
                    .choice(LinkState.allCases.map(\.rawValue)),
                    isRequired: false
                ),
                .init("why", .text, isRequired: false),
                .init("role", .roles, isRequired: false),
                .init("muted", .truth, isRequired: false),
                .init("media", .media, isRequired: false)
            )
        case .peerDown:
            .server(
                .init("participant", .text),
                .init("why", .choice(Departure.allCases.map(\.rawValue)))
            )
        case .desc: .description(of: "from")
        case .cand: .candidates(of: "from")
        case .ice: .server(.init("servers", .relays), .init("expiresAt", .instant))
        case .topology: .topology
        case .notice: .object([.init("what", .text), .init("at", .instant)], isOpen: true)
        case .lobby: .lobby
        case .queue: .queue
        case .chat: .chatLine
        case .move:
            .server(
                .init("address", .text),
                .init("afterMs", .count(from: 0)),
                .init("resume", .truth)
            )
        case .vitals: .vitals
        case .heartbeat: .server(.init("a", .count(from: 0)), .init("at", .instant))
        // The records of the API, whole; /api/v1/openapi.json describes them.
        case .alarm, .request, .booking, .session: .object([], isOpen: true)
        case .ok: .server()
        case .err:
            .server(
                .init("code", .choice(ErrorCode.allCases.map(\.rawValue))),
                .init("message", .text),
                .init("retry", .truth),
                .init("afterMs", .count(from: 0), isRequired: false)
            )
        case .hello, .resume, .join, .leave, .end, .linkFail, .quality, .vitalsSubscribe, .alarmAck,
            .outcome, .knock, .admit, .deny, .hold, .recall, .handover, .consent, .mod,
            .vitalsUnsubscribe:
            nil
        }
    }
}

extension MessageForm {
    /// A body that a client sends: members that the server does not know are skipped.
    static func client(_ members: MessageMember...) -> MessageForm {
        .object(members, isOpen: true)
    }

    /// A body that the server sends.
    static func server(_ members: MessageMember...) -> MessageForm {
        .object(members, isOpen: false)
    }

    static func server(_ members: [MessageMember]) -> MessageForm {
        .object(members, isOpen: false)
    }

    /// `RTCIceServer`s.
    fileprivate static var relays: MessageForm {
        .list(
            .server(
                .init("urls", .list(.text, limit: nil)),
                .init("username", .text, isRequired: false),
                .init("credential", .text, isRequired: false)
            ),
            limit: nil
        )
    }

    /// How media flow; `server` is one's own way into the conference.
    fileprivate static var topology: MessageForm {
        .server(
            .init("mode", .choice(Topology.Mode.allCases.map(\.rawValue))),
            .init("generation", .count(from: 1)),
            .init("video", .truth),
            .init("presenter", .text, isRequired: false),
            .init(
                "server",
                .server(
                    .init("url", .text),
                    .init("token", .text),
                    .init("room", .text),
                    .init("feed", .text),
                    .init("handle", .text),
                    .init("link", .count(from: 1))
                ),
                isRequired: false
            )
        )
    }

    fileprivate static var levels: MessageForm {
        .choice(MediaLevel.allCases.map(\.rawValue))
    }

    fileprivate static var states: MessageForm {
        .choice(ParticipantState.allCases.map(\.rawValue))
    }

    fileprivate static func description(of end: String) -> MessageForm {
        .server(
            .init(end, .text),
            .init("link", .count(from: 1)),
            .init("n", .count(from: 1)),
            .init("kind", .choice(["offer", "answer"])),
            .init("sdp", .text)
        )
    }

    /// `candidates` may be absent only when `end` says that there are no more.
    fileprivate static func candidates(of end: String) -> MessageForm {
        let candidate = MessageForm.server(
            .init("candidate", .text),
            .init("sdpMid", .optionalText, isRequired: false),
            .init("sdpMLineIndex", .optionalCount, isRequired: false),
            .init("usernameFragment", .optionalText, isRequired: false)
        )
        return .server(
            .init(end, .text),
            .init("link", .count(from: 1)),
            .init("n", .count(from: 1)),
            .init(
                "candidates",
                .list(candidate, limit: RelayedBody.candidateLimit),
                isRequired: false
            ),
            .init("end", .truth, isRequired: false)
        )
    }

    fileprivate static var welcome: MessageForm {
        .server(
            .init("participant", .text),
            .init("scope", .choice(["session", "desk"])),
            .init("session", .text, isRequired: false),
            .init("role", .choice(ParticipantRole.allCases.map(\.rawValue)), isRequired: false),
            .init("token", .text),
            .init("tokenSeconds", .count(from: 1)),
            .init("heartbeatSeconds", .count(from: 1)),
            .init(
                "limits",
                .server(
                    .init("messagesPerSecond", .count(from: 1)),
                    .init("burst", .count(from: 1)),
                    .init("bytes", .count(from: 1)),
                    .init("ring", .count(from: 1))
                )
            ),
            .init("at", .instant)
        )
    }

    /// The state of a session, or of a desk: its alarms, requests and bookings.
    fileprivate static var snapshot: MessageForm {
        .object(
            [
                .init("session", .session, isRequired: false),
                .init("participants", .list(.server(.person), limit: nil), isRequired: false),
                .init("consents", .list(.consent, limit: nil), isRequired: false),
                .init("chat", .list(.chatLine, limit: ChatLine.shown), isRequired: false),
                .init("topology", .topology, isRequired: false),
                .init("iceServers", .relays, isRequired: false),
                .init("alarms", .list(.any, limit: nil), isRequired: false),
                .init("requests", .list(.any, limit: nil), isRequired: false),
                .init("bookings", .list(.any, limit: nil), isRequired: false),
            ],
            isOpen: true
        )
    }

    private static var session: MessageForm {
        .server(
            .init("id", .text),
            .init("state", .choice(SessionState.allCases.map(\.rawValue))),
            .init("booking", .text),
            .init("patient", .text),
            .init("site", .text),
            .init("doctor", .text),
            .init("urgency", .urgencies, isRequired: false),
            .init("locked", .truth, isRequired: false),
            .init("steps", .list(.step, limit: SessionStepKind.allCases.count))
        )
    }

    fileprivate static var vitals: MessageForm {
        .server(
            .init("patient", .text),
            .init("device", .text),
            .init(
                "signs",
                .map(.server(.init("value", .quantity), .init("at", .instant)))
            )
        )
    }
}

extension [MessageMember] {
    /// Somebody in the room; the link is absent for oneself.
    fileprivate static var person: [MessageMember] {
        [
            .init("participant", .text),
            .init("role", .choice(ParticipantRole.allCases.map(\.rawValue))),
            .init("name", .text),
            .init("state", .choice(ParticipantState.allCases.map(\.rawValue))),
            .init("muted", .truth, isRequired: false),
            .init("media", .media, isRequired: false),
            .init("level", .levels, isRequired: false),
            .init("self", .truth, isRequired: false),
            .init("polite", .truth, isRequired: false),
            .init("link", .count(from: 1), isRequired: false),
            .init("n", .count(from: 0), isRequired: false),
        ]
    }
}
