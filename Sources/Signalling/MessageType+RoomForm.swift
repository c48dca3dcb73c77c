import Vocabulary

/// What the bodies of the messages of a room hold.
extension MessageType {
    var roomBodyToServer: MessageForm? {
        switch self {
        case .admit: .client(.init("participant", .text))
        case .deny:
            .client(.init("participant", .text), .init("reason", .text, isRequired: false))
        case .hold:
            .client(
                .init("participant", .text, isRequired: false),
                .init("reason", .text, isRequired: false)
            )
        case .recall: .client(.init("participant", .text, isRequired: false))
        // One of the two: to whom it is offered, or the answer.
        case .handover:
            .client(
                .init("to", .text, isRequired: false),
                .init("accept", .truth, isRequired: false)
            )
        case .consent:
            .client(
                .init("purpose", .choice(ConsentPurpose.allCases.map(\.rawValue))),
                .init("grant", .truth),
                .init("participant", .text, isRequired: false)
            )
        case .mod:
            .client(
                .init("act", .choice(ModerationAct.allCases.map(\.rawValue))),
                .init("participant", .text, isRequired: false),
                .init("role", .roles, isRequired: false)
            )
        case .chat:
            .client(
                .init("to", .text, isRequired: false),
                .init("message", .text),
                .init("text", .text)
            )
        default: nil
        }
    }
}

extension MessageForm {
    static var roles: MessageForm { .choice(ParticipantRole.allCases.map(\.rawValue)) }

    static var urgencies: MessageForm { .choice(Urgency.allCases.map(\.rawValue)) }

    static var media: MessageForm {
        .object(
            [
                .init("audio", .truth, isRequired: false),
                .init("video", .truth, isRequired: false),
            ],
            isOpen: true
        )
    }

    /// `consents` is a list of purposes, a list of `{purpose, grant}`, or an object of purposes.
    static var joining: MessageForm {
        .client(
            .init("media", .media, isRequired: false),
            .init("consents", .any, isRequired: false),
            .init("identified", .truth, isRequired: false),
            .init("urgency", .urgencies, isRequired: false)
        )
    }

    static var consent: MessageForm {
        .server(
            .init("purpose", .choice(ConsentPurpose.allCases.map(\.rawValue))),
            .init("granted", .truth),
            .init("by", .roles),
            .init("basis", .choice(StatementBasis.allCases.map(\.rawValue))),
            .init("at", .instant)
        )
    }

    static var step: MessageForm {
        .server(
            .init("step", .choice(SessionStepKind.allCases.map(\.rawValue))),
            .init("by", .roles),
            .init("basis", .choice(StatementBasis.allCases.map(\.rawValue))),
            .init("at", .instant)
        )
    }

    static var lobby: MessageForm {
        .server(
            .init("position", .count(from: 1)),
            .init("expectedWaitSeconds", .count(from: 0)),
            .init("urgency", .urgencies)
        )
    }

    static var queue: MessageForm {
        let person = MessageForm.server(
            .init("participant", .text),
            .init("role", .roles),
            .init("name", .text),
            .init("since", .instant)
        )
        let waiting = MessageForm.server(
            .init("session", .text),
            .init("booking", .text),
            .init("site", .text),
            .init("siteName", .text, isRequired: false),
            .init("urgency", .urgencies),
            .init("since", .instant),
            .init("position", .count(from: 1)),
            .init("expectedWaitSeconds", .count(from: 0)),
            .init("participants", .list(person, limit: nil))
        )
        return .server(.init("waiting", .list(waiting, limit: Exchange.queueLimit)))
    }

    static var chatLine: MessageForm {
        .server(
            .init("from", .text),
            .init("name", .text),
            .init("to", .text, isRequired: false),
            .init("message", .text),
            .init("text", .text),
            .init("at", .instant)
        )
    }
}
