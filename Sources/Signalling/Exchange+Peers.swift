import Vocabulary
import Wire

/// What the participants of a session see of each other.
extension Exchange {
    /// The whole state of the session, for one participant.
    mutating func sendSnapshot(
        _ index: Int,
        of session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let machine = sessions[session], case .session(let place) = seats[index].grant
        else { return }
        let servers = relayServers(index, at: now)
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.key("session")
            write(machine.record, to: &writer)
            writer.key("participants")
            writer.array { writer in
                for other in machine.inRoom {
                    write(other, seenBy: place.participant, in: machine, to: &writer)
                }
            }
            writer.key("consents")
            writer.array { _ in }
            writer.key("topology")
            writeTopology(of: machine, for: place.participant, to: &writer)
            writer.key("iceServers")
            writer.array { writer in for server in servers { server.write(to: &writer) } }
        }
        sendReliable(index, .snapshot, body: writer.bytes, at: now, into: &effects)
    }

    /// The others learn that a participant came, each with its own link to it.
    mutating func announceUp(
        _ id: ParticipantID,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let machine = sessions[session], let newcomer = machine.participant(id)
        else { return }
        for other in machine.inRoom where other.id != id {
            guard let index = seatOfParticipant[other.id] else { continue }
            var writer = JSONWriter()
            write(newcomer, seenBy: other.id, in: machine, to: &writer)
            sendReliable(index, .peerUp, body: writer.bytes, at: now, into: &effects)
        }
    }

    /// The others learn where a participant stands now.
    mutating func announceState(
        of index: Int,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        let id = seats[index].grant.participant
        guard let state = sessions[session]?.participant(id)?.state else { return }
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("participant")
            writer.value(id.rawValue)
            writer.key("state")
            writer.value(state.rawValue)
        }
        tellOthers(than: id, in: session, .peerState, writer.bytes, at: now, into: &effects)
    }

    /// The others learn that a participant went.
    mutating func announceDown(
        _ id: ParticipantID,
        why: Departure,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("participant")
            writer.value(id.rawValue)
            writer.key("why")
            writer.value(why.rawValue)
        }
        tellOthers(than: id, in: session, .peerDown, writer.bytes, at: now, into: &effects)
    }

    /// Everybody in the session learns what becomes of it.
    mutating func notify(
        _ session: SessionID,
        _ what: String,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("what")
            writer.value(what)
            writer.key("at")
            writer.value(now)
        }
        tellOthers(than: nil, in: session, .notice, writer.bytes, at: now, into: &effects)
    }

    private mutating func tellOthers(
        than id: ParticipantID?,
        in session: SessionID,
        _ type: MessageType,
        _ body: [UInt8],
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        for index in seatsInRoom(of: session) where seats[index].grant.participant != id {
            sendReliable(index, type, body: body, at: now, into: &effects)
        }
    }

    private func write(_ record: SessionRecord, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("id")
            writer.value(record.id.rawValue)
            writer.key("state")
            writer.value(record.state.rawValue)
            writer.key("booking")
            writer.value(record.booking.rawValue)
            writer.key("patient")
            writer.value(record.patient.rawValue)
            writer.key("site")
            writer.value(record.site.rawValue)
            writer.key("doctor")
            writer.value(record.doctor.rawValue)
        }
    }

    private func write(
        _ participant: SessionMachine.Participant,
        seenBy viewer: ParticipantID,
        in machine: SessionMachine,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.key("participant")
            writer.value(participant.id.rawValue)
            writer.key("role")
            writer.value(participant.role.rawValue)
            writer.key("name")
            writer.value(participant.name)
            writer.key("state")
            writer.value(participant.state.rawValue)
            if let level = machine.ladders[participant.id]?.level, level != .video {
                writer.member("level", level.rawValue)
            }
            if participant.id == viewer {
                writer.key("self")
                writer.value(true)
            } else if let link = machine.link(between: viewer, and: participant.id) {
                writer.key("polite")
                writer.value(link.later == viewer)
                writer.key("link")
                writer.value(link.id)
                writer.key("n")
                writer.value(link.round)
            }
        }
    }
}
