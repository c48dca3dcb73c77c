import Vocabulary
import Wire

/// A session in which somebody waits for its doctor.
struct WaitingSession: Sendable, Equatable {
    /// Somebody who waits there.
    struct Person: Sendable, Equatable {
        let participant: ParticipantID
        let role: ParticipantRole
        let name: String
        let since: Instant
    }

    let session: SessionID
    let booking: BookingID
    let site: SiteID
    let siteName: String?
    let urgency: Urgency
    let since: Instant
    /// When it is planned to begin.
    let startsAt: Instant?
    /// Whether its doctor is in this very session, so that only letting in is waited for.
    let isAtHand: Bool
    /// In the order of coming.
    let people: [Person]
}

/// A waiting session's place among all that wait for its doctor.
struct QueuePlace: Sendable, Equatable {
    let waiting: WaitingSession
    /// From 1.
    let position: Int
    /// How many consults come before.
    let ahead: Int

    /// Orders what waits for one doctor: by urgency, then by who came first.
    static func order(_ waiting: [WaitingSession]) -> [QueuePlace] {
        var ahead = 0
        let sorted = waiting.sorted {
            ($0.urgency, $0.since, $0.session) < ($1.urgency, $1.since, $1.session)
        }
        return sorted.enumerated().map { index, session in
            defer { if !session.isAtHand { ahead += 1 } }
            return QueuePlace(waiting: session, position: index + 1, ahead: ahead)
        }
    }
}

extension SessionMachine {
    /// What waits in the session, nil when nobody does.
    ///
    /// Before the consult everybody waits who is there; later only who is in the lobby.
    var waiting: WaitingSession? {
        let isBefore = record.state == .scheduled || record.state == .waiting
        let people = here.filter {
            $0.role != .doctor && ($0.state == .lobby || isBefore && $0.state.isInRoom)
        }
        guard let since = people.map(\.since).min() else { return nil }
        return WaitingSession(
            session: record.id,
            booking: record.booking,
            site: record.site,
            siteName: here.first { $0.role == .clinic }?.name,
            urgency: record.urgency ?? .routine,
            since: since,
            startsAt: isBefore ? startsAt : nil,
            isAtHand: !isBefore && record.state != .held
                && inRoom.contains { $0.role == .doctor },
            people: people.map {
                .init(participant: $0.id, role: $0.role, name: $0.name, since: $0.since)
            }
        )
    }

    /// Since when the consult has been under way, nil when it is not.
    var liveSince: Instant? {
        guard record.state == .live else { return nil }
        return record.timeline.last { $0.what == SessionState.live.rawValue }?.at
    }

    /// How long the consult was live, when it ends now.
    func length(at now: Instant) -> Duration? {
        record.timeline.first { $0.what == SessionState.live.rawValue }.map { now - $0.at }
    }
}

extension QueuePlace {
    /// Writes the place as it stands in a `queue`.
    func write(expecting wait: Duration, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("session", waiting.session.rawValue)
            writer.member("booking", waiting.booking.rawValue)
            writer.member("site", waiting.site.rawValue)
            if let name = waiting.siteName { writer.member("siteName", name) }
            writer.member("urgency", waiting.urgency.rawValue)
            writer.key("since")
            writer.value(waiting.since)
            writer.key("position")
            writer.value(position)
            writer.key("expectedWaitSeconds")
            writer.value(wait.components.seconds)
            writer.key("participants")
            writer.array { writer in
                for person in waiting.people.prefix(8) { person.write(to: &writer) }
            }
        }
    }
}

extension WaitingSession.Person {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("participant", participant.rawValue)
            writer.member("role", role.rawValue)
            writer.member("name", name)
            writer.key("since")
            writer.value(since)
        }
    }
}
