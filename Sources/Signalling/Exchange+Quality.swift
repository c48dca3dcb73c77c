import Vocabulary
import Wire

/// What ends report of their media, and how much of them everybody sends and takes.
extension Exchange {
    /// An end says what its path is like, or how much it wants.
    mutating func takeQuality(
        _ index: Int,
        _ fields: BodyFields,
        _ bytes: Span<UInt8>,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) throws(MessageError) -> RequestLog.Answer {
        guard let session = seats[index].session else { return notInSession }
        let wish = try fields.level(bytes)
        let id = seats[index].grant.participant
        var isChanged = false
        if let wish {
            isChanged = sessions[session]?.climb(id) { $0.ask(for: wish) } == true
        }
        if fields.rttMs != nil || fields.lossPercent != nil {
            let (loss, rtt) = (fields.lossPercent, fields.rttMs)
            let moved = sessions[session]?.climb(id) {
                $0.report(lossPercent: loss, rttMs: rtt, at: now)
            }
            isChanged = moved == true || isChanged
        }
        if isChanged { announceLevel(of: id, in: session, at: now, into: &effects) }
        return .ok
    }

    /// A link of an end failed: a session that can move to the conference server does, and
    /// otherwise the end sends and takes less.
    mutating func noteFailure(
        of link: Int,
        by id: ParticipantID,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let mode = sessions[session]?.topology.mode else { return }
        if mode != .sfu, hasConference {
            sessions[session]?.noteFailure(of: link, at: now)
            settleTopology(of: session, at: now, into: &effects)
            if let end = sessions[session]?.conference.poorUntil {
                deadlines.insert(.topology(session), at: end)
            }
        } else if sessions[session]?.climb(id, { $0.failed(at: now) }) == true {
            announceLevel(of: id, in: session, at: now, into: &effects)
        }
    }

    /// Everybody learns how much is sent to and by somebody now.
    private mutating func announceLevel(
        of id: ParticipantID,
        in session: SessionID,
        at now: Instant,
        into effects: inout [ExchangeEffect]
    ) {
        guard let ladder = sessions[session]?.ladders[id] else { return }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("what", "degrade")
            writer.member("participant", id.rawValue)
            writer.member("level", ladder.level.rawValue)
            writer.member("why", ladder.reason.rawValue)
            writer.key("at")
            writer.value(now)
        }
        for index in seatsInRoom(of: session) {
            sendReliable(index, .notice, body: writer.bytes, at: now, into: &effects)
        }
    }
}

extension SessionMachine {
    /// Lets the ladder of somebody in the room take a report; false when nothing changed.
    mutating func climb(
        _ id: ParticipantID,
        _ step: (inout MediaLadder) -> Bool
    ) -> Bool {
        guard participant(id)?.state.isInRoom == true else { return false }
        var ladder = ladder(of: id)
        defer { ladders[id] = ladder }
        return step(&ladder)
    }

    /// The ladder of somebody; the clinic's end begins where the consult was arranged to.
    func ladder(of id: ParticipantID) -> MediaLadder {
        if let known = ladders[id] { return known }
        let isClinic = participant(id)?.role == .clinic
        return MediaLadder(from: (isClinic ? record.firstLevel : nil) ?? .video)
    }
}
